package valuetable

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// Source is where the values of a table come from.
type Source string

// The sources.
const (
	Constant   Source = "constant"
	Default    Source = "default"   // of an input of the pipeline
	Given      Source = "given"     // to the translator
	Submitted  Source = "submitted" // as `argo submit -p` does
	Output     Source = "output"    // of a task
	Branch     Source = "one-of"    // of two conditional groups
	Nested     Source = "nested"    // the output of a nested pipeline
	Item       Source = "item"      // of a list in the pipeline
	Member     Source = "member"    // of such an item
	MadeItem   Source = "made-item" // of a list that a task makes
	MadeMember Source = "made-member"
	Absent     Source = "absent" // an optional input that nobody gives
)

// Sources lists all sources.
func Sources() []Source {
	return []Source{Constant, Default, Given, Submitted, Output, Branch, Nested, Item, Member, MadeItem, MadeMember, Absent}
}

func (s Source) isLoop() bool {
	return slices.Contains([]Source{Item, Member, MadeItem, MadeMember}, s)
}
func (s Source) isArgument() bool { return slices.Contains([]Source{Default, Given, Submitted}, s) }
func (s Source) takesMembers() bool {
	return s == Member || s == MadeMember
}

// Table is a pipeline with the values of one source, and what must arrive.
type Table struct {
	Source Source
	values []Value
	// frames are the DAGs in which values are consumed: the pipeline, or the
	// iterations of its loops.
	frames []frame
	document
}

// frame is a DAG with consumers. Its inputs have as many values as it has
// paths.
type frame struct {
	paths  []string
	inputs []input
}

// New makes the table of a source, with the values of the names or with all.
func New(source Source, names ...string) *Table {
	t := &Table{Source: source, values: only(names), document: newDocument()}
	if source == MadeItem || source == MadeMember {
		t.values = slices.DeleteFunc(t.values, func(v Value) bool { return v.Rounded })
	}
	if source == Absent {
		for i := range t.values {
			t.values[i].JSON = ""
		}
	}
	if source.isLoop() {
		t.loops()
	} else {
		t.consumers(t.root, frame{paths: []string{""}, inputs: t.bound()})
	}
	return t
}

// perTable is how many values fit into one pipeline: Argo takes 200 tasks in a
// DAG.
const perTable = 8

// All makes the tables of a source: with all values where they come straight from
// the pipeline, the command line or a program, else with [Few].
func All(source Source) (all []*Table) {
	if !slices.Contains([]Source{Constant, Given, Output}, source) {
		return []*Table{New(source, Few()...)}
	}
	for values := range slices.Chunk(Values(), perTable) {
		var names []string
		for _, v := range values {
			names = append(names, v.Name)
		}
		all = append(all, New(source, names...))
	}
	return all
}

// Arguments are the texts of the pipeline's inputs, as on a command line.
func (t *Table) Arguments() map[string]string {
	all := map[string]string{}
	if t.Source == Given || t.Source == Submitted {
		for _, v := range t.values {
			for name, value := range t.versions(v) {
				all[name] = text(decode(value.JSON))
			}
		}
	}
	return all
}

// memberSelector is the selector that KFP's compiler writes.
const memberSelector = `parseJson(string_value)["k"]`

// holder is a value that has another one as its member.
func holder(v Value) Value {
	return Value{Name: v.Name + "_holder", Type: contract.Struct, JSON: `{"k":` + v.JSON + `,"other":1}`}
}

// versions are the values by which a value comes from the source: itself, and
// one that it is a member of.
func (t *Table) versions(v Value) map[string]Value {
	all := map[string]Value{v.Name: v}
	if t.Source != Absent {
		all[holder(v).Name] = holder(v)
	}
	return all
}

// bound are the inputs to which a source outside of loops is bound.
func (t *Table) bound() []input {
	for _, v := range t.values {
		for name, value := range t.versions(v) {
			t.declare(name, value)
		}
	}
	if t.Source == Output || t.Source == Branch || t.Source == Nested {
		t.make(t.Source)
	}
	var all []input
	for _, v := range t.values {
		all = append(all, inputs(v.Name, []Value{v}, t.from(v), false)...)
		if t.Source != Absent {
			member := t.from(holder(v))
			member["parameterExpressionSelector"] = memberSelector
			all = append(all, inputs(v.Name+"_member", []Value{v}, member, true)...)
		}
	}
	return all
}

// declare makes what a value comes from: an input of the pipeline.
func (t *Table) declare(name string, v Value) {
	input := object{"parameterType": v.Type}
	switch {
	case t.Source == Default:
		input["defaultValue"], input["isOptional"] = json.RawMessage(v.JSON), true
	case t.Source == Absent:
		input["isOptional"] = true
	case !t.Source.isArgument():
		return
	}
	t.inputs[name] = input
}

// from is the binding of a value.
func (t *Table) from(v Value) object {
	switch {
	case t.Source == Constant:
		return object{"runtimeValue": object{"constant": json.RawMessage(v.JSON)}}
	case t.Source.isArgument(), t.Source == Absent:
		return object{"componentInputParameter": v.Name}
	}
	return object{"taskOutputParameter": object{"producerTask": "make", "outputParameterKey": v.Name}}
}

