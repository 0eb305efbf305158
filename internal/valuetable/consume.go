package valuetable

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// input is an input of a consumer.
type input struct {
	name   string
	form   form
	kind   contract.ParameterType
	values []Value // one for each path of the frame
	// taken says that the value is a member or an item of another.
	taken bool
	// bound is the binding of the value; of is the input that it has where the
	// form is a constant that names it.
	bound object
	of    string
}

// inputs are the inputs that take a value in all forms.
func inputs(name string, values []Value, bound object, taken bool) []input {
	first := input{name: name + "_whole", form: whole, kind: values[0].Type, values: values, bound: bound, taken: taken}
	all := []input{first}
	forms := []form{asText, alone, inText, inName}
	if values[0].Type == contract.String || values[0].JSON == "" {
		forms = forms[1:]
	}
	for _, f := range forms {
		next := first
		next.name, next.form, next.kind, next.of = name+"_"+string(f), f, contract.String, first.name
		all = append(all, next)
	}
	return all
}

// isConstant reports whether the input is a constant with a placeholder.
func (i input) isConstant() bool { return i.form.constant("") != "" }

// binding is what a task gives the input.
func (i input) binding() object {
	if i.isConstant() {
		return object{"runtimeValue": object{"constant": i.form.constant(i.of)}}
	}
	return i.bound
}

// give binds an input of a task to the input, under a name, and all that its
// constant names.
func (i input) give(parameters object, name string) object {
	parameters[name] = i.binding()
	if i.isConstant() {
		parameters[i.of] = i.bound
	}
	return parameters
}

func (i input) declaration() object {
	d := object{"parameterType": i.kind}
	if !i.isPresent() {
		d["isOptional"] = true
	}
	return d
}

// isPresent reports whether something arrives. Either all values of a table are
// there, or none.
func (i input) isPresent() bool {
	_, present := i.form.arrives(i.values[0])
	return present
}

// isExact reports whether Argo has the value as its author wrote it.
func (i input) isExact(v Value) bool { return !v.Rounded && !(v.Small && i.taken) }

// path is the input's name in the name of a task.
func (i input) path() string { return strings.ReplaceAll(i.name, "_", "-") }

// consumers adds all consumers of a frame's inputs.
func (t *Table) consumers(tasks object, f frame) {
	id := fmt.Sprint(len(t.frames))
	t.frames = append(t.frames, f)
	after := object{}
	if _, ok := t.root["make"]; ok && !t.Source.isLoop() {
		after["dependentTasks"] = []string{"make"}
	}
	add := func(name string, task object) {
		if task["dependentTasks"] == nil && after["dependentTasks"] != nil {
			task["dependentTasks"] = after["dependentTasks"]
		}
		tasks[name] = task
	}
	t.pods(add, id, f.inputs)
	t.settled(add, id, f.inputs)
	for _, i := range f.inputs {
		t.conditions(add, id, i)
		t.imports(add, i)
		t.iterations(add, id, i)
	}
}

type adder func(name string, task object)

// programArguments are what the consuming program says: each input that has a
// value as text, then all of them as JSON.
func programArguments(inputs []input) (args []string) {
	for _, i := range inputs {
		if i.isPresent() {
			args = append(args, "{{$.inputs.parameters['"+i.name+"']}}")
		}
	}
	return append(args, "{{$}}")
}

// pods adds a task whose program says what it gets, and another such in a nested
// pipeline, which starts when the first has ended.
func (t *Table) pods(add adder, id string, inputs []input) {
	const say = `mkdir -p "${0%/*}"; printf '%s\0' "$@" | gzip | base64 | tr -d '\n' >"$0"`
	declared, given, passed := object{}, object{}, object{}
	for _, i := range inputs {
		declared[i.name] = i.declaration()
		i.give(given, i.name)
		passed[i.name] = object{"componentInputParameter": i.name}
	}
	component := t.container("say-"+id, object{
		"command": []string{"sh", "-c", say, "{{$.outputs.parameters['seen'].output_file}}"}, "args": programArguments(inputs),
	})
	component["inputDefinitions"] = object{"parameters": declared}
	component["outputDefinitions"] = object{"parameters": object{"seen": object{"parameterType": contract.String}}}
	add("say", task("comp-say-"+id, given))
	t.components["comp-nested-"+id] = object{
		"dag": object{"tasks": object{"say": task("comp-say-"+id, passed)}}, "inputDefinitions": object{"parameters": declared},
	}
	nested := task("comp-nested-"+id, given)
	nested["dependentTasks"] = []string{"say"}
	if _, ok := t.root["make"]; ok && !t.Source.isLoop() {
		nested["dependentTasks"] = []string{"make", "say"}
	}
	add("nested", nested)
}

// literal is a value in a condition.
func (i input) literal(value any) string {
	operand := "inputs.parameter_values['x']"
	if i.kind == contract.NumberInteger {
		operand = "int(" + operand + ")"
	}
	return operand + " == " + string(encoded(value))
}

// compared are the values that the input is compared with in conditions: all that
// arrive, and another one. None if its values cannot be compared.
func (i input) compared() (all []any) {
	other := map[contract.ParameterType]any{contract.String: "x", contract.NumberInteger: 4, contract.NumberDouble: 0.5}
	if i.kind == contract.List || i.kind == contract.Struct || i.form == inName || !i.isPresent() {
		return nil
	}
	for _, v := range i.values {
		if value, _ := i.form.arrives(v); i.isExact(v) {
			all = append(all, value)
		}
	}
	if value, ok := other[i.kind]; ok {
		return append(all, value)
	}
	return []any{true, false}
}

