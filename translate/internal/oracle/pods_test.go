package oracle_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/common"
	"github.com/argoproj/argo-workflows/v3/workflow/util"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// podCase is an entry of testdata/pods.yaml: the settings of an executor, what
// the run gives them, and what its pod has more than one without settings.
type podCase struct {
	Name       string
	Kubernetes map[string]any // a KubernetesExecutorConfig
	Container  map[string]any // fields of the container
	Task       map[string]any // input parameters of the task
	// Given are the parameter texts that the run has for the inputs of the
	// pipeline and the outputs of the task make.
	Given map[string]string
	Pod   map[string]any
	// Refused is what the driver says of the given values.
	Refused []string
}

func podCases(t testing.TB) []podCase {
	t.Helper()
	text, err := os.ReadFile("testdata/pods.yaml")
	require.NoError(t, err)
	var file struct {
		Cases []podCase
	}
	require.NoError(t, yaml.UnmarshalStrict(text, &file))
	require.NotEmpty(t, file.Cases)
	return file.Cases
}

// TestPods fills in the pods of the table as Argo does.
func TestPods(t *testing.T) {
	bare := podCase{}.started(t, nil)
	for _, c := range podCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			started := c.started(t, c.Given)
			requireOrder(t, started.pod)
			got, err := yaml.Marshal(added(bare.pod, started.pod))
			require.NoError(t, err)
			want, err := yaml.Marshal(c.Pod)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))
			require.Equal(t, c.Refused, started.refused)
		})
	}
}

// TestPodsWithoutValues gives no value to what the run decides: a patch then
// changes nothing but the order of lists that it has to hold as a whole.
func TestPodsWithoutValues(t *testing.T) {
	for _, c := range podCases(t) {
		for _, none := range []string{"", "null"} {
			started := c.started(t, c.all(none))
			if started.given { // a constant with an input
				continue
			}
			require.Equal(t, plain(t, started.withoutLists(started.unpatched)), plain(t, started.withoutLists(started.pod.Spec)), c.Name)
		}
	}
}

// TestPodsOfHostileValues gives values to what the run decides that mean
// something to somebody: the pod is the same with all those that the driver
// refuses.
func TestPodsOfHostileValues(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range podCases(t) {
		workflow := c.workflow(t)
		of := workflow.GetTemplateByName("pod")
		decided := of.PodSpecPatch + of.Container.Image
		if len(c.Given) == 0 || seen[decided] {
			continue
		}
		seen[decided] = true
		var refused any
		for _, text := range hostileTexts(t) {
			if c.isStuck(t, workflow, c.all(text)) {
				continue
			}
			started := c.start(t, workflow, c.all(text))
			if len(started.refused) < len(started.settings) {
				continue
			}
			if refused == nil {
				refused = plain(t, started.pod.Spec)
			}
			require.Equal(t, refused, plain(t, started.pod.Spec), "%s: %s", c.Name, text)
		}
	}
}

// hostileTexts are parameter texts, and natural texts of arguments that are
// not strings, which nobody has looked at.
func hostileTexts(t *testing.T) []string {
	t.Helper()
	all := []string{
		`{"a":"b"},"hostNetwork":true,"x":{}`, `[],"hostPID":true,"x":[]`, `{"a":"b"} # `, `{"a":"b"}, hostIPC: true`, `"a", "optional": false`,
		`"a"}, {"name": "b", "value": "c"`, `1, "b.c/d": 1`, `{}}`, `{`, `[`, `"`, `&a b`, `!!str a`, "a\n---\nb", `{"a": "b"`, `!no member`,
		`{"\u0024patch":"replace"}`, `{"a":"\u0024patch"}`, `"\u0024patch"`, `[{"\u0024patch":"replace"}]`, `{"a":{"\u0024retainKeys":["b"]}}`,
	}
	for i, s := range hostile() {
		values := []any{s, map[string]any{"x" + s: s}, []any{map[string]any{"key": s}}}
		if i%4 > 0 {
			values = values[:1] // for speed
		}
		for _, value := range values {
			encoded, err := json.Marshal(value)
			require.NoError(t, err)
			text, err := contract.EncodeParameter(encoded)
			require.NoError(t, err)
			all = append(all, text)
		}
	}
	return all
}

