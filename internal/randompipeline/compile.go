package randompipeline

import (
	"encoding/json"
	"fmt"
	"maps"
)

// object is a JSON object of the pipeline's document.
type object = map[string]any

// Text is the compiled pipeline.
func (p *Pipeline) Text() []byte {
	c := compiler{components: object{}, executors: object{}}
	root := c.dag(&p.root, false)
	root["inputDefinitions"] = object{"parameters": object{
		textInput: object{"parameterType": "STRING", "isOptional": true, "defaultValue": textGo},
	}}
	delete(root, "outputDefinitions")
	delete(root["dag"].(object), "outputs")
	return mustMarshal(object{
		"pipelineInfo": object{"name": Name}, "schemaVersion": "2.1.0", "sdkVersion": "kfp-2.16.1",
		"components": c.components, "root": root, "deploymentSpec": object{"executors": c.executors},
	})
}

func mustMarshal(o any) []byte {
	text, err := json.MarshalIndent(o, "", " ")
	if err != nil {
		panic(err) // there are only texts, numbers and lists of them
	}
	return text
}

// compiler collects the components of a pipeline, and the executors of programs.
type compiler struct {
	components, executors object
}

// dag is the component of a DAG.
func (c compiler) dag(d *dag, looped bool) object {
	tasks := object{}
	for _, t := range d.tasks {
		tasks[t.name] = c.task(t)
	}
	inputs := object{textInput: text("STRING", textGo), "when": text("STRING", nil)}
	if d.optional {
		inputs[textInput] = text("STRING", nil)
	}
	if looped {
		inputs[itemInput] = object{"parameterType": "STRING"}
	}
	inside := object{"tasks": tasks}
	component := object{"dag": inside, "inputDefinitions": object{"parameters": inputs}}
	if len(d.outputs) > 0 {
		kind := "STRING"
		if looped {
			kind = "LIST"
		}
		component["outputDefinitions"] = outputs(kind, d.file && !looped)
		inside["outputs"] = d.handedOut(d.file && !looped)
	}
	return component
}

// handedOut is what a DAG gives of its tasks.
func (d *dag) handedOut(files bool) object {
	var texts, artifacts []object
	for _, name := range d.outputs {
		texts = append(texts, object{"producerSubtask": name, "outputParameterKey": "out"})
		artifacts = append(artifacts, object{"producerSubtask": name, "outputArtifactKey": "file"})
	}
	out := object{"valueFromOneof": object{"parameterSelectors": texts}}
	if len(texts) == 1 {
		out = object{"valueFromParameter": texts[0]}
	}
	all := object{"parameters": object{"out": out}}
	if files {
		all["artifacts"] = object{"file": object{"artifactSelectors": artifacts}}
	}
	return all
}

// text is the definition of an input that is optional. Nil is no default.
func text(kind string, value any) object {
	definition := object{"parameterType": kind, "isOptional": true}
	if value != nil {
		definition["defaultValue"] = value
	}
	return definition
}

// outputs defines the text of a component, and the artifact if it has one.
func outputs(kind string, files bool) object {
	all := object{"parameters": object{"out": object{"parameterType": kind}}}
	if files {
		all["artifacts"] = object{"file": artifact()}
	}
	return all
}

func artifact() object {
	return object{"artifactType": object{"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"}}
}

func (c compiler) task(t *task) object {
	compiled := object{"taskInfo": object{"name": t.name}, "cachingOptions": object{}}
	parameters := object{}
	if s := t.text.compiled(); t.text.from == file {
		compiled["inputs"] = object{"parameters": parameters, "artifacts": object{textInput: s}}
	} else {
		compiled["inputs"] = object{"parameters": parameters}
		if s != nil {
			parameters[textInput] = s
		}
	}
	if len(t.after) > 0 {
		compiled["dependentTasks"] = t.after
	}
	if t.retries > 0 {
		compiled["retryPolicy"] = object{"maxRetryCount": t.retries, "backoffDuration": "0s", "backoffFactor": 2, "backoffMaxDuration": "3600s"}
	}
	trigger := object{}
	if t.completed {
		trigger["strategy"] = "ALL_UPSTREAM_TASKS_COMPLETED"
	}
	if w := t.condition; w != nil {
		parameters["when"] = w.of.compiled()
		operator := map[bool]string{false: "==", true: "!="}[w.not]
		trigger["condition"] = fmt.Sprintf("inputs.parameter_values['when'] %s '%s'", operator, w.want)
	}
	if len(trigger) > 0 {
		compiled["triggerPolicy"] = trigger
	}
	if t.body == nil {
		compiled["componentRef"] = object{"name": c.program(t)}
	} else {
		c.group(t, compiled)
	}
	return compiled
}