// make adds the task "make", which hands out all values.
func (t *Table) make(source Source) {
	outputs, args := object{}, []string{}
	for _, v := range t.made() {
		outputs[v.Name] = object{"parameterType": v.Type}
		said := v.JSON
		if v.Type == contract.String {
			said = text(decode(v.JSON))
		}
		args = append(args, "{{$.outputs.parameters['"+v.Name+"'].output_file}}", base64.StdEncoding.EncodeToString([]byte(said)))
	}
	const write = `while [ $# -gt 0 ]; do mkdir -p "${1%/*}"; printf %s "$2" | base64 -d >"$1"; shift 2; done`
	component := t.container("make", object{"command": []string{"sh", "-c", write, "sh"}, "args": args})
	component["outputDefinitions"] = object{"parameters": outputs}
	switch source {
	case Branch:
		t.branches(outputs)
	case Nested:
		t.hand("make-nested", outputs, func(name string) object { return valueFrom("make", name) }, object{"make": task("comp-make", nil)})
		t.root["make"] = task("comp-make-nested", nil)
	default:
		t.root["make"] = task("comp-make", nil)
	}
}

// made are the values that the task "make" has to make.
func (t *Table) made() (all []Value) {
	if t.Source.isLoop() {
		for _, g := range t.groups() {
			all = append(all, t.list(g))
		}
		return all
	}
	for _, v := range t.values {
		all = append(all, v, holder(v))
	}
	return all
}

func valueFrom(task, output string) object {
	return object{"valueFromParameter": object{"producerSubtask": task, "outputParameterKey": output}}
}

// branches has the values made in the second of two groups, of which the first
// does not run.
func (t *Table) branches(outputs object) {
	for _, way := range []string{"left", "right"} {
		t.hand("make-"+way, outputs, func(name string) object { return valueFrom("make", name) }, object{"make": task("comp-make", nil)})
		t.components["comp-make-"+way].(object)["inputDefinitions"] = object{"parameters": object{"way": object{"parameterType": contract.String}}}
	}
	tasks := object{}
	for _, way := range []string{"left", "right"} {
		branch := task("comp-make-"+way, object{"way": object{"runtimeValue": object{"constant": "right"}}})
		branch["triggerPolicy"] = object{"condition": "inputs.parameter_values['way'] == '" + way + "'"}
		tasks[way] = branch
	}
	t.hand("make-branches", outputs, func(name string) object {
		selectors := []object{
			{"producerSubtask": "left", "outputParameterKey": name}, {"producerSubtask": "right", "outputParameterKey": name},
		}
		return object{"valueFromOneof": object{"parameterSelectors": selectors}}
	}, tasks)
	t.root["make"] = task("comp-make-branches", nil)
}

// hand adds a component that hands out what its tasks make.
func (t *Table) hand(name string, outputs object, from func(output string) object, tasks object) {
	handed := object{}
	for output := range outputs {
		handed[output] = from(output)
	}
	t.components["comp-"+name] = object{
		"dag":               object{"tasks": tasks, "outputs": object{"parameters": handed}},
		"outputDefinitions": object{"parameters": outputs},
	}
}

// groups are the values of each type.
func (t *Table) groups() (all [][]Value) {
	for _, v := range t.values {
		i := slices.IndexFunc(all, func(g []Value) bool { return g[0].Type == v.Type && g[0].Setting == v.Setting })
		if i < 0 {
			all = append(all, []Value{v})
		} else {
			all[i] = append(all[i], v)
		}
	}
	return all
}

// list is the list over which the loop of a group goes.
func (t *Table) list(group []Value) Value {
	var items []string
	for _, v := range group {
		if t.Source.takesMembers() {
			v = holder(v)
		}
		items = append(items, v.JSON)
	}
	return Value{Name: "all_" + group[0].Name, Type: contract.List, JSON: "[" + strings.Join(items, ",") + "]"}
}

// loops adds a loop for the values of each type, since an input has one type in
// all iterations.
func (t *Table) loops() {
	if t.Source == MadeItem || t.Source == MadeMember {
		t.make(Output)
	}
	for _, g := range t.groups() {
		list, name := t.list(g), "each-"+g[0].Name
		loop := task("comp-"+name, nil)
		itemType, given := g[0].Type, object{"componentInputParameter": "item"}
		if t.Source.takesMembers() {
			itemType, given["parameterExpressionSelector"] = contract.Struct, memberSelector
		}
		declared := object{"item": object{"parameterType": itemType}}
		items := object{"raw": list.JSON}
		if t.Source == MadeItem || t.Source == MadeMember {
			items = object{"inputParameter": "list"}
			declared["list"] = object{"parameterType": contract.List}
			loop["inputs"] = object{"parameters": object{"list": t.from(list)}}
			loop["dependentTasks"] = []string{"make"}
		}
		loop["parameterIterator"] = object{"itemInput": "item", "items": items}
		body := object{}
		f := frame{inputs: inputs("x", g, given, true)}
		for i := range g {
			f.paths = append(f.paths, fmt.Sprintf("%s.iteration(%d:%d).", name, i, i))
		}
		t.components["comp-"+name] = object{"dag": object{"tasks": body}, "inputDefinitions": object{"parameters": declared}}
		t.root[name] = loop
		t.consumers(body, f)
	}
}
