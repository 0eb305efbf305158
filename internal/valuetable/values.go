// Package valuetable makes pipelines in which values of every type come from
// every source and reach every consumer, and compares what arrives with what
// KFP says must arrive. Tests run them on Argo's own controller.
package valuetable

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// Value is a value that travels: its name, its type, and its JSON text as an
// author writes it, empty for no value.
type Value struct {
	Name string
	Type contract.ParameterType
	JSON string
	// Rounded and Small say that Argo, where it takes the number out of a list or a
	// struct, rounds it to a float64 as KFP does, or writes it with an exponent.
	Rounded, Small bool
	// Setting says that Kubernetes takes the value as a toleration.
	Setting bool
}

// Values lists values that are easy to change on the way.
func Values() []Value {
	const integer, double, boolean = contract.NumberInteger, contract.NumberDouble, contract.Boolean
	return []Value{
		{Name: "name", Type: contract.String, JSON: `"a-name.x"`},
		{Name: "quotes", Type: contract.String, JSON: `"it's \"q\" \\ <&> $(HOME) $$"`},
		{Name: "tags", Type: contract.String, JSON: `"A {{workflow.name}} {{=2*3}} {{ x }} {{item}} B"`},
		{Name: "lines", Type: contract.String, JSON: `"a\nb\r\n\tc"`},
		{Name: "unicode", Type: contract.String, JSON: `"naïve 日本語 🚀"`},
		{Name: "empty", Type: contract.String, JSON: `""`},
		{Name: "digits", Type: contract.String, JSON: `"1.0"`},
		{Name: "object", Type: contract.String, JSON: `"{\"k\": [1, null]}"`},
		{Name: "three", Type: integer, JSON: `3`},
		{Name: "minus", Type: integer, JSON: `-7`},
		{Name: "long", Type: integer, JSON: `9007199254740993`, Rounded: true},
		{Name: "tenth", Type: double, JSON: `0.1`},
		{Name: "two", Type: double, JSON: `2.0`},
		{Name: "tiny", Type: double, JSON: `1e-7`, Small: true},
		{Name: "large", Type: double, JSON: `1e21`},
		{Name: "huge", Type: double, JSON: `1e300`},
		{Name: "yes", Type: boolean, JSON: `true`},
		{Name: "no", Type: boolean, JSON: `false`},
		{Name: "list", Type: contract.List, JSON: `[1,"it's {{item}}",{"z":2.0,"a":1e21},["é",true]]`},
		{Name: "nothing", Type: contract.List, JSON: `[]`},
		{Name: "struct", Type: contract.Struct, JSON: `{"k":{"q\"":"{{=1+1}}"},"b":[null,2.50]}`},
		{Name: "bare", Type: contract.Struct, JSON: `{}`},
		{Name: "toleration", Type: contract.Struct, JSON: `{"key":"k","operator":"Equal","value":"v","effect":"NoSchedule"}`, Setting: true},
	}
}

// Few names values of each type.
func Few() []string {
	return []string{"name", "tags", "empty", "three", "large", "yes", "list", "toleration"}
}

// form is how a consumer's input names a value: it is the value, which the input
// may declare STRING, or a constant with a placeholder for it.
type form string

const (
	whole  form = "whole"
	asText form = "text"
	alone  form = "alone"
	inText form = "within"
	inName form = "named"
)

// constant is the text of a form's constant, for an input of the same task.
func (f form) constant(input string) string {
	placeholder := "{{$.inputs.parameters['" + input + "']}}"
	switch f {
	case alone:
		return placeholder
	case inText:
		return "v=" + placeholder + "!"
	case inName:
		return "v-" + placeholder + "-z"
	case whole, asText:
	}
	return ""
}

// arrives is what a consumer must get: a value as encoding/json decodes it, or
// nothing. It is KFP's rule, written without any code of the translator.
func (f form) arrives(v Value) (value any, present bool) {
	if constant := f.constant("x"); constant != "" {
		return strings.ReplaceAll(constant, "{{$.inputs.parameters['x']}}", text(decode(v.JSON))), true
	}
	if f == asText && v.JSON != "" {
		return text(decode(v.JSON)), true
	}
	return decode(v.JSON), v.JSON != ""
}

// text is a value on a command line.
func text(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err) // it has been decoded
	}
	return string(encoded)
}

// decode reads JSON, with numbers as KFP writes them.
func decode(text string) any {
	if text == "" {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		panic(err)
	}
	return withNumbers(value)
}

func withNumbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		return number(string(v))
	case []any:
		for i := range v {
			v[i] = withNumbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = withNumbers(v[k])
		}
	}
	return value
}

// number writes whole numbers with all digits, floats without an exponent below
// 1e21.
func number(text string) json.Number {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	switch {
	case !strings.ContainsAny(text, ".eE"):
		return json.Number(text)
	case math.Abs(f) >= 1e21:
		return json.Number(strconv.FormatFloat(f, 'e', -1, 64))
	}
	return json.Number(strconv.FormatFloat(f, 'f', -1, 64))
}

// only keeps the values of the names, or all of them where there are none.
func only(names []string) []Value {
	return slices.DeleteFunc(Values(), func(v Value) bool { return len(names) > 0 && !slices.Contains(names, v.Name) })
}