// group adds the component of a group or loop.
func (c compiler) group(t *task, compiled object) {
	name := "comp-" + t.name
	if t.items != nil {
		compiled["parameterIterator"] = object{"itemInput": itemInput, "items": object{"raw": string(mustMarshal(t.items))}}
	}
	c.components[name] = c.dag(t.body, t.items != nil)
	compiled["componentRef"] = object{"name": name}
}

// compiled is the input of a task, or nil where it is not given.
func (s source) compiled() object {
	switch s.from {
	case nowhere:
		return nil
	case constant:
		return object{"runtimeValue": object{"constant": s.name}}
	case input:
		return object{"componentInputParameter": s.name}
	case output:
		return object{"taskOutputParameter": object{"producerTask": s.name, "outputParameterKey": "out"}}
	case file:
		return object{"taskOutputArtifact": object{"producerTask": s.name, "outputArtifactKey": "file"}}
	case status:
		return object{"taskFinalStatus": object{"producerTask": s.name}}
	}
	panic("randompipeline: unknown source")
}

// The beginnings of programs, which say what the text is.
const (
	readText   = `text=$0`
	readFile   = `case $0 in ` + textAbsent + `) text=$0 ;; *) text=$(cat "$0") || exit 9 ;; esac`
	readStatus = `text=$(printf %s "$0" | sed 's/.*"state": *"\([A-Z]*\)".*/\1/')`
	// give is the rest: the arguments are the files of the outputs.
	give = `; for f; do mkdir -p "$(dirname "$f")"; printf %s "$text" >"$f"; done; test "$text" != ` + textFail
)

// The placeholders of the text.
const (
	textHere      = "{{$.inputs.parameters['text']}}"
	textIfPresent = `{"IfPresent": {"InputName": "text", "Then": ["{{$.inputs.parameters['text']}}"], "Else": ["` + textAbsent + `"]}}`
	fileIfPresent = `{"IfPresent": {"InputName": "text", "Then": ["{{$.inputs.artifacts['text'].path}}"], "Else": ["` + textAbsent + `"]}}`
)

// program adds the component of a task that is a program, and names it.
func (c compiler) program(t *task) string {
	name, begin, argument, kind := "say", readText, textHere, "STRING"
	inputs := object{"parameters": object{textInput: text(kind, textGo)}}
	switch {
	case t.text.from == file:
		name, begin, argument = "read", readFile, fileIfPresent
		optional := artifact()
		optional["isOptional"] = true
		inputs = object{"artifacts": object{textInput: optional}, "parameters": object{}}
	case t.text.from == status:
		name, begin = "report", readStatus
		inputs = object{"parameters": object{textInput: text("TASK_FINAL_STATUS", nil)}}
	case t.text.list:
		name, kind = "gather", "LIST"
		inputs = object{"parameters": object{textInput: text(kind, []string{})}}
	case t.optional:
		name, argument = "maybe", textIfPresent
		inputs = object{"parameters": object{textInput: text(kind, nil)}}
	}
	maps.Copy(inputs["parameters"].(object), object{"when": text("STRING", nil)})
	arguments := []string{argument, "{{$.outputs.parameters['out'].output_file}}"}
	if t.file {
		name += "-file"
		arguments = append(arguments, "{{$.outputs.artifacts['file'].path}}")
	}
	c.components["comp-"+name] = object{
		"executorLabel": "exec-" + name, "inputDefinitions": inputs, "outputDefinitions": outputs(kind, t.file),
	}
	c.executors["exec-"+name] = object{"container": object{
		"image": "python:3.11", "command": []string{"sh", "-c", begin + give}, "args": arguments,
	}}
	return "comp-" + name
}
