package overlay

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// golden reads a Workflow of the goldens.
func golden(t testing.TB, name string) *wfv1.Workflow {
	t.Helper()
	text, err := os.ReadFile("../../../testdata/workflows/" + name + ".yaml")
	require.NoError(t, err)
	var w wfv1.Workflow
	require.NoError(t, yaml.UnmarshalStrict(text, &w))
	return &w
}

// apply merges patches into a Workflow, whose templates are selected by their
// own names. It returns what they were merged into, and what was reported.
func apply(t *testing.T, w *wfv1.Workflow, texts ...string) (map[string][]json.RawMessage, *Overlays, []diag.Diagnostic) {
	t.Helper()
	var report diag.Report
	var sources []diag.Source
	for _, text := range texts {
		sources = append(sources, diag.Source{Text: []byte(text)})
	}
	o := Read(sources, &report)
	if report.HasErrors() {
		return nil, nil, report.Diagnostics()
	}
	patches := map[string][]json.RawMessage{}
	for i := range w.Spec.Templates {
		template := &w.Spec.Templates[i]
		for _, p := range o.tasks {
			if template.Container != nil && matches(p.selector, template.Name) && !p.isEmpty() {
				patches[template.Name] = append(patches[template.Name], p.json)
			}
		}
	}
	o.Apply(w, patches, &report)
	return patches, o, report.Diagnostics()
}

// requireAsAsked requires that what Argo makes of each template is what the
// patches make of what Argo made of it before.
func requireAsAsked(t *testing.T, before, after *wfv1.Workflow, patches map[string][]json.RawMessage, o *Overlays) {
	t.Helper()
	for _, p := range o.workflow {
		var err error
		before, err = mergedWorkflow(before, p.json)
		require.NoError(t, err)
	}
	for i := range before.Spec.Templates {
		template := &before.Spec.Templates[i]
		if template.Container == nil {
			continue
		}
		whole, err := effective(before.Spec.TemplateDefaults, template)
		require.NoError(t, err)
		want, err := mergedTemplate(whole, patches[template.Name])
		require.NoError(t, err)
		got, err := effective(after.Spec.TemplateDefaults, &after.Spec.Templates[i])
		require.NoError(t, err)
		requireRetries(t, &after.Spec.Templates[i])
		want.Container.Env, got.Container.Env = withoutRetries(want), withoutRetries(got)
		require.Empty(t, differing(want, got), "want %s\ngot %s", encoded(want), encoded(got))
	}
}

// requireRetries requires that a template reads the number of the attempt only
// where Argo knows it.
func requireRetries(t *testing.T, template *wfv1.Template) {
	t.Helper()
	reads := len(withoutRetries(template)) < len(template.Container.Env)
	require.Equal(t, template.RetryStrategy != nil, reads, template.Name)
}

func withoutRetries(t *wfv1.Template) []corev1.EnvVar {
	var all []corev1.EnvVar
	for _, v := range t.Container.Env {
		if v.Name != contract.RetryVariable {
			all = append(all, v)
		}
	}
	return all
}

func byName(w *wfv1.Workflow, name string) *wfv1.Template {
	i := slices.IndexFunc(w.Spec.Templates, func(t wfv1.Template) bool { return t.Name == name })
	return &w.Spec.Templates[i]
}

