package plan

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// looping is a pipeline with a loop, whose parts are replaced by those of a case.
const looping = `
components:
  comp-body:
    dag:
      OUTPUTS
      tasks:
        TASKS
    inputDefinitions:
      artifacts: {file: {artifactType: {schemaTitle: system.Artifact, schemaVersion: 0.0.1}, isOptional: true}}
      parameters:
        item: {parameterType: STRUCT}
        list: {parameterType: LIST, isOptional: true}
        other: {parameterType: STRING, isOptional: true}
    outputDefinitions:
      parameters: {told: {parameterType: LIST}}
  comp-run:
    executorLabel: exec-run
    inputDefinitions:
      parameters: {x: {parameterType: STRUCT, isOptional: true}, y: {parameterType: STRING, isOptional: true}}
    outputDefinitions:
      parameters: {out: {parameterType: STRING}}
  comp-image: {executorLabel: exec-image, inputDefinitions: {parameters: {x: {parameterType: STRUCT}}}}
  comp-group: {dag: {tasks: {run: {componentRef: {name: comp-run}}}}}
  comp-import:
    executorLabel: exec-import
    inputDefinitions: {parameters: {uri: {parameterType: STRING}}}
    outputDefinitions: {artifacts: {artifact: {artifactType: {schemaTitle: system.Artifact, schemaVersion: 0.0.1}}}}
deploymentSpec:
  executors:
    exec-run: {container: {image: python, command: [run]}}
    exec-image: {container: {image: "python:{{$.inputs.parameters['x']}}", command: [run]}}
    exec-import: {importer: {artifactUri: {constant: 's3://b/k'}, typeSchema: {schemaTitle: system.Artifact, schemaVersion: 0.0.1}}}
pipelineInfo: {name: looping}
root:
  dag:
    tasks:
      # All components are used, or the check would warn of them.
      a: {componentRef: {name: comp-run}}
      b: {componentRef: {name: comp-group}}
      c: {componentRef: {name: comp-import}, inputs: {parameters: {uri: {runtimeValue: {constant: 's3://b/k'}}}}}
      d: {componentRef: {name: comp-image}, inputs: {parameters: {x: {runtimeValue: {constant: {}}}}}}
      loop:
        componentRef: {name: comp-body}
        inputs: {parameters: {list: {componentInputParameter: list}, other: {componentInputParameter: other}}}
        parameterIterator: {itemInput: item, items: ITEMS}
  inputDefinitions:
    parameters: {list: {parameterType: LIST}, other: {parameterType: STRING}}
schemaVersion: 2.1.0
`

// TestSingle says of which loops an iteration is its only task.
func TestSingle(t *testing.T) {
	const (
		given   = "{inputParameter: list}"
		fixed   = `{raw: '[{"a": 1}, {"a": 2}]'}`
		item    = "{componentInputParameter: item}"
		member  = `{componentInputParameter: item, parameterExpressionSelector: 'parseJson(string_value)["a"]'}`
		handOut = "outputs: {parameters: {told: {valueFromParameter: {producerSubtask: run, outputParameterKey: out}}}}"
	)
	run := func(more ...string) string {
		return "run: {componentRef: {name: comp-run}" + strings.Join(append([]string{""}, more...), ", ") + "}"
	}
	inputs := func(given string) string { return "inputs: {parameters: {" + given + "}}" }
	for name, c := range map[string]struct {
		items, outputs, tasks string
		patch                 bool
		want                  string // the task that is repeated
	}{
		"a program":                          {given, handOut, run(inputs("x: " + item)), false, "run"},
		"of another name":                    {given, "", "Run_It: {componentRef: {name: comp-run}}", false, "run-it"},
		"one that takes no item":             {given, handOut, run(inputs("y: {componentInputParameter: other}")), false, "run"},
		"one that is tried again":            {given, handOut, run("retryPolicy: {maxRetryCount: 2}"), false, "run"},
		"one that always runs":               {given, handOut, run("triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}"), false, "run"},
		"a fixed list":                       {fixed, handOut, run(inputs("x: " + item)), false, "run"},
		"a member":                           {fixed, handOut, run(inputs("y: " + member)), false, "run"},
		"two members":                        {given, handOut, run(inputs("x: " + member + ", y: " + member)), false, "run"},
		"two members of a fixed list":        {fixed, handOut, run(inputs("x: " + member + ", y: " + member)), false, "iteration"},
		"a constant with the item":           {given, handOut, run(inputs("x: " + item + `, y: {runtimeValue: {constant: "of {{$.inputs.parameters['x']}}"}}`)), false, "run"},
		"a setting that needs a variable":    {given, "", "run: {componentRef: {name: comp-image}, " + inputs("x: "+member) + "}", false, "iteration"},
		"a condition":                        {given, handOut, run(inputs("x: "+item), `triggerPolicy: {condition: "size(inputs.parameter_values['x']) > 0"}`), false, "iteration"},
		"two tasks":                          {given, handOut, run() + "\n        two: {componentRef: {name: comp-run}}", false, "iteration"},
		"a nested pipeline":                  {given, "", "run: {componentRef: {name: comp-group}}", false, "iteration"},
		"a loop":                             {given, "", run(inputs("x: "+item), "parameterIterator: {itemInput: y, items: {raw: '[\"1\"]'}}"), false, "iteration"},
		"an importer":                        {given, "", "run: {componentRef: {name: comp-import}, inputs: {parameters: {uri: {runtimeValue: {constant: 's3://b/k'}}}}}", false, "iteration"},
		"a task that is called iteration":    {given, "", "iteration: {componentRef: {name: comp-run}}", false, "iteration"},
		"an output that nothing hands out":   {given, "", run(), false, "run"},
		"a patch of an iteration's template": {given, handOut, run(), true, "iteration"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer("ITEMS", c.items, "OUTPUTS", c.outputs, "TASKS", c.tasks).Replace(looping)
			if c.outputs == "" && name != "an output that nothing hands out" {
				text = strings.Replace(text, "parameters: {told: {parameterType: LIST}}", "{}", 1)
			}
			file := filepath.Join(t.TempDir(), "looping.yaml")
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			p := resolved(t, file)
			tasks := p.Root.Body.(*pipeline.DAG).Tasks
			loop := tasks[slices.IndexFunc(tasks, func(t *pipeline.Task) bool { return t.Loop != nil })]
			var o Options
			if c.patch {
				o.Patches = map[*pipeline.Task][]json.RawMessage{loop: {[]byte(`{"parallelism": 3}`)}}
			}
			w := Build(p, o)
			repeated := repeatedTask(t, w)
			require.Equal(t, c.want, repeated.Name)
			require.Equal(t, repeated.Template, w.Callee(loop), "what runs an iteration")
			_, ownTemplate := w.template(repeated.Template).(*DAG)
			require.Equal(t, c.want == "iteration", ownTemplate)
		})
	}
}

func repeatedTask(t *testing.T, w *Workflow) Task {
	t.Helper()
	for _, template := range w.Templates {
		if d, ok := template.(*DAG); ok && !d.Tasks[0].ForEach.IsZero() || ok && d.Tasks[0].Count != nil {
			return d.Tasks[0]
		}
	}
	t.Fatal("there is no loop")
	return Task{}
}

func (w *Workflow) template(name string) Template {
	for _, t := range w.Templates {
		if Name(t) == name {
			return t
		}
	}
	return nil
}