// conditions adds a group for each value that the input is compared with.
func (t *Table) conditions(add adder, id string, i input) {
	if t.components["comp-there"] == nil {
		t.importer("there", object{"constant": "s3://b/there"})
	}
	for n, value := range i.compared() {
		declared := object{"x": object{"parameterType": i.kind}}
		if i.isConstant() {
			declared[i.of] = object{"parameterType": i.values[0].Type, "isOptional": true}
		}
		name := fmt.Sprintf("if-%s-%d", i.path(), n)
		t.components["comp-"+name+"-"+id] = object{
			"dag": object{"tasks": object{"there": task("comp-there", nil)}}, "inputDefinitions": object{"parameters": declared},
		}
		group := task("comp-"+name+"-"+id, i.give(object{}, "x"))
		group["triggerPolicy"] = object{"condition": i.literal(value)}
		add(name, group)
	}
}

// isURI reports whether the input can be that of an importer.
func (i input) isURI() bool {
	return i.kind == contract.String && i.form != inName && !slices.ContainsFunc(i.values, func(v Value) bool {
		value, _ := i.form.arrives(v)
		return value == nil || value == "" || !i.isExact(v)
	})
}

// imports adds an importer that has the input as its URI.
func (t *Table) imports(add adder, i input) {
	if i.isURI() {
		t.uriImporter()
		add("import-"+i.path(), task("comp-uri", i.give(object{}, "uri")))
	}
}

// uriImporter adds the component of an importer with an input for the URI.
func (t *Table) uriImporter() {
	if t.components["comp-uri"] == nil {
		t.importer("uri", object{"runtimeParameter": "uri"})["inputDefinitions"] = object{
			"parameters": object{"uri": object{"parameterType": contract.String}},
		}
	}
}

// looped are the texts of the items over which a loop goes that has the input as
// its list, or as what its list is made of.
func (i input) looped(v Value) (texts []string, ok bool) {
	switch {
	case !i.isExact(v):
		return nil, false
	case i.form == whole && i.kind == contract.List && v.JSON != "":
		value, _ := i.form.arrives(v)
		for _, item := range value.([]any) {
			texts = append(texts, text(item))
		}
		return texts, true
	case i.form == inText:
		value, _ := i.form.arrives(v)
		return []string{"first " + text(value), text(value)}, true
	}
	return nil, false
}

// iterations adds a loop that imports each of its items.
func (t *Table) iterations(add adder, id string, i input) {
	if _, ok := i.looped(i.values[0]); !ok {
		return
	}
	t.uriImporter()
	declared := object{"list": object{"parameterType": contract.List}, "item": object{"parameterType": contract.String}}
	given := object{"list": i.bound}
	if i.isConstant() {
		declared[i.of] = object{"parameterType": i.values[0].Type, "isOptional": true}
		constant := i.form.constant(i.of)
		given = object{"list": object{"runtimeValue": object{"constant": []string{"first " + constant, constant}}}, i.of: i.bound}
	}
	name := "loop-" + i.path()
	imported := task("comp-uri", object{"uri": object{"componentInputParameter": "item"}})
	t.components["comp-"+name+"-"+id] = object{
		"dag": object{"tasks": object{"import": imported}}, "inputDefinitions": object{"parameters": declared},
	}
	loop := task("comp-"+name+"-"+id, given)
	loop["parameterIterator"] = object{"itemInput": "item", "items": object{"inputParameter": "list"}}
	add(name, loop)
}

// isSecretName and isToleration report whether the input can be a setting of a
// pod.
func (i input) isSecretName() bool {
	return i.kind == contract.String && i.form != asText && !slices.ContainsFunc(i.values, func(v Value) bool {
		value, present := i.form.arrives(v)
		return present && len(validation.IsDNS1123Subdomain(text(value))) > 0 || !i.isExact(v)
	})
}

func (i input) isToleration() bool {
	return i.kind == contract.Struct && !slices.ContainsFunc(i.values, func(v Value) bool { return !v.Setting })
}

// variable is the variable that a pod has from the Secret that the input names.
func (i input) variable() string { return strings.ToUpper(i.name) }

// settled adds a pod whose settings the inputs decide.
func (t *Table) settled(add adder, id string, inputs []input) {
	declared, given, secrets, tolerations := object{}, object{}, []object{}, []object{}
	for _, i := range inputs {
		setting := object{"componentInputParameter": i.name}
		switch {
		case i.isSecretName():
			secrets = append(secrets, object{
				"secretNameParameter": setting, "optional": true,
				"keyToEnv": []object{{"secretKey": "k", "envVar": i.variable()}},
			})
		case i.isToleration():
			tolerations = append(tolerations, object{"tolerationJson": setting})
		default:
			continue
		}
		declared[i.name] = i.declaration()
		i.give(given, i.name)
		if i.isConstant() && declared[i.of] == nil {
			declared[i.of] = object{"parameterType": i.values[0].Type, "isOptional": true}
		}
	}
	if len(secrets)+len(tolerations) == 0 {
		return
	}
	t.container("settled-"+id, object{"command": []string{"true"}})
	t.settings["exec-settled-"+id] = object{"secretAsEnv": secrets, "tolerations": tolerations}
	t.components["comp-set-"+id] = object{
		"dag": object{"tasks": object{"pod": task("comp-settled-"+id, nil)}}, "inputDefinitions": object{"parameters": declared},
	}
	add("set", task("comp-set-"+id, given))
}
