package placeholder

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

func TestParse(t *testing.T) {
	for text, want := range map[string][]Part{
		"":                               nil,
		"plain":                          {Literal("plain")},
		"{{$}}":                          {ExecutorInput{}},
		"a{{$}}b":                        {Literal("a"), ExecutorInput{}, Literal("b")},
		"{{$.inputs.parameters['n']}}":   {InputParameter{"n"}},
		"{{$.inputs.parameters['a b']}}": {InputParameter{"a b"}},
		"{{$.inputs.parameters['a}}b']}}{{$.inputs.parameters['c']}}": {InputParameter{"a}}b"}, InputParameter{"c"}},
		"{{$.outputs.parameters['n'].output_file}}":                   {OutputParameterFile{"n"}},
		"{{$.outputs.output_file}}":                                   {OutputFile{}},
		"{{$.outputMetadataUri}}":                                     {OutputFile{}},
		"{{$.inputs.artifacts['n']}}":                                 {Artifact{Name: "n"}},
		"{{$.inputs.artifacts['n'].uri}}":                             {Artifact{Name: "n", Field: URI}},
		"{{$.inputs.artifacts['n'].path}}":                            {Artifact{Name: "n", Field: Path}},
		"{{$.inputs.artifacts['n'].name}}":                            {Artifact{Name: "n", Field: Name}},
		"{{$.inputs.artifacts['n'].metadata}}":                        {Artifact{Name: "n", Field: Metadata}},
		"{{$.inputs.artifacts['n'].metadata['k']}}":                   {Artifact{Name: "n", Field: MetadataKey, Key: "k"}},
		"{{$.outputs.artifacts['n'].uri}}":                            {Artifact{Output: true, Name: "n", Field: URI}},
		"{{$.outputs.artifacts['n'].path}}":                           {Artifact{Output: true, Name: "n", Field: Path}},
		"{{$.pipeline_root}}/x":                                       {Pipeline{PipelineRoot}, Literal("/x")},
		"{{{$.pipeline_root}}}":                                       {Literal("{"), Pipeline{PipelineRoot}, Literal("}")},
		"{{$.a['}} {{$.pipeline_job_name}}":                           {Literal("{{$.a['}} "), Pipeline{JobName}},
	} {
		require.Equal(t, want, Parse(text), text)
	}
	for _, name := range PipelineNames() {
		require.Equal(t, []Part{Pipeline{name}}, Parse("{{$."+name+"}}"))
	}
}

// TestParseLiteral lists what looks like a placeholder and is none.
func TestParseLiteral(t *testing.T) {
	for _, text := range []string{
		"{", "{{", "{{$", "{{ $ }}", "{{$ }}", "{{x}}", "{{=1+1}}", "{{inputs.parameters.n}}", "$(HOME)",
		`{{$.inputs.parameters["n"]}}`,
		"{{$.inputs.parameters['n'].x}}",
		"{{$.inputs.parameters['n'}}",
		"{{$.inputs.artifacts['n'].size}}",
		"{{$.inputs.artifacts['n'].metadata['k'].x}}",
		"{{$.outputs.parameters['n']}}",
		"{{$.outputs.parameters['n'].uri}}",
		"{{$.pipeline_google_cloud_location}}",
		"{{$.json_escape[1]}}",
		"{{$.brace}}",
	} {
		require.Equal(t, []Part{Literal(text)}, Parse(text), text)
	}
}

