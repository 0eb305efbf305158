package oracle_test

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/util/template"
	"github.com/argoproj/argo-workflows/v3/workflow/common"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// TestExpressions has Argo evaluate the expressions that the translator's own
// tests evaluate with expr-lang.
func TestExpressions(t *testing.T) {
	text, err := os.ReadFile("../../../translate/internal/expression/testdata/expressions.yaml")
	require.NoError(t, err)
	var samples []struct {
		Built, Expression string
		Cases             []struct {
			situation
			Want, Fails string
		}
	}
	require.NoError(t, yaml.UnmarshalStrict(text, &samples))
	require.NotEmpty(t, samples)
	for _, s := range samples {
		for _, c := range s.Cases {
			if c.Fails != "" {
				_, err := replaced("{{="+s.Expression+"}}", c.variables(t))
				require.ErrorContains(t, err, c.Fails)
				continue
			}
			require.Equal(t, c.Want, filledIn(t, "{{="+s.Expression+"}}", c.variables(t)), "%s: %+v", s.Built, c)
		}
	}
}

// situation is what an expression can read.
type situation struct {
	Inputs, Arguments map[string]string
	Status            map[string]string            // by task
	Outputs           map[string]map[string]string // by task
	Failures          []map[string]string          // of the Workflow
	Item              string
}

// variables names the parts of a situation as Argo does.
func (s situation) variables(t *testing.T) map[string]string {
	t.Helper()
	variables := global()
	define(variables, "inputs.parameters", s.Inputs)
	define(variables, "workflow.parameters", s.Arguments)
	for task, outputs := range s.Outputs {
		variables["tasks."+task+".status"] = "Succeeded"
		define(variables, "tasks."+task+".outputs.parameters", outputs)
	}
	for task, status := range s.Status {
		variables["tasks."+task+".status"] = status
	}
	if s.Item != "" {
		variables["item"] = s.Item
	}
	failures, err := json.Marshal(s.Failures)
	require.NoError(t, err)
	variables["workflow.failures"] = strconv.Quote(string(failures))
	return variables
}

func define(variables map[string]string, prefix string, values map[string]string) {
	for name, value := range values {
		variables[prefix+"."+name] = value
	}
}

// global holds the variables that Argo defines everywhere, or in the runs of a
// CronWorkflow, and that the texts of these tests name.
func global() map[string]string {
	return map[string]string{
		"workflow.name": "hello-x7k2p", "workflow.uid": "0b4f6a4e-1111-2222-3333-444455556666",
		"workflow.parameters": "[]", "workflow.parameters.json": "[]", "node.name": "hello-x7k2p.a",
		"pod.name":               "hello-x7k2p-create-1234",
		"workflow.scheduledTime": "2026-11-30T04:00:00+01:00", "workflow.creationTimestamp.RFC3339": "2026-11-30T03:00:02Z",
	}
}

// filledIn passes a text through Argo's template engine.
func filledIn(t *testing.T, text string, variables map[string]string) string {
	t.Helper()
	result, err := replaced(text, variables)
	require.NoError(t, err, text)
	return result
}

// replaced fills in a text as the controller does with those of a DAG's task:
// tags that refer to other tasks must lead somewhere, and those that it cannot
// evaluate stay.
func replaced(text string, variables map[string]string) (string, error) {
	before, err := json.Marshal(map[string]string{"v": text})
	if err != nil {
		return "", err
	}
	after, err := template.ReplaceStrict(string(before), variables, []string{"tasks", "steps"})
	if err != nil {
		return "", err
	}
	var object map[string]string
	err = json.Unmarshal([]byte(after), &object)
	return object["v"], err
}