func patchesToApply() []string {
	return []string{
		"tasks: {'*': {priorityClassName: high}}",
		"tasks: {broken: {container: {securityContext: null}}}",
		"tasks: {broken: {container: {securityContext: {readOnlyRootFilesystem: false, capabilities: null}}}}",
		"tasks: {'*': {tolerations: [{operator: Exists}, {key: a}]}, broken: {tolerations: [{key: b}, {operator: Exists, effect: NoExecute}]}}",
		"tasks: {'*': {container: {securityContext: null}}, broken: {container: {securityContext: {runAsUser: 0}}}}",
		"tasks: {broken: {container: {volumeMounts: [{mountPath: /gcs, $patch: delete}]}}}",
		"tasks: {broken: {container: {volumeMounts: [{mountPath: /tmp, name: disk, subPath: null}], env: [{name: A, value: b}]}}}",
		"tasks: {broken: {initContainers: [{name: driver, resources: {limits: {cpu: 1}}, env: [{name: A, value: b}]}]}}",
		"tasks: {broken: {initContainers: [{name: first, image: i, command: [c]}, {name: driver, securityContext: null}]}}",
		"tasks: {flaky: {retryStrategy: null}, broken: {retryStrategy: {limit: 3}}}",
		"tasks: {flaky: {retryStrategy: {backoff: null, limit: '{{workflow.parameters.x}}'}}}",
		"workflow: {spec: {templateDefaults: {timeout: 1h, retryStrategy: {limit: 1}, nodeSelector: {a: b}}}}\ntasks: {broken: {timeout: null, nodeSelector: null}}",
		"workflow: {spec: {templateDefaults: {nodeSelector: {a: b, c: d}}}}\ntasks: {broken: {nodeSelector: {a: null}}, flaky: {nodeSelector: {c: e}}}",
		"workflow: {spec: {templateDefaults: {podSpecPatch: {hostNetwork: true}}}}\ntasks: {broken: {podSpecPatch: {hostPID: true}}}",
		"workflow: {spec: {templateDefaults: {container: {stdin: true}}}}\ntasks: {broken: {container: {stdin: false}}}",
		"workflow: {spec: {volumes: [{name: kfp, emptyDir: null, ephemeral: {volumeClaimTemplate: {spec: {}}}}, {name: a, emptyDir: {}}]}}",
		"tasks: {'*': {podSpecPatch: {hostNetwork: true}}, b*: {podSpecPatch: 'hostPID: true'}, broken: {podSpecPatch: '{\"hostNetwork\": null}'}}",
		"tasks: {'*': {metrics: {prometheus: [{name: a, help: b, counter: {value: '1'}}]}, sidecars: [{name: s, image: i}]}, broken: {sidecars: [{name: s, $patch: delete}]}}",
	}
}

func TestApplyAsAsked(t *testing.T) {
	for _, text := range patchesToApply() {
		w := golden(t, "failure_policies")
		before := w.DeepCopy()
		patches, o, found := apply(t, w, text)
		require.Empty(t, found, text)
		requireAsAsked(t, before, w, patches, o)
	}
}

// TestApplyTogether merges every patch after several others.
func TestApplyTogether(t *testing.T) {
	origin := golden(t, "failure_policies")
	all := patchesToApply()
	for i, first := range all {
		for step := range 5 {
			second := all[(i+step)%len(all)]
			w := origin.DeepCopy()
			patches, o, found := apply(t, w, first, second)
			require.Empty(t, found, "%s\n%s", first, second)
			requireAsAsked(t, origin, w, patches, o)
		}
	}
}

// TestMovedDefaults looks at what the defaults lose for the sake of one task.
func TestMovedDefaults(t *testing.T) {
	for text, want := range map[string][]part{
		"tasks: {broken: {container: {securityContext: {runAsUser: 0}}}}":                nil,
		"tasks: {broken: {container: {securityContext: null}}}":                          {{true, "securityContext"}},
		"tasks: {broken: {container: {securityContext: {readOnlyRootFilesystem: }}}}":    {{true, "securityContext"}},
		"tasks: {broken: {initContainers: [{name: driver, securityContext: null}]}}":     {{false, "initContainers"}},
		"tasks: {'*': {container: {volumeMounts: [{mountPath: /tmp, $patch: delete}]}}}": {{true, "volumeMounts"}},
	} {
		w := golden(t, "failure_policies")
		before := w.Spec.TemplateDefaults.DeepCopy()
		_, _, found := apply(t, w, text)
		require.Empty(t, found, text)
		require.Equal(t, want, differing(before, w.Spec.TemplateDefaults), text)
	}
}

