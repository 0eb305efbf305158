package contract

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
)

// requireGolden compares the wire form of a document with testdata: a changed
// golden is a changed protocol.
func requireGolden(t *testing.T, name string, document any) []byte {
	t.Helper()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(document))
	path := filepath.Join("testdata", name)
	goldentest.Compare(t, path, got.Bytes())
	return got.Bytes()
}

func sampleTask() *Task {
	return &Task{
		Version: TaskVersion,
		Run: Run{
			Pipeline: "hello", Name: "hello-x7k2p", UID: "0b4f6a4e-1111-2222-3333-444455556666",
			Node: "hello-x7k2p.train-all.train(3:3)", Created: "2026-08-01T12:00:00Z",
			PipelineRoot: "s3://bucket/prefix?region=eu-1",
		},
		Component: Component{
			Inputs: ComponentInputs{
				Parameters: map[string]InputParameter{
					"epochs": {Type: NumberInteger, Optional: true, Default: json.RawMessage("10"), Argo: "epochs-2"},
					"mode":   {Type: String, Literals: []json.RawMessage{[]byte(`"fast"`), []byte(`"slow"`)}},
					"title":  {Type: String},
				},
				Artifacts: map[string]InputArtifact{"data": {}, "base": {Optional: true, Argo: "a-base"}},
			},
			Outputs: ComponentOutputs{
				Parameters: map[string]OutputParameterSpec{"loss": {Type: NumberDouble}, "Odd name": {Type: String, Argo: "odd-name"}},
				Artifacts: map[string]OutputArtifact{"model": {
					Type:     ArtifactType{SchemaTitle: "system.Model", SchemaVersion: "0.0.1"},
					Metadata: map[string]json.RawMessage{"framework": json.RawMessage(`"torch"`)},
					Argo:     "a-model",
				}},
			},
			Import:   &Import{URI: "s3://bucket/{{$.inputs.parameters['name']}}", Metadata: json.RawMessage(`{"by":"hand"}`)},
			TaskKeys: map[string]string{"train": "Train"},
		},
		Inputs: map[string]string{"epochs-2": "", "mode": `"fast"`, "data": `{"uri":"s3://b/k"}`},
	}
}

func TestTaskDocument(t *testing.T) {
	text := requireGolden(t, "Task.json", sampleTask())
	back, err := ParseTask(text)
	require.NoError(t, err)
	require.Equal(t, text, requireGolden(t, "Task.json", back))
}

func TestPlanDocument(t *testing.T) {
	plan := &Plan{
		Version: PlanVersion,
		ExecutorInput: ExecutorInput{
			Inputs: Inputs{
				ParameterValues: map[string]json.RawMessage{"epochs": json.RawMessage("10"), "mode": json.RawMessage(`"fast"`)},
				Artifacts: map[string]ArtifactList{"data": {Artifacts: []RuntimeArtifact{{
					Name: "data", Type: ArtifactType{InstanceSchema: "type: object"}, URI: "s3://b/k",
				}}}, "none": {}},
			},
			Outputs: Outputs{
				Parameters: map[string]OutputParameter{"loss": {OutputFile: OutputParameterDir + "/loss"}},
				Artifacts: map[string]ArtifactList{"model": {Artifacts: []RuntimeArtifact{{
					Name: "model", Type: ArtifactType{SchemaTitle: "system.Model", SchemaVersion: "0.0.1"},
					URI: "s3://bucket/model", Metadata: map[string]json.RawMessage{"n": json.RawMessage("1")},
				}}}},
				OutputFile: OutputFileWithoutStore,
			},
		},
		Given:        []string{"mode", "data"},
		Placeholders: map[string]string{"pipeline_job_name": "hello-x7k2p"},
		Outputs:      sampleTask().Component.Outputs,
		Store:        `{"version":1,"places":[]}`,
		Node:         "hello-x7k2p.train",
		Imports:      true,
		Failures:     "s3://bucket/prefix/hello/uid/failures",
		PipelineRoot: "s3://bucket/prefix?region=eu-1",
	}
	text := requireGolden(t, "Plan.json", plan)
	back, err := ParsePlan(text)
	require.NoError(t, err)
	require.Equal(t, text, requireGolden(t, "Plan.json", back))
}

