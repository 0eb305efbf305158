//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

const (
	examples = "../../examples/"
	cases    = "../../testdata/pipelines/"
)

// reread reads a printed Workflow, so that what runs is what people see.
func reread(t *testing.T, text []byte) *wfv1.Workflow {
	t.Helper()
	var workflow wfv1.Workflow
	require.NoError(t, yaml.UnmarshalStrict(text, &workflow))
	return &workflow
}

func TestHello(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"hello.yaml", submitting("recipient", `"you" & {\u007bworkflow.name}}`))
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	r.requireRecorded(nil)
	require.Equal(t, `HELLO, "YOU" & {{WORKFLOW.NAME}}!`, r.result("Output"))
	require.Contains(t, r.log("hello.shout"), strings.Repeat(`HELLO, "YOU" & {{WORKFLOW.NAME}}!`, 2))
}

func TestRestrictedPodSecurity(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"hello.yaml", in(restrictedNamespace))
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	require.Equal(t, "HELLO, WORLD!", r.result("Output"))
	for _, p := range r.pods() {
		for _, c := range p.Spec.Containers {
			if c.Name == "main" {
				require.True(t, *c.SecurityContext.ReadOnlyRootFilesystem)
			}
		}
		require.True(t, *p.Spec.SecurityContext.RunAsNonRoot)
	}
}

// TestParameterTypes sends values that are easy to mangle through the program's
// command line, its output file, Argo, and the next program's command line.
func TestParameterTypes(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"parameter_types.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 20)
	r.requireRecorded(nil)
	want := map[string]string{
		"text":         "plain",
		"quoted":       `she said "hi" and 'bye' \ done`,
		"lines":        "first\nsecond\n\ttabbed",
		"braces":       "Summarise: {{ document }} using {{workflow.name}} and {{=1+1}}",
		"dollars":      "$(id) `id` ${HOME} $HOME",
		"unicode":      "naïve café 日本語 🚀",
		"numeric_text": "1.0",
		"json_text":    `{"a": [1, 2]}`,
		"empty":        "",
	}
	got := map[string][]string{}
	for _, n := range r.tasks() {
		kind := inputOf(t, n, "kind")
		if kind != "" {
			got[kind] = append(got[kind], fileText(t, n, "out"))
		}
	}
	for kind, text := range want {
		require.Equal(t, []string{text, text}, got[kind], kind)
	}
	for task, tiny := range map[string]string{"echo-types": "0.1", "echo-types-2": "0.000000001"} {
		var argv []string
		require.NoError(t, json.Unmarshal([]byte(r.output("parameter-types."+task, "out")), &argv))
		require.Equal(t, []string{
			"9007199254740992", tiny, "true",
			`[1,"two",3.5,true,{"k":"v"},["nested","{{item}}"]]`,
			`{"quote\"key":"v","x":{"y":[1,2,3]}}`,
		}, argv)
	}
}

// inputOf returns the text of a task's STRING input, or "" where it has none.
func inputOf(t *testing.T, n wfv1.NodeStatus, name string) string {
	t.Helper()
	p := n.Inputs.GetParameterByName(name)
	if p == nil {
		return ""
	}
	return decoded(t, p.Value.String())
}

// fileText returns the text of a task's STRING output.
func fileText(t *testing.T, n wfv1.NodeStatus, name string) string {
	t.Helper()
	return decoded(t, outputOf(t, n, name))
}

func decoded(t *testing.T, parameter string) string {
	t.Helper()
	value, err := contract.DecodeParameter(parameter)
	require.NoError(t, err)
	text, err := contract.Text(value)
	require.NoError(t, err)
	return text
}

func TestArtifacts(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"artifacts.yaml", submitting("rows", "25"))
	r.requirePhase(wfv1.WorkflowSucceeded, 3)
	r.requireRecorded(nil)
	data := r.artifact("artifacts.make-data", "data")
	require.Equal(t, "system.Dataset", data.Type.SchemaTitle)
	require.JSONEq(t, "25", string(data.Metadata["rows"]))
	require.JSONEq(t, `["x","y"]`, string(data.Metadata["columns"]))
	require.Equal(t, 26, strings.Count(r.object(data.URI), "\n"))
	require.True(t, strings.HasPrefix(r.object(data.URI), "x,y\n0,1\n1,3\n"))
	parts := r.artifact("artifacts.make-data", "parts")
	require.Equal(t, []string{"part-0/rows.csv", "part-1/rows.csv", "part-2/rows.csv"}, r.keys(parts.URI))
	require.Equal(t, "2\n", r.object(parts.URI+"/part-2/rows.csv"))
	require.JSONEq(t, `{"slope": 2.0}`, r.object(r.artifact("artifacts.train", "model").URI))
	require.JSONEq(t, "2", string(r.artifact("artifacts.train", "metrics").Metadata["slope"]))
	require.Equal(t, "<h1>slope 2.0</h1>", r.object(r.artifact("artifacts.train", "report").URI))
	require.Equal(t, r.artifact("artifacts.train", "model").URI, r.result("Output"))
}

