package document_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// TestFieldsMatchProtobuf holds the structs against the list of the fields
// that KFP's protobuf messages have.
func TestFieldsMatchProtobuf(t *testing.T) {
	messages := protobufMessages(t)
	types := map[string]reflect.Type{}
	collectMessages(types, reflect.TypeFor[document.PipelineSpec]())
	collectMessages(types, reflect.TypeFor[document.PlatformSpec]())
	require.NotEmpty(t, types)
	for name, goType := range types {
		t.Run(name, func(t *testing.T) {
			fields, ok := messages[protobufName(name)]
			require.True(t, ok, "no message %s is listed", protobufName(name))
			if name == "PipelineConfig" {
				// Fields of some releases, in no list.
				fields = append(fields, "semaphoreKey", "mutexName", "resourceTtl", "pipelineTtl")
			}
			require.ElementsMatch(t, fields, documentNames(goType))
		})
	}
}

// protobufMessages reads the fields of each message from the list, whose lines
// are such as `DagOutputsSpec.ArtifactSelectorSpec.producerSubtask: string`.
func protobufMessages(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(shared(t, "ir-fields.txt"))
	require.NoError(t, err)
	messages := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		field, _, found := strings.Cut(line, ": ")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		dot := strings.LastIndex(field, ".")
		messages[field[:dot]] = append(messages[field[:dot]], field[dot+1:])
	}
	return messages
}

// collectMessages adds a struct type and those that it consists of.
func collectMessages(types map[string]reflect.Type, t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		collectMessages(types, t.Elem())
	case reflect.Struct:
		if _, isMessage := t.FieldByName("Span"); !isMessage {
			for _, name := range []string{"Value", "Kubernetes"} { // of an entry, of Platforms
				if value, ok := t.FieldByName(name); ok {
					collectMessages(types, value.Type)
				}
			}
			return
		}
		if _, isScalar := t.FieldByName("Set"); isScalar || types[t.Name()] != nil || t == reflect.TypeFor[document.Value]() {
			return
		}
		types[t.Name()] = t
		for f := range t.Fields() {
			collectMessages(types, f.Type)
		}
	}
}

// documentNames returns the names that the fields of a struct have in a
// document.
func documentNames(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("ir"), ",")
		if name == "" {
			name = strings.ToLower(f.Name[:1]) + f.Name[1:]
		}
		names = append(names, name)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "span" })
}

// protobufName returns the full name of the message that a struct mirrors.
func protobufName(goName string) string {
	const deployment = "PipelineDeploymentConfig."
	renamed := map[string]string{
		"AcceleratorConfig":         deployment + "PipelineContainerSpec.ResourceSpec.AcceleratorConfig",
		"ArtifactItemsSpec":         "ArtifactIteratorSpec.ItemsSpec",
		"ArtifactSelectorSpec":      "DagOutputsSpec.ArtifactSelectorSpec",
		"CachingOptions":            "PipelineTaskSpec.CachingOptions",
		"ConfigMapKeyToEnvMap":      "ConfigMapAsEnv.ConfigMapKeyToEnvMap",
		"ContainerSpec":             deployment + "PipelineContainerSpec",
		"DAGOutputArtifactSpec":     "DagOutputsSpec.DagOutputArtifactSpec",
		"DAGOutputParameterSpec":    "DagOutputsSpec.DagOutputParameterSpec",
		"DAGOutputsSpec":            "DagOutputsSpec",
		"DAGSpec":                   "DagSpec",
		"DeploymentConfig":          "PipelineDeploymentConfig",
		"EnvVar":                    deployment + "PipelineContainerSpec.EnvVar",
		"ExecutorSpec":              deployment + "ExecutorSpec",
		"ImporterSpec":              deployment + "ImporterSpec",
		"InputArtifactDefinition":   "ComponentInputsSpec.ArtifactSpec",
		"InputArtifactSpec":         "TaskInputsSpec.InputArtifactSpec",
		"InputParameterDefinition":  "ComponentInputsSpec.ParameterSpec",
		"InputParameterSpec":        "TaskInputsSpec.InputParameterSpec",
		"IteratorPolicy":            "PipelineTaskSpec.IteratorPolicy",
		"Lifecycle":                 deployment + "PipelineContainerSpec.Lifecycle",
		"LifecycleExec":             deployment + "PipelineContainerSpec.Lifecycle.Exec",
		"OutputArtifactDefinition":  "ComponentOutputsSpec.ArtifactSpec",
		"OutputParameterDefinition": "ComponentOutputsSpec.ParameterSpec",
		"PVCMount":                  "PvcMount",
		"ParameterItemsSpec":        "ParameterIteratorSpec.ItemsSpec",
		"ParameterSelectorSpec":     "DagOutputsSpec.ParameterSelectorSpec",
		"ParameterSelectorsSpec":    "DagOutputsSpec.ParameterSelectorsSpec",
		"ResourceRequirements":      "InitContainer.ResourceRequirements",
		"ResourceSpec":              deployment + "PipelineContainerSpec.ResourceSpec",
		"RetryPolicy":               "PipelineTaskSpec.RetryPolicy",
		"SecretKeyToEnvMap":         "SecretAsEnv.SecretKeyToEnvMap",
		"TaskFinalStatus":           "TaskInputsSpec.InputParameterSpec.TaskFinalStatus",
		"TaskInfo":                  "PipelineTaskInfo",
		"TaskOutputArtifactSpec":    "TaskInputsSpec.InputArtifactSpec.TaskOutputArtifactSpec",
		"TaskOutputParameterSpec":   "TaskInputsSpec.InputParameterSpec.TaskOutputParameterSpec",
		"TaskSpec":                  "PipelineTaskSpec",
		"TriggerPolicy":             "PipelineTaskSpec.TriggerPolicy",
		"VolumeMount":               "InitContainer.VolumeMount",
	}
	if name, ok := renamed[goName]; ok {
		return name
	}
	return goName
}
