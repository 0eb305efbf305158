// Package expression builds the expr-lang expressions that the Workflow uses
// to hand values on. It is the only place that writes one.
//
// An [Expression] is the text between `{{=` and `}}`. Values in it are
// parameter texts as runtime/contract defines them: JSON, with the empty text
// for no value. Every expression here either hands such a text on untouched or
// ends in [Shield], because Argo scans what an expression returns for tags.
package expression

import (
	"fmt"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// Expression is an expr-lang expression. It holds neither `}}` nor `{{`.
type Expression string

// Tag returns the expression as a template tag.
func (e Expression) Tag() string { return "{{=" + string(e) + "}}" }

// Input is the value of an input parameter of the template.
func Input(name string) Expression { return member("inputs.parameters", name) }

// Argument is the value of an argument of the Workflow: raw text, which is
// not yet a parameter text.
func Argument(name string) Expression { return member("workflow.parameters", name) }

// Output is the value of an output parameter of a task. It is right only
// where the task has succeeded whenever the expression is evaluated: a
// reference to an output that is not there blocks a Workflow for ever.
func Output(task, name string) Expression {
	return Expression("tasks[" + Quote(task) + "].outputs.parameters[" + Quote(name) + "]")
}

// WorkflowName is the name of the Workflow; WorkflowUID its UID. Both are
// plain text, not parameter texts.
const (
	WorkflowName Expression = "workflow.name"
	WorkflowUID  Expression = "workflow.uid"
)

// AllInputs is the JSON object of all input parameters of the template.
const AllInputs Expression = "toJson(inputs.parameters)"

func member(of, name string) Expression {
	return Expression(of + "[" + Quote(name) + "]")
}

// String is a string literal.
func String(text string) Expression { return Expression(Quote(text)) }

// Concat joins texts as they are added to it. The zero value is empty.
type Concat struct {
	parts   []string
	literal string
}

// Literal adds a text that is known.
func (c *Concat) Literal(text string) { c.literal += text }

// Value adds the text that an expression returns.
func (c *Concat) Value(text Expression) {
	c.flush()
	c.parts = append(c.parts, string(text))
}

func (c *Concat) flush() {
	if c.literal != "" {
		c.parts = append(c.parts, Quote(c.literal))
		c.literal = ""
	}
}

// Expression is the joined text of all that was added so far.
func (c *Concat) Expression() Expression {
	c.flush()
	if len(c.parts) == 0 {
		return "''"
	}
	return Expression(strings.Join(c.parts, " + "))
}

// JSONString makes a JSON string of a text.
func JSONString(text Expression) Expression { return "toJson(" + text + ")" }

// IfEmpty is then where the text is empty, otherwise else.
func IfEmpty(text, then, otherwise Expression) Expression {
	if strings.Contains(string(text), " ? ") {
		text = "(" + text + ")" // a conditional binds more loosely than ==
	}
	return Expression(fmt.Sprintf("%s == '' ? %s : %s", text, then, otherwise))
}

// Shield escapes JSON text as contract.Shield does, but for characters
// outside ASCII, which expression tags carry intact.
func Shield(text Expression) Expression {
	return Expression(fmt.Sprintf(`replace(replace(%s, '{' + '{', '{\\u007b'), '$', '\\u0024')`, text))
}

// Text is what a parameter text of a declared type looks like on a command
// line: a string without its quotes, lists and structs as compact JSON,
// anything else as it stands. Of no value it is the empty text. An empty type
// means that any value may be there.
func Text(value Expression, t contract.ParameterType) Expression {
	switch t {
	case contract.NumberInteger, contract.NumberDouble, contract.Boolean:
		return value
	case contract.String:
		return "(" + FromString(value) + ")"
	}
	return Expression(fmt.Sprintf(
		"(%[1]s == '' ? '' : let v = fromJSON(%[1]s); type(v) == 'string' ? v : type(v) in ['map', 'array'] ? toJson(v) : %[1]s)",
		value))
}

// Coerce turns a parameter text of a declared type into one of type STRING, by
// KFP's rule.
func Coerce(value Expression, t contract.ParameterType) Expression {
	switch t {
	case contract.NumberInteger, contract.NumberDouble, contract.Boolean:
		return IfEmpty(value, "''", `'"' + `+value+` + '"'`)
	}
	return IfEmpty(value, "''", Shield(JSONString(Text(value, t))))
}

// FromString is the text of a parameter of type STRING; of no value it is the
// empty text.
func FromString(value Expression) Expression {
	return IfEmpty(value, "''", "fromJSON("+value+")")
}

// Quote writes a string literal that is safe inside a tag: ASCII, no two braces
// in a row, no brace at either end, no dollar.
func Quote(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for i, r := range text {
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '$', r < ' ', r >= 0x7f, (r == '{' || r == '}') && touchesBrace(text, i):
			writeEscape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// touchesBrace reports whether the brace at text[i] stands next to another one
// or at an end of the text.
func touchesBrace(text string, i int) bool {
	if i == 0 || i == len(text)-1 {
		return true
	}
	return strings.ContainsRune("{}", rune(text[i-1])) || strings.ContainsRune("{}", rune(text[i+1]))
}

// writeEscape writes a character as expr-lang's escape.
func writeEscape(b *strings.Builder, r rune) {
	if r > 0xffff {
		fmt.Fprintf(b, `\U%08x`, r)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}