func TestRun(t *testing.T) {
	text, err := json.Marshal(sampleTask().Run)
	require.NoError(t, err)
	back, err := ParseRun(string(text))
	require.NoError(t, err)
	require.Equal(t, sampleTask().Run, back)
	_, err = ParseRun("")
	require.EqualError(t, err, "the variable KFP2ARGO_RUN is missing, which templateDefaults of the Workflow has for the driver")
	_, err = ParseRun(`{"x":1}`)
	require.EqualError(t, err, `KFP2ARGO_RUN: json: unknown field "x"`)
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"version":1,"news":1}`:       "task document: it has version 1, this program reads 2: translate the pipeline again with the kfp2argo that its image belongs to",
		`{}`:                           "task document: it has version 0, this program reads 2: translate the pipeline again with the kfp2argo that its image belongs to",
		`{"version":2,"run":{}}`:       `task document: json: unknown field "run"`,
		`{"version":2} {}`:             "task document: invalid character '{' after top-level value",
		`{"version":2`:                 "task document: unexpected end of JSON input",
		`{"version":2,"inputs":["a"]}`: "task document: json: cannot unmarshal array into Go struct field Task.inputs of type map[string]string",
	} {
		_, err := ParseTask([]byte(text))
		require.EqualError(t, err, want, text)
	}
	_, err := ParsePlan([]byte(`{"version":7}`))
	require.ErrorContains(t, err, "plan document: it has version 7")
}

func TestParseExecutorOutput(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                              `{"parameterValues":null,"artifacts":{}}`,
		`{"parameterValues": {"a": 1.0}}`: `{"parameterValues":{"a":1.0},"artifacts":{}}`,
		`{"parameter_values": {"a": [1]}, "parameters": {"x": {"intValue": 1}}}`:                                                `{"parameterValues":{"a":[1]},"artifacts":{}}`,
		`{"artifacts": {"m": {"artifacts": [{"name": "m", "uri": "s3://b/k", "metadata": {"a": null}, "custom_path": "/x"}]}}}`: `{"parameterValues":null,"artifacts":{"m":{"artifacts":[{"name":"m","uri":"s3://b/k","metadata":{"a":null},"customPath":"/x"}]}}}`,
		`{"artifacts": {"m": {"artifacts": [{"customPath": "/x", "custom_properties": {}, "properties": {}}]}}}`:                `{"parameterValues":null,"artifacts":{"m":{"artifacts":[{"customPath":"/x"}]}}}`,
	} {
		output, err := ParseExecutorOutput([]byte(text))
		require.NoError(t, err, text)
		got, err := json.Marshal(output)
		require.NoError(t, err)
		require.Equal(t, want, string(got), text)
	}
	for _, text := range []string{``, `[]`, `{"parameterValuse": {}}`, `{"artifacts": {"m": {"artifacts": [{"url": "x"}]}}}`, `{} ]`, `{}{}`} {
		_, err := ParseExecutorOutput([]byte(text))
		require.Error(t, err, text)
	}
	for text, want := range map[string]string{
		`{"artifacts": {"m": {"artifacts": [{"metadata": {"a": "NaN", "loss": NaN}}]}}}`: "artifacts.m.artifacts.0.metadata.loss is NaN, not a finite number, which JSON needs",
		`{"parameterValues": {"a": "\"Infinity", "b": [1, -Infinity]}}`:                  "parameterValues.b.1 is -Infinity, not a finite number, which JSON needs",
		`{"parameterValues": {"a": Infinity}, "b": x}`:                                   "invalid character 'I' looking for beginning of value",
	} {
		_, err := ParseExecutorOutput([]byte(text))
		require.EqualError(t, err, want, text)
	}
}

func TestArtifactParameter(t *testing.T) {
	artifact := RuntimeArtifact{
		Name: "m", URI: "s3://b/{{k}}", Metadata: map[string]json.RawMessage{"n": json.RawMessage("1.0"), "s": json.RawMessage(`"$é"`)}, CustomPath: "/x",
	}
	text, err := EncodeArtifact(artifact)
	require.NoError(t, err)
	require.Equal(t, `{"metadata":{"n":1,"s":"\u0024\u00e9"},"name":"m","uri":"s3://b/{\u007bk}}"}`, text)
	list, err := DecodeArtifacts(text)
	require.NoError(t, err)
	require.Len(t, list.Artifacts, 1)
	require.Equal(t, artifact.URI, list.Artifacts[0].URI)
	require.Empty(t, list.Artifacts[0].CustomPath)

	list, err = DecodeArtifacts("[" + text + "," + text + "]")
	require.NoError(t, err)
	require.Len(t, list.Artifacts, 2)

	list, err = DecodeArtifacts("[]")
	require.NoError(t, err)
	require.NotNil(t, list.Artifacts)
	require.Empty(t, list.Artifacts)

	for _, none := range []string{"", " ", "null"} {
		list, err = DecodeArtifacts(none)
		require.NoError(t, err)
		require.Nil(t, list.Artifacts)
	}
	_, err = DecodeArtifacts("!no member")
	require.EqualError(t, err, "no member")
	for _, bad := range []string{"s3://b/k", "5", "[5]", `"x"`, "{"} {
		_, err = DecodeArtifacts(bad)
		require.Error(t, err, bad)
	}
}
