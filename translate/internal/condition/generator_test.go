package condition_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

var inputNames = []string{
	"pipelinechannel--flip-coin-Output", "pipelinechannel--n", "pipelinechannel--loop-item-param-1",
	"pipelinechannel--loop-item-param-1-subvar-A_a", "x", "it's", "ünïcode",
}

// strings, and numbers of which int() is a 64-bit one, that values and literals
// are made of.
var (
	someStrings = []string{
		"", "a", "b", "heads", "Heads", "5", "10", "-3", "+5", " 5", "0.5", "1e3", "0x10", "1e400", "5_0", "9223372036854775807",
		"9223372036854775808", "true", "null", "abc", `it's "on"`, `C:\temp`, "two\nlines", "ä", "日本", "🚀x", "{{=1}}", "}}", "$x", "\x00\x7f",
		`{"k": 1, "a b": "a", "n": null}`, `{"k": {"k": "heads"}, "b": true}`, `["a", 5]`, `"a"`, `{`, "k",
	}
	someNumbers = []string{
		"0", "1", "-1", "2", "5", "10", "15", "0.5", "-0.5", "2.5", "-2.5", "5.0", "1e-7", "1e3", "123456789.75",
		"9007199254740991", "-9007199254740991", "1e15",
	}
	hugeNumbers = []string{"1e300", "-1e300", "1e21", "9223372036854775807", "18446744073709551616"}
	someJSON    = []string{
		`{}`, `[]`, `{"k": 1}`, `{"k": "a", "n": null}`, `{"k": {"k": "heads", "b": true}, "b": false}`, `{"k": [1, "a", null, {"k": 5}], "a b": 0.5}`,
		`{"k": true, "b": "true", "n": 10}`, `{"k": "{{=1}} $(X) ä", "b": {"k": [{"b": {"k": {}}}]}}`, `[1, 2.5, "a"]`, `["a", "heads"]`, `[true, null, [1], {"k": "a"}]`, `[{"k": 5}, "k"]`, `["k"]`,
	}
	someKeys = []string{"k", "b", "n", "a b"}
)

// generator makes conditions over inputs that it declares, and values for
// them.
type generator struct {
	*rand.Rand
	declared map[string]contract.ParameterType
	names    []string
	text     string
	// indexesUnknown reports whether there is an index into a value that came
	// from an input.
	indexesUnknown bool
}

func newGenerator(r *rand.Rand) *generator {
	g := &generator{Rand: r, declared: map[string]contract.ParameterType{}}
	all := []contract.ParameterType{
		contract.String, contract.String, contract.String, contract.NumberInteger, contract.NumberInteger,
		contract.NumberDouble, contract.Boolean, contract.Boolean, contract.List, contract.Struct, contract.TaskFinalStatus, "UNKNOWN",
	}
	for _, i := range r.Perm(len(inputNames))[:1+r.IntN(4)] {
		g.names = append(g.names, inputNames[i])
		g.declared[inputNames[i]] = all[r.IntN(len(all))]
	}
	return g
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

// oneOf evaluates one of some productions.
func oneOf(g *generator, productions ...func() string) string { return pick(g, productions...)() }

// condition is a whole condition: every third one as the SDK writes it.
func (g *generator) condition() string {
	switch g.IntN(6) {
	case 0, 1:
		g.text = g.sdkCondition()
	case 2:
		g.text = g.related()
	default:
		g.text = g.truth(1 + g.IntN(3))
	}
	return g.text
}

// related is logic over comparisons of values that fail together, and flags:
// whether CEL's result can be had depends on how they are combined.
func (g *generator) related() string {
	text := func() string { return "int(" + g.of(g.stringLiteral, contract.String) + ")" }
	key := g.of(g.list, contract.Struct, contract.List, contract.TaskFinalStatus) + pick(g, ".k", ".b")
	term := func() string {
		return oneOf(g, g.flag, g.flag, func() string { return pick(g, text(), text(), key) + pick(g, " == ", " > ", " < ") + g.intLiteral() })
	}
	group := func() string {
		return pick(g, "", "!") + "(" + g.joined(pick(g, " && ", " || "), term) + ")"
	}
	return g.joined(pick(g, " && ", " || "), pick(g, term, group)) + pick(g, " && ", " || ") +
		pick(g, term, group, func() string { return "(" + term() + " ? " + term() + " : " + group() + ")" })()
}

// sdkCondition is terms of the kind that dsl.If, Elif and Else make.
func (g *generator) sdkCondition() string {
	var terms []string
	for range 1 + g.IntN(3) {
		name := pick(g, g.names...)
		term := g.sdkOperand(name) + pick(g, " == ", " == ", " != ", " < ", " <= ", " > ", " >= ") + g.sdkOther(g.declared[name])
		if g.IntN(2) == 0 {
			term = "!(" + term + ")"
		}
		terms = append(terms, term)
	}
	return strings.Join(terms, " && ")
}

// sdkOperand is a reference as the SDK writes it for its type.
func (g *generator) sdkOperand(name string) string {
	ref := g.reference(name)
	if g.declared[name] == contract.NumberInteger {
		return pick(g, "int("+ref+")", "double(int("+ref+"))")
	}
	return ref
}

// sdkOther is what a value of a type is compared with: mostly one that suits.
func (g *generator) sdkOther(t contract.ParameterType) string {
	if g.IntN(8) == 0 {
		return oneOf(g, g.literal, func() string { return g.sdkOperand(pick(g, g.names...)) })
	}
	for _, name := range g.names {
		if g.declared[name] == t && g.IntN(4) == 0 {
			return g.sdkOperand(name)
		}
	}
	switch t {
	case contract.String:
		return g.stringLiteral()
	case contract.NumberInteger, contract.NumberDouble:
		return pick(g, g.intLiteral, g.decimal)()
	case contract.Boolean:
		return pick(g, "true", "false")
	}
	return g.literal()
}

func (g *generator) reference(name string) string {
	if name == "x" {
		return pick(g, "inputs.parameter_values.x", "inputs.parameter_values['x']", `inputs["parameter_values"]["x"]`)
	}
	return "inputs.parameter_values[" + g.quote(name) + "]"
}

// quote writes a string literal in one of CEL's ways.
func (g *generator) quote(text string) string {
	plain := !strings.ContainsAny(text, "'\\\n\x00")
	switch {
	case plain && g.IntN(2) == 0:
		return "'" + text + "'"
	case plain && g.IntN(8) == 0:
		return "r'" + text + "'"
	}
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `\'`, "\n", `\n`, "\x00", `\x00`).Replace(text)
	mark := pick(g, `"`, `'`)
	return mark + escaped + mark
}