func sampleValues() Values {
	return Values{
		ExecutorInput: contract.ExecutorInput{
			Inputs: contract.Inputs{
				ParameterValues: map[string]json.RawMessage{
					"text":   json.RawMessage(`"it's {{$.pipeline_job_name}} <b>"`),
					"number": json.RawMessage(`1e3`),
					"flag":   json.RawMessage(`true`),
					"list":   json.RawMessage(`[1, "a"]`),
					"empty":  json.RawMessage(`""`),
				},
				Artifacts: map[string]contract.ArtifactList{
					"data": {Artifacts: []contract.RuntimeArtifact{
						{Name: "d", URI: "s3://b/k", Metadata: map[string]json.RawMessage{"n": json.RawMessage(`2.0`), "s": json.RawMessage(`"x"`)}},
						{URI: "https://h/x"},
					}},
					"web":  {Artifacts: []contract.RuntimeArtifact{{URI: "https://h/x"}}},
					"none": {},
				},
			},
			Outputs: contract.Outputs{
				Parameters: map[string]contract.OutputParameter{"o": {OutputFile: "/tmp/kfp/outputs/o"}},
				Artifacts:  map[string]contract.ArtifactList{"m": {Artifacts: []contract.RuntimeArtifact{{Name: "m", URI: "minio://b/m"}}}},
				OutputFile: "/minio/b/output_metadata.json",
			},
		},
		Given:    []string{"text", "data"},
		Pipeline: map[string]string{JobName: "run-1"},
	}
}

func TestExpandCommand(t *testing.T) {
	for element, want := range map[string][]string{
		"":                                                                 {""},
		"plain $(X) {{x}}":                                                 {"plain $(X) {{x}}"},
		"--n={{$.inputs.parameters['number']}}":                            {"--n=1000"},
		"{{$.inputs.parameters['text']}}":                                  {"it's {{$.pipeline_job_name}} <b>"},
		"{{$.inputs.parameters['flag']}}":                                  {"true"},
		"{{$.inputs.parameters['list']}}":                                  {`[1,"a"]`},
		"{{$.inputs.parameters['empty']}}":                                 {""},
		"{{$.inputs.artifacts['data'].uri}}":                               {"s3://b/k"},
		"{{$.inputs.artifacts['data'].path}}":                              {"/s3/b/k"},
		"{{$.inputs.artifacts['web'].path}}":                               {"/minio/_https/h/x"},
		"{{$.inputs.artifacts['data'].name}}":                              {"d"},
		"{{$.inputs.artifacts['data'].metadata}}":                          {`{"n":2.0,"s":"x"}`},
		"{{$.outputs.artifacts['m'].metadata}}":                            {`{}`},
		"{{$.inputs.artifacts['none']}}":                                   {`[]`},
		"{{$.inputs.artifacts['web']}}":                                    {`[{"uri":"https://h/x"}]`},
		"{{$.outputs.artifacts['m'].path}}":                                {"/minio/b/m"},
		"{{$.outputs.artifacts['m'].uri}}/x":                               {"minio://b/m/x"},
		"{{$.outputs.output_file}}":                                        {"/minio/b/output_metadata.json"},
		"{{$.pipeline_job_name}}{{$.outputs.parameters['o'].output_file}}": {"run-1/tmp/kfp/outputs/o"},
		"{{$.inputs.artifacts['data'].metadata['n']}}{{$.inputs.artifacts['data'].metadata['s']}}": {"2x"},

		`{"Concat": ["--", "{{$.inputs.parameters['number']}}", {"IfPresent": {"InputName": "text", "Then": ["a", "b"]}}]}`: {"--1000ab"},
		`{"IfPresent": {"InputName": "text", "Then": ["--text", "{{$.inputs.parameters['text']}}"], "Else": "no"}}`:         {"--text", "it's {{$.pipeline_job_name}} <b>"},
		`{"IfPresent": {"InputName": "data", "Then": "yes"}}`:                                                               {"yes"},
		`{"IfPresent": {"InputName": "number", "Then": "yes"}}`:                                                             nil,
		`{"IfPresent": {"InputName": "number", "Then": "yes", "Else": "no"}}`:                                               {"no"},
		`{"IfPresent": {"InputName": "number", "Then": "yes", "Else": {"Concat": ["n", "o"]}}}`:                             {"no"},
		` { "IfPresent":{"InputName":"text","Then":[{"IfPresent":{"InputName":"x","Then":"a","Else":["b","c"]}}]}} `:        {"b", "c"},
		`{"Concat": []}`:               {""},
		`{"Concat": ["{{", "x", "}"]}`: {"{{x}"},
		`{"Concat": not json`:          {`{"Concat": not json`},
		`{"other": 1}`:                 {`{"other": 1}`},
	} {
		got, err := ExpandCommand([]string{Shield(element)}, sampleValues())
		require.NoError(t, err, element)
		require.Equal(t, want, got, element)
	}
}

