package expression

import "github.com/kfp2argo/kfp2argo/runtime/contract"

// node is a part of an expression. The kinds of node are those of this file;
// the printer knows how each is written.
//
//sumtype:decl
type node interface {
	// children are the parts of the node, in the order of evaluation.
	children() []node
	// with is the node with other children.
	with(children []node) node
}

type (
	// name is a variable, or what Argo's references begin with, or the item of
	// a predicate (`#`).
	name struct{ text string }
	// field is of.name.
	field struct {
		of   node
		name string
	}
	// member is of[key].
	member struct{ of, key node }
	// rest is of[from:].
	rest struct {
		of   node
		from int
	}
	// literal is nil, a bool, an int64, a float64 or a string.
	literal struct{ value any }
	// simpleTag is a literal string that is a simple tag of Argo's.
	simpleTag struct{ name string }
	// list is [items]; emptyMap is {}.
	list     struct{ items []node }
	emptyMap struct{}
	// call is function(arguments). If it is a predicate, the last argument is
	// evaluated for each item of the first.
	call struct {
		function  string
		arguments []node
		predicate bool
	}
	// method is of.name(arguments).
	method struct {
		of        node
		name      string
		arguments []node
	}
	// negation is !of.
	negation struct{ of node }
	// operation joins operands by one operator, from the left.
	operation struct {
		operator string
		operands []node
	}
	// condition is when ? then : otherwise.
	condition struct{ when, then, otherwise node }
	// let is let variable = value; in.
	let struct {
		variable  string
		value, in node
	}
	// mixed joins parts, too, but where a value belongs its literals stand as
	// they are, with tags between them. No literal ends with a brace.
	mixed struct{ parts []node }
	// shield escapes JSON text as contract.Shield does.
	shield struct{ of node }
	// known says something of what a node holds.
	known struct {
		of node
		// holds is the type of a parameter text's value, or empty.
		holds contract.ParameterType
		// plain says that it is a text like a name: see [Plain].
		plain bool
	}
)

func (n name) children() []node      { return nil }
func (n field) children() []node     { return []node{n.of} }
func (n member) children() []node    { return []node{n.of, n.key} }
func (n rest) children() []node      { return []node{n.of} }
func (n literal) children() []node   { return nil }
func (n simpleTag) children() []node { return nil }
func (n list) children() []node      { return n.items }
func (n emptyMap) children() []node  { return nil }
func (n call) children() []node      { return n.arguments }
func (n method) children() []node    { return append([]node{n.of}, n.arguments...) }
func (n negation) children() []node  { return []node{n.of} }
func (n operation) children() []node { return n.operands }
func (n condition) children() []node { return []node{n.when, n.then, n.otherwise} }
func (n let) children() []node       { return []node{n.value, n.in} }
func (n mixed) children() []node     { return n.parts }
func (n shield) children() []node    { return []node{n.of} }
func (n known) children() []node     { return []node{n.of} }

func (n name) with([]node) node        { return n }
func (n field) with(c []node) node     { return field{c[0], n.name} }
func (n member) with(c []node) node    { return member{c[0], c[1]} }
func (n rest) with(c []node) node      { return rest{c[0], n.from} }
func (n literal) with([]node) node     { return n }
func (n simpleTag) with([]node) node   { return n }
func (n list) with(c []node) node      { return list{c} }
func (n emptyMap) with([]node) node    { return n }
func (n call) with(c []node) node      { return call{n.function, c, n.predicate} }
func (n method) with(c []node) node    { return method{c[0], n.name, c[1:]} }
func (n negation) with(c []node) node  { return negation{c[0]} }
func (n operation) with(c []node) node { return operation{n.operator, c} }
func (n condition) with(c []node) node { return condition{c[0], c[1], c[2]} }
func (n let) with(c []node) node       { return let{n.variable, c[0], c[1]} }
func (n mixed) with(c []node) node     { return mixed{c} }
func (n shield) with(c []node) node    { return shield{c[0]} }
func (n known) with(c []node) node     { return known{c[0], n.holds, n.plain} }

// path is root.first.second and so on.
func path(root string, fields ...string) node {
	var n node = name{root}
	for _, f := range fields {
		n = field{n, f}
	}
	return n
}

func function(name string, arguments ...node) node { return call{function: name, arguments: arguments} }

// each calls a function with a predicate over the items of a list.
func each(name string, list, predicate node) node {
	return call{function: name, arguments: []node{list, predicate}, predicate: true}
}

func newList(items ...node) node { return list{items} }

func binary(left node, operator string, right node) node {
	return operation{operator, []node{left, right}}
}

func text(s string) node { return literal{s} }

// typeIs compares the type of a value, in the words of expr-lang.
func typeIs(value node, name string) node { return binary(function("type", value), "==", text(name)) }

// walk visits a node and everything beneath it.
func walk(n node, visit func(node)) {
	visit(n)
	for _, child := range n.children() {
		walk(child, visit)
	}
}
