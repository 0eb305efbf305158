package randompipeline

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
)

// Name is the name of every pipeline.
const Name = "random"

// Pipeline is a pipeline made at random.
type Pipeline struct {
	root dag
}

// dag is a list of tasks, each of which waits only for tasks before it.
type dag struct {
	tasks []*task
	// output names the program or group whose text is the text of the whole. It is
	// empty if there is none.
	output string
}

// task is a task of a DAG: a program, a group or a loop.
type task struct {
	name  string
	after []string
	// completed lets the task run however those before it have ended.
	completed bool
	text      source
	condition *condition
	retries   int
	// body is nil for a program.
	body *dag
	// items has the texts of a loop. It is nil for others.
	items []string
}

// condition holds if a text is the one wanted, or is not.
type condition struct {
	of   source
	not  bool
	want string
}

// source is where a text comes from: a constant, an input of the DAG or a task's
// output. One field is set.
type source struct {
	constant, input, task string
	// list is whether the task is a loop, which gives a list of texts.
	list bool
}

// The inputs of a DAG: of each, and of the body of a loop.
const (
	textInput = "text"
	itemInput = "item"
)

// The texts that decide what runs.
const (
	textGo   = "go"
	textStop = "stop"
	textFail = "fail"
)

// Make makes the pipeline of a seed.
func Make(seed uint64) *Pipeline {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	return &Pipeline{root: g.dag(3, false)}
}

// generator makes parts of a pipeline.
type generator struct {
	*rand.Rand
	names int
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) literal() string {
	switch n := g.IntN(100); {
	case n < 10:
		return textFail
	case n < 35:
		return textStop
	default:
		return textGo
	}
}

// dag makes a DAG in which groups are nested no deeper than given.
func (g *generator) dag(depth int, looped bool) dag {
	var d dag
	for range 1 + g.IntN(4) {
		d.tasks = append(d.tasks, g.task(d, depth, looped))
	}
	if last := d.tasks[len(d.tasks)-1]; g.chance(70) && last.gives() && last.items == nil {
		d.output = last.name
	}
	return d
}

// task makes the next task of a DAG.
func (g *generator) task(d dag, depth int, looped bool) *task {
	g.names++
	t := &task{name: fmt.Sprintf("t%d", g.names), text: g.source(d, looped)}
	for _, before := range d.tasks {
		if before.name == t.text.task || g.chance(25) {
			t.after = append(t.after, before.name)
		}
	}
	t.completed = len(t.after) > 0 && !t.text.list && g.chance(15)
	if g.chance(10) {
		t.retries = 1
	}
	if depth > 0 && !t.text.list && g.chance(40) {
		t.group(g, depth, g.chance(40))
		t.retries = 0
	}
	if !t.completed && g.chance(30) {
		t.condition = g.condition(d, t, looped)
	}
	return t
}

// group makes a task a group, or a loop.
func (t *task) group(g *generator, depth int, loop bool) {
	if loop {
		t.items = []string{}
		for range g.IntN(4) {
			t.items = append(t.items, g.literal())
		}
	}
	body := g.dag(depth-1, loop)
	t.body = &body
}

// source chooses where a text comes from.
func (g *generator) source(d dag, looped bool) source {
	switch n := g.IntN(100); {
	case n < 20:
		return source{constant: g.literal()}
	case n < 50 && looped:
		return source{input: itemInput}
	case n < 80:
		if before := d.tasks; len(before) > 0 {
			if of := before[g.IntN(len(before))]; of.gives() {
				return source{task: of.name, list: of.items != nil}
			}
		}
	}
	return source{input: textInput}
}

// condition chooses a text that is there whenever the task may run.
func (g *generator) condition(d dag, t *task, looped bool) *condition {
	of := g.source(d, looped)
	for _, before := range d.tasks {
		if before.name == of.task {
			if before.body != nil {
				return nil // its output may be absent
			}
			t.wait(before.name)
		}
	}
	return &condition{of: of, not: g.chance(30), want: []string{textGo, textStop}[g.IntN(2)]}
}

// wait lets a task wait for another.
func (t *task) wait(name string) {
	if !slices.Contains(t.after, name) {
		t.after = append(t.after, name)
	}
}

// gives is whether a task has a text, or a list of texts, for others.
func (t *task) gives() bool {
	return t.body == nil && !t.text.list || t.body != nil && t.body.output != ""
}

// object is a JSON object of the pipeline's document.
type object = map[string]any