// all gives one text to everything that the run decides.
func (c podCase) all(text string) map[string]string {
	given := map[string]string{}
	for name := range c.Given {
		given[name] = text
	}
	return given
}

// startedPod is the pod of a template that Argo starts.
type startedPod struct {
	pod       corev1.Pod
	unpatched corev1.PodSpec
	patch     string
	settings  map[string]contract.Setting
	given     bool // whether any of them has a value
	refused   []string
}

// started translates a pipeline with the settings and starts the pod.
func (c podCase) started(t *testing.T, given map[string]string) startedPod {
	t.Helper()
	return c.start(t, c.workflow(t), given)
}

// start starts the pod, with the values that the run gives.
func (c podCase) start(t *testing.T, workflow *wfv1.Workflow, given map[string]string) startedPod {
	t.Helper()
	of := workflow.GetTemplateByName("pod")
	merged := withDefaults(t, workflow, of)
	processed, err := common.ProcessArgs(merged, c.arguments(t, workflow, given), global(), common.Parameters{"node.name": "a.b"}, false, "", nil)
	require.NoError(t, err, c.Name)
	again, err := common.ProcessArgs(processed.DeepCopy(), &wfv1.Arguments{}, global(), common.Parameters{"pod.name": "a"}, false, "", nil)
	require.NoError(t, err, c.Name)
	require.NotContains(t, again.PodSpecPatch, "{{", c.Name)
	started := startedPod{unpatched: podSpec(workflow, again), patch: again.PodSpecPatch}
	started.pod.Spec = started.unpatched
	if again.PodSpecPatch != "" {
		require.True(t, util.IsJSONStr(again.PodSpecPatch), "%s: %s", c.Name, again.PodSpecPatch)
		patched, err := util.ApplyPodSpecPatch(started.unpatched, again.PodSpecPatch)
		require.NoError(t, err, "%s: %s", c.Name, again.PodSpecPatch)
		started.pod.Spec = *patched
	}
	started.pod.Labels, started.pod.Annotations = again.Metadata.Labels, again.Metadata.Annotations
	started.check(t, again)
	return started
}

// check reads the document of the pod and has its settings checked as the
// driver does.
func (s *startedPod) check(t *testing.T, of *wfv1.Template) {
	t.Helper()
	task, err := contract.ParseTask([]byte(of.Inputs.Artifacts[0].Raw.Data))
	require.NoError(t, err)
	for _, v := range of.InitContainers[0].Env {
		if v.Name == contract.RunVariable {
			task.Run, err = contract.ParseRun(v.Value)
			require.NoError(t, err)
		}
	}
	require.Equal(t, "a.b", task.Run.Node)
	s.settings = task.Component.Settings
	for name, setting := range s.settings {
		value, err := contract.DecodeParameter(task.Inputs[name])
		s.given = s.given || err != nil || contract.KindOf(value) > contract.KindNull
		if err := setting.Check(task.Inputs[name]); err != nil {
			s.refused = append(s.refused, err.Error())
		}
	}
	slices.Sort(s.refused)
}

// workflow translates a pipeline with a task that has the settings.
func (c podCase) workflow(t *testing.T) *wfv1.Workflow {
	t.Helper()
	if c.Kubernetes == nil {
		c.Kubernetes = map[string]any{}
	}
	container := map[string]any{"image": "registry.example.com/pod", "command": []string{"pod"}}
	for name, value := range c.Container {
		container[name] = value
	}
	head := map[string]any{}
	require.NoError(t, yaml.Unmarshal([]byte(podPipeline), &head))
	at(head, "deploymentSpec", "executors", "exec-pod")["container"] = container
	at(head, "root", "dag", "tasks", "pod")["inputs"] = map[string]any{"parameters": c.Task}
	declared := map[string]any{}
	for name := range c.Task {
		declared[name] = map[string]any{"parameterType": "STRING", "isOptional": true}
	}
	at(head, "components", "comp-pod")["inputDefinitions"] = map[string]any{"parameters": declared}
	platform := map[string]any{"platforms": map[string]any{"kubernetes": map[string]any{"deploymentSpec": map[string]any{
		"executors": map[string]any{"exec-pod": c.Kubernetes},
	}}}}
	var text []byte
	for _, document := range []any{head, platform} {
		data, err := yaml.Marshal(document)
		require.NoError(t, err)
		text = append(append(text, data...), "---\n"...)
	}
	text = []byte(strings.TrimSuffix(string(text), "---\n"))
	workflow, found, err := translate.Translate(diag.Source{Name: "pods.yaml", Text: text}, translate.Options{})
	require.NoError(t, err, c.Name)
	require.NotNil(t, workflow, "%s: %v", c.Name, found)
	var out bytes.Buffer
	require.NoError(t, translate.Print(&out, workflow, "pods.yaml"))
	return decoded(t, printed{c.Name, out.Bytes()})
}