// TestSources replaces where variables and volumes get their contents from.
func TestSources(t *testing.T) {
	w := golden(t, "failure_policies")
	_, _, found := apply(t, w, `
workflow: {spec: {volumes: [{name: kfp, hostPath: {path: /fast}}]}}
tasks:
  "*": {container: {env: [{name: A, value: b}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}}
  broken: {container: {env: [{name: B, value: b}, {name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}}
`)
	require.Empty(t, found)
	require.Len(t, w.Spec.Volumes, 1)
	require.Nil(t, w.Spec.Volumes[0].EmptyDir)
	require.Equal(t, "/fast", w.Spec.Volumes[0].HostPath.Path)
	env := withoutRetries(byName(w, "broken"))
	require.Len(t, env, 2)
	for _, v := range env {
		require.Equal(t, v.Name == "B", v.ValueFrom == nil, v)
		require.Equal(t, v.Name == "B", v.Value == "b", v)
	}
}

// TestEntriesAreReplaced sets hooks and labels twice.
func TestEntriesAreReplaced(t *testing.T) {
	w := golden(t, "nested")
	_, _, found := apply(t, w,
		"workflow: {spec: {hooks: {exit: {template: a, expression: b}, other: {template: c}}, workflowMetadata: {labelsFrom: {a: {expression: b}}}}}",
		"workflow: {spec: {hooks: {exit: {templateRef: {name: d}}, other: null}, workflowMetadata: {labelsFrom: {a: {expression: c}}}}}")
	require.Empty(t, found)
	require.Equal(t, wfv1.LifecycleHooks{"exit": {TemplateRef: &wfv1.TemplateRef{Name: "d"}}}, w.Spec.Hooks)
	require.Equal(t, "c", w.Spec.WorkflowMetadata.LabelsFrom["a"].Expression)
}

// TestSecondExit refuses what Argo would not run, and takes it where it would.
func TestSecondExit(t *testing.T) {
	const patch = "workflow: {spec: {hooks: {exit: {templateRef: {name: a, template: b}}}}}"
	w := golden(t, "failure_policies")
	require.NotEmpty(t, w.Spec.OnExit)
	_, _, found := apply(t, w, patch)
	require.Len(t, found, 1)
	require.Contains(t, found[0].Message, "which would not run: the Workflow has the exit handler on-stop")
	require.Nil(t, w.Spec.Hooks)
	_, _, found = apply(t, golden(t, "nested"), patch)
	require.Empty(t, found)
}

// TestNoImage refuses containers that no pod could have.
func TestNoImage(t *testing.T) {
	for text, name := range map[string]string{
		"tasks: {broken: {initContainers: [{name: a}]}}":                                         "a",
		"tasks: {broken: {sidecars: [{name: b, command: [c]}]}}":                                 "b",
		"workflow: {spec: {templateDefaults: {initContainers: [{name: dirver, command: [a]}]}}}": "dirver",
	} {
		_, _, found := apply(t, golden(t, "failure_policies"), text)
		require.Equal(t, []string{"this patch adds a container \"" + name + "\" that has no image"}, messagesOf(found), text)
	}
	// Where Argo creates volumes, the tasks have the driver each.
	_, _, found := apply(t, golden(t, "claims"),
		"workflow: {spec: {templateDefaults: {initContainers: [{name: driver, resources: {limits: {cpu: 1}}}]}}}")
	require.Equal(t, []string{`this patch adds a container "driver" that has no image`}, messagesOf(found))
	w := golden(t, "claims")
	_, _, found = apply(t, w, "tasks: {'*': {initContainers: [{name: driver, resources: {limits: {cpu: 1}}}]}}")
	require.Empty(t, found)
}

// TestJoinedPodSpecs merges several patches for one pod.
func TestJoinedPodSpecs(t *testing.T) {
	w := golden(t, "failure_policies")
	byName(w, "broken").PodSpecPatch = `{"containers":[{"name":"main","tty":true}],"hostIPC":true}`
	_, _, found := apply(t, w, `
tasks:
  "*": {podSpecPatch: {containers: [{name: main, stdin: true}], hostIPC: null}}
  broken: {podSpecPatch: "hostPID: true"}
  flaky: {podSpecPatch: '{{=toJson(workflow.labels)}}'}
  clean-up: {podSpecPatch: null}
`)
	require.Equal(t, []string{"this patch cannot be merged: " + errPodSpecs.Error()}, messagesOf(found))
	require.Equal(t, `{"containers":[{"name":"main","stdin":true,"tty":true}],"hostIPC":null,"hostPID":true}`, byName(w, "broken").PodSpecPatch)
	require.Empty(t, byName(w, "clean-up").PodSpecPatch)
}

