package expression

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// rule replaces a node, whose children are simplified, by a simpler one that
// evaluates to the same. It reports false where it has nothing to do.
type rule func(node) (node, bool)

// rules are tried in order, again and again until none has anything to do.
func rules() []rule {
	return []rule{joinLiterals, encodeKnown, dropShield, decide, dropEmptyCase, fold}
}

// simplified applies the rules from the inside out.
func simplified(n node) node {
	children := n.children()
	if len(children) > 0 {
		simple := make([]node, len(children))
		for i, child := range children {
			simple[i] = simplified(child)
		}
		n = n.with(simple)
	}
	for _, apply := range rules() {
		if simpler, ok := apply(n); ok {
			return simplified(simpler)
		}
	}
	return n
}

// joinLiterals flattens a concatenation, writes the quotes of plain texts out and
// joins literals that stand side by side.
func joinLiterals(n node) (node, bool) {
	sum, ok := n.(operation)
	if !ok || sum.operator != "+" {
		return nil, false
	}
	var parts []node
	all := flattened(sum)
	for _, part := range all {
		s, isText := literalText(part)
		if isText && s == "" {
			continue
		}
		if isText && len(parts) > 0 {
			if before, ok := literalText(parts[len(parts)-1]); ok {
				parts[len(parts)-1] = text(before + s)
				continue
			}
		}
		parts = append(parts, part)
	}
	switch len(parts) {
	case 0:
		return text(""), true
	case 1:
		return parts[0], true
	}
	return operation{"+", parts}, len(all) != len(sum.operands) || len(parts) != len(all)
}

func flattened(sum operation) []node {
	var parts []node
	for _, operand := range sum.operands {
		inner, isOperation := operand.(operation)
		encoded, isCall := operand.(call)
		switch {
		case isOperation && inner.operator == "+":
			parts = append(parts, flattened(inner)...)
		case isCall && encoded.function == "toJson" && isPlain(encoded.arguments[0]):
			parts = append(parts, text(`"`), encoded.arguments[0], text(`"`))
		default:
			parts = append(parts, operand)
		}
	}
	return parts
}

// encodeKnown writes the JSON of a literal.
func encodeKnown(n node) (node, bool) {
	c, ok := n.(call)
	if !ok || c.function != "toJson" {
		return nil, false
	}
	l, ok := c.arguments[0].(literal)
	if !ok {
		return nil, false
	}
	encoded, err := json.Marshal(l.value)
	return text(string(encoded)), err == nil
}

// isPlain reports whether a node is certainly a text like [Plain].
func isPlain(n node) bool {
	switch n := n.(type) {
	case known:
		return n.plain || isPlain(n.of)
	case literal:
		s, ok := n.value.(string)
		return ok && isPlainText(s)
	case operation:
		return n.operator == "+" && !slices.ContainsFunc(n.operands, func(part node) bool { return !isPlain(part) })
	default:
		return false
	}
}

func isPlainText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f || strings.ContainsRune("{}\"\\$<>&", r) })
}

// dropShield drops a shield around a text in which there is nothing to escape.
func dropShield(n node) (node, bool) {
	s, ok := n.(shield)
	if !ok {
		return nil, false
	}
	if t, ok := literalText(s.of); ok {
		if encoded, err := contract.EncodeParameter(json.RawMessage(t)); err == nil {
			return text(encoded), true
		}
	}
	return s.of, isHarmless(s.of)
}

// isHarmless reports whether a text certainly holds neither two braces in a row
// nor a dollar.
func isHarmless(n node) bool {
	switch n := n.(type) {
	case known:
		return n.plain || isHarmless(n.of)
	case literal:
		s, ok := n.value.(string)
		return ok && isHarmlessText(s)
	case condition:
		return isHarmless(n.then) && isHarmless(n.otherwise)
	case let:
		return isHarmless(n.in)
	case shield:
		return true
	case operation:
		return n.operator == "+" && areHarmless(n.operands)
	case call:
		return n.function == "toJson" && isPlain(n.arguments[0])
	case member:
		// Parameter texts are shielded, arguments are not.
		return n.of == path("inputs", "parameters") || isTaskOutput(n)
	default:
		return false
	}
}

func isHarmlessText(s string) bool { return !strings.Contains(s, "{{") && !strings.Contains(s, "$") }

// isTaskOutput recognises what [Output] makes.
func isTaskOutput(m member) bool {
	parameters, ok := m.of.(field)
	if !ok {
		return false
	}
	outputs, ok := parameters.of.(field)
	return ok && outputs.name == "outputs"
}

// areHarmless is isHarmless for texts that are joined: none may end with a brace
// where the next may begin with one.
func areHarmless(parts []node) bool {
	opens := false
	for _, part := range parts {
		if !isHarmless(part) {
			return false
		}
		s, isText := literalText(part)
		k, isKnown := part.(known)
		if opens && (isText && strings.HasPrefix(s, "{") || !isText && (!isKnown || !k.plain)) {
			return false
		}
		opens = isText && strings.HasSuffix(s, "{")
	}
	return true
}

