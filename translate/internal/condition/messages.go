package condition

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
)

// report collects problems and holds the text of all of them.
type report struct {
	source   source
	problems []Problem
}

// add adds a problem with a part of the source and returns it. The pointer is
// good until the next call.
func (r *report) add(at span, format string, args ...any) *Problem {
	at = r.source.given(at)
	r.problems = append(r.problems, Problem{
		Offset:  at.start,
		Width:   at.end - at.start,
		Message: fmt.Sprintf(format, args...),
	})
	return &r.problems[len(r.problems)-1]
}

func (r *report) addAt(e ast.Expr, format string, args ...any) *Problem {
	return r.add(r.source.span(e), format, args...)
}

// sorted returns the problems by their places.
func (r *report) sorted() []Problem {
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Offset, b.Offset) })
	return r.problems
}

// what the text as a whole may be

func (r *report) notCEL(e *common.Error) {
	message := strings.TrimPrefix(strings.ReplaceAll(e.Message, "\n", `\n`), "Syntax error: ")
	message, _, _ = strings.Cut(message, " expecting {") // a list of all tokens
	r.add(r.source.errorSpan(e), "this is not CEL: %s", message)
}

func (r *report) quotedReference(at span, input string) {
	r.add(at, "the KFP SDK has put input %q in quotes, for it is not a string but is compared with one; KFP cannot read that", input).
		Hint = "compare it with a value of its own type, such as n == 5 or flag == True, or make the output a string"
}

func (r *report) unescapedText(at span, meant string) {
	r.warn(at, "the KFP SDK has not escaped this string, and KFP cannot read it; it is taken for %q", meant)
}

func (r *report) unescapedBackslash(at span, meant string) {
	r.warn(at, "the KFP SDK has not escaped this string, so that KFP reads its backslashes as escapes; it is taken for %q", meant)
}

func (r *report) warn(at span, format string, args ...any) {
	r.add(at, format, args...).Warning = true
}

// what its parts may be

func (r *report) unsupported(e ast.Expr, what string) {
	r.addAt(e, "%s cannot be translated", what)
}

func (r *report) unsupportedFunction(e ast.Expr, name string) {
	r.addAt(e, "%s() cannot be translated", name).
		Hint = "conditions may use int(), double(), size(), startsWith(), endsWith(), contains(), parseJson() and in"
}

func (r *report) unsupportedOperator(e ast.Expr, symbol string) {
	r.addAt(e, "the operator %s cannot be translated", symbol)
}

func (r *report) unknownName(e ast.Expr, name string) {
	r.addAt(e, "%q is not a name that a condition knows", name).
		Hint = "a condition reads inputs.parameter_values['name']"
}

func (r *report) unknownField(e ast.Expr, field string) {
	r.addAt(e, "inputs have no %q", field).Hint = "a condition reads inputs.parameter_values['name']"
}

func (r *report) noArtifacts(e ast.Expr) {
	r.addAt(e, "a condition on an artifact cannot be translated").
		Hint = "let the task that makes the artifact return what the condition asks for as a parameter"
}

func (r *report) wholeInputs(e ast.Expr) {
	r.addAt(e, "a condition can read single inputs only").Hint = "write inputs.parameter_values['name']"
}

func (r *report) unknownInput(e ast.Expr, name string, known []string) {
	p := r.addAt(e, "there is no input %q", name)
	if len(known) > 0 {
		p.Hint = "the inputs are " + strings.Join(known, ", ")
	}
}

func (r *report) computedKey(e ast.Expr) {
	r.addAt(e, "a computed key cannot be translated").Hint = "the key must be a string or a number that is written out"
}

func (r *report) negativeIndex(e ast.Expr) { r.addAt(e, "no list has an element before its first") }

func (r *report) argumentCount(e ast.Expr, name string, want int) {
	r.addAt(e, "%s() takes %d argument%s", name, want, map[bool]string{true: "s"}[want != 1])
}

// how they may be combined

func (r *report) notBoolean(e ast.Expr, is kind) {
	r.addAt(e, "this is %s, not a boolean", is)
}

func (r *report) wrongOperand(e ast.Expr, operation string, is kind) {
	r.addAt(e, "%s does not work on %s", operation, is)
}

func (r *report) mixed(e ast.Expr, op string, left, right kind) {
	r.addAt(e, "KFP does not compare %s with %s by %s", left, right, op)
}

func (r *report) unordered(e ast.Expr, op string) {
	r.addAt(e, "%s between two values of unknown type cannot be translated", op).
		Hint = "say what they are, by int() or double()"
}

func (r *report) neverEqual(e ast.Expr, left, right kind, always bool) {
	r.warn(r.source.span(e), "%s never equals %s: this is always %t", left, right, always)
}

func (r *report) branches(e ast.Expr, yes, no kind) {
	r.addAt(e, "a choice between %s and %s cannot be translated", yes, no)
}

func (r *report) undecided(e ast.Expr, symbol string) {
	r.addAt(e, "two sides of %s can fail, each for its own reason", symbol).
		Hint = "KFP lets the other side decide then, which Argo cannot; split the condition in two"
}

// what a selector may be

func (r *report) notSelector(e ast.Expr, what string) {
	r.addAt(e, "%s cannot be translated", what).
		Hint = "a selector has the form parseJson(string_value)[\"key\"]"
}
