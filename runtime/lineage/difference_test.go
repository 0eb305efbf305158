package lineage_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// TestDifferences changes one thing at a time, and reads what is said of it.
// Each that makes another key is named, and nothing else is.
func TestDifferences(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*record.Inputs)
		want   []string // what: A → B
	}{
		{"nothing", func(*record.Inputs) {}, nil},
		{"a number written otherwise", func(i *record.Inputs) { i.Parameters["rows"] = json.RawMessage("1e1") }, nil},
		{"a name in Argo", func(i *record.Inputs) {
			i.Outputs.Parameters["loss"] = contract.OutputParameterSpec{Type: contract.NumberDouble}
		}, nil},
		{"image", func(i *record.Inputs) { i.Image = "python:3.12" }, []string{`image: "python:3.11" → "python:3.12"`}},
		{"argument", func(i *record.Inputs) { i.Command[1] = "x" }, []string{`argument 1 of the command line: "{{$.inputs.parameters['rows']}}" → "x"`}},
		{"one argument more", func(i *record.Inputs) { i.Command = append(i.Command, "") }, []string{`argument 2 of the command line: none → ""`}},
		{"one argument less", func(i *record.Inputs) { i.Command = i.Command[:1] }, []string{`argument 1 of the command line: "{{$.inputs.parameters['rows']}}" → none`}},
		{"no command line", func(i *record.Inputs) { i.Command = nil }, []string{`command line: ["train","{{$.inputs.parameters['rows']}}"] → null`}},
		{"many arguments", func(i *record.Inputs) { i.Command = append(i.Command, strings.Split("23456789abcd", "")...) }, many()},
		{"parameter", func(i *record.Inputs) { i.Parameters["rows"] = json.RawMessage(`"10"`) }, []string{`parameter "rows": 10 → "10"`}},
		{"parameter null", func(i *record.Inputs) { i.Parameters["rows"] = json.RawMessage(`null`) }, []string{`parameter "rows": 10 → null`}},
		{"parameter without a value", func(i *record.Inputs) { i.Parameters["more"] = json.RawMessage(`{}`) }, []string{`parameter "more": none → {}`}},
		{"struct", func(i *record.Inputs) {
			i.Parameters = map[string]json.RawMessage{"rows": json.RawMessage(`{"a":[1],"b":"x"}`)}
		}, []string{`parameter "rows": 10 → {"a":[1],"b":"x"}`}},
		{"URI", func(i *record.Inputs) { i.Artifacts["data"][0].URI = "s3://bucket/other" }, []string{`artifact "data", URI: "s3://bucket/data" → "s3://bucket/other"`}},
		{"version", func(i *record.Inputs) { i.Artifacts["data"][0].Content = "v2" }, []string{`artifact "data", version of what is at its URI: "v1" → "v2"`}},
		{"no version", func(i *record.Inputs) { i.Artifacts["data"][0].Content = "" }, []string{`artifact "data", version of what is at its URI: "v1" → none`}},
		{"type", func(i *record.Inputs) { i.Artifacts["data"][0].Type.SchemaTitle = "system.Model" }, []string{`artifact "data", type, schemaTitle: none → "system.Model"`}},
		{"metadata", func(i *record.Inputs) {
			i.Artifacts["data"][0].Metadata = map[string]json.RawMessage{"lines": json.RawMessage(`[1,2]`)}
		}, []string{`artifact "data", metadata "lines": 10 → [1,2]`}},
		{"one artifact more", func(i *record.Inputs) {
			i.Artifacts["data"] = append(i.Artifacts["data"], record.Artifact{URI: "s3://bucket/2"})
		}, []string{`artifact "data", item 1: none → {"type":{},"uri":"s3://bucket/2"}`}},
		{"artifact", func(i *record.Inputs) { i.Artifacts = nil }, []string{
			`artifact "data": [{"content":"v1","metadata":{"lines":10},"type":{},"uri":"s3… → none`,
		}},
		{"empty list of artifacts", func(i *record.Inputs) { i.Artifacts["more"] = []record.Artifact{} }, []string{`artifact "more": none → []`}},
		{"type of an output", func(i *record.Inputs) {
			i.Outputs.Parameters["loss"] = contract.OutputParameterSpec{Type: contract.String}
		}, []string{`output parameter "loss", type: "NUMBER_DOUBLE" → "STRING"`}},
		{"output", func(i *record.Inputs) {
			i.Outputs.Parameters["more"] = contract.OutputParameterSpec{Type: contract.String}
		}, []string{`output parameter "more": none → {"type":"STRING"}`}},
		{"all outputs", func(i *record.Inputs) { i.Outputs = contract.ComponentOutputs{} }, []string{
			`output artifact "model": {"metadata":{"framework":"none"},"type":{"schemaTitle":"syst… → none`,
			`output parameter "loss": {"type":"NUMBER_DOUBLE"} → none`,
		}},
		{"metadata of an output", func(i *record.Inputs) {
			i.Outputs.Artifacts["model"].Metadata["framework"] = json.RawMessage(`"some"`)
		}, []string{`output artifact "model", metadata "framework": "none" → "some"`}},
		{"setting", func(i *record.Inputs) { i.Settings["pvc"] = `"other"` }, []string{`setting "pvc": "claim" → "other"`}},
		{"setting more", func(i *record.Inputs) { i.Settings["image"] = `` }, []string{`setting "image": none → ""`}},
		{"claims", func(i *record.Inputs) { i.Claims = []string{"data", "models"} }, []string{`claims: none → ["data","models"]`}},
		{"two things", func(i *record.Inputs) { i.Image, i.Settings = "x", nil }, []string{
			`image: "python:3.11" → "x"`, `setting "pvc": "claim" → none`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := inputs()
			test.change(&changed)
			require.Equal(t, test.want, differences(t, inputs(), changed))
			a, err := inputs().Key()
			require.NoError(t, err)
			b, err := changed.Key()
			require.NoError(t, err)
			require.Equal(t, test.want != nil, a != b, "a difference is what makes another key")
			require.Len(t, differences(t, changed, inputs()), len(test.want))
			require.Empty(t, differences(t, changed, changed))
		})
	}
}

