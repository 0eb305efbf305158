package expression

import (
	"bytes"
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// This file holds the parameter texts by which the pod makes a value
// (contract.Derived). Argo has nothing to do but to put texts into one another.

// MemberInPod is [Member] for the pod to do.
func MemberInPod(p Parameter, at []any) Parameter {
	return Parameter{mixed{[]node{text(contract.MemberStart(at)), p.node}}}
}

// Mention is an input that placeholders mention, and its value.
type Mention struct {
	Input string
	Value Parameter
}

// FillInPod is a constant whose placeholders the pod fills in. What is long has
// a line for each part.
func FillInPod(value json.RawMessage, mentions []Mention) Parameter {
	length, between := len(value), ""
	for _, m := range mentions {
		length += len(m.Input) + len(m.Value.String())
	}
	if length > lineWidth {
		between = "\n" + step
		value = indented(value)
	}
	parts, before := []node{}, contract.FillStart(value)+"{"
	for _, m := range mentions {
		name := contract.Shield(contract.QuoteText(m.Input))
		parts = append(parts, text(before+between+name+":"), function("toJson", m.Value.node))
		before = ","
	}
	if len(mentions) == 0 {
		return Known(before + "}")
	}
	return Parameter{mixed{append(parts, text("}"))}}
}

func indented(value json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if err := json.Indent(&b, value, "", step); err != nil {
		panic(err) // the reader has read it
	}
	return b.Bytes()
}
