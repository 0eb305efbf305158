package document_test

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// read reads a text that has no mistake.
func read(t *testing.T, text string) *document.Document {
	t.Helper()
	doc, _, problems := rendered(t, diag.Source{Name: "pipeline.yaml", Text: []byte(text)})
	require.Empty(t, problems)
	return doc
}

// within returns a pipeline whose root has one parameter, p, with the fields
// that are given.
func within(fields string) string {
	return "pipelineInfo: {name: train}\nschemaVersion: 2.1.0\nroot:\n  inputDefinitions:\n    parameters:\n      p:\n        " +
		strings.ReplaceAll(fields, "\n", "\n        ") + "\n"
}

// parameter reads the parameter that within describes.
func parameter(t *testing.T, fields string) *document.InputParameterDefinition {
	t.Helper()
	p, ok := read(t, within(fields)).Pipeline.Root.InputDefinitions.Parameters.Get("p")
	require.True(t, ok)
	return p
}

func TestValues(t *testing.T) {
	for _, tc := range []struct{ yaml, json string }{
		{`2.0`, `2`},
		{`1.0`, `1`},
		{`-0.0`, `0`},
		{`0.30`, `0.3`},
		{`1e3`, `1000`},
		{`1e20`, `100000000000000000000`},
		{`1e21`, `1e+21`},
		{`-1.5e300`, `-1.5e+300`},
		{`20e-1`, `2`},
		{`+7`, `7`},
		{`-7`, `-7`},
		{`1_000`, `1000`},
		{`0x1F`, `31`},
		{`0o17`, `15`},
		{`0b101`, `5`},
		{`.5`, `0.5`},
		{`1.0e-09`, `0.000000001`},
		{`9007199254740993`, `9007199254740993`},
		{`9007199254740993.0`, `9007199254740993`},
		{`123456789012345678901234567890`, `123456789012345678901234567890`},
		{`1.5e300`, `1.5e+300`},
		{`0.1234567890123456789`, `0.12345678901234568`},
		{`123456789.5`, `123456789.5`},
		{`null`, `null`},
		{`~`, `null`},
		{``, `null`},
		{`true`, `true`},
		{`False`, `false`},
		{`yes`, `"yes"`},
		{`on`, `"on"`},
		{`n`, `"n"`},
		{`1:30`, `"1:30"`},
		{`2024-01-31`, `"2024-01-31"`},
		{`2024-01-31T10:00:00Z`, `"2024-01-31T10:00:00Z"`},
		{`"2.0"`, `"2.0"`},
		{`!!str 5`, `"5"`},
		{`''`, `""`},
		{`a <b> & 'c'`, `"a <b> & 'c'"`},
		{`"\u00e9 \U0001F680 \x01"`, `"é 🚀 \u0001"`},
		{"|\n    line\n      two\n", `"line\n  two\n"`},
		{`[]`, `[]`},
		{`{}`, `{}`},
		{`{b: 1, a: [x, 2.0, {}], "": ~}`, `{"":null,"a":["x",2,{}],"b":1}`},
		{`{1: a, true: b, 1.0: c, y: d, null: e, 2024-01-01: f}`, `{"1":"a","1.0":"c","2024-01-01":"f","null":"e","true":"b","y":"d"}`},
		{`[&x [1, 2], *x]`, `[[1,2],[1,2]]`},
	} {
		t.Run(tc.yaml, func(t *testing.T) {
			p := parameter(t, "defaultValue: "+tc.yaml)
			require.True(t, p.DefaultValue.Set())
			require.Equal(t, tc.json, string(p.DefaultValue.JSON))
			require.True(t, json.Valid(p.DefaultValue.JSON))
		})
	}
}

func TestValueMissing(t *testing.T) {
	require.False(t, parameter(t, "isOptional: true").DefaultValue.Set())
}

func TestNullIsNotSet(t *testing.T) {
	p := parameter(t, "isOptional: null\nparameterType: ~\ndescription:\nliterals:\ndefaultValue: null")
	require.False(t, p.IsOptional.Set)
	require.False(t, p.ParameterType.Set)
	require.False(t, p.Description.Set)
	require.Nil(t, p.Literals)
	require.Equal(t, "null", string(p.DefaultValue.JSON))
}