func TestExpandExecutorInput(t *testing.T) {
	values := sampleValues()
	got, err := ExpandCommand([]string{"{{$}}"}, values)
	require.NoError(t, err)
	var back contract.ExecutorInput
	require.NoError(t, json.Unmarshal([]byte(got[0]), &back))
	require.Equal(t, json.RawMessage(`"it's {{$.pipeline_job_name}} <b>"`), back.Inputs.ParameterValues["text"])
	require.NotContains(t, got[0], "\n")
	require.NotContains(t, got[0], "null")
}

func TestExpandRefuses(t *testing.T) {
	for element, want := range map[string]string{
		"{{$.inputs.parameters['x']}}":                  `element 1 of the command line: it mentions input "x", which has no value`,
		"{{$.inputs.artifacts['x'].uri}}":               `it mentions input artifact "x", which has no value`,
		"{{$.inputs.artifacts['x']}}":                   `it mentions input artifact "x", which has no value`,
		"{{$.inputs.artifacts['none'].path}}":           `it mentions input artifact "none", which has no value`,
		"{{$.outputs.artifacts['x'].uri}}":              `it mentions output artifact "x", which has no value`,
		"{{$.outputs.parameters['x'].output_file}}":     `it mentions output "x", which the component does not have`,
		"{{$.inputs.artifacts['data'].metadata['x']}}":  `it mentions metadata "x" of artifact "data", which has no such entry`,
		"{{$.pipeline_root}}":                           `{{$.pipeline_root}} has no value here`,
		`{"IfPresent": {"Then": "x"}}`:                  "IfPresent needs InputName",
		`{"IfPresent": {"InputName": "x", "Then": 1}}`:  "Then of IfPresent: expected a string, a Concat or an IfPresent",
		`{"Concat": ["a", ["b"]]}`:                      "item of Concat: expected a string, a Concat or an IfPresent",
		`{"Concat": [], "IfPresent": {"InputName":""}}`: "expected either Concat or IfPresent",
		`{"Concat": [], "x": 1}`:                        "expected a string, a Concat or an IfPresent",
	} {
		_, err := ExpandCommand([]string{"sh", element}, sampleValues())
		require.ErrorContains(t, err, want, element)
	}
}

func TestFind(t *testing.T) {
	wanted := InputParameter{Name: "n"}
	for _, test := range []struct{ text, found string }{
		{"{{$.inputs.parameters['n']}}", "{{$.inputs.parameters['n']}}"},
		{"--n={{$.inputs.parameters['m']}}{{$.inputs.parameters['n']}}!", "{{$.inputs.parameters['n']}}"},
		{`{"Concat": ["ä", "{{$.inputs.parameters['n']}}"]}`, "{{$.inputs.parameters['n']}}"},
		{`{{$.inputs.parameters["n"]}}`, ""},
		{"{{$.inputs.parameters['a{{$.inputs.parameters['n']}}", ""}, // part of a name
		{"", ""},
	} {
		offset, width := Find(test.text, wanted)
		require.Equal(t, test.found, test.text[offset:offset+width], test.text)
		require.Equal(t, strings.Index(test.text, test.found), offset, test.text)
	}
}

func TestVisit(t *testing.T) {
	element, err := Parser(Parse).ParseElement(
		`{"Concat": ["a{{$}}", {"IfPresent": {"InputName": "i", "Then": ["{{$.pipeline_root}}"], "Else": "{{$.inputs.parameters['p']}}"}}]}`)
	require.NoError(t, err)
	var parts []Part
	var inputs []string
	Visit(element, func(p Part) { parts = append(parts, p) }, func(input string) { inputs = append(inputs, input) })
	require.Equal(t, []Part{ExecutorInput{}, Pipeline{PipelineRoot}, InputParameter{"p"}}, parts)
	require.Equal(t, []string{"i"}, inputs)
}