// artifact returns an output artifact of a task.
func (r *run) artifact(task, name string) contract.RuntimeArtifact {
	r.t.Helper()
	list, err := contract.DecodeArtifacts(r.output(task, name))
	require.NoError(r.t, err)
	require.Len(r.t, list.Artifacts, 1)
	return list.Artifacts[0]
}

func TestNested(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"nested.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 7)
	r.requireRecorded(nil)
	require.Equal(t, "'given' 8 None", r.object(r.artifact("nested.middle.save", "out").URI))
	require.Equal(t, "None 8 None", r.object(r.artifact("nested.middle-2.save", "out").URI))
	require.Equal(t, "no data", r.text("nested.middle.load", "Output"))
	require.Equal(t, "'given' 8 None", r.text("nested.middle-2.load", "Output"))
	require.Equal(t, "None 8 None", r.text("nested.load", "Output"))
	result, err := contract.DecodeArtifacts(r.result("Output"))
	require.NoError(t, err)
	require.Equal(t, r.artifact("nested.middle-2.save", "out").URI, result.Artifacts[0].URI)
}

func TestNestedWithInputGiven(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"nested.yaml", submitting("name", "it's"))
	r.requirePhase(wfv1.WorkflowSucceeded, 7)
	r.requireRecorded(nil)
	require.Equal(t, `"it's" 8 None`, r.text("nested.load", "Output"))
}

// text returns the text of a task's STRING output.
func (r *run) text(task, name string) string {
	r.t.Helper()
	return decoded(r.t, r.output(task, name))
}

// TestPlaceholders compares whole command lines.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"placeholders.yaml", submitting("text", "four"))
	r.requirePhase(wfv1.WorkflowSucceeded, 4)
	r.requireRecorded(nil)
	data := r.artifact("placeholders.produce", "data")
	local, ok := contract.LocalPath(data.URI)
	require.True(t, ok)
	head := func(prefix string) []string {
		return []string{"--in=" + data.URI + "::" + prefix, "--path", local, "--meta", "data"}
	}
	name, created := r.workflow.Name, r.workflow.CreationTimestamp.UTC().Format(time.RFC3339)
	tail := func(task string) []string {
		root := strings.SplitAfter(data.URI, string(r.workflow.UID))[0]
		return []string{name, string(r.workflow.UID), name, task, r.node("placeholders." + task).ID, root, created, created}
	}
	require.Equal(t, "four", r.object(data.URI))
	for task, argv := range map[string][]string{
		"consume":   slices.Concat(head("a/b"), []string{"--no-note", "--extra", "no"}, tail("consume")),
		"consume-2": slices.Concat(head("with note"), []string{"--note", `remember "this"`, "--extra", "yes"}, tail("consume-2")),
		"consume-3": slices.Concat(head("run "+name+" made 4"), []string{"--no-note", "--extra", "no"}, tail("consume-3")),
	} {
		require.Contains(t, r.log("placeholders."+task), "['"+strings.Join(argv, "', '")+"']\n", task)
	}
}

// TestConstants looks at placeholders in constants, which Argo or the pod fill
// in.
func TestConstants(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"constants.yaml", submitting("number", "12345678901234567"))
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	name := r.workflow.Name
	require.JSONEq(t, fmt.Sprintf(`{
		"anything": "run %s task direct number 12345678901234567",
		"own_id": %q,
		"struct": {"plain": "{{ not ours }} $(ID)", "nested": [%q]}
	}`, name, r.node("constants.direct").ID, r.workflow.UID), r.result("direct"))
	require.JSONEq(t, fmt.Sprintf(`{
		"anything": "%s/sub", "own_id": "12345678901234567", "struct": {"size": "3", "list": [1, "show"]}
	}`, name), r.result("sub"))
}
