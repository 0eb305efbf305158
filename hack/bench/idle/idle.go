// Package idle makes compiled pipelines whose tasks do nothing, for benchmarks.
package idle

import (
	"encoding/json"
	"fmt"
)

// object is a JSON object of a compiled pipeline.
type object = map[string]any

// program is the component of all programs.
const program = "comp-idle"

// Layers is a pipeline of n tasks, each of which waits for the one that is wide
// places before it. So wide tasks run at once; 1 makes a chain.
func Layers(name string, n, wide int) []byte {
	return compiled(name, object{"dag": object{"tasks": layers("idle", program, n, wide)}}, object{program: idle(nil)})
}

// layers are the tasks of a DAG, all of one component.
func layers(key, component string, n, wide int) object {
	tasks := object{}
	named := func(i int) string { return fmt.Sprintf("%s-%d", key, i+1) }
	for i := range n {
		t := task(named(i), component)
		if i >= wide {
			t["dependentTasks"] = []string{named(i - wide)}
		}
		tasks[named(i)] = t
	}
	return tasks
}

func task(name, component string) object {
	return object{"componentRef": object{"name": component}, "taskInfo": object{"name": name}}
}

// Nested is a pipeline of pipelines, of pipelines and so on: the sizes are those
// of the outermost first, and the last is the number of tasks in the innermost.
// The outermost pipelines run at once, all else one after the other.
func Nested(name string, sizes ...int) []byte {
	components, inner, key := object{program: idle(nil)}, program, "idle"
	for level := len(sizes) - 1; level > 0; level-- {
		group := object{"dag": object{"tasks": layers(key, inner, sizes[level], 1)}}
		key = fmt.Sprintf("part-%d", level)
		inner = "comp-" + key
		components[inner] = group
	}
	return compiled(name, object{"dag": object{"tasks": layers(key, inner, sizes[0], sizes[0])}}, components)
}

// Loop is a loop: over how many items, and how many iterations run at once, where
// zero is no limit.
type Loop struct{ Items, Parallelism int }

// Items names the input of a pipeline with the list of a loop, of which the
// outermost is 1.
func Items(level int) string { return fmt.Sprintf("items-%d", level) }

// Loops is a pipeline of a task in loops, the outermost first. The lists are the
// defaults of inputs; the task is given the item of the innermost.
func Loops(name string, loops ...Loop) []byte {
	number := object{"parameterType": "NUMBER_INTEGER"}
	components, inputs := object{program: idle(object{"item": number})}, object{}
	use := task("idle", program)
	use["inputs"] = object{"parameters": object{"item": object{"componentInputParameter": item(len(loops))}}}
	tasks := object{"idle": use}
	handedOn := object{}
	for level := len(loops); level > 0; level-- {
		inputs[Items(level)] = object{"parameterType": "LIST"}
		handedOn[Items(level)] = object{"componentInputParameter": Items(level)}
		key := fmt.Sprintf("each-%d", level)
		components["comp-"+key] = object{
			"dag":              object{"tasks": tasks},
			"inputDefinitions": object{"parameters": with(inputs, item(level), number)},
		}
		t := task(key, "comp-"+key)
		t["inputs"] = object{"parameters": with(handedOn, Items(level), handedOn[Items(level)])}
		t["parameterIterator"] = object{"itemInput": item(level), "items": object{"inputParameter": Items(level)}}
		if p := loops[level-1].Parallelism; p > 0 {
			t["iteratorPolicy"] = object{"parallelismLimit": p}
		}
		tasks = object{key: t}
	}
	defaults := object{}
	for i, l := range loops {
		defaults[Items(i+1)] = object{"parameterType": "LIST", "isOptional": true, "defaultValue": numbers(l.Items)}
	}
	return compiled(name, object{"dag": object{"tasks": tasks}, "inputDefinitions": object{"parameters": defaults}}, components)
}

func item(level int) string { return fmt.Sprintf("item-%d", level) }

// with is a copy of an object with one more value.
func with(o object, key string, value any) object {
	all := object{key: value}
	for k, v := range o {
		all[k] = v
	}
	return all
}

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// idle is the component of a program with inputs, or without.
func idle(inputs object) object {
	component := object{"executorLabel": "exec-idle"}
	if inputs != nil {
		component["inputDefinitions"] = object{"parameters": inputs}
	}
	return component
}

// compiled is the document of a pipeline.
func compiled(name string, root, components object) []byte {
	text, err := json.Marshal(object{
		"pipelineInfo": object{"name": name},
		"components":   components,
		"deploymentSpec": object{"executors": object{"exec-idle": object{
			"container": object{"image": "alpine:3.23", "command": []string{"sh", "-c", ":"}},
		}}},
		"root":          root,
		"schemaVersion": "2.1.0",
	})
	if err != nil {
		panic(err) // numbers and texts can be written
	}
	return text
}