// many is what is said of the arguments 2 to 13, of which 10 comes behind 9.
func many() []string {
	var all []string
	for i, argument := range strings.Split("23456789abcd", "") {
		all = append(all, "argument "+[]string{"2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"}[i]+
			" of the command line: none → \""+argument+`"`)
	}
	return all
}

func differences(t *testing.T, a, b record.Inputs) []string {
	t.Helper()
	found, err := lineage.Differences(a, b)
	require.NoError(t, err)
	var texts []string
	for _, d := range found {
		first, second := d.Excerpts()
		texts = append(texts, d.What+": "+first+" → "+second)
	}
	return texts
}

// TestExcerpts shows long values where they begin to differ, and nothing that a
// terminal obeys.
func TestExcerpts(t *testing.T) {
	long := strings.Repeat("0123456789", 20)
	for _, test := range []struct{ a, b, wantA, wantB string }{
		{"a", "b", `"a"`, `"b"`},
		{long + "a" + long, long + "b" + long, `…` + long[:20] + "a" + long[:39] + `…`, `…` + long[:20] + "b" + long[:39] + `…`},
		{long, long + "b", `…` + long[:20] + `"`, `…` + long[:20] + `b"`},
		{"a\nb", "\x1b[2J", `"a\nb"`, `"\x1b[2J"`},
		{"é", "", `"é"`, `""`},
	} {
		a, b := inputs(), inputs()
		a.Image, b.Image = test.a, test.b
		require.Equal(t, []string{"image: " + test.wantA + " → " + test.wantB}, differences(t, a, b))
	}
	require.Equal(t, `a\x1b[2J\nb`, lineage.Printable("a\x1b[2J\nb"))
	require.Equal(t, `"é" \ ü`, lineage.Printable(`"é" \ ü`))
}
