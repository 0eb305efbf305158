// Package expression builds the expr-lang expressions that the Workflow uses
// to hand values on. It is the only place that writes one.
//
// # Kinds
//
// An expression is of the Go type that tells what it evaluates to, so that a
// value cannot come into a text without being converted, nor into a Workflow
// without being shielded; that would not compile:
//
//	Parameter  a parameter text, as runtime/contract defines them: shielded JSON,
//	           or the empty text for no value, or an error text
//	JSON       JSON text, or a piece of one, that is not shielded
//	Text       any text
//	Plain      a text like a name, which means nothing to Argo nor in JSON
//	Value      a JSON value
//	Bool       a condition
//
// [FromJSON] leads from a Parameter to a Value, [ToJSON] from a Value or a Text
// to JSON, and [Shield] from JSON to a Parameter. Only what Argo may look at
// again has a Tag: it scans what an expression returns.
//
// # Passes
//
// An expression is a tree of nodes. When it is asked for its text, it is
// simplified, rule by rule, and then printed with the brackets that expr-lang
// needs.
package expression

import (
	"encoding/json"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// The kinds of expression. The zero value of each is no expression.
type (
	// Parameter is a parameter text.
	Parameter struct{ node node }
	// JSON is JSON text, or a piece of it.
	JSON struct{ node node }
	// Text is any text.
	Text struct{ node node }
	// Plain is a text of printable ASCII without braces, quotes, backslashes,
	// dollars and angle brackets.
	Plain struct{ node node }
	// Value is a JSON value.
	Value struct{ node node }
	// Bool is true or false.
	Bool struct{ node node }
)

// kind is any of the kinds.
type kind interface {
	Parameter | JSON | Text | Plain | Value | Bool
}

func nodeOf[K kind](e K) node { return struct{ node node }(e).node }
func of[K kind](n node) K     { return K(struct{ node node }{n}) }

// Expression is an expression of any kind.
//
//sumtype:decl
type Expression interface {
	// String is the text of the expression, without a tag. It holds neither `}}`
	// nor `{{`, but for the simple tags of [WorkflowNameTag] and its like.
	String() string
	isExpression()
}

func (Parameter) isExpression() {}
func (JSON) isExpression()      {}
func (Text) isExpression()      {}
func (Plain) isExpression()     {}
func (Value) isExpression()     {}
func (Bool) isExpression()      {}

func (e Parameter) String() string { return written(e) }
func (e JSON) String() string      { return written(e) }
func (e Text) String() string      { return written(e) }
func (e Plain) String() string     { return written(e) }
func (e Value) String() string     { return written(e) }
func (e Bool) String() string      { return written(e) }

func written[K kind](e K) string {
	if nodeOf(e) == nil {
		return ""
	}
	return laidOut(simplified(nodeOf(e)), declares, "")
}

// MarshalText is the text of the expression; two with the same text are the
// same.
func (e Parameter) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// MarshalText is the text of the expression.
func (e Text) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// MarshalText is the text of the expression.
func (e Plain) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// MarshalText is the text of the expression.
func (e Bool) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// Tag returns the expression as a template tag.
func (e Parameter) Tag() string { return tag(e) }

// Line is [Parameter.Tag] without line breaks.
func (e Parameter) Line() string { return "{{=" + printed(simplified(e.node), declares) + "}}" }

// Tag returns the expression as a template tag.
func (e Plain) Tag() string { return tag(e) }

// Tag returns the expression as a template tag.
func (e Bool) Tag() string { return tag(e) }

func tag(e Expression) string { return "{{=" + e.String() + "}}" }

// IsZero reports whether there is no expression.
func (e Parameter) IsZero() bool { return e.node == nil }

// IsZero reports whether there is no expression.
func (e JSON) IsZero() bool { return e.node == nil }

// IsZero reports whether there is no expression.
func (e Plain) IsZero() bool { return e.node == nil }

// IsZero reports whether there is no expression.
func (e Bool) IsZero() bool { return e.node == nil }

// Literal is the parameter text where the expression is nothing else.
func (e Parameter) Literal() (string, bool) {
	if e.node == nil {
		return "", false
	}
	return literalText(simplified(e.node))
}

// Filled is what Argo is to put where the value belongs: the text itself as far
// as it is known, tags otherwise. A tag that cannot be evaluated goes on as text
// to the pod, where Argo would stumble over the escape of a line break in JSON; so
// what may fail has none.
func (e Parameter) Filled() string {
	return filled(simplified(e.node))
}

func filled(n node) string {
	if s, ok := literalText(n); ok {
		return s
	}
	if m, ok := n.(mixed); ok {
		var b strings.Builder
		for _, part := range m.parts {
			b.WriteString(filled(part))
		}
		return b.String()
	}
	if mayFail(n) {
		return "{{=" + printed(n, declares) + "}}"
	}
	return "{{=" + laidOut(n, declares, "") + "}}"
}

// mayFail reports whether an expression joins texts of which one may turn out to
// be something else.
func mayFail(n node) bool {
	found := false
	walk(n, func(n node) {
		sum, ok := n.(operation)
		found = found || ok && sum.operator == "+" && calls(sum, "fromJSON")
	})
	return found
}

func calls(n node, function string) bool {
	found := false
	walk(n, func(n node) {
		c, ok := n.(call)
		found = found || ok && c.function == function
	})
	return found
}

// Known is a parameter text that is known, as contract.EncodeParameter writes
// it; empty for no value.
func Known(parameter string) Parameter { return Parameter{text(parameter)} }

// String is a text that is known.
func String(s string) Text { return Text{text(s)} }

// KnownJSON is JSON text, or a piece of it, that is known.
func KnownJSON(json string) JSON { return JSON{text(json)} }

// Text is a name as a text.
func (e Plain) Text() Text { return Text(e) }

// Piece is a parameter text with a value as a piece of JSON: its shields say
// the same there.
func (e Parameter) Piece() JSON { return JSON(e) }

// Join joins texts, or pieces of JSON.
func Join[K Text | JSON](parts ...K) K {
	nodes := []node{text("")}
	for _, p := range parts {
		nodes = append(nodes, nodeOf(p))
	}
	return of[K](operation{"+", nodes})
}

// ToJSON is the JSON text of a value, or the JSON string of a text.
func ToJSON[K Value | Text](of K) JSON { return JSON{function("toJson", nodeOf(of))} }

// FromJSON is the value of a parameter text, which must have one.
func FromJSON(p Parameter) Value { return Value{function("fromJSON", p.node)} }

// Shield escapes JSON text as contract.Shield does, but for characters outside
// ASCII, which expression tags carry intact.
func Shield(json JSON) Parameter { return Parameter{shield{json.node}} }

// If is one of two.
func If[K kind](when Bool, then, otherwise K) K {
	return of[K](condition{when.node, nodeOf(then), nodeOf(otherwise)})
}

// Choice is one case of [FirstOf].
type Choice struct {
	If   Bool
	Then Parameter
}

// FirstOf is the text of the first case that holds, or no value.
func FirstOf(choices []Choice) Parameter {
	if len(choices) == 0 {
		return Known("")
	}
	return If(choices[0].If, choices[0].Then, FirstOf(choices[1:]))
}

// IsEmpty reports whether a text is empty, of a parameter whether it has no
// value.
func IsEmpty[K Parameter | Text](e K) Bool { return Bool{isEmpty(nodeOf(e))} }

func isEmpty(n node) node { return binary(n, "==", text("")) }

// IfEmpty is then where the parameter has no value, otherwise else.
func IfEmpty[K kind](p Parameter, then, otherwise K) K { return If(IsEmpty(p), then, otherwise) }

// OrElse is a parameter, or another where it has no value.
func OrElse(p, otherwise Parameter) Parameter {
	return Parameter{once(p.node, func(n node) node { return IfEmpty(Parameter{n}, otherwise, Parameter{n}).node })}
}

// OrFault is what follows from a parameter text, or the text itself where it is
// an error text (contract.ErrorMark).
func OrFault(p, otherwise Parameter) Parameter {
	return If(Bool{isFault(p.node)}, p, otherwise)
}

func isFault(n node) node { return binary(n, "startsWith", text(contract.ErrorMark)) }

// HasText reports whether a parameter text is the text.
func HasText(p Parameter, s string) Bool { return Bool{binary(p.node, "==", text(s))} }

// Verbatim writes a text that Argo is to leave alone: two braces in a row come
// from an expression, which Argo does not look at again.
func Verbatim(s string) string {
	return strings.ReplaceAll(s, "{{", "{{='{' + '{'}}")
}

// Holding says of which type a parameter's value certainly is, if it has one.
func (e Parameter) Holding(t contract.ParameterType) Parameter {
	return Parameter{known{of: e.node, holds: t}}
}

// holds is the type that a parameter's value certainly has, or empty.
func (e Parameter) holds() contract.ParameterType { return held(e.node) }

func held(n node) contract.ParameterType {
	switch n := n.(type) {
	case known:
		return n.holds
	case literal:
		s, _ := n.value.(string)
		return typeOf(s)
	case let:
		return held(n.in)
	case condition:
		then, otherwise := held(n.then), held(n.otherwise)
		switch {
		case then == otherwise, isEmptyText(n.otherwise):
			return then
		case isEmptyText(n.then):
			return otherwise
		}
	case name, field, member, rest, simpleTag, list, emptyMap, call, method, negation, operation, mixed, shield:
	}
	return ""
}

// typeOf is the type of a parameter text that is known.
func typeOf(parameter string) contract.ParameterType {
	return map[contract.Kind]contract.ParameterType{
		contract.KindString: contract.String,
		contract.KindNumber: contract.NumberDouble,
		contract.KindBool:   contract.Boolean,
	}[contract.KindOf(json.RawMessage(parameter))]
}

// AsText is what a parameter looks like on a command line: a string without its
// quotes, lists and structs as compact JSON, anything else as it stands. Of no
// value it is the empty text.
func AsText(p Parameter) Text {
	if known, ok := p.Literal(); ok && known != "" {
		if s, err := contract.Text(json.RawMessage(known)); err == nil {
			return String(s)
		}
	}
	switch p.holds() {
	case contract.NumberInteger, contract.NumberDouble, contract.Boolean:
		return Text(p)
	case contract.String:
		return StringOf(p)
	}
	return Text{once(p.node, func(p node) node { return condition{isEmpty(p), text(""), valueText(p)} })}
}

// valueText is the text of a parameter that must have a value, of any type.
func valueText(p node) node {
	t := name{"t"}
	isCompound := binary(function("type", t), "in", newList(text("map"), text("array")))
	return let{"t", function("fromJSON", p), condition{
		typeIs(t, "string"), t, condition{isCompound, function("toJson", t), p},
	}}
}

// TextValue is the value of a parameter as one of type STRING, by KFP's rule. It
// must have one.
func TextValue(p Parameter) Value {
	if p.holds() == contract.String {
		return FromJSON(p)
	}
	return Value{once(p.node, valueText)}
}

// once declares a variable for what is no mere reference, so that it is written
// and evaluated once.
func once(n node, then func(node) node) node {
	if isReference(n) {
		return then(n)
	}
	x := name{"x"}
	return let{x.text, n, then(x)}
}

func isReference(n node) bool {
	switch n := n.(type) {
	case name, literal:
		return true
	case known:
		return isReference(n.of)
	case field:
		return isReference(n.of)
	case member:
		return isReference(n.of)
	case rest, simpleTag, list, emptyMap, call, method, negation, operation, condition, let, mixed, shield:
	}
	return false
}

// StringOf is the text of a parameter that holds a string; of no value it is the
// empty text.
func StringOf(p Parameter) Text {
	return Text{once(p.node, func(p node) node { return condition{isEmpty(p), text(""), function("fromJSON", p)} })}
}

// Coerce turns a parameter text into one of type STRING, by KFP's rule.
func Coerce(p Parameter) Parameter {
	switch p.holds() {
	case contract.String:
		return p
	case contract.NumberInteger, contract.NumberDouble, contract.Boolean:
		return IfEmpty(p, Known(""), Parameter{operation{"+", []node{text(`"`), p.node, text(`"`)}}}).Holding(contract.String)
	}
	return Parameter{once(p.node, func(p node) node {
		text := Shield(ToJSON(AsText(Parameter{p})))
		return IfEmpty(Parameter{p}, Known(""), text).node
	})}.Holding(contract.String)
}
