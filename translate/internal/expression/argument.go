package expression

import "strings"

// This file holds what the arguments of a Workflow need. Argo fills in tags in
// them before it does anything else, and stores the result: what starts later
// sees another text than what starts at once, and where a tag is none that Argo
// understands the run never starts.

// escapedBraces stands for two braces in a row in an argument. In JSON it is the
// same text anyway.
const escapedBraces = `{\u007b`

// EscapeArgument writes the text of an argument such that Argo finds no tag in
// it. Of raw text, [ArgumentText] makes what it was.
func EscapeArgument(text string) string { return strings.ReplaceAll(text, "{{", escapedBraces) }

// IsArgument reports whether a raw text can be an argument: one that has the
// escape in it already would arrive as another.
func IsArgument(text string) bool { return !strings.Contains(text, escapedBraces) }

// ArgumentText makes a JSON string of an argument that is raw text.
func ArgumentText(argument Text) JSON {
	const inJSON = `{\\u007b`
	return JSON{function("replace", ToJSON(argument).node, text(inJSON), text(escapedBraces))}
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