// of is a reference to an input of one of some types, or else a literal.
func (g *generator) of(otherwise func() string, wanted ...contract.ParameterType) string {
	for _, i := range g.Perm(len(g.names)) {
		for _, t := range wanted {
			if g.declared[g.names[i]] == t {
				return g.reference(g.names[i])
			}
		}
	}
	return otherwise()
}

// truth is an expression that is mostly true or false.
func (g *generator) truth(depth int) string {
	if depth == 0 {
		return oneOf(g, g.comparison, g.comparison, g.membership, g.stringTest, g.flag, g.sdkCondition)
	}
	deeper := func() string { return g.truth(depth - 1) }
	return oneOf(g,
		func() string { return g.joined(" && ", deeper) },
		func() string { return g.joined(" || ", deeper) },
		func() string { return "!(" + deeper() + ")" },
		func() string {
			return "(" + deeper() + ")" + pick(g, " == ", " != ", " < ", " >= ") + "(" + deeper() + ")"
		},
		func() string { return deeper() + " ? " + deeper() + " : " + deeper() },
		deeper,
	)
}

func (g *generator) joined(op string, operand func() string) string {
	var operands []string
	for range 2 + g.IntN(2) {
		if text := operand(); g.IntN(3) == 0 {
			operands = append(operands, "("+text+")")
		} else {
			operands = append(operands, text)
		}
	}
	return strings.Join(operands, op)
}

func (g *generator) comparison() string {
	op, equal := pick(g, " == ", " != ", " < ", " <= ", " > ", " >= "), pick(g, " == ", " != ")
	return oneOf(g,
		func() string { return g.number() + op + g.number() },
		func() string { return g.word() + op + g.word() },
		func() string { return g.flag() + op + g.flag() },
		func() string { return g.anything() + equal + g.anything() },
		func() string { return g.anything() + equal + g.literal() },
		func() string { return g.unknown() + op + g.literal() },
		func() string { return pick(g, g.number, g.word, g.flag)() + op + g.unknown() },
		func() string { return g.collection() + equal + pick(g, g.collection, g.list)() },
		func() string { return g.anything() + op + g.anything() },
	)
}

func (g *generator) membership() string {
	what := oneOf(g, g.number, g.word, g.word, g.flag, g.anything)
	if g.IntN(4) == 0 {
		return what + " in " + g.collection()
	}
	return what + " in " + g.list()
}