// hostile are texts that mean something to Argo, to expr-lang, to the kubelet
// or to Go's way of quoting.
func hostile() []string {
	return []string{
		"", " ", "plain", "{{", "}}", "{{{", "{{workflow.name}}", "{{=1+1}}", "{{item}}", "{{inputs.parameters.v}}",
		"{{=workflow.name}}", "{{unknown}}", "{{tasks.a.outputs.parameters.o}}", "{ {workflow.name}}", `{\u007bworkflow.name}}`,
		"$(HOME)", "$$", "$", `\`, `\\`, `"`, "'", `\"`, "a\nb\r\n\tc", "\x00", "\x1f", "\x7f", "\u0080", "\u00a0", "é", "😀",
		"\u2028", "\U000e0001", "\U0001fadf", "\ufeff", "\xff\xfe", "<b>&amp;", "null", "true", "3", "1e400", `{"a":{"b":{}}}`, "[[1]]",
		"__argo__internal__placeholder-1", "#{", "`", "//", "' + '", `\u003c`, `\\u003e`, `\u0026\u0026`,
	}
}

// FuzzParameter holds the promise of runtime/contract against Argo: a
// parameter text passes the template engine untouched, any number of times,
// and arrives in the pod's document as it was sent.
func FuzzParameter(f *testing.F) {
	for _, seed := range hostile() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, value := range []any{s, []any{s, nil, 1.5}, map[string]any{s: map[string]any{s: []string{s}}}} {
			encoded, err := json.Marshal(value)
			require.NoError(t, err)
			text, err := contract.EncodeParameter(encoded)
			require.NoError(t, err)
			variables := global()
			define(variables, "inputs.parameters", map[string]string{"v": "another value"})
			again := text
			for range 3 {
				again = filledIn(t, again, variables)
				require.Equal(t, text, again)
			}
			require.Equal(t, text, inPod(t, text))
		}
	})
}

// inPod returns what a pod's document holds of a parameter text that a task
// gives to the pod's template.
func inPod(t *testing.T, text string) string {
	t.Helper()
	pod := &wfv1.Template{
		Name: "pod",
		Inputs: wfv1.Inputs{
			Parameters: []wfv1.Parameter{{Name: "v"}},
			Artifacts: wfv1.Artifacts{{
				Name: "task", Path: contract.TaskFile,
				ArtifactLocation: wfv1.ArtifactLocation{Raw: &wfv1.RawArtifact{Data: expression.AllInputs().Tag()}},
			}},
		},
	}
	arguments := wfv1.Arguments{Parameters: []wfv1.Parameter{{Name: "v", Value: wfv1.AnyStringPtr(text)}}}
	started, err := common.ProcessArgs(pod, &arguments, global(), nil, false, "default", nil)
	require.NoError(t, err, "%q", text)
	var inputs map[string]string
	require.NoError(t, json.Unmarshal([]byte(started.Inputs.Artifacts[0].Raw.Data), &inputs))
	return inputs["v"]
}

// FuzzSubmitted follows an argument from the command line into a pod: through
// the expression of the entry, as a task's argument, into the pod's document.
func FuzzSubmitted(f *testing.F) {
	for _, seed := range hostile() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = string([]rune(s)) // a Workflow is JSON, which is UTF-8
		variables := global()
		define(variables, "workflow.parameters", map[string]string{"s": s})
		text := filledIn(t, expression.Shield(expression.ToJSON(expression.Argument("s"))).Tag(), variables)
		again := filledIn(t, text, variables)
		require.Equal(t, text, again)
		value, err := contract.DecodeParameter(inPod(t, text))
		require.NoError(t, err)
		arrived, err := contract.Text(value)
		require.NoError(t, err)
		require.Equal(t, s, arrived)
	})
}

// FuzzQuote holds the translator's string literals against Argo: they mean the
// text, also where the template they are in is filled in twice.
func FuzzQuote(f *testing.F) {
	for _, seed := range hostile() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = string([]rune(s))
		if s == "" {
			return // to Argo, an expression of the empty text is one that it cannot evaluate yet
		}
		require.Equal(t, s, filledIn(t, "{{="+expression.String(s).String()+"}}", global()))
		value := expression.Shield(expression.ToJSON(expression.String(s))).Tag()
		text := filledIn(t, value, global())
		require.Equal(t, text, filledIn(t, text, global()))
		decoded, err := contract.DecodeParameter(text)
		require.NoError(t, err)
		arrived, err := contract.Text(decoded)
		require.NoError(t, err)
		require.Equal(t, s, arrived)
	})
}
