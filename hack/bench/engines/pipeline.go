package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// pipeline is one that is measured.
type pipeline struct {
	what string // as the page calls it
	name string
	file string
	pods int
}

// chainLength is how many tasks the chain has.
const chainLength = 20

// pipelines lists what is measured, and writes those that are made here into a
// directory.
func (o options) pipelines(dir string) ([]pipeline, error) {
	all := []pipeline{{"hello, two tasks in Python", "bench-hello", o.hello, 2}}
	add := func(what, name string, pods int, root map[string]any) error {
		text, err := json.Marshal(document(name, root))
		if err != nil {
			return err
		}
		file := filepath.Join(dir, name+".json")
		all = append(all, pipeline{what, name, file, pods})
		return os.WriteFile(file, text, 0o666)
	}
	if err := add(fmt.Sprintf("a chain of %d tasks", chainLength), "bench-chain", chainLength, chain(chainLength)); err != nil {
		return nil, err
	}
	for _, n := range []int{10, 100, 1000} {
		if n > o.largest {
			break
		}
		if err := add(fmt.Sprintf("a loop of %d", n), fmt.Sprintf("bench-loop-%d", n), n, loop(n)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// document returns a pipeline whose tasks run a shell that does nothing.
func document(name string, root map[string]any) map[string]any {
	return map[string]any{
		"pipelineInfo": map[string]any{"name": name},
		"components": map[string]any{
			"comp-idle": map[string]any{"executorLabel": "exec-idle"},
			"comp-each": map[string]any{
				"dag":              map[string]any{"tasks": map[string]any{"idle": idle()}},
				"inputDefinitions": map[string]any{"parameters": map[string]any{"item": map[string]any{"parameterType": "NUMBER_INTEGER"}}},
			},
		},
		"deploymentSpec": map[string]any{"executors": map[string]any{"exec-idle": map[string]any{
			"container": map[string]any{"image": "alpine:3.23", "command": []string{"sh", "-c", ":"}},
		}}},
		"root":          map[string]any{"dag": map[string]any{"tasks": root}},
		"schemaVersion": "2.1.0",
	}
}

func idle(after ...string) map[string]any {
	task := map[string]any{"componentRef": map[string]any{"name": "comp-idle"}, "taskInfo": map[string]any{"name": "idle"}}
	if len(after) > 0 {
		task["dependentTasks"] = after
	}
	return task
}

// chain is tasks that run one after the other.
func chain(n int) map[string]any {
	tasks := map[string]any{"idle-1": idle()}
	for i := 2; i <= n; i++ {
		tasks[fmt.Sprintf("idle-%d", i)] = idle(fmt.Sprintf("idle-%d", i-1))
	}
	return tasks
}

// loop is a task for each of some items.
func loop(n int) map[string]any {
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	text, err := json.Marshal(items)
	if err != nil {
		panic(err) // numbers can be written
	}
	return map[string]any{"each": map[string]any{
		"componentRef":      map[string]any{"name": "comp-each"},
		"taskInfo":          map[string]any{"name": "each"},
		"parameterIterator": map[string]any{"itemInput": "item", "items": map[string]any{"raw": string(text)}},
	}}
}