// podPipeline is the pipeline around the task.
const podPipeline = `
pipelineInfo: {name: pods}
schemaVersion: 2.1.0
deploymentSpec:
  executors:
    exec-make: {container: {image: registry.example.com/make, command: [make]}}
    exec-pod: {}
components:
  comp-make:
    executorLabel: exec-make
    outputDefinitions:
      parameters:
        made: {parameterType: STRING}
        made-struct: {parameterType: STRUCT}
  comp-pod: {executorLabel: exec-pod}
root:
  inputDefinitions:
    parameters:
      name: {parameterType: STRING, isOptional: true}
      name-2: {parameterType: STRING, isOptional: true}
      number: {parameterType: NUMBER_INTEGER, isOptional: true}
      struct: {parameterType: STRUCT, isOptional: true}
      struct-2: {parameterType: STRUCT, isOptional: true}
      list: {parameterType: LIST, isOptional: true}
  dag:
    tasks:
      make: {componentRef: {name: comp-make}}
      pod: {componentRef: {name: comp-pod}, dependentTasks: [make]}
`

func at(tree map[string]any, steps ...string) map[string]any {
	for _, step := range steps {
		tree = tree[step].(map[string]any)
	}
	return tree
}

// arguments are those of the pod's template, evaluated with the values.
func (c podCase) arguments(t *testing.T, workflow *wfv1.Workflow, given map[string]string) *wfv1.Arguments {
	t.Helper()
	variables := global()
	for _, name := range []string{"name", "name-2", "number", "struct", "struct-2", "list"} {
		variables["inputs.parameters."+name] = given[name]
	}
	for _, name := range []string{"made", "made-struct"} {
		variables["tasks.make.outputs.parameters."+name] = given[name]
	}
	var all wfv1.Arguments
	tasks := workflow.GetTemplateByName("pods").DAG.Tasks
	task := tasks[slices.IndexFunc(tasks, func(t wfv1.DAGTask) bool { return t.Name == "pod" })]
	for _, p := range task.Arguments.Parameters {
		if text, err := replaced(p.Value.String(), variables); err == nil {
			p.Value = wfv1.AnyStringPtr(text)
		}
		all.Parameters = append(all.Parameters, p)
	}
	return &all
}

// isStuck reports whether Argo cannot evaluate an argument. What becomes of the
// task then is for other tests.
func (c podCase) isStuck(t *testing.T, workflow *wfv1.Workflow, given map[string]string) bool {
	t.Helper()
	return slices.ContainsFunc(c.arguments(t, workflow, given).Parameters, func(p wfv1.Parameter) bool {
		return strings.HasPrefix(p.Value.String(), "{{=")
	})
}

// withDefaults merges the defaults into a template as Argo does.
func withDefaults(t *testing.T, workflow *wfv1.Workflow, of *wfv1.Template) *wfv1.Template {
	t.Helper()
	defaults, err := json.Marshal(workflow.Spec.TemplateDefaults)
	require.NoError(t, err)
	own, err := json.Marshal(of)
	require.NoError(t, err)
	merged, err := strategicpatch.StrategicMergePatch(defaults, own, wfv1.Template{})
	require.NoError(t, err)
	var result wfv1.Template
	require.NoError(t, json.Unmarshal(merged, &result))
	return &result
}

