package compare_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/compare"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

func trace(t *testing.T, text string) *translate.Translation {
	t.Helper()
	traced, found, err := translate.Trace(diag.Source{Name: "pipeline.yaml", Text: []byte(text)}, translate.Options{})
	require.NoError(t, err)
	require.NotNil(t, traced, "%+v", found)
	return traced
}

// edits are changes to the base pipeline: what is replaced, and by what.
type edits []string

func (e edits) apply(t *testing.T, text string) string {
	t.Helper()
	for i := 0; i < len(e); i += 2 {
		require.Contains(t, text, e[i])
		text = strings.ReplaceAll(text, e[i], e[i+1])
	}
	return text
}

// TestChanges has an edit for each kind of change.
func TestChanges(t *testing.T) {
	base, err := os.ReadFile("testdata/base.yaml")
	require.NoError(t, err)
	train := "componentRef: {name: comp-train}\n"
	for name, e := range map[string]edits{
		"nothing":           nil,
		"layout":            {"pipelineInfo: {name: shop}", "# a comment\npipelineInfo:\n  name: 'shop'"},
		"pipeline_name":     {"name: shop", "name: store"},
		"pipeline_root":     {"schemaVersion: 2.1.0", "schemaVersion: 2.1.0\ndefaultPipelineRoot: s3://b/r"},
		"pipeline_default":  {"defaultValue: 100", "defaultValue: 200"},
		"pipeline_input":    {"{parameters: {rows: {parameterType: NUMBER_INTEGER, isOptional: true", "{parameters: {extra: {parameterType: STRING}, rows: {parameterType: NUMBER_INTEGER, isOptional: true"},
		"pipeline_config":   {"platforms: {kubernetes: {", "platforms: {kubernetes: {pipelineConfig: {resourceTtlOnCompletion: 60}, "},
		"image":             {"train:1", "train:2"},
		"program":           {`shop.train()\n`, `shop.train(deep=True)\n`},
		"argument_added":    {"command: [tell]", "command: [tell, --loud]"},
		"variable":          {"value: fast", "value: slow"},
		"resources":         {"resourceCpuLimit: '2', cpuLimit: 2", "resourceCpuLimit: '4', cpuLimit: 4"},
		"secret":            {"constant: keys", "constant: other-keys"},
		"constant":          {"constant: 0.5", "constant: 0.1"},
		"constant_to_input": {"rate: {runtimeValue: {constant: 0.5}}", "rate: {componentInputParameter: rows}"},
		"component_default": {"defaultValue: 7", "defaultValue: 8"},
		"declared_output":   {"{model: {artifactType: {schemaTitle: system.Model", "{model: {artifactType: {schemaTitle: system.Artifact"},
		"condition":         {train, train + "        triggerPolicy: {condition: \"inputs.parameter_values['rate'] > 0.1\"}\n"},
		"retry":             {train, train + "        retryPolicy: {maxRetryCount: 3}\n"},
		"loop_items":        {"[1, 2]", "[1, 2, 3]"},
		"loop_parallelism":  {"        parameterIterator:", "        iteratorPolicy: {parallelismLimit: 2}\n        parameterIterator:"},
		"cache_off":         {"cachingOptions: {enableCache: true}\n        componentRef: {name: comp-load}", "componentRef: {name: comp-load}"},
		"cache_key":         {"cachingOptions: {enableCache: true}\n        componentRef: {name: comp-load}", "cachingOptions: {enableCache: true, cacheKey: mine}\n        componentRef: {name: comp-load}"},
		"order":             {"componentRef: {name: comp-tell}\n        dependentTasks: [each]", "componentRef: {name: comp-tell}\n        dependentTasks: [each, load]"},
		"component_renamed": {"comp-load", "comp-fetch"},
		"task_renamed": {
			"      train:\n", "      fit:\n", "dependentTasks: [train]", "dependentTasks: [fit]", "producerTask: train", "producerTask: fit",
		},
		"task_removed": {`      tell:
        taskInfo: {name: tell}
        cachingOptions: {enableCache: true}
        componentRef: {name: comp-tell}
        dependentTasks: [each]
        inputs: {parameters: {score: {taskOutputParameter: {producerTask: each, outputParameterKey: out}}}}
`, ""},
		"task_added": {"      tell:\n", `      load-2:
        taskInfo: {name: load-2}
        componentRef: {name: comp-load}
        inputs: {parameters: {rows: {runtimeValue: {constant: 3}}}}
      tell:
`},
		"another_producer": {"      train:\n", `      load-2:
        taskInfo: {name: load-2}
        cachingOptions: {enableCache: true}
        componentRef: {name: comp-load}
        inputs: {parameters: {rows: {runtimeValue: {constant: 3}}}}
      train:
`, "{producerTask: load, outputArtifactKey: table}", "{producerTask: load-2, outputArtifactKey: table}", "dependentTasks: [load]", "dependentTasks: [load-2]"},
	} {
		t.Run(name, func(t *testing.T) {
			report := compare.Pipelines(trace(t, string(base)), trace(t, e.apply(t, string(base))))
			require.Equal(t, name == "nothing" || name == "layout", report.Same())
			var text bytes.Buffer
			require.NoError(t, report.Text(&text, false))
			goldentest.Compare(t, filepath.Join("testdata", name+".txt"), text.Bytes())
		})
	}
}