func TestShield(t *testing.T) {
	for text, want := range map[string]string{
		"{{x}}":                         "{{$.brace}}{x}}",
		"{{{x":                          "{{$.brace}}{{$.brace}}{x",
		"{{$}}":                         "{{$}}",
		"{{{$}}":                        "{{$.brace}}{{$}}",
		"{{$.brace}}":                   "{{$.brace}}{$.brace}}",
		"{{$.x}}":                       "{{$.brace}}{$.x}}",
		"{ {$ }":                        "{ {$ }",
		"{{$.pipeline_root}}{{=now()}}": "{{$.pipeline_root}}{{$.brace}}{=now()}}",
	} {
		require.Equal(t, want, Shield(text), text)
	}
}

// FuzzParse holds that every text has a reading that loses nothing, and that a
// shielded text means what the text means.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "{{$}}", "{{{$}}}", "{{x}} {{=y}}", "{{$.brace}}", "{{$.inputs.parameters['text']}}", "{{$.inputs.parameters['a}}b']}}",
		"{{$.inputs.artifacts['data'].metadata['n']}}", "{{$.a['}} {{$.pipeline_job_name}}", `{"Concat": ["{{", "{{$}}"]}`,
		`{"IfPresent": {"InputName": "text", "Then": "{{x"}}`, "{{$.inputs.parameters['{{$}}']}}",
	} {
		f.Add(seed)
	}
	values := sampleValues()
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "outputMetadataUri") {
			t.Skip("the other name of a placeholder")
		}
		parts := Parse(text)
		require.Equal(t, text, source(parts))

		shielded := Shield(text)
		require.Equal(t, source(parts), unshielded(ParseShielded(shielded)))
		for _, p := range ParseShielded(shielded) {
			if literal, ok := p.(Literal); ok {
				require.NotContains(t, string(literal), "{{")
			}
		}
		want, wantErr := values.Expand(parts)
		got, err := values.Expand(ParseShielded(shielded))
		require.Equal(t, wantErr, err)
		require.Equal(t, want, got)

		_, _ = ExpandCommand([]string{shielded}, values) // does not panic
	})
}

// unshielded is the text of parts that were shielded.
func unshielded(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		if _, ok := p.(Brace); ok {
			b.WriteByte('{')
			continue
		}
		b.WriteString(source([]Part{p}))
	}
	return b.String()
}

// source writes parts as the grammar has them.
func source(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		switch p := p.(type) {
		case Literal:
			b.WriteString(string(p))
		case ExecutorInput:
			b.WriteString("{{$}}")
		case InputParameter:
			b.WriteString("{{$.inputs.parameters['" + p.Name + "']}}")
		case OutputParameterFile:
			b.WriteString("{{$.outputs.parameters['" + p.Name + "'].output_file}}")
		case OutputFile:
			b.WriteString("{{$.outputs.output_file}}")
		case Pipeline:
			b.WriteString("{{$." + p.Name + "}}")
		case Artifact:
			side := map[bool]string{false: "inputs", true: "outputs"}[p.Output]
			field := map[ArtifactField]string{
				URI: ".uri", Path: ".path", Name: ".name", Metadata: ".metadata", MetadataKey: ".metadata['" + p.Key + "']",
			}[p.Field]
			b.WriteString("{{$." + side + ".artifacts['" + p.Name + "']" + field + "}}")
		case Brace:
			b.WriteString("{{$.brace}}")
		}
	}
	return b.String()
}

// FuzzShieldText holds that a text comes back from under its shields, which
// leave Argo nothing but themselves to look at.
func FuzzShieldText(f *testing.F) {
	for _, seed := range []string{
		"", "{", "}", "{{", "{{{", "{ {", "{{{{", "{{workflow.name}}", "{{=1}}", "{{$.brace}}", "{{{$.brace}}", "{{$.brace}}{", "{{$}}",
		"{{$.inputs.parameters['a']}}", "{$.brace}}", "{{$.{{$.brace}}brace}}", "é{{é", "\xff{{",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shielded := ShieldText(text)
		require.Equal(t, text, UnshieldText(shielded))
		require.NotContains(t, strings.ReplaceAll(shielded, braceTag, "\x00"), "{{")
	})
}