// Text is the compiled pipeline.
func (p *Pipeline) Text() []byte {
	c := compiler{components: object{"comp-say": say("STRING"), "comp-gather": say("LIST")}}
	root := c.dag(&p.root, "")
	root["inputDefinitions"] = object{"parameters": object{
		textInput: object{"parameterType": "STRING", "isOptional": true, "defaultValue": textGo},
	}}
	delete(root, "outputDefinitions")
	delete(root["dag"].(object), "outputs")
	text, err := json.MarshalIndent(object{
		"pipelineInfo": object{"name": Name}, "schemaVersion": "2.1.0", "sdkVersion": "kfp-2.16.1",
		"components": c.components, "root": root,
		"deploymentSpec": object{"executors": object{"exec-say": object{"container": object{
			"image":   "python:3.11",
			"command": []string{"sh", "-c", `mkdir -p "$(dirname "$1")"; printf %s "$0" >"$1"; test "$0" != fail`},
			"args":    []string{"{{$.inputs.parameters['text']}}", "{{$.outputs.parameters['out'].output_file}}"},
		}}}},
	}, "", " ")
	if err != nil {
		panic(err)
	}
	return text
}

// say is the component of a program that gives what it gets.
func say(kind string) object {
	return object{
		"executorLabel": "exec-say",
		"inputDefinitions": object{"parameters": object{
			textInput: object{"parameterType": kind, "isOptional": true, "defaultValue": map[string]any{"STRING": textGo, "LIST": []string{}}[kind]},
			"when":    object{"parameterType": "STRING", "isOptional": true},
		}},
		"outputDefinitions": object{"parameters": object{"out": object{"parameterType": kind}}},
	}
}

// compiler collects the components of a pipeline.
type compiler struct {
	components object
}

// dag is the component of a DAG.
func (c compiler) dag(d *dag, itemType string) object {
	tasks := object{}
	for _, t := range d.tasks {
		tasks[t.name] = c.task(t)
	}
	inputs := object{
		textInput: object{"parameterType": "STRING", "isOptional": true, "defaultValue": textGo},
		"when":    object{"parameterType": "STRING", "isOptional": true},
	}
	if itemType != "" {
		inputs[itemInput] = object{"parameterType": itemType}
	}
	component := object{"dag": object{"tasks": tasks}, "inputDefinitions": object{"parameters": inputs}}
	if d.output != "" {
		kind := "STRING"
		if itemType != "" {
			kind = "LIST"
		}
		component["outputDefinitions"] = object{"parameters": object{"out": object{"parameterType": kind}}}
		component["dag"].(object)["outputs"] = object{"parameters": object{"out": object{
			"valueFromParameter": object{"producerSubtask": d.output, "outputParameterKey": "out"},
		}}}
	}
	return component
}

func (c compiler) task(t *task) object {
	inputs := object{textInput: t.text.compiled()}
	compiled := object{
		"taskInfo": object{"name": t.name}, "inputs": object{"parameters": inputs},
		"componentRef": object{"name": "comp-say"}, "cachingOptions": object{},
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
		inputs["when"] = w.of.compiled()
		operator := map[bool]string{false: "==", true: "!="}[w.not]
		trigger["condition"] = fmt.Sprintf("inputs.parameter_values['when'] %s '%s'", operator, w.want)
	}
	if len(trigger) > 0 {
		compiled["triggerPolicy"] = trigger
	}
	if t.text.list {
		compiled["componentRef"] = object{"name": "comp-gather"}
	}
	if t.body != nil {
		c.group(t, compiled)
	}
	return compiled
}

// group adds the component of a group or loop.
func (c compiler) group(t *task, compiled object) {
	name, itemType := "comp-"+t.name, ""
	if t.items != nil {
		itemType = "STRING"
		items, err := json.Marshal(t.items)
		if err != nil {
			panic(err)
		}
		compiled["parameterIterator"] = object{"itemInput": itemInput, "items": object{"raw": string(items)}}
	}
	c.components[name] = c.dag(t.body, itemType)
	compiled["componentRef"] = object{"name": name}
}

func (s source) compiled() object {
	switch {
	case s.constant != "":
		return object{"runtimeValue": object{"constant": s.constant}}
	case s.task != "":
		return object{"taskOutputParameter": object{"producerTask": s.task, "outputParameterKey": "out"}}
	default:
		return object{"componentInputParameter": s.input}
	}
}