// TestFallback compares defaults that stand behind values that a run may be
// without: they decide whether there is earlier work.
func TestFallback(t *testing.T) {
	text, err := os.ReadFile("testdata/base.yaml")
	require.NoError(t, err)
	base := edits{
		"{rows: {parameterType: NUMBER_INTEGER, isOptional: true, defaultValue: 100}}",
		"{rows: {parameterType: NUMBER_INTEGER, isOptional: true}}",
		"{rows: {parameterType: NUMBER_INTEGER}, seed:",
		"{rows: {parameterType: NUMBER_INTEGER, isOptional: true, defaultValue: 5}, seed:",
	}.apply(t, string(text))
	changed := edits{"defaultValue: 5", "defaultValue: 6"}.apply(t, base)
	require.Empty(t, compare.Pipelines(trace(t, base), trace(t, base)).Cache)
	require.Contains(t, compare.Pipelines(trace(t, base), trace(t, changed)).Cache,
		compare.Rerun{Path: "load", Because: []string{`input "rows" may have another value`}})

	null := edits{"rows: {componentInputParameter: rows}", "rows: {runtimeValue: {constant: null}}"}.apply(t, base)
	left := edits{"inputs: {parameters: {rows: {componentInputParameter: rows}}}", "inputs: {}"}.apply(t, base)
	require.Empty(t, compare.Pipelines(trace(t, null), trace(t, left)).Cache, "null is no value")
}

func TestJSON(t *testing.T) {
	base, err := os.ReadFile("testdata/base.yaml")
	require.NoError(t, err)
	report := compare.Pipelines(trace(t, string(base)), trace(t, strings.ReplaceAll(string(base), "load:1", "load:2")))
	text, err := json.MarshalIndent(report, "", "  ")
	require.NoError(t, err)
	goldentest.Compare(t, "testdata/report.json", append(text, '\n'))
}

// TestTerminal makes sure that no text of a pipeline reaches the terminal as
// more than text, and that colours are there where they are asked for.
func TestTerminal(t *testing.T) {
	base, err := os.ReadFile("testdata/base.yaml")
	require.NoError(t, err)
	edited := strings.ReplaceAll(string(base), `shop.train()\n`, `\x1b]0;title\a\n`)
	edited = strings.ReplaceAll(edited, "value: fast", `value: "\x1b[2J\u202eevil"`)
	report := compare.Pipelines(trace(t, string(base)), trace(t, edited))
	var plain, colored bytes.Buffer
	require.NoError(t, report.Text(&plain, false))
	require.NotContains(t, plain.String(), "\x1b")
	require.NotContains(t, plain.String(), "\u202e")
	require.NoError(t, report.Text(&colored, true))
	require.Contains(t, colored.String(), "\x1b[33m~\x1b[0m variable")
}
