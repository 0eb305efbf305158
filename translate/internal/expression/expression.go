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

// MaybeOutput is the value of an output parameter of a task that may have
// failed, or that was not run: the empty text where there is none. It reads
// right on every version of Argo 3.7 and 4 (the plain form does not).
//
// It asks for the status to fail where the task is not known. Argo evaluates
// the tags of a DAG for the first time when the DAG starts, before any task of
// it. It keeps those that fail for later, and would take the empty text for the
// value.
func MaybeOutput(task, name string) Expression {
	return Expression(fmt.Sprintf(
		"(let p = get(get(tasks[%[1]s], 'outputs'), 'parameters'); tasks[%[1]s].status != '' && type(p) == 'map' ? (get(p, %[2]s) ?? '') : '')",
		Quote(task), Quote(name)))
}

// Succeeded reports whether a task has succeeded.
func Succeeded(task string) Expression {
	return Expression("tasks[" + Quote(task) + "].status == 'Succeeded'")
}

// FinalStatus is the parameter text of a KFP task status: how a task has ended,
// in the words of KFP's back end. Key is the task's KFP key.
func FinalStatus(task, key string) Expression {
	return status(key, Expression(fmt.Sprintf(
		"(let s = tasks[%s].status; s == 'Succeeded' ? 'COMPLETE' : s in ['Failed', 'Error'] ? 'FAILED' : 'CANCELED')", Quote(task))))
}

// CanceledStatus is the status of a task in a Workflow that somebody has
// stopped.
func CanceledStatus(key string) Expression { return status(key, "'CANCELED'") }

func status(key string, state Expression) Expression {
	var text Concat
	text.Literal(`{"pipelineJobResourceName":`)
	text.Value(JSONString(WorkflowName))
	text.Literal(`,"pipelineTaskName":` + string(contract.QuoteText(key)) + `,"state":`)
	text.Value(JSONString(state))
	text.Literal("}")
	return Shield(text.Expression())
}

// Stopped reports, when the Workflow has ended, whether a task did not run
// because somebody had stopped the Workflow before.
func Stopped(task, template string) Expression {
	return failedWith(task, template, "#.message contains 'shutdown'")
}

// StoppedOrLate is [Stopped], or because the Workflow has taken too long.
func StoppedOrLate(task, template string) Expression {
	return failedWith(task, template, "(#.message contains 'shutdown' || #.message contains 'exceeded its deadline')")
}

func failedWith(task, template, message string) Expression {
	return Expression(fmt.Sprintf(
		"any(fromJSON(fromJSON(workflow.failures)) ?? [], #.displayName == %s && #.templateName == %s && %s)",
		Quote(task), Quote(template), message))
}

// Is reports whether a value is a text.
func Is(value Expression, text string) Expression {
	return value + " == " + String(text)
}

// Choice is one case of [FirstOf].
type Choice struct{ If, Then Expression }

// FirstOf is the text of the first case that holds, or the empty text.
func FirstOf(choices []Choice) Expression {
	var b strings.Builder
	for _, c := range choices {
		fmt.Fprintf(&b, "%s ? %s : ", c.If, c.Then)
	}
	return Expression(b.String() + "''")
}

// Items is a parameter text that holds what a loop runs over. Its expressions
// declare no variables: in a task with items, Argo takes those for references
// that are missing.
type Items struct {
	Text Expression
	// Sure says that the text holds a list; otherwise it may as well hold a
	// string with the JSON of one, or a single artifact.
	Sure bool
	// Fault, if not empty, says whose error text (contract.ErrorMark) the text
	// may be.
	Fault string
}

// Indexes is what a task loops over to run once for each item. Loops run over
// indexes because Argo does not hand on items unchanged.
func (i Items) Indexes() Expression {
	list := fmt.Sprintf("%s in ['', 'null'] ? '[]' : toJson(map(%s, #index))", i.Text, i.list())
	if i.Fault == "" {
		return Expression(list)
	}
	// Argo has no function that fails with a message. This one says what it
	// was given.
	return Expression(fmt.Sprintf("%[1]s startsWith %[2]s ? int(%[3]s + %[1]s[1:]) : %[4]s", i.Text, Quote(contract.ErrorMark), Quote(i.Fault+": "), list))
}

// Item is the parameter text of the item of an iteration of a task that loops
// over [Items.Indexes].
func (i Items) Item() Expression {
	return Shield(Expression(fmt.Sprintf("toJson(%s[int(item)])", i.list())))
}

// NoItems is what a task loops over to run not even once.
const NoItems Expression = "'[]'"

