package condition

import "slices"

// node is a part of a condition, checked and typed. The kinds of node are
// those of this file.
//
//sumtype:decl
type node interface {
	kind() kind
	// children returns the parts that are always evaluated to get a value,
	// followed by those that may be.
	children() []node
}

type (
	// input is the value of an input.
	input struct {
		name string
		of   kind
	}
	// literal is a constant: nil, bool, int64, float64 or string.
	literal struct{ value any }
	// literals is a list of constants.
	literals struct{ items []literal }
	// negation is !of.
	negation struct{ of node }
	// logic joins operands by && or ||, in the order of evaluation.
	logic struct {
		op       string
		operands []node
	}
	// choice is condition ? yes : no.
	choice struct{ condition, yes, no node }
	// comparison is one of == != < <= > >=.
	comparison struct {
		op          string
		left, right node
	}
	// membership is element in of.
	membership struct{ element, of node }
	// stringTest is startsWith, endsWith or contains.
	stringTest struct {
		op          string
		whole, part node
	}
	// conversion is int() or double().
	conversion struct {
		to kind
		of node
	}
	// size is size().
	size struct{ of node }
	// parsing is parseJson().
	parsing struct{ of node }
	// member is of[key] of a struct.
	member struct {
		of  node
		key string
	}
	// element is of[index] of a list.
	element struct {
		of    node
		index int64
	}
	// check is a value of unknown type that must be of a kind, or else the
	// evaluation fails.
	check struct {
		of   node
		must kind
	}
)

func (n input) kind() kind      { return n.of }
func (n literals) kind() kind   { return kindList }
func (n negation) kind() kind   { return kindBool }
func (n logic) kind() kind      { return kindBool }
func (n choice) kind() kind     { return n.yes.kind() }
func (n comparison) kind() kind { return kindBool }
func (n membership) kind() kind { return kindBool }
func (n stringTest) kind() kind { return kindBool }
func (n conversion) kind() kind { return n.to }
func (n size) kind() kind       { return kindInt }
func (n parsing) kind() kind    { return kindAny }
func (n member) kind() kind     { return kindAny }
func (n element) kind() kind    { return kindAny }
func (n check) kind() kind      { return n.must }

func (n literal) kind() kind {
	switch n.value.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBool
	case int64:
		return kindInt
	case float64:
		return kindDouble
	}
	return kindString
}

func (n input) children() []node      { return nil }
func (n literal) children() []node    { return nil }
func (n literals) children() []node   { return nil }
func (n negation) children() []node   { return []node{n.of} }
func (n logic) children() []node      { return n.operands }
func (n choice) children() []node     { return []node{n.condition, n.yes, n.no} }
func (n comparison) children() []node { return []node{n.left, n.right} }
func (n membership) children() []node { return []node{n.element, n.of} }
func (n stringTest) children() []node { return []node{n.whole, n.part} }
func (n conversion) children() []node { return []node{n.of} }
func (n size) children() []node       { return []node{n.of} }
func (n parsing) children() []node    { return []node{n.of} }
func (n member) children() []node     { return []node{n.of} }
func (n element) children() []node    { return []node{n.of} }
func (n check) children() []node      { return []node{n.of} }

// static reports whether CEL knows the type of a value before evaluation, and
// so refuses to mix it with values of other types. What comes from an input is
// not: CEL sees it as a dynamic value.
func static(n node) bool {
	switch n := n.(type) {
	case input, parsing, member, element, check:
		return false
	case choice:
		return static(n.yes) && static(n.no)
	case literal, literals, negation, logic, comparison, membership, stringTest, conversion, size:
	}
	return true
}

// inputsOf lists the inputs that a node reads, sorted.
func inputsOf(root node) []string {
	var names []string
	walk(root, func(n node) {
		if n, ok := n.(input); ok {
			names = append(names, n.name)
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// walk visits a node and everything beneath it.
func walk(n node, visit func(node)) {
	visit(n)
	for _, child := range n.children() {
		walk(child, visit)
	}
}
