package expression

import (
	"strings"
	"unicode/utf8"
)

// lineWidth is how long an expression may be to stand on one line. Longer ones
// are broken between their parts: to expr-lang a line break is a space.
const lineWidth = 140

// textWidth is how long a literal may be to stay in one piece.
const textWidth = 170

// step is how much deeper the parts of something stand than the whole.
const step = "  "

// laidOut is the text of a node, broken into lines where it is long. Lines after
// the first stand behind the indent.
func laidOut(n node, required int, indent string) string {
	flat, binds := write(n)
	if binds < required {
		return "(" + laidOut(n, declares, indent+step) + ")"
	}
	if len(indent)+len(flat) <= lineWidth {
		return flat
	}
	if l, ok := n.(literal); ok {
		if s, ok := l.value.(string); ok && required <= sums && len(indent)+len(flat) > textWidth {
			return layText(s, indent)
		}
		return flat
	}
	return broken(n, flat, indent)
}

// broken is the text of a node that is broken into lines, or that on one line
// where there is nothing to break.
func broken(n node, flat, indent string) string {
	switch n := n.(type) {
	case known:
		return laidOut(n.of, declares, indent)
	case negation:
		return "!" + laidOut(n.of, negates, indent)
	case field:
		return laidOut(n.of, tightest, indent) + "." + n.name
	case member:
		return laidOut(n.of, tightest, indent) + "[" + printed(n.key, declares) + "]"
	case condition:
		return layCondition(n, indent)
	case let:
		return "let " + n.variable + " = " + laidOut(n.value, chooses, indent+step) + ";\n" + indent + laidOut(n.in, declares, indent)
	case operation:
		return layOperation(n, indent)
	case mixed:
		return layOperation(operation{"+", n.parts}, indent)
	case shield:
		return "replace(replace(\n" + indent + step + laidOut(n.of, declares, indent+step) + ",\n" +
			indent + step + `'{' + '{', '{\\u007b'), '$', '\\u0024')`
	case call:
		return n.function + "(" + layItems(n.arguments, indent) + ")"
	case list:
		return "[" + packed(partsOf(n.items, indent+step), ", ", indent+step) + "]"
	case name, rest, literal, simpleTag, emptyMap, method:
	}
	return flat
}

// layCondition writes a chain of conditions with a line for each case.
func layCondition(n condition, indent string) string {
	when, then := laidOut(n.when, either, indent+step), laidOut(n.then, either, indent+step)
	separator := " ? "
	if len(indent)+len(when)+len(then) > lineWidth {
		separator = "\n" + indent + step + "? "
	}
	deeper := indent + step
	if _, chained := n.otherwise.(condition); chained {
		deeper = indent
	}
	return when + separator + then + "\n" + indent + step + ": " + laidOut(n.otherwise, declares, deeper)
}

// layOperation writes operands one after the other, each with its operator
// before it.
func layOperation(n operation, indent string) string {
	_, binds := write(n)
	first := binds
	switch n.operator {
	case "||", "&&", "+", "-":
	case "??":
		first = tightest
	default:
		first = binds + 1
	}
	parts := []string{laidOut(n.operands[0], first, indent+step)}
	for _, operand := range n.operands[1:] {
		parts = append(parts, n.operator+" "+laidOut(operand, max(first, binds+1), indent+step))
	}
	return packed(parts, " ", indent+step)
}

// layItems writes the arguments of a function: a single one as if it stood
// alone, more on lines of their own.
func layItems(items []node, indent string) string {
	if len(items) == 1 {
		return laidOut(items[0], declares, indent)
	}
	between := "\n" + indent + step
	return between + strings.Join(partsOf(items, indent+step), ","+between)
}

func partsOf(items []node, indent string) []string {
	parts := make([]string, len(items))
	for i, n := range items {
		parts[i] = laidOut(n, declares, indent)
	}
	return parts
}

// packed puts as many parts on a line as fit.
func packed(parts []string, separator, indent string) string {
	var b strings.Builder
	column := len(indent)
	for i, part := range parts {
		first, _, broken := strings.Cut(part, "\n")
		if i > 0 && column+len(separator)+len(first) > lineWidth {
			b.WriteString(strings.TrimRight(separator, " ") + "\n" + indent)
			column = len(indent)
		} else if i > 0 {
			b.WriteString(separator)
			column += len(separator)
		}
		b.WriteString(part)
		column += len(first)
		if broken {
			column = len(part) - strings.LastIndexByte(part, '\n') - 1
		}
	}
	return b.String()
}

// layText writes a long literal as a sum of shorter ones.
func layText(s, indent string) string {
	var parts []string
	for len(s) > 0 {
		part := s[:pieceOf(s, lineWidth-len(indent)-len(step))]
		s = s[len(part):]
		parts = append(parts, quote(part))
	}
	return strings.Join(parts, "\n"+indent+step+"+ ")
}

// pieceOf is how many bytes of a text stand on a line: up to a space or comma,
// if there is one, and never half a character. What quoting adds is not counted,
// but what [quote] looks at together stays together.
func pieceOf(s string, width int) int {
	width = max(width, lineWidth/2)
	if len(s) <= width {
		return len(s)
	}
	for i := width; i > width/2; i-- {
		if s[i-1] == ' ' || s[i-1] == ',' {
			return i
		}
	}
	for i := width; i < len(s); i++ {
		if utf8.RuneStart(s[i]) && s[i-1] != '\\' && s[i-1] != s[i] {
			return i
		}
	}
	return len(s)
}