// decide takes the branch of a condition that is known, and within the branches
// what the condition has decided.
func decide(n node) (node, bool) {
	c, ok := n.(condition)
	if !ok {
		return nil, false
	}
	if when, ok := c.when.(literal); ok {
		if when.value == true {
			return c.then, true
		}
		return c.otherwise, true
	}
	then, first := replaced(c.then, c.when, literal{true})
	otherwise, second := replaced(c.otherwise, c.when, literal{false})
	return condition{c.when, then, otherwise}, first || second
}

// dropEmptyCase drops `x == "" ? "" : f(x)` where f makes the empty text of the
// empty text.
func dropEmptyCase(n node) (node, bool) {
	c, ok := n.(condition)
	if !ok || !isEmptyText(c.then) {
		return nil, false
	}
	is, ok := c.when.(operation)
	if !ok || is.operator != "==" || !isEmptyText(is.operands[1]) {
		return nil, false
	}
	of, found := replaced(c.otherwise, is.operands[0], text(""))
	return c.otherwise, found && isEmptyText(simplified(of))
}

// fold computes what is known: comparisons of literals, and logic.
func fold(n node) (node, bool) {
	switch n := n.(type) {
	case negation:
		if of, ok := n.of.(literal); ok {
			return literal{of.value != true}, true
		}
	case operation:
		switch n.operator {
		case "==":
			return foldEquality(n)
		case "&&":
			return foldLogic(n, true)
		case "||":
			return foldLogic(n, false)
		}
	default: // simplified elsewhere
	}
	return nil, false
}

func foldEquality(n operation) (node, bool) {
	if isEmptyText(n.operands[1]) && isNeverEmpty(n.operands[0]) {
		return literal{false}, true
	}
	a, ok := literalText(n.operands[0])
	b, ok2 := literalText(n.operands[1])
	return literal{a == b}, ok && ok2
}

// isNeverEmpty reports whether a node is a concatenation with a text in it.
func isNeverEmpty(n node) bool {
	sum, ok := n.(operation)
	return ok && sum.operator == "+" && slices.ContainsFunc(sum.operands, func(part node) bool {
		s, isText := literalText(part)
		return isText && s != ""
	})
}

// foldLogic drops operands that decide nothing, and those behind one that
// decides.
func foldLogic(n operation, neutral bool) (node, bool) {
	var operands []node
	for _, operand := range n.operands {
		l, ok := operand.(literal)
		if ok && l.value == neutral {
			continue
		}
		operands = append(operands, operand)
		if ok && len(operands) == 1 {
			return l, true
		}
	}
	switch len(operands) {
	case 0:
		return literal{neutral}, true
	case 1:
		return operands[0], true
	}
	return operation{n.operator, operands}, len(operands) != len(n.operands)
}

// replaced replaces what is equal to a node, where it means the same, and
// reports whether there was any.
func replaced(in, what, by node) (node, bool) {
	if same(in, what) {
		return by, true
	}
	if rebinds(in, what) {
		return in, false
	}
	children := in.children()
	if len(children) == 0 {
		return in, false
	}
	next, found := make([]node, len(children)), false
	for i, child := range children {
		var here bool
		next[i], here = replaced(child, what, by)
		found = found || here
	}
	if !found {
		return in, false
	}
	return in.with(next), true
}

// rebinds reports whether a node gives a name another meaning that a node
// mentions.
func rebinds(in, what node) bool {
	switch in := in.(type) {
	case let:
		return mentions(what, in.variable)
	case call:
		return in.predicate && (mentions(what, "#") || mentions(what, "#index"))
	case name, field, member, rest, literal, simpleTag, list, emptyMap, method, negation, operation, condition, mixed, shield, known:
	}
	return false
}

func mentions(n node, variable string) bool {
	found := false
	walk(n, func(n node) {
		v, ok := n.(name)
		found = found || ok && v.text == variable
	})
	return found
}

// same reports whether two nodes are written alike.
func same(a, b node) bool {
	if isLiteralNode(a) != isLiteralNode(b) {
		return false
	}
	return printed(a, declares) == printed(b, declares)
}

func isLiteralNode(n node) bool {
	_, ok := n.(literal)
	return ok
}

func literalText(n node) (string, bool) {
	for {
		k, ok := n.(known)
		if !ok {
			break
		}
		n = k.of
	}
	l, ok := n.(literal)
	if !ok {
		return "", false
	}
	s, ok := l.value.(string)
	return s, ok
}

func isEmptyText(n node) bool {
	s, ok := literalText(n)
	return ok && s == ""
}
