package expression

import (
	"strings"

	"github.com/kfp2argo/kfp2argo/internal/macro"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// This file holds what the arguments of a Workflow need. Argo fills in tags in
// them before it does anything else, and stores the result: what starts later
// sees another text than what starts at once, and where a tag is none that Argo
// understands the run never starts.

// ArgumentText makes a JSON string of an argument that is raw text.
func ArgumentText(argument Text) JSON {
	inJSON := strings.Trim(string(contract.QuoteText(contract.EscapedBraces)), `"`)
	return JSON{function("replace", ToJSON(argument).node, text(inJSON), text(contract.EscapedBraces))}
}

// NoArgumentTags is the empty text. But of a Workflow with an argument in which
// there is a tag for Argo to fill in, it makes a reference to what there is not:
// then Argo refuses to start the Workflow, and says so in these words. It
// validates a Workflow before it touches the arguments. Other text in double
// braces it leaves alone, as do we. As the condition of a task it always holds.
func NoArgumentTags() Bool {
	p, item := name{"p"}, name{"#"}
	hasTag := binary(member{p, item}, "matches", text(`[{]{2}(=|\W*workflow[.])`))
	reference := operation{"+", []node{text("{{workflow.parameters."), item, text(" has a tag that Argo would fill in}}")}}
	return Bool{let{"p", path("workflow", "parameters"), function("join", each("map", each("filter", function("keys", p), hasTag), reference))}}
}

// WithMacros is an argument whose macros have the values that they have in the
// run. The argument is written as [contract.EscapeArgument] does. When a run was
// due Argo knows only of one that a CronWorkflow has started.
func WithMacros(argument Text, macros []macro.Macro) Text {
	for _, m := range macros {
		argument = Text{function("replace", argument.node, text(contract.EscapeArgument(m.Text)), macroValue(m))}
	}
	return argument
}

func macroValue(m macro.Macro) node {
	at := path("workflow", "scheduledTime")
	switch m.Of {
	case macro.UID:
		return path("workflow", "uid")
	case macro.Created:
		at = path("workflow", "creationTimestamp", "RFC3339")
	case macro.Scheduled:
	}
	at = method{function("date", at), "UTC", nil}
	parts := []node{}
	for _, p := range m.Parts {
		switch {
		case p.Unix:
			parts = append(parts, function("string", method{at, "Unix", nil}))
		case p.Layout != "":
			parts = append(parts, method{at, "Format", []node{text(p.Layout)}})
		default:
			parts = append(parts, text(p.Literal))
		}
	}
	switch len(parts) {
	case 0:
		return text("")
	case 1:
		return parts[0]
	}
	return operation{"+", parts}
}
