package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/check"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// base is a pipeline without problems, which the tests break.
const base = `components:
  comp-a:
    executorLabel: exec-a
    inputDefinitions:
      parameters:
        n: {parameterType: NUMBER_INTEGER}
        mode: {parameterType: STRING, isOptional: true, literals: [fast, slow]}
    outputDefinitions:
      parameters:
        sum: {parameterType: NUMBER_INTEGER}
  comp-sub:
    inputDefinitions:
      parameters:
        text: {parameterType: STRING, defaultValue: x, isOptional: true}
    dag:
      outputs:
        parameters:
          sum: {valueFromParameter: {outputParameterKey: sum, producerSubtask: inner}}
      tasks:
        inner:
          componentRef: {name: comp-a}
          inputs: {parameters: {n: {runtimeValue: {constant: 1}}}}
          taskInfo: {name: inner}
deploymentSpec:
  executors:
    exec-a:
      container:
        image: python:3.11
        command: [echo]
        args: ["{{$.inputs.parameters['n']}}"]
pipelineInfo: {name: base}
root:
  inputDefinitions:
    parameters:
      rows: {parameterType: NUMBER_INTEGER, defaultValue: 5, isOptional: true}
  dag:
    tasks:
      a:
        componentRef: {name: comp-a}
        inputs: {parameters: {n: {componentInputParameter: rows}}}
        taskInfo: {name: a}
      sub:
        componentRef: {name: comp-sub}
        dependentTasks: [a]
        inputs: {parameters: {text: {runtimeValue: {constant: plain}}}}
        taskInfo: {name: sub}
schemaVersion: 2.1.0
`

// TestProblems breaks the pipeline in one place and expects whole messages, with
// their places.
func TestProblems(t *testing.T) {
	for _, test := range []struct{ from, to, want string }{
		{"echo", "echo", ""},
		{"args: [\"{{$.inputs.parameters['n']}}\"]", "args: [\"{{$.inputs.parameters['m']}}\"]",
			`30:17 the command line of component "comp-a" uses input parameter "m", which it does not declare [unknown-placeholder]`},
		{"args: [\"{{$.inputs.parameters['n']}}\"]", "args: [\"{{$.outputs.artifacts['m'].uri}}\"]",
			`30:17 the command line of component "comp-a" uses output artifact "m", which it does not declare [unknown-placeholder]`},
		{"args: [\"{{$.inputs.parameters['n']}}\"]", `args: ['{"Concat": [1]}']`,
			`30:16 this is not a placeholder structure that KFP knows: item of Concat: expected a string, a Concat or an IfPresent: ` +
				`json: cannot unmarshal number into Go value of type struct { Concat *[]json.RawMessage; IfPresent *struct { InputName *string; Then json.RawMessage; Else json.RawMessage } } [bad-placeholder]`},
		{"command: [echo]\n        args: [\"{{$.inputs.parameters['n']}}\"]", "command: []",
			`28:9 component "comp-a" has neither command nor args [no-command]`},
		{"image: python:3.11", "image: ''", `28:9 component "comp-a" has no image [no-image]`},
		{"image: python:3.11", "image: \"{{$.inputs.parameters['n']}}\"", ""},
		{"image: python:3.11", "image: \"{{$.inputs.parameters['m']}}\"",
			`28:17 "{{$.inputs.parameters['m']}}" mentions input "m", which task "a" does not have [unknown-placeholder]` + "\n" +
				`28:17 "{{$.inputs.parameters['m']}}" mentions input "m", which task "inner" does not have [unknown-placeholder]`},
		{"image: python:3.11", "image: python:3.11\n        resources: {resourceMemoryLimit: 2 GB}",
			`29:42 "2 GB" is not a quantity that Kubernetes knows [bad-quantity]`},
		{"image: python:3.11", "image: python:3.11\n        resources: {cpuLimit: -1}",
			`29:31 -1 is not an amount of cores or gigabytes [bad-quantity]`},
		{"{n: {componentInputParameter: rows}}", "{}",
			`38:7 task "a" gives no value to input "n" (NUMBER_INTEGER), which needs one [missing-input]`},
		{"{n: {componentInputParameter: rows}}", "{n: {}}",
			`40:34 input "n" of task "a" does not say where its value comes from [missing-source]`},
		{"{n: {componentInputParameter: rows}}", "{n: {componentInputParameter: row}}",
			`40:60 task "a" takes input "row" of the pipeline, which has no such input [unknown-input]`},
		{"{n: {componentInputParameter: rows}}", "{n: {runtimeValue: {constant: many}}}",
			`40:31 task "a" gives input "n" a value that does not fit: a string is not of type NUMBER_INTEGER [wrong-type]`},
		{"{n: {componentInputParameter: rows}}", "{n: {componentInputParameter: rows}, mode: {runtimeValue: {constant: best}}}",
			`40:67 task "a" gives input "mode" a value that the component does not allow [not-a-literal]`},
		{"defaultValue: 5", "defaultValue: five", `35:7 the default of input "rows" does not fit: a string is not of type NUMBER_INTEGER [wrong-type]`},
		{"dependentTasks: [a]", "dependentTasks: [aa]", `44:26 task "sub" depends on task "aa", which does not exist in this DAG [unknown-task]`},
		{"outputParameterKey: sum", "outputParameterKey: total",
			`18:58 the outputs of the DAG refer to output "total" of "inner", which has no such output [unknown-output]`},
		{"{valueFromParameter: {outputParameterKey: sum, producerSubtask: inner}}", "{}",
			`18:11 output "sum" of the DAG selects no output of a task [missing-source]`},
		{"constant: plain", `constant: "{{$.inputs.parameters['gone']}}"`,
			`45:64 input "text" of task "sub" has a placeholder for input "gone", which the task does not have [unknown-placeholder]`},
		{"constant: plain", `constant: "{{$.pipeline_root}}"`,
			`45:64 input "text" of task "sub" has a placeholder that has no meaning there [misplaced-placeholder]`},
		{"componentRef: {name: comp-sub}\n        dependentTasks", "componentRef: {name: comp-sub}\n        triggerPolicy: {condition: \"inputs.parameter_values['txt'] == 'a'\"}\n        dependentTasks",
			`44:61 there is no input "txt" [bad-condition]`},
		{"executorLabel: exec-a", "executorLabel: exec-b", `3:20 executor "exec-b" does not exist [unknown-executor]`},
		{"inner:\n          componentRef: {name: comp-a}\n          inputs: {parameters: {n: {runtimeValue: {constant: 1}}}}", "inner:\n          componentRef: {name: comp-sub}",
			`21:32 task "inner" runs component "comp-sub", which contains that task [recursive-component]`},
	} {
		require.Contains(t, base, test.from)
		assert.Equal(t, test.want, problems(t, strings.Replace(base, test.from, test.to, 1), nil), test.to)
	}
}

