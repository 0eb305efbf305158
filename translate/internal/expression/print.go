package expression

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// How tight what is printed binds, mostly in expr-lang's own numbers.
const (
	declares  = iota // let x = 1; x
	chooses          // a ? b : c
	coalesces        // a ?? b, which expr-lang does not mix with other operators
	either    = 10   // ||
	both      = 15   // &&
	compares  = 20   // == < in contains and the like, which do not chain
	sums      = 30
	negates   = 50 // !
	negative  = 90 // -1
	tightest  = 1000
)

// printed is the text of a node in a place that requires it to bind so tight:
// in brackets if it does not.
func printed(n node, required int) string {
	text, binds := write(n)
	if binds < required {
		return "(" + text + ")"
	}
	return text
}

// write writes a node and says how tight it binds.
func write(n node) (text string, binds int) { //nolint:gocyclo // a case for each kind of node
	switch n := n.(type) {
	case name:
		return n.text, tightest
	case field:
		return printed(n.of, tightest) + "." + n.name, tightest
	case member:
		return printed(n.of, tightest) + "[" + printed(n.key, declares) + "]", tightest
	case rest:
		return printed(n.of, tightest) + "[" + strconv.Itoa(n.from) + ":]", tightest
	case literal:
		return writeLiteral(n.value)
	case simpleTag:
		return "'{{" + n.name + "}}'", tightest
	case list:
		return "[" + writeAll(n.items) + "]", tightest
	case emptyMap:
		return "{}", tightest
	case call:
		return n.function + "(" + writeAll(n.arguments) + ")", tightest
	case method:
		return printed(n.of, tightest) + "." + n.name + "(" + writeAll(n.arguments) + ")", tightest
	case negation:
		return "!" + printed(n.of, negates), negates
	case operation:
		return writeOperation(n)
	case condition:
		otherwise, binds := write(n.otherwise) // a declaration at the end is one of the whole
		return printed(n.when, either) + " ? " + printed(n.then, either) + " : " + otherwise, min(binds, chooses)
	case let:
		return "let " + n.variable + " = " + printed(n.value, chooses) + "; " + printed(n.in, declares), declares
	case mixed:
		return write(operation{"+", n.parts})
	case shield:
		return `replace(replace(` + printed(n.of, declares) + `, '{' + '{', ` + quote(contract.EscapedBraces) + `), '$', '\\u0024')`, tightest
	case known:
		return write(n.of)
	}
	panic(fmt.Sprintf("expression: a node of type %T", n))
}

func writeAll(nodes []node) string {
	texts := make([]string, len(nodes))
	for i, n := range nodes {
		texts[i] = printed(n, declares)
	}
	return strings.Join(texts, ", ")
}

func writeOperation(n operation) (text string, binds int) {
	binds, first := compares, compares+1
	switch n.operator {
	case "||":
		binds, first = either, either
	case "&&":
		binds, first = both, both
	case "+", "-":
		binds, first = sums, sums
	case "??":
		binds, first = coalesces, tightest
	}
	parts := []string{printed(n.operands[0], first)}
	for _, operand := range n.operands[1:] {
		parts = append(parts, printed(operand, max(first, binds+1)))
	}
	return strings.Join(parts, " "+n.operator+" "), binds
}

func writeLiteral(value any) (text string, binds int) {
	switch v := value.(type) {
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
		return quote(v), tightest
	}
	panic(fmt.Sprintf("expression: a literal of type %T", value))
}

// writeInt writes an integer. expr-lang reads the sign and the digits one
// after the other, and so has no literal for the least of them.
func writeInt(v int64) (text string, binds int) {
	if v == math.MinInt64 {
		return strconv.FormatInt(v+1, 10) + " - 1", sums
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

// quote writes a string literal that is safe inside a tag: ASCII, no two braces
// in a row, no dollar, and none of the escapes that Argo undoes in every tag
// before it reads it.
func quote(text string) string {
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
		case r == '\n':
			b.WriteString(`\n`)
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