func TestScalars(t *testing.T) {
	doc := read(t, `
pipelineInfo: {name: train, description: 2024-01-31}
schemaVersion: 2.1.0
deploymentSpec:
  executors:
    exec-train:
      container:
        resources:
          cpuLimit: 0.5
          memoryLimit: '1.5e1'
          cpuRequest: Infinity
          memoryRequest: 2
          accelerator: {count: '4'}
root:
  dag:
    tasks:
      train:
        retryPolicy: {maxRetryCount: 3.0, backoffFactor: NaN, backoffDuration: 30s}
        iteratorPolicy: {parallelismLimit: 1e1}
        cachingOptions: {enableCache: true, cacheKey: ''}
        triggerPolicy: {strategy: 2}
`)
	require.Equal(t, "2024-01-31", doc.Pipeline.PipelineInfo.Description.Value)
	require.False(t, doc.Pipeline.SDKVersion.Set)
	executor, _ := doc.Pipeline.DeploymentSpec.Executors.Get("exec-train")
	resources := executor.Container.Resources
	require.Equal(t, 0.5, resources.CPULimit.Value)
	require.Equal(t, 15.0, resources.MemoryLimit.Value)
	require.Equal(t, math.Inf(1), resources.CPURequest.Value)
	require.Equal(t, 2.0, resources.MemoryRequest.Value)
	require.Equal(t, int64(4), resources.Accelerator.Count.Value)
	require.False(t, resources.Accelerator.Type.Set)
	task, _ := doc.Pipeline.Root.DAG.Tasks.Get("train")
	require.Equal(t, int64(3), task.RetryPolicy.MaxRetryCount.Value)
	require.True(t, math.IsNaN(task.RetryPolicy.BackoffFactor.Value))
	require.Equal(t, int64(10), task.IteratorPolicy.ParallelismLimit.Value)
	require.True(t, task.CachingOptions.EnableCache.Value)
	require.True(t, task.CachingOptions.CacheKey.Set)
	require.Empty(t, task.CachingOptions.CacheKey.Value)
	require.Equal(t, document.AllUpstreamTasksCompleted, task.TriggerPolicy.Strategy.Value)
	require.Nil(t, task.ParameterIterator)
}

func TestSnakeCase(t *testing.T) {
	doc := read(t, `
pipeline_info: {name: train, display_name: Train}
schema_version: 2.1.0
sdk_version: kfp-2.14.6
root:
  input_definitions:
    parameters: {p_q: {parameter_type: NUMBER_INTEGER, is_optional: true}}
deployment_spec:
  executors:
    e: {container: {resources: {resource_cpu_limit: '1'}}}
`)
	require.Equal(t, "Train", doc.Pipeline.PipelineInfo.DisplayName.Value)
	p, ok := doc.Pipeline.Root.InputDefinitions.Parameters.Get("p_q")
	require.True(t, ok)
	require.Equal(t, document.NumberInteger, p.ParameterType.Value)
	e, _ := doc.Pipeline.DeploymentSpec.Executors.Get("e")
	require.Equal(t, "1", e.Container.Resources.ResourceCPULimit.Value)
}

const (
	pipelineText = "pipelineInfo: {name: train}\nschemaVersion: 2.1.0\nroot: {dag: {}}\n"
	platformText = "platforms:\n  kubernetes:\n    deploymentSpec:\n      executors:\n        exec-train: {nodeSelector: {labels: {gpu: 'yes'}}}\n"
)

func TestDocuments(t *testing.T) {
	for _, tc := range []struct {
		name, text   string
		withPlatform bool
	}{
		{"pipeline", pipelineText, false},
		{"pipeline first", pipelineText + "---\n" + platformText, true},
		{"platform first", platformText + "---\n" + pipelineText, true},
		{"empty documents", "---\n# nothing\n---\nnull\n---\n" + pipelineText + "---\n---\n" + platformText + "...\n", true},
		{"json", `{"pipelineInfo": {"name": "train"},` + "\n\t" + `"schemaVersion":"2.1.0","root":{"dag":{}}}`, false},
		{"byte order mark", "\ufeff" + pipelineText, false},
		{"pipeline version", version(pipelineText, platformText), true},
		{"pipeline and its version", "apiVersion: pipelines.kubeflow.org/v2beta1\nkind: Pipeline\n---\n" + version(pipelineText, ""), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			doc := read(t, tc.text)
			require.Equal(t, "train", doc.Pipeline.PipelineInfo.Name.Value)
			require.NotNil(t, doc.Pipeline.Root.DAG)
			require.Equal(t, tc.withPlatform, doc.Platform != nil)
			if tc.withPlatform {
				kubernetes := doc.Platform.Platforms.Kubernetes
				config, _ := kubernetes.DeploymentSpec.Executors.Get("exec-train")
				gpu, _ := config.NodeSelector.Labels.Get("gpu")
				require.Equal(t, "yes", gpu.Value)
			}
		})
	}
}