func TestArguments(t *testing.T) {
	for value, want := range map[string]string{
		"7":   "",
		"3.5": `0:0 the value for input "rows" does not fit: 3.5 is not a whole number [wrong-type]`,
		`"7"`: `0:0 the value for input "rows" does not fit: a string is not of type NUMBER_INTEGER [wrong-type]`,
		"":    `0:0 the value for input "rows" does not fit: not JSON: the text ends too early [wrong-type]`,
	} {
		require.Equal(t, want, problems(t, base, map[string]string{"rows": value}), value)
	}
	require.Equal(t, `0:0 the pipeline has no input "row" [unknown-argument]`, problems(t, base, map[string]string{"row": "1"}))
}

func TestLiteralArguments(t *testing.T) {
	text := strings.Replace(base, "rows: {parameterType: NUMBER_INTEGER, defaultValue: 5", "rows: {parameterType: NUMBER_INTEGER, literals: [1, 5, 10], defaultValue: 5", 1)
	require.NotEqual(t, base, text)
	require.Empty(t, problems(t, text, map[string]string{"rows": " 10.0"}))
	require.Equal(t, `0:0 the value for input "rows" is not one that the pipeline allows [not-a-literal]`,
		problems(t, text, map[string]string{"rows": "2"}))
}

// problems returns the errors in a pipeline, a line each.
func problems(t *testing.T, text string, arguments map[string]string) string {
	t.Helper()
	source := diag.Source{Name: "pipeline.yaml", Text: []byte(text)}
	var report diag.Report
	doc := document.Read(source, &report)
	resolved := pipeline.Resolve(doc, source, &report)
	require.NotNil(t, resolved)
	check.Pipeline(resolved, arguments, source, &report)
	var lines []string
	for _, d := range report.Diagnostics() {
		if d.Severity == diag.Error {
			lines = append(lines, fmt.Sprintf("%d:%d %s [%s]", d.Span.Line, d.Span.Column, d.Message, d.Code))
		}
	}
	return strings.Join(lines, "\n")
}
