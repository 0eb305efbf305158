package expression

import "fmt"

// This file holds what conditions are made of. Their operands are values of
// unknown type: what does not fit fails when it is evaluated, as conditions do.

// Never is false.
func Never() Bool { return Bool{literal{false}} }

// Literal is a value that is known: nil, a bool, an int64, a float64 or a
// string.
func Literal(value any) Value {
	switch value.(type) {
	case nil, bool, int64, float64, string:
		return Value{literal{value}}
	}
	panic(fmt.Sprintf("expression: a literal of type %T", value))
}

// List is a list of values.
func List(items ...Value) Value {
	var l list
	for _, i := range items {
		l.items = append(l.items, i.node)
	}
	return Value{l}
}

// Bool is a value that is said to be true or false; any other fails where it is
// used.
func (v Value) Bool() Bool { return Bool(v) }

// Value is a condition as a value.
func (b Bool) Value() Value { return Value(b) }

// Truth is a value that fails unless it is true or false.
func (v Value) Truth() Bool { return Bool{condition{v.node, literal{true}, literal{false}}} }

// Rank is a condition as a number: false comes before true. expr-lang has no
// order of booleans.
func (b Bool) Rank() Value {
	if l, ok := b.node.(literal); ok && l.value == true {
		return Literal(int64(1))
	} else if ok {
		return Literal(int64(0))
	}
	return Value{condition{b.node, literal{int64(1)}, literal{int64(0)}}}
}

// Not is the opposite of a condition.
func Not(b Bool) Bool { return Bool{negation{b.node}} }

// Logic joins conditions by && or ||, which are evaluated in their order until
// one decides.
func Logic(operator string, operands []Bool) Bool {
	var nodes []node
	for _, o := range operands {
		nodes = append(nodes, o.node)
	}
	return Bool{operation{operator, nodes}}
}

// Compare compares by == != < <= > >= in startsWith endsWith or contains.
func Compare(left Value, operator string, right Value) Bool {
	return Bool{binary(left.node, operator, right.node)}
}

// AnyEquals reports whether any item of a list equals a value. expr-lang's own
// search among strings only finds strings.
func AnyEquals(list, value Value) Bool {
	return Bool{each("any", list.node, binary(name{"#"}, "==", value.node))}
}

// OrFail is a parameter, or fails with a reason where that has no value.
func OrFail(p Parameter, reason string) Parameter {
	// Both cases must be texts: expr-lang would take an integer in one for the
	// type of the whole.
	fails := function("toJson", failure(text(reason)))
	return Parameter{once(p.node, func(n node) node { return condition{isEmpty(n), fails, n} })}.Holding(p.holds())
}

// failure fails with a message. Argo has no function for that; this one says
// what it was given.
func failure(message node) node { return function("int", message) }

// Int is KFP's int().
func Int(v Value) Value { return Value{function("int", v.node)} }

// Float is KFP's double().
func Float(v Value) Value { return Value{function("float", v.node)} }

// Size is KFP's size().
func Size(v Value) Value { return Value{function("len", v.node)} }

// Parsed is the value that the JSON in a string holds.
func Parsed(v Value) Value { return Value{function("fromJSON", v.node)} }

// Key is a member that has to be there, or else the evaluation fails;
// expr-lang's own selection would give nil.
func (v Value) Key(key string) Value {
	holders := each("filter", newList(v.node), binary(text(key), "in", name{"#"}))
	return Value{member{member{holders, literal{int64(0)}}, text(key)}}
}

// At is an element that has to be there, or else the evaluation fails.
func (v Value) At(index int64) Value { return Value{member{v.node, literal{index}}} }

// MustBe is a value that has to be of a type, in the words of expr-lang, or else
// the evaluation fails.
func (v Value) MustBe(typeName string) Value {
	return Value{member{each("filter", newList(v.node), typeIs(name{"#"}, typeName)), literal{int64(0)}}}
}
