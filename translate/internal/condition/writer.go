package condition

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// How tight the operators of expr-lang bind, in its own numbers.
const (
	loosest  = iota // a ? b : c
	either   = 10   // ||
	both     = 15   // &&
	compares = 20   // == < in contains and the like, which do not chain
	sum      = 30
	unary    = 50 // !
	negative = 90 // -1
	tightest = 1000
)

// writer writes nodes as expr-lang expressions.
type writer struct {
	read func(input string) expression.Expression
}

// text writes a node as an operand: in brackets if it binds less tightly than
// its place requires.
func (w writer) text(n node, tightness int) string {
	text, binds := w.write(n)
	if binds < tightness {
		return "(" + text + ")"
	}
	return text
}

// write writes a node and says how tight it binds.
func (w writer) write(n node) (text string, binds int) {
	switch n := n.(type) {
	case input:
		return "fromJSON(" + string(w.read(n.name)) + ")", tightest
	case literal:
		return n.write()
	case literals:
		return w.list(n), tightest
	case negation:
		return "!" + w.text(n.of, unary), unary
	case logic:
		return w.logic(n)
	case choice:
		return w.text(n.condition, either) + " ? " + w.text(n.yes, either) + " : " + w.text(n.no, either), loosest
	case comparison:
		return w.comparison(n), compares
	case membership:
		return w.membership(n)
	case stringTest:
		return w.text(n.whole, compares+1) + " " + n.op + " " + w.text(n.part, compares+1), compares
	case conversion, size, parsing:
		return w.call(n), tightest
	case member:
		return memberOf(w.text(n.of, loosest), n.key), tightest
	case element:
		return w.text(n.of, tightest) + "[" + strconv.FormatInt(n.index, 10) + "]", tightest
	case check:
		return w.check(n)
	}
	panic(fmt.Sprintf("a node of type %T", n))
}

// call writes what is a call of a function in expr-lang too.
func (w writer) call(n node) string {
	switch n := n.(type) {
	case conversion:
		return map[kind]string{kindInt: "int", kindDouble: "float"}[n.to] + "(" + w.text(n.of, loosest) + ")"
	case size:
		return "len(" + w.text(n.of, loosest) + ")"
	case parsing:
		return "fromJSON(" + w.text(n.of, loosest) + ")"
	}
	panic(fmt.Sprintf("a node of type %T", n))
}

// memberOf selects a member that has to be there, or else the evaluation
// fails; expr-lang's own selection would give nil.
func memberOf(of, key string) string {
	return fmt.Sprintf("filter([%s], %[2]s in #)[0][%[2]s]", of, expression.Quote(key))
}

// check fails unless a value is of a kind. expr-lang takes no other value for
// a condition.
func (w writer) check(n check) (text string, binds int) {
	name := ""
	switch n.must {
	case kindBool:
		return w.text(n.of, either) + " ? true : false", loosest
	case kindString:
		name = "string"
	case kindList:
		name = "array"
	default:
		panic("no check for " + n.must.String())
	}
	return fmt.Sprintf("filter([%s], type(#) == '%s')[0]", w.text(n.of, loosest), name), tightest
}

func (n literal) write() (text string, binds int) {
	switch v := n.value.(type) {
	case nil:
		return "nil", tightest
	case bool:
		return strconv.FormatBool(v), tightest
	case int64:
		return writeInt(v)
	case float64:
		text = strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return text, signBinds(text)
	case string:
		return expression.Quote(v), tightest
	}
	panic(fmt.Sprintf("a literal of type %T", n.value))
}

// writeInt writes an integer. expr-lang reads the sign and the digits one
// after the other, and so has no literal for the least of them.
func writeInt(v int64) (text string, binds int) {
	if v == math.MinInt64 {
		return strconv.FormatInt(v+1, 10) + " - 1", sum
	}
	text = strconv.FormatInt(v, 10)
	return text, signBinds(text)
}

func signBinds(number string) int {
	if number[0] == '-' {
		return negative
	}
	return tightest
}

func (w writer) list(n literals) string {
	var items []string
	for _, item := range n.items {
		items = append(items, w.text(item, loosest))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func (w writer) logic(n logic) (text string, binds int) {
	binds = both
	if n.op == "||" {
		binds = either
	}
	var operands []string
	for _, operand := range n.operands {
		operands = append(operands, w.text(operand, binds+1))
	}
	return strings.Join(operands, " "+n.op+" "), binds
}

// comparison writes a comparison. expr-lang has no order of booleans.
func (w writer) comparison(n comparison) string {
	side := func(n node) string { return w.text(n, compares+1) }
	if n.op != "==" && n.op != "!=" && (n.left.kind() == kindBool || n.right.kind() == kindBool) {
		side = w.rank
	}
	return side(n.left) + " " + n.op + " " + side(n.right)
}

// rank writes a boolean as a number: false comes before true.
func (w writer) rank(n node) string {
	switch n {
	case node(literal{true}):
		return "1"
	case node(literal{false}):
		return "0"
	}
	return "(" + w.text(n, either) + " ? 1 : 0)"
}

// membership writes in. expr-lang looks values up among strings in a way that
// only works for strings, so others are compared one by one.
func (w writer) membership(n membership) (text string, binds int) {
	what, of := w.text(n.element, compares+1), w.text(n.of, compares+1)
	if l, ok := n.of.(literals); ok && n.element.kind() != kindString {
		if items, _ := l.uniform(); items == kindString {
			return fmt.Sprintf("any(%s, # == %s)", of, what), tightest
		}
	}
	return what + " in " + of, compares
}
