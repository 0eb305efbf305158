package posted_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/translate"
)

// read returns a file that the SDK wrote or sent.
func read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../testdata/" + name)
	require.NoError(t, err)
	return text
}

// TestDocument makes sure that a posted pipeline is the one that was compiled.
func TestDocument(t *testing.T) {
	text, err := posted.Document(read(t, "posted-pipeline-spec.json"))
	require.NoError(t, err)
	documents := strings.Split(string(text), "\n---\n")
	require.Len(t, documents, 2)
	var want struct {
		Pipeline any `json:"pipeline_spec"`
		Platform any `json:"platform_spec"`
	}
	require.NoError(t, json.Unmarshal(read(t, "posted-pipeline-spec.json"), &want))
	for i, document := range documents {
		var got any
		require.NoError(t, yaml.Unmarshal([]byte(document), &got))
		require.True(t, reflect.DeepEqual([]any{want.Pipeline, want.Platform}[i], got), "%s", document)
	}
}

func TestDocumentKeepsValues(t *testing.T) {
	text, err := posted.Document([]byte(`{"b": "\ud83d\ude00 {{x}}", "a": [12345678901234567890, 1e5, -0.0, true, null, "1", "yes", "", " x\n", [], {}]}`))
	require.NoError(t, err)
	require.Equal(t, "b: \"\\U0001F600 {{x}}\"\na:\n  - 12345678901234567890\n  - 1e5\n  - -0.0\n  - true\n  - null\n  - \"1\"\n  - \"yes\"\n  - \"\"\n  - \" x\\n\"\n  - []\n  - {}\n", string(text))
	for bad, want := range map[string]string{
		`[]`:        "the pipeline_spec is no JSON object",
		`{"a":1} 2`: "the pipeline_spec: there is more behind its end",
		`{"a":`:     "the pipeline_spec: EOF",
		strings.Repeat("[", 300) + strings.Repeat("]", 300): "the pipeline_spec: it is nested more than 200 deep",
	} {
		_, err := posted.Document([]byte(bad))
		require.EqualError(t, err, want)
	}
}

func TestTranslate(t *testing.T) {
	text, err := posted.Text(read(t, "posted-pipeline-spec.json"))
	require.NoError(t, err)
	got, err := posted.Translate(posted.Name, text, posted.Settings{
		Parameters: map[string]json.RawMessage{
			"rows": json.RawMessage(`5`), "tag": json.RawMessage(`"\u00e9\"{{x}}"`),
			"options": json.RawMessage(`{"n": 1.5, "big": 12345678901234567890}`),
		},
		Root: "s3://bucket/root", ServiceAccount: "runner",
	}, translate.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"tag"}, got.Texts)
	require.Equal(t, "runner", got.Workflow.Spec.ServiceAccountName)
	for name, want := range map[string]string{
		"rows": "5", "tag": `é"{\u007bx}}`, "options": `{"n": 1.5, "big": 12345678901234567890}`, "pipeline-root": "s3://bucket/root",
	} {
		require.Equal(t, want, got.Workflow.Spec.Arguments.GetParameterByName(name).Value.String())
	}
}

func TestProblems(t *testing.T) {
	valid, err := posted.Text(read(t, "posted-pipeline-spec.json"))
	require.NoError(t, err)
	for name, test := range map[string]struct {
		spec       []byte
		parameters map[string]json.RawMessage
		want       string
	}{
		"unknown input": {valid, map[string]json.RawMessage{"rowz": json.RawMessage("1")}, `the pipeline has no input "rowz"; it has options, rows, tag`},
		"no text":       {valid, map[string]json.RawMessage{"tag": json.RawMessage("1")}, `input "tag" is a STRING; 1 is none`},
		"wrong type":    {valid, map[string]json.RawMessage{"rows": json.RawMessage(`"x"`)}, `rows`},
		"no root":       {valid, nil, "these inputs of the pipeline have no value: pipeline-root"},
		"a place":       {[]byte("pipelineInfo: {name: x}\nschemaVersion: 2.1.0\nroot:\n  dag:\n    tasks:\n      a: {taskInfo: {name: a}, componentRef: {name: comp-b}}\n"), nil, "pipeline.yaml:6:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := posted.Translate(posted.Name, test.spec, posted.Settings{Parameters: test.parameters}, translate.Options{})
			var problems *posted.ProblemsError
			require.ErrorAs(t, err, &problems)
			require.Contains(t, problems.Text, test.want)
		})
	}
}

func TestJSON(t *testing.T) {
	spec := read(t, "posted-pipeline-spec.json")
	same, err := posted.JSON(spec)
	require.NoError(t, err)
	require.Equal(t, string(spec), string(same), "what was posted is answered")
	compiled, err := posted.JSON(read(t, "small.yaml"))
	require.NoError(t, err)
	var want, got struct {
		Pipeline map[string]json.RawMessage `json:"pipeline_spec"`
		Platform json.RawMessage            `json:"platform_spec"`
	}
	require.NoError(t, json.Unmarshal(spec, &want))
	require.NoError(t, json.Unmarshal(compiled, &got))
	require.JSONEq(t, string(want.Platform), string(got.Platform))
	for _, key := range []string{"pipelineInfo", "deploymentSpec", "components"} {
		require.JSONEq(t, string(want.Pipeline[key]), string(got.Pipeline[key]), key)
	}
}

// FuzzDocument makes sure that JSON keeps its values as YAML.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"a": "\ud83d\ude00", "b": [1, 2.5e-7, true, null, "no", "0x1", "2001-01-01"], "": {"x": "{{y}}\n\t\u0000"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		documents, err := posted.Document(text)
		if err != nil {
			return
		}
		var want, got any
		if json.Unmarshal(text, &want) != nil {
			t.Fatalf("%q is no JSON, and became %q", text, documents)
		}
		if strings.Contains(string(text), "_spec") || strings.Contains(string(text), "Spec") {
			return // it may be two documents
		}
		if err := yaml.Unmarshal(documents, &got); err != nil {
			if strings.Contains(err.Error(), "already defined") {
				return // JSON takes a key twice
			}
			t.Fatalf("%q: %v\n%s", text, err, documents)
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if string(a) != string(b) {
			t.Fatalf("%s became %s", a, b)
		}
	})
}