// list is the list that the text holds.
func (i Items) list() string {
	value := "fromJSON(" + string(i.Text) + ")"
	if i.Sure {
		return value
	}
	return fmt.Sprintf("(type(%[1]s) == 'map' ? [%[1]s] : type(%[1]s) == 'string' ? fromJSON(%[1]s) : %[1]s)", value)
}

// ItemOfTexts is the item of an iteration among parameter texts that are known.
func ItemOfTexts(texts []string) Expression {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = Quote(text)
	}
	return Expression("[" + strings.Join(quoted, ", ") + "][int(item)]")
}

// Collected is the parameter text of the list of an output of all iterations
// of a task, in their order. Iterations without a value have no place in it.
// Argo gives the values as texts unless all are lists or objects.
func Collected(task, name string) Expression {
	return collected(task, name, Shield("'[' + join(map(filter(fromJSON(v), # != ''), type(#) == 'string' ? # : toJson(#)), ',') + ']'"))
}

// CollectedArtifacts is [Collected] for artifacts: a list of lists becomes one
// list.
func CollectedArtifacts(task, name string) Expression {
	return collected(task, name, Shield("toJson(flatten(map(filter(fromJSON(v), # != ''), type(#) == 'string' ? [fromJSON(#)] : [#])))"))
}

func collected(task, name string, list Expression) Expression {
	return Expression(fmt.Sprintf("let v = %s; v == '' ? '[]' : %s", MaybeOutput(task, name), list))
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

// Known returns the joined text where all of it is known.
func (c *Concat) Known() (text string, ok bool) {
	return c.literal, len(c.parts) == 0
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
	return Expression(fmt.Sprintf("%s == '' ? %s : %s", operand(text), operand(then), otherwise))
}

// If is one of two texts.
func If(when, then, otherwise Expression) Expression {
	return Expression(fmt.Sprintf("%s ? %s : %s", when, then, otherwise))
}

// Bracketed is an expression that can stand anywhere in another one.
func Bracketed(e Expression) Expression { return operand(e) }

// OrFault is what follows from a text, or the text itself where it is an error
// text (contract.ErrorMark).
func OrFault(text, otherwise Expression) Expression {
	return If(text+" startsWith "+String(contract.ErrorMark), text, operand(otherwise))
}

// operand brackets an expression that is not one reference, literal or call,
// so that it can stand anywhere in another one.
func operand(e Expression) Expression {
	text := string(e)
	if !strings.Contains(text, " ") || strings.HasPrefix(text, "replace(") || enclosed(text) {
		return e
	}
	return "(" + e + ")"
}

// enclosed reports whether a text is enclosed in brackets, or is one literal.
func enclosed(text string) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
		if depth == 0 && !quoted && i < len(text)-1 {
			return false
		}
	}
	return true
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
		"(%[1]s == '' ? '' : let t = fromJSON(%[1]s); type(t) == 'string' ? t : type(t) in ['map', 'array'] ? toJson(t) : %[1]s)",
		operand(value)))
}

// Coerce turns a parameter text of a declared type into one of type STRING, by
// KFP's rule.
func Coerce(value Expression, t contract.ParameterType) Expression {
	switch t {
	case contract.NumberInteger, contract.NumberDouble, contract.Boolean:
		return IfEmpty(value, "''", `'"' + `+operand(value)+` + '"'`)
	}
	return IfEmpty(value, "''", Shield(JSONString(Text(value, t))))
}

// FromString is the text of a parameter of type STRING; of no value it is the
// empty text.
func FromString(value Expression) Expression {
	return IfEmpty(value, "''", "fromJSON("+value+")")
}

// Quote writes a string literal that is safe inside a tag: ASCII, no two braces
// in a row, no dollar, and none of the escapes that Argo undoes in every tag
// before it reads it.
func Quote(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	previous := rune(0)
	for i, r := range text {
		switch {
		case r == '\\' && undoneByArgo(text[i:]):
			writeEscape(&b, r)
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '$', r < ' ', r >= 0x7f, (r == '{' || r == '}') && r == previous:
			writeEscape(&b, r)
		default:
			b.WriteRune(r)
		}
		previous = r
	}
	b.WriteByte('\'')
	return b.String()
}

// undoneByArgo reports whether a text begins with one of the escapes that Argo
// takes for its own JSON encoder's, wherever they stand in a tag.
func undoneByArgo(text string) bool {
	return strings.HasPrefix(text, `\u003c`) || strings.HasPrefix(text, `\u003e`) || strings.HasPrefix(text, `\u0026`)
}

// writeEscape writes a character as expr-lang's escape.
func writeEscape(b *strings.Builder, r rune) {
	if r > 0xffff {
		fmt.Fprintf(b, `\U%08x`, r)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}