// podSpec is the part of a pod that comes from the Workflow.
func podSpec(workflow *wfv1.Workflow, of *wfv1.Template) corev1.PodSpec {
	main := of.Container.DeepCopy()
	main.Name = "main"
	spec := corev1.PodSpec{
		Containers:       []corev1.Container{*main},
		Volumes:          slices.Concat(workflow.Spec.Volumes, of.Volumes),
		NodeSelector:     of.NodeSelector,
		Tolerations:      of.Tolerations,
		Affinity:         of.Affinity,
		ImagePullSecrets: workflow.Spec.ImagePullSecrets,
		SecurityContext:  workflow.Spec.SecurityContext,
	}
	for _, c := range of.InitContainers {
		spec.InitContainers = append(spec.InitContainers, c.Container)
	}
	if d := of.ActiveDeadlineSeconds; d != nil {
		seconds := int64(d.IntValue())
		spec.ActiveDeadlineSeconds = &seconds
	}
	return spec
}

// withoutLists drops the lists that a patch has to hold as a whole.
func (s startedPod) withoutLists(spec corev1.PodSpec) corev1.PodSpec {
	spec = *spec.DeepCopy()
	if strings.Contains(s.patch, `"tolerations"`) {
		spec.Tolerations = nil
	}
	if strings.Contains(s.patch, `"nodeAffinity"`) && spec.Affinity != nil {
		spec.Affinity.NodeAffinity = nil
		if *spec.Affinity == (corev1.Affinity{}) {
			spec.Affinity = nil
		}
	}
	return spec
}

// requireOrder makes sure that Kubernetes takes the lists of a pod: names are
// there once, and what is mounted is a volume. The driver comes first.
func requireOrder(t *testing.T, pod corev1.Pod) {
	t.Helper()
	require.Equal(t, "driver", pod.Spec.InitContainers[0].Name)
	volumes := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		require.False(t, volumes[v.Name], "two volumes %s", v.Name)
		volumes[v.Name] = true
	}
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		mounts, variables := map[string]bool{}, map[string]bool{}
		for _, m := range c.VolumeMounts {
			require.True(t, volumes[m.Name], "no volume %s", m.Name)
			require.False(t, mounts[m.MountPath], "two mounts at %s", m.MountPath)
			mounts[m.MountPath] = true
		}
		for _, v := range c.Env {
			require.False(t, variables[v.Name], "two variables %s", v.Name)
			require.False(t, v.Value != "" && v.ValueFrom != nil, v.Name)
			variables[v.Name] = true
		}
	}
}

// plain is a value as JSON has it.
func plain(t testing.TB, value any) any {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	var all any
	require.NoError(t, json.Unmarshal(data, &all))
	return all
}

// added lists what one pod has more than another, and of lists what it has not.
func added(bare, pod corev1.Pod) any {
	encode := func(p corev1.Pod) (all map[string]any) {
		data, err := json.Marshal(p)
		if err != nil {
			panic(err)
		}
		if err := json.Unmarshal(data, &all); err != nil {
			panic(err)
		}
		return map[string]any{"metadata": all["metadata"], "spec": all["spec"]}
	}
	more, _ := difference("", encode(bare), encode(pod)).(map[string]any)
	return more
}

func difference(where string, bare, has any) any {
	if reflect.DeepEqual(bare, has) {
		return nil
	}
	switch bare := bare.(type) {
	case map[string]any:
		return differentMembers(where, bare, has.(map[string]any))
	case []any:
		return differentItems(where, bare, has.([]any))
	}
	return has
}

func differentMembers(where string, bare, has map[string]any) any {
	more := map[string]any{}
	for name, value := range has {
		if d := difference(where+"."+name, bare[name], value); d != nil {
			more[name] = d
		}
	}
	for name, value := range bare {
		if _, ok := has[name]; !ok {
			more[name] = map[string]any{"removed": value}
		}
	}
	return more
}

// differentItems compares containers by their names, and takes other lists as
// sets.
func differentItems(where string, bare, has []any) any {
	var more []any
	for _, item := range has {
		if i := slices.IndexFunc(bare, func(b any) bool { return isSame(where, b, item) }); i < 0 {
			more = append(more, item)
		} else if d := difference(where, bare[i], item); d != nil {
			more = append(more, d)
		}
	}
	for _, item := range bare {
		if !slices.ContainsFunc(has, func(h any) bool { return isSame(where, h, item) }) {
			more = append(more, map[string]any{"removed": item})
		}
	}
	return more
}

func isSame(where string, a, b any) bool {
	if strings.HasSuffix(strings.ToLower(where), "containers") {
		return a.(map[string]any)["name"] == b.(map[string]any)["name"]
	}
	return reflect.DeepEqual(a, b)
}