// TestAPIObjects reads what KFP's API has of a pipeline.
func TestAPIObjects(t *testing.T) {
	const pipeline = `{"pipelineInfo": {"name": "train"}, "schemaVersion": "2.1.0", "root": {"dag": {}}}`
	const platform = `{"platforms": {"kubernetes": {"deploymentSpec": {"executors": {}}}}}`
	for name, tc := range map[string]struct {
		text         string
		withPlatform bool
	}{
		"wrapped":         {`{"pipeline_spec": ` + pipeline + `}`, false},
		"platform":        {`{"pipeline_spec": ` + pipeline + `, "platform_spec": ` + platform + `}`, true},
		"camel case":      {`{"pipelineSpec": ` + pipeline + `, "platformSpec": ` + platform + `}`, true},
		"platform null":   {`{"pipeline_spec": ` + pipeline + `, "platform_spec": null}`, false},
		"version":         {`{"pipeline_version_id": "1", "display_name": "x", "pipeline_spec": ` + pipeline + `}`, false},
		"version wrapped": {`{"pipeline_version_id": "1", "pipeline_spec": {"pipeline_spec": ` + pipeline + `, "platform_spec": ` + platform + `}}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			doc := read(t, tc.text)
			require.Equal(t, "train", doc.Pipeline.PipelineInfo.Name.Value)
			require.Equal(t, tc.withPlatform, doc.Platform != nil)
		})
	}
	for name, text := range map[string]string{
		"job": `{"displayName": "x", "pipelineSpec": ` + pipeline + `}`,
		"run": `{"run_id": "1", "pipeline_version_id": "1", "pipeline_spec": ` + pipeline + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			var report diag.Report
			document.Read(diag.Source{Text: []byte(text)}, &report)
			require.Len(t, report.Diagnostics(), 1)
			require.Equal(t, diag.PipelineJob, report.Diagnostics()[0].Code)
		})
	}
}

// TestNoText names files that are no text as what they are.
func TestNoText(t *testing.T) {
	const pipeline = "pipelineInfo: {name: train}\n"
	wide := func(order binary.AppendByteOrder, text string) string {
		var b []byte
		for _, unit := range utf16.Encode([]rune(text)) {
			b = order.AppendUint16(b, unit)
		}
		return string(b)
	}
	for name, tc := range map[string]struct{ file, text, want string }{
		"UTF-16":             {"x.yaml", wide(binary.LittleEndian, "\ufeff"+pipeline), "this is text in UTF-16, not YAML"},
		"UTF-16, big":        {"x.yaml", wide(binary.BigEndian, "\ufeff"+pipeline), "this is text in UTF-16, not YAML"},
		"UTF-16, not marked": {"x.yaml", wide(binary.LittleEndian, pipeline), "this is text in UTF-16, not YAML"},
		"zip":                {"x.yaml", "PK\x03\x04\x14\x00", "this is a zip archive, not YAML"},
		"gzip":               {"x.yaml", "\x1f\x8b\x08\x00", "this is a file that gzip has compressed, not YAML"},
		"program":            {"x", "\x7fELF\x02\x01\x01\x00\x00\x00\x00", "this is a binary file, not YAML"},
		"Python":             {"pipeline.py", "from kfp import dsl\n@dsl.pipeline\ndef f(a: str):\n", "this is a Python file, not a compiled pipeline"},
	} {
		t.Run(name, func(t *testing.T) {
			var report diag.Report
			document.Read(diag.Source{Name: tc.file, Text: []byte(tc.text)}, &report)
			require.Len(t, report.Diagnostics(), 1)
			found := report.Diagnostics()[0]
			require.Equal(t, tc.want, found.Message)
			require.NotEmpty(t, found.Hint)
			require.Equal(t, name == "Python", found.Span.Known(), "no line of what is no text means anything")
		})
	}
}

// version wraps documents in a PipelineVersion manifest.
func version(pipeline, platform string) string {
	text := "apiVersion: pipelines.kubeflow.org/v2beta1\nkind: PipelineVersion\nmetadata: {name: train-v1}\nspec:\n  pipelineSpec:\n"
	text += "    " + strings.ReplaceAll(strings.TrimSpace(pipeline), "\n", "\n    ") + "\n"
	if platform != "" {
		text += "  platformSpec:\n    " + strings.ReplaceAll(strings.TrimSpace(platform), "\n", "\n    ") + "\n"
	}
	return text
}

func TestHeader(t *testing.T) {
	const header = "# PIPELINE DEFINITION\n# Name: train\n# Inputs:\n#    n: int [Default: 1.0]\n"
	for name, values := range map[string]string{
		"none":               "",
		"one line":           "#    a: str [Default: 'x']\n",
		"several lines":      "#    a: str [Default: 'x\n\ny: {z\n  # w\n']\n",
		"brackets":           "#    a: str [Default: '[x\n[1]\ny']\n#    b: int [Default: 2.0]\n#    c: str [Default: 'é\n日本']\n",
		"Windows":            "#    a: str [Default: 'x\r\ny']\r\n",
		"indented like keys": "#    a: str [Default: 'x\n  root: y']\n",
	} {
		t.Run(name, func(t *testing.T) {
			doc := read(t, header+values+pipelineText)
			require.Equal(t, "train", doc.Pipeline.PipelineInfo.Name.Value)
		})
	}
}

func TestJSONCharacters(t *testing.T) {
	const text = `{"pipelineInfo": {"name": "train", "description": "\\ud83d\\ude80 \ud83d\ude80\/\u00e9"}, "schemaVersion": "2.1.0"}`
	doc := read(t, text)
	require.Equal(t, `\ud83d\ude80 🚀/é`, doc.Pipeline.PipelineInfo.Description.Value)
	require.Equal(t, 1+strings.Index(text, `"2.1.0"`), doc.Pipeline.SchemaVersion.Span.Column)
}

func TestOrderIsKept(t *testing.T) {
	doc := read(t, "pipelineInfo: {name: train}\nschemaVersion: 2.1.0\ncomponents: {z: {}, a: {}, m: {}}\n")
	var keys []string
	for _, e := range doc.Pipeline.Components {
		keys = append(keys, e.Key.Value)
	}
	require.Equal(t, []string{"z", "a", "m"}, keys)
}

func TestPlaces(t *testing.T) {
	doc := read(t, `pipelineInfo:
  name: 'it''s'
  description: "a
    b"
schemaVersion:    2.1.0   # the only one
root:
  dag:
    tasks:
      "train it": {componentRef: {name: &c comp}}
      eval:
        dependentTasks: [train it]
        componentRef:
          name: *c
`)
	p := doc.Pipeline
	tasks := p.Root.DAG.Tasks
	for _, tc := range []struct {
		what string
		got  diag.Span
		want diag.Span
	}{
		{"the pipeline", p.Span, diag.Span{Line: 1, Column: 1, Width: 13}},
		{"a quoted text", p.PipelineInfo.Name.Span, diag.Span{Line: 2, Column: 9, Width: 7}},
		{"a text of two lines", p.PipelineInfo.Description.Span, diag.Span{Line: 3, Column: 16, Width: 2}},
		{"a plain text", p.SchemaVersion.Span, diag.Span{Line: 5, Column: 19, Width: 5}},
		{"a message", p.Root.Span, diag.Span{Line: 7, Column: 3, Width: 4}},
		{"a quoted key", tasks[0].Key.Span, diag.Span{Line: 9, Column: 7, Width: 10}},
		{"a message in braces", tasks[0].Value.Span, diag.Span{Line: 9, Column: 19, Width: 1}},
		{"an anchored text", tasks[0].Value.ComponentRef.Name.Span, diag.Span{Line: 9, Column: 44, Width: 4}},
		{"an element", tasks[1].Value.DependentTasks[0].Span, diag.Span{Line: 11, Column: 26, Width: 8}},
		{"an alias", tasks[1].Value.ComponentRef.Name.Span, diag.Span{Line: 9, Column: 44, Width: 4}},
	} {
		require.Equal(t, tc.want, tc.got, tc.what)
	}
}

func TestElementsAreNeverNil(t *testing.T) {
	var report diag.Report
	doc := document.Read(diag.Source{Text: []byte("components: {a: , b: 5, c: [x]}\nroot: text\n")}, &report)
	require.True(t, report.HasErrors())
	require.Len(t, doc.Pipeline.Components, 3)
	for _, e := range doc.Pipeline.Components {
		require.NotNil(t, e.Value)
		require.True(t, e.Value.Span.Known())
	}
	require.NotNil(t, doc.Pipeline.Root)
}

func TestPaths(t *testing.T) {
	var report diag.Report
	document.Read(diag.Source{Text: []byte(`
pipelineInfo: {name: train}
schemaVersion: 2.1.0
components:
  a.b:
    inputDefinitions:
      parameters:
        p: {literals: [1, {x: .inf}]}
  "": {dag: {tasks: {t: {dependentTasks: [a, 5]}}}}
`)}, &report)
	var paths []string
	for _, d := range report.Diagnostics() {
		paths = append(paths, d.Path)
	}
	require.Equal(t, []string{
		`components["a.b"].inputDefinitions.parameters.p.literals[1].x`,
		`components[""].dag.tasks.t.dependentTasks[1]`,
	}, paths)
}
