package condition

import (
	"fmt"

	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// writer makes expressions of nodes.
type writer struct {
	read func(input string) expression.Value
}

// truth is a node that is a condition.
func (w writer) truth(n node) expression.Bool {
	switch n := n.(type) {
	case negation:
		return expression.Not(w.truth(n.of))
	case logic:
		var operands []expression.Bool
		for _, operand := range n.operands {
			operands = append(operands, w.truth(operand))
		}
		return expression.Logic(n.op, operands)
	case comparison:
		return w.comparison(n)
	case membership:
		return w.membership(n)
	case stringTest:
		return expression.Compare(w.value(n.whole), n.op, w.value(n.part))
	case check:
		if n.must == kindBool {
			return w.value(n.of).Truth()
		}
	case input, literal, literals, choice, conversion, size, parsing, member, element:
	}
	return w.value(n).Bool()
}

// value is any node.
func (w writer) value(n node) expression.Value {
	switch n := n.(type) {
	case input:
		return w.read(n.name)
	case literal:
		return expression.Literal(n.value)
	case literals:
		var items []expression.Value
		for _, item := range n.items {
			items = append(items, w.value(item))
		}
		return expression.List(items...)
	case choice:
		return expression.If(w.truth(n.condition), w.value(n.yes), w.value(n.no))
	case conversion:
		if n.to == kindInt {
			return expression.Int(w.value(n.of))
		}
		return expression.Float(w.value(n.of))
	case size:
		return expression.Size(w.value(n.of))
	case parsing:
		return expression.Parsed(w.value(n.of))
	case member:
		return w.value(n.of).Key(n.key)
	case element:
		return w.value(n.of).At(n.index)
	case check:
		return w.check(n)
	case negation, logic, comparison, membership, stringTest:
		return w.truth(n).Value()
	}
	panic(fmt.Sprintf("a node of type %T", n))
}

// check fails unless a value is of a kind.
func (w writer) check(n check) expression.Value {
	switch n.must {
	case kindBool:
		return w.value(n.of).Truth().Value() // expr-lang takes no other value for a condition
	case kindString:
		return w.value(n.of).MustBe("string")
	case kindList:
		return w.value(n.of).MustBe("array")
	}
	panic("no check for " + n.must.String())
}

// comparison is a comparison. expr-lang has no order of booleans.
func (w writer) comparison(n comparison) expression.Bool {
	side := w.value
	if n.op != "==" && n.op != "!=" && (n.left.kind() == kindBool || n.right.kind() == kindBool) {
		side = func(n node) expression.Value { return w.truth(n).Rank() }
	}
	return expression.Compare(side(n.left), n.op, side(n.right))
}

// membership is in. expr-lang looks values up among strings in a way that only
// works for strings, so others are compared one by one.
func (w writer) membership(n membership) expression.Bool {
	what, of := w.value(n.element), w.value(n.of)
	if l, ok := n.of.(literals); ok && n.element.kind() != kindString {
		if items, _ := l.uniform(); items == kindString {
			return expression.AnyEquals(of, what)
		}
	}
	return expression.Compare(what, "in", of)
}