// TestLost refuses patches without which no task would run.
func TestLost(t *testing.T) {
	for text, want := range map[string]string{
		"workflow: {spec: {templateDefaults: null}}":                                                                "the mount at /kfp",
		"workflow: {spec: {volumes: [{$patch: replace}, {name: a, emptyDir: {}}]}}":                                 "the volume kfp",
		"workflow: {spec: {volumes: null}}":                                                                         "the volume kfp",
		"workflow: {spec: {templateDefaults: {initContainers: null}}}":                                              "the init container driver",
		"workflow: {spec: {templateDefaults: {initContainers: [{name: driver, command: [x]}]}}}":                    "the command of the init container driver",
		"tasks: {broken: {container: null}}":                                                                        "the command of the launcher",
		"tasks: {broken: {initContainers: [{name: driver, $patch: delete}]}}":                                       "the init container driver",
		"tasks: {broken: {initContainers: [{$patch: replace}]}}":                                                    "the init container driver",
		"tasks: {broken: {initContainers: [{name: driver, args: [x]}]}}":                                            "the command of the init container driver",
		"tasks: {broken: {initContainers: [{name: driver, mirrorVolumeMounts: false}]}}":                            "the mounts of the init container driver",
		"tasks: {broken: {container: {volumeMounts: [{mountPath: /kfp, $patch: delete}]}}}":                         "the mount at /kfp",
		"tasks: {broken: {container: {volumeMounts: [{mountPath: /kfp, readOnly: true}]}}}":                         "the mount at /kfp",
		"tasks: {broken: {container: {volumeMounts: [{$patch: replace}, {mountPath: /kfp, name: a, subPath: b}]}}}": "the mount at /kfp",
	} {
		w := golden(t, "failure_policies")
		_, _, found := apply(t, w, text)
		require.Equal(t, []string{"this patch takes away " + want + ", without which no task runs"}, messagesOf(found), text)
		require.Equal(t, diag.ReservedField, found[0].Code)
		require.True(t, found[0].Span.Known())
		require.Equal(t, 1, found[0].Source)
	}
}

// TestLostClaim replaces the list in which the pipeline has a volume, and then
// writes out what was there.
func TestLostClaim(t *testing.T) {
	const text = "workflow: {spec: {volumeClaimTemplates: [%s{metadata: {name: b}, spec: {accessModes: [ReadWriteOnce]}}]}}"
	w := golden(t, "failure_policies")
	w.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "a"}}}
	_, _, found := apply(t, w, fmt.Sprintf(text, ""))
	require.Equal(t, []string{"this patch takes away the volume a, without which no task runs"}, messagesOf(found))
	_, _, found = apply(t, w, fmt.Sprintf(text, "{metadata: {name: a}}, "))
	require.Empty(t, found)
	require.Len(t, w.Spec.VolumeClaimTemplates, 2)
}

func messagesOf(found []diag.Diagnostic) []string {
	var all []string
	for _, d := range found {
		all = append(all, d.Message)
	}
	return all
}

// FuzzApply holds the package to what it promises for any text: a problem with
// a place, or a Workflow in which Argo makes of each template what the patch
// asks for.
func FuzzApply(f *testing.F) {
	for _, text := range patchesToApply() {
		f.Add(text)
	}
	before := golden(f, "failure_policies")
	f.Fuzz(func(t *testing.T, text string) {
		w := before.DeepCopy()
		patches, o, found := apply(t, w, text)
		for _, d := range found {
			require.True(t, d.Span.Known(), d.Message)
			_, explained := diag.Explain(d.Code)
			require.True(t, explained, d.Code)
		}
		if len(found) == 0 {
			requireAsAsked(t, before, w, patches, o)
		}
	})
}
