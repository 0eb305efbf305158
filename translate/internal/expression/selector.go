package expression

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// Member is the parameter text of a member of a parameter's value: at a path of
// keys, which are strings, and indexes, which are int64. No value gives no
// value, and so does a member that is null. Where the value has no such member,
// the result is an error text, as contract.ErrorMark describes: an expression
// that fails would be handed on in the place of a value.
func Member(p Parameter, at []any) Parameter {
	// The text of a string is looked into, of anything else its JSON. What sprig
	// cannot read is nil, where fromJSON would fail.
	v, o := name{"v"}, name{"o"}
	last := len(at) - 1
	holder := node(o)
	lets := []let{
		{variable: "v", value: function("sprig.fromJson", p.node)},
		{variable: "o", value: condition{typeIs(v, "string"), function("sprig.fromJson", v), v}},
	}
	for i, key := range at[:last] {
		next := name{"o" + string(rune('2'+i))}
		lets = append(lets, let{variable: next.text, value: condition{
			typeIs(holder, holderType(key)), function("get", holder, literal{key}), literal{nil},
		}})
		holder = next
	}
	found := member{holder, literal{at[last]}}
	var n node = condition{negation{hasMember(holder, at[last])}, text(noMember(at)), condition{
		binary(found, "==", literal{nil}), text(""), shield{function("toJson", found)},
	}}
	for i := len(lets) - 1; i >= 0; i-- {
		lets[i].in = n
		n = lets[i]
	}
	return Parameter{condition{isEmpty(p.node), text(""), n}}
}

// holderType is the type of what has a member with a key.
func holderType(key any) string {
	if _, ok := key.(int64); ok {
		return "array"
	}
	return "map"
}

// hasMember is the condition that a holder has a member.
func hasMember(holder node, key any) node {
	if index, ok := key.(int64); ok {
		return operation{"&&", []node{typeIs(holder, "array"), binary(function("len", holder), ">", literal{index})}}
	}
	return operation{"&&", []node{typeIs(holder, "map"), binary(literal{key}, "in", holder)}}
}

// noMember is the error text for a value without the member.
func noMember(at []any) string {
	path := ""
	for _, key := range at {
		text, err := json.Marshal(key)
		if err != nil {
			panic(err) // a string or a number
		}
		path += "[" + string(text) + "]"
	}
	return contract.ErrorMark + "the value it is taken from has no member " + path
}
