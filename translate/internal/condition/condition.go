// Package condition translates KFP's trigger conditions and parameter
// selectors, which are written in CEL, into expr-lang expressions that Argo
// evaluates itself, without a pod.
//
// # What is exact
//
// A translated condition has the truth value that KFP computes, or fails
// where KFP's evaluation fails, for all inputs that have a value of their
// declared type. An operand of && or || that fails is the subtle part: in CEL
// the other operand may decide alone, in either order, while expr-lang stops
// at the first failure. [Parse] therefore puts an operand that may fail behind
// those that cannot, and refuses a condition where no order is right.
//
// Four things are not translated:
//   - An input without a value makes the expression fail where it is read. It
//     never yields another truth value than CEL, but it may fail where in CEL
//     the other operand of && or || would have decided. KFP itself does not get
//     as far: it fails the task when an input is missing.
//   - int() of a number beyond 64 bits fails in CEL only.
//   - Ordering by double('NaN') fails in CEL and is false here.
//   - int(o['k']) and the like fail in KFP's release of cel-go, whose checker
//     mistakes what an index finds in a value of unknown type for a string or an
//     integer. Here they are what int(o.k) is.
package condition

import (
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// Problem is a remark about a part of a text: Width bytes from Offset. Message
// and Hint are in the form of diag.Diagnostic.
type Problem struct {
	Offset, Width int
	Warning       bool // the text is translated all the same
	Message, Hint string
}

// Condition is a condition that can be translated.
type Condition struct {
	root   node
	inputs []string
}

// Parse reads a condition over inputs of declared types. It returns nil, and
// at least one problem that is not a warning, where the condition cannot be
// translated. An input of an unknown type may hold any value.
//
// A text that is broken because the KFP SDK does not escape string literals is
// read as its author meant it, with a warning.
func Parse(text string, inputs map[string]contract.ParameterType) (*Condition, []Problem) {
	report := &report{}
	source := open(text, report)
	if source.tree == nil {
		return nil, report.sorted()
	}
	root, ok := (&reader{report: report, declared: inputs}).truth(source.tree)
	if !ok {
		return nil, report.sorted()
	}
	return &Condition{root: root, inputs: inputsOf(root)}, report.sorted()
}

// Inputs lists the inputs that the condition reads, sorted.
func (c *Condition) Inputs() []string { return slices.Clone(c.inputs) }

// Expression returns the condition as an expression that is true or false, or
// fails; it is never anything else. read gives the value of an input.
func (c *Condition) Expression(read func(input string) expression.Value) expression.Bool {
	return writer{read: read}.truth(c.root)
}
