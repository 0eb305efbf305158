package pipeline_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// nested is a pipeline with a task two conditions deep, whose claim's name a
// test decides on.
const nested = `pipelineInfo: {name: nested}
schemaVersion: 2.1.0
components:
  comp-make:
    executorLabel: exec-make
    outputDefinitions: {parameters: {name: {parameterType: STRING}}}
  comp-leaf: {executorLabel: exec-leaf}
  comp-inner: {dag: {tasks: {leaf: {componentRef: {name: comp-leaf}}}}}
  comp-outer: {dag: {tasks: {inner: {componentRef: {name: comp-inner}}}}}
deploymentSpec:
  executors:
    exec-make: {container: {image: python, command: [run]}}
    exec-leaf: {container: {image: python, command: [run]}}
root:
  inputDefinitions: {parameters: {claim: {parameterType: STRING}}}
  dag:
    tasks:
      make: {componentRef: {name: comp-make}}
      outer: {componentRef: {name: comp-outer}}
---
platforms:
  kubernetes:
    deploymentSpec:
      executors:
        exec-leaf: {pvcMount: [{mountPath: /data, pvcNameParameter: %s}]}
`

func resolveNested(t *testing.T, setting string) (*pipeline.Pipeline, []diag.Diagnostic) {
	t.Helper()
	var report diag.Report
	source := diag.Source{Name: "nested.yaml", Text: fmt.Appendf(nil, nested, setting)}
	p := pipeline.Resolve(document.Read(source, &report), source, &report)
	require.NotNil(t, p)
	return p, report.Diagnostics()
}

func task(c *pipeline.Component, key string) *pipeline.Task {
	for _, t := range c.Body.(*pipeline.DAG).Tasks {
		if t.Key == key {
			return t
		}
	}
	return nil
}

// TestOutwardSettings has settings that name an input and a task of the pipeline
// around their conditions, as SDKs before 2.16.1 write them.
func TestOutwardSettings(t *testing.T) {
	for setting, want := range map[string]struct{ input, output, through string }{
		"{componentInputParameter: claim}":                                      {"claim", "", "pipelinechannel--claim"},
		"{taskOutputParameter: {producerTask: make, outputParameterKey: name}}": {"", "name", "pipelinechannel--make-name"},
	} {
		p, found := resolveNested(t, setting)
		require.Empty(t, found)
		outer := task(p.Root, "outer")
		switch source := outer.Parameter(want.through).Source.(type) {
		case pipeline.DAGInput:
			require.Equal(t, want.input, source.Input)
		case pipeline.TaskOutput:
			require.Equal(t, want.output, source.Output)
			require.Contains(t, outer.After, task(p.Root, "make"))
		case pipeline.Constant, pipeline.FinalStatus:
			require.Failf(t, "unexpected source", "%T", source)
		}
		inner := task(outer.Component, "inner")
		require.Equal(t, pipeline.DAGInput{Input: want.through}, inner.Parameter(want.through).Source)
		leaf := task(inner.Component, "leaf")
		require.Len(t, leaf.Settings, 1)
		require.Equal(t, pipeline.DAGInput{Input: want.through}, leaf.Settings[0].Source)
	}
}

// TestOutwardSettingsOfNobody has settings that name what is nowhere around.
func TestOutwardSettingsOfNobody(t *testing.T) {
	for setting, want := range map[string]string{
		"{componentInputParameter: clam}":                                          `task "leaf" takes input "clam" of component "comp-inner", which has no such input`,
		"{taskOutputParameter: {producerTask: mak, outputParameterKey: name}}":     `task "leaf" depends on task "mak", which does not exist in this DAG`,
		"{taskOutputParameter: {producerTask: make, outputParameterKey: nothing}}": `task "outer" reads output "nothing" of "make", which has no such output`,
	} {
		_, found := resolveNested(t, setting)
		require.Len(t, found, 1, setting)
		require.Equal(t, want, found[0].Message)
		require.Equal(t, 25, found[0].Span.Line)
	}
}
