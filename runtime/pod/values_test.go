package pod_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// large is a component with outputs and inputs that may be large.
func large() contract.Component {
	return contract.Component{
		Cache: &contract.Cache{},
		Inputs: contract.ComponentInputs{
			Parameters: map[string]contract.InputParameter{"text": {Type: contract.String, Optional: true}},
			Artifacts:  map[string]contract.InputArtifact{"data": {Optional: true}},
		},
		Outputs: contract.ComponentOutputs{
			Parameters: map[string]contract.OutputParameterSpec{
				"text": {Type: contract.String}, "read": {Type: contract.String, Inline: true},
			},
			Artifacts: map[string]contract.OutputArtifact{"data": {}},
		},
	}
}

// makeLarge makes all outputs of the component: a text of 20,000 characters and
// metadata of some more.
var makeLarge = []string{"sh", "-c", `
	text=$(head -c 20000 /dev/zero | tr '\0' '$'); printf '%s' "$text" > "$1"; printf '%s' "$text" > "$2"; echo data > "$3"; mkdir -p "$(dirname "$0")"
	printf '{"artifacts": {"data": {"artifacts": [{"metadata": {"note": "%s"}}]}}}' "$text" > "$0"`,
	"{{$.outputs.output_file}}", "{{$.outputs.parameters['text'].output_file}}",
	"{{$.outputs.parameters['read'].output_file}}", "{{$.outputs.artifacts['data'].path}}"}

// TestLargeValues hands values that are too large for Argo on through the store.
func TestLargeValues(t *testing.T) {
	store := t.TempDir()
	first := newTask(t, store, large())
	first.template("image:1", makeLarge)
	first.mustRun(makeLarge...)
	for _, name := range []string{"text", "data"} {
		require.Less(t, len(first.output(name)), 1000, name)
		require.NotContains(t, first.output(name), "$", name)
	}
	require.Equal(t, `"`+strings.Repeat(`\u0024`, 20000)+`"`, first.output("read"), "Argo reads it")

	second := newTask(t, store, large())
	second.document.Inputs["text"], second.document.Inputs["data"] = first.output("text"), first.output("data")
	require.Zero(t, second.drive().code)
	inputs := second.plan().ExecutorInput.Inputs
	want := contract.QuoteText(strings.Repeat("$", 20000))
	require.Equal(t, string(want), string(inputs.ParameterValues["text"]))
	data := inputs.Artifacts["data"].Artifacts[0]
	require.Equal(t, string(want), string(data.Metadata["note"]))
	require.JSONEq(t, `"data"`, string(data.Metadata["display_name"]))
	require.Nil(t, data.MetadataReference)

	// What the cache knows of them is whole, too.
	again := newTask(t, store, large())
	again.document.Run.UID = "uid-2"
	again.template("image:1", makeLarge)
	require.Contains(t, again.mustRun(makeLarge...).stderr, "the program did not run")
	require.Contains(t, again.output("text"), "uid-2")
	third := newTask(t, store, large())
	third.document.Inputs["text"] = again.output("text")
	require.Zero(t, third.drive().code)
	require.Equal(t, string(want), string(third.plan().ExecutorInput.Inputs.ParameterValues["text"]))
}

// TestInlineLimit counts bytes of the parameter's text.
func TestInlineLimit(t *testing.T) {
	component := contract.Component{Outputs: contract.ComponentOutputs{
		Parameters: map[string]contract.OutputParameterSpec{"text": {Type: contract.String}},
	}}
	for limit, want := range map[int]string{12: `"0123456789"`, 11: "@"} {
		p := newTask(t, t.TempDir(), component)
		p.document.InlineLimit = limit
		p.mustRun("sh", "-c", `printf 0123456789 > "$0"`, "{{$.outputs.parameters['text'].output_file}}")
		require.True(t, strings.HasPrefix(p.output("text"), want), p.output("text"))
	}
}

// TestLargeValueLost refuses a value that is not what was stored.
func TestLargeValueLost(t *testing.T) {
	store := t.TempDir()
	first := newTask(t, store, large())
	first.mustRun(makeLarge...)
	var reference contract.Reference
	require.NoError(t, json.Unmarshal([]byte(first.output("text")[1:]), &reference))
	file := filepath.Join(store, strings.TrimPrefix(reference.URI, "minio://"))
	requireRefused := func(words string) {
		t.Helper()
		second := newTask(t, store, large())
		second.document.Inputs["text"] = first.output("text")
		r := second.drive()
		require.Equal(t, 1, r.code)
		require.Contains(t, r.lastWords, `input "text": reading `+reference.URI)
		require.Contains(t, r.lastWords, words)
	}
	require.NoError(t, os.WriteFile(file, []byte(`"other"`), 0o666))
	requireRefused("it is not what was stored there")
	require.NoError(t, os.Remove(file))
	requireRefused("there is nothing at this place")
}

// TestTooLarge refuses what cannot go to the store and is too much for Argo.
func TestTooLarge(t *testing.T) {
	for name, test := range map[string]struct {
		inline bool
		root   bool
		words  string
	}{
		"Argo reads it": {true, true, "Argo itself reads it, for a condition, a loop or an output of the pipeline"},
		"no root":       {false, false, "give the pipeline a root"},
	} {
		p := newTask(t, t.TempDir(), contract.Component{Outputs: contract.ComponentOutputs{
			Parameters: map[string]contract.OutputParameterSpec{"text": {Type: contract.String, Inline: test.inline}},
		}})
		if !test.root {
			p.document.Run.PipelineRoot = ""
		}
		require.Zero(t, p.drive().code)
		r := p.launch("sh", "-c", `head -c 300000 /dev/zero | tr '\0' x > "$0"`, "{{$.outputs.parameters['text'].output_file}}")
		require.Equal(t, 1, r.code, name)
		require.Contains(t, r.lastWords, `output parameter "text": it has 300002 bytes, and a Workflow has room for 262144: `+test.words)
		p.requireNoOutputs()
	}
}