// list is a literal list, of one type or of several.
func (g *generator) list() string {
	item := pick(g, g.literal, g.stringLiteral, g.stringLiteral, g.intLiteral)
	var items []string
	for range g.IntN(4) {
		items = append(items, item())
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func (g *generator) stringTest() string {
	return g.word() + "." + pick(g, "startsWith", "endsWith", "contains") + "(" + g.word() + ")"
}

func (g *generator) number() string {
	text := func() string { return g.of(g.stringLiteral, contract.String) }
	of := func() string { return g.of(g.literal, contract.NumberInteger, contract.NumberDouble) }
	return oneOf(g,
		of,
		func() string { return "int(" + of() + ")" },
		func() string { return "int(" + text() + ")" },
		func() string { return "double(" + of() + ")" },
		func() string { return "double(" + text() + ")" },
		func() string { return "double(int(" + of() + "))" },
		func() string { return pick(g, "int(", "double(", "size(") + g.anything() + ")" },
		func() string { return "size(" + text() + ")" },
		func() string { return g.collection() + ".size()" },
		g.intLiteral,
		func() string { return pick(g, someNumbers...) },
	)
}

func (g *generator) word() string {
	text := func() string { return g.of(g.stringLiteral, contract.String) }
	return oneOf(g, g.stringLiteral, text, text, text, g.unknown)
}

func (g *generator) flag() string {
	flag := func() string { return g.of(func() string { return "true" }, contract.Boolean) }
	return oneOf(g, func() string { return pick(g, "true", "false") }, flag, flag, flag, g.unknown)
}

func (g *generator) collection() string {
	return oneOf(g,
		func() string { return g.of(g.list, contract.List) },
		func() string { return g.of(g.list, contract.Struct, contract.TaskFinalStatus) },
		func() string { return g.of(g.list, contract.List, contract.Struct) })
}

// anything is a value of whatever type.
func (g *generator) anything() string {
	if g.IntN(2) == 0 {
		return g.reference(pick(g, g.names...))
	}
	return g.unknown()
}

// unknown is an expression of a type that is not known before, if there is one.
func (g *generator) unknown() string {
	var productions []func() string
	for _, name := range g.names {
		ref := g.reference(name)
		productions = append(productions, map[contract.ParameterType]func() string{
			contract.String:          func() string { return "parseJson(" + ref + ")" + pick(g, g.member, g.index)() },
			contract.List:            func() string { return ref + g.index() },
			contract.Struct:          func() string { return ref + g.member() },
			contract.TaskFinalStatus: func() string { return ref + g.member() },
			"UNKNOWN":                func() string { return ref + pick(g, g.member, g.index, g.nothing)() },
		}[g.declared[name]])
	}
	productions = slices.DeleteFunc(productions, func(p func() string) bool { return p == nil })
	if len(productions) == 0 {
		productions = append(productions, g.literal)
	}
	text := pick(g, productions...)()
	for len(productions) > 0 && strings.Contains(text, "inputs") && g.IntN(4) == 0 {
		text += pick(g, g.member, g.index)()
	}
	return text
}

func (g *generator) nothing() string { return "" }

func (g *generator) member() string {
	key := pick(g, someKeys...)
	if key != "a b" && g.IntN(2) == 0 {
		return "." + key
	}
	g.indexesUnknown = true
	return "[" + g.quote(key) + "]"
}

func (g *generator) index() string {
	g.indexesUnknown = true
	return "[" + strconv.Itoa(g.IntN(3)) + "]"
}

func (g *generator) literal() string {
	return oneOf(g, g.stringLiteral, g.stringLiteral, g.intLiteral, g.intLiteral,
		func() string { return pick(g, someNumbers...) },
		func() string {
			return pick(g, "true", "false", "null", "double(3)", "-9223372036854775808", "0x1F", "2.0", "1e-07")
		})
}

func (g *generator) stringLiteral() string { return g.quote(pick(g, someStrings...)) }

func (g *generator) decimal() string {
	return pick(g, "0.5", "-0.5", "2.0", "1e-07", "1e3", "double(3)", "9007199254740992.0")
}

func (g *generator) intLiteral() string {
	return pick(g, "0", "1", "-1", "5", "10", "15", "9007199254740993")
}

// values makes values of the declared types. Now and then one is absent.
func (g *generator) values() values {
	v := values{}
	for _, name := range g.names {
		if g.IntN(12) == 0 {
			continue
		}
		v[name] = g.value(g.declared[name])
	}
	return v
}

func (g *generator) value(t contract.ParameterType) json.RawMessage {
	switch t {
	case contract.String:
		return contract.QuoteText(pick(g, someStrings...))
	case contract.NumberInteger, contract.NumberDouble:
		if g.IntN(8) == 0 && !strings.Contains(g.text, "int(") { // beyond what int() takes
			return json.RawMessage(pick(g, hugeNumbers...))
		}
		return json.RawMessage(pick(g, someNumbers...))
	case contract.Boolean:
		return json.RawMessage(pick(g, "true", "false"))
	case contract.List, contract.Struct, contract.TaskFinalStatus:
		for {
			text := json.RawMessage(pick(g, someJSON...))
			if _, err := t.Coerce(text); err == nil {
				return text
			}
		}
	}
	return g.value(pick(g, contract.String, contract.NumberDouble, contract.Boolean, contract.List, contract.Struct))
}
