package condition

import (
	"slices"

	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// steps is a set of steps of an evaluation that can fail, each under the
// expression that takes it: equal steps fail alike.
type steps map[string]bool

// within reports whether all steps are among others.
func (s steps) within(others steps) bool {
	for step := range s {
		if !others[step] {
			return false
		}
	}
	return true
}

// add takes in other steps.
func (s steps) add(others steps) {
	for step := range others {
		s[step] = true
	}
}

// failure says when the evaluation of a node fails: only if a step of may
// fails, and certainly if one of must does. Reading an input is not among
// them; see the package's documentation.
type failure struct{ may, must steps }

// failureOf returns when a node fails.
func failureOf(n node) failure {
	f := failure{may: steps{}, must: steps{}}
	var children []failure
	for _, child := range n.children() {
		c := failureOf(child)
		f.may.add(c.may)
		children = append(children, c)
	}
	switch n.(type) {
	case logic: // one operand may decide without the others
		for step := range children[0].must {
			if !slices.ContainsFunc(children, func(c failure) bool { return !c.must[step] }) {
				f.must[step] = true
			}
		}
	case choice: // only the condition is evaluated in any case
		f.must.add(children[0].must)
	default:
		for _, c := range children {
			f.must.add(c.must)
		}
	}
	if fallible(n) {
		step := writer{read: inputValue}.value(n).String()
		f.may[step], f.must[step] = true, true
	}
	return f
}

// fallible reports whether a node can fail although its children do not.
func fallible(n node) bool {
	switch n := n.(type) {
	case parsing, member, element, check:
		return true
	case conversion:
		return n.of.kind() == kindString || n.of.kind() == kindAny
	case size:
		return n.of.kind() == kindAny
	case comparison:
		return n.op != "==" && n.op != "!=" && (n.left.kind() == kindAny || n.right.kind() == kindAny)
	case input, literal, literals, negation, logic, choice, membership, stringTest:
	}
	return false
}

// ordered returns the operands of && or || in an order in which evaluation
// from the left, up to the first failure, gives what CEL gives, which asks
// them all. An operand may go first if whatever makes it fail makes all after
// it fail too: then none of them can decide alone. The order is that of the
// text where that will do. It reports false if there is none.
func ordered(operands []node) ([]node, bool) {
	var failures []failure
	for _, n := range operands {
		failures = append(failures, failureOf(n))
	}
	rest, result := slices.Clone(operands), []node{}
	for len(rest) > 0 {
		next := first(failures)
		if next < 0 {
			return operands, false
		}
		result = append(result, rest[next])
		rest = slices.Delete(rest, next, next+1)
		failures = slices.Delete(failures, next, next+1)
	}
	return result, true
}

// first returns the index of an operand that may go before all others, or -1.
func first(failures []failure) int {
	for i, f := range failures {
		if !slices.ContainsFunc(slices.Concat(failures[:i], failures[i+1:]), func(other failure) bool {
			return !f.may.within(other.must)
		}) {
			return i
		}
	}
	return -1
}

func inputValue(name string) expression.Value { return expression.FromJSON(expression.Input(name)) }
