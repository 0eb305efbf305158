package expression

import (
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// This file holds what loops run over and what they collect.

// Items is a parameter text that holds what a loop runs over. Its expressions
// declare no variables: in a task with items, Argo takes those for references
// that are missing.
type Items struct {
	Text Parameter
	// Sure says that the text holds a list; otherwise it may as well hold a
	// string with the JSON of one, or a single artifact.
	Sure bool
	// Lined says that it is the text of [Items.Lines].
	Lined bool
	// Fault, if not empty, says whose error text (contract.ErrorMark) the text
	// may be.
	Fault string
}

// Lines is the text with each item on a line of its own, which is as much JSON as
// before: an iteration finds its line without decoding all others, which for each of
// 5,000 took about half of all that Argo's controller did. What is no list stays.
func (i Items) Lines() Parameter {
	items, v := name{"items"}, name{"v"}
	stays := isNone(items)
	if i.Fault != "" {
		stays = binary(stays, "||", isFault(items))
	}
	value := function("fromJSON", items)
	lines := linesOf(value)
	if !i.Sure {
		lines = let{"v", value, linesOf(asList(v))}
	}
	return Parameter{let{"items", i.Text.node, condition{stays, items, lines}}}
}

// linesOf is the JSON of a list with each item on a line of its own.
func linesOf(list node) node {
	items := function("join", each("map", list, function("toJson", name{"#"})), text(",\n"))
	return shield{function("join", newList(text("["), items, text("]")), text("\n"))}
}

// isNone reports whether a text holds no list.
func isNone(n node) node { return binary(n, "in", newList(text(""), text("null"))) }

// Indexes is what a task loops over to run once for each item. Loops run over
// indexes because Argo does not hand on items unchanged.
func (i Items) Indexes() Parameter {
	whole := i.Text.node
	indexes := condition{isNone(whole), text("[]"), function("toJson", each("map", i.list(), name{"#index"}))}
	if i.Fault == "" {
		return Parameter{indexes}
	}
	fails := failure(operation{"+", []node{text(i.Fault + ": "), rest{whole, len(contract.ErrorMark)}}})
	return Parameter{condition{isFault(whole), fails, indexes}}
}

// Item is the parameter text of the item of an iteration of a task that loops
// over [Items.Indexes].
func (i Items) Item() Parameter {
	if !i.Lined {
		return Shield(ToJSON(Value{member{i.list(), iteration()}}))
	}
	line := member{function("split", i.Text.node, text("\n")), binary(iteration(), "+", literal{int64(1)})}
	return Parameter{function("trimSuffix", line, text(","))}
}

// iteration is the number of the iteration.
func iteration() node { return function("int", theItem()) }

// theItem is what Argo calls the number of the iteration.
func theItem() name { return name{"item"} }

// ReadsOfItem counts how often a parameter looks an item up.
func (e Parameter) ReadsOfItem() int {
	return count(simplified(e.node), func(n node) bool { v, ok := n.(name); return ok && v == theItem() })
}

// DeclaresVariables reports whether a parameter does what those of tasks with items
// must not do: see [Items].
func (e Parameter) DeclaresVariables() bool {
	return count(simplified(e.node), func(n node) bool { _, ok := n.(let); return ok }) > 0
}

// count counts the parts of an expression that are as they are asked for.
func count(n node, is func(node) bool) int {
	found := 0
	if is(n) {
		found++
	}
	for _, child := range n.children() {
		found += count(child, is)
	}
	return found
}

// NoItems is what a task loops over to run not even once.
func NoItems() Parameter { return Parameter{text("[]")} }

// list is the list that the text holds.
func (i Items) list() node {
	value := function("fromJSON", i.Text.node)
	if i.Sure || i.Lined {
		return value
	}
	return asList(value)
}

// asList is a value that is a list, or a string with the JSON of one, or a single
// artifact.
func asList(value node) node {
	return condition{typeIs(value, "map"), newList(value), condition{
		typeIs(value, "string"), function("fromJSON", value), value,
	}}
}

// longList is how many texts are better one text: Argo reads the expression for each
// iteration anew, and of 1,000 texts that takes seven times as long as of one.
const longList = 100

// ItemOfTexts is the item of an iteration among parameter texts that are known. As
// JSON they have no line breaks.
func ItemOfTexts(texts []string) Parameter {
	if len(texts) > longList {
		return Parameter{member{function("split", text(strings.Join(texts, "\n")), text("\n")), iteration()}}
	}
	var items list
	for _, t := range texts {
		items.items = append(items.items, text(t))
	}
	return Parameter{member{items, iteration()}}
}

// Collected is the parameter text of the list of an output of all iterations
// of a task, in their order. Iterations without a value have no place in it.
// Argo gives the values as texts unless all are lists or objects.
func Collected(task, output string) Parameter {
	item := name{"#"}
	value := condition{typeIs(item, "string"), item, function("toJson", item)}
	return collected(task, output, value, func(values node) node {
		return operation{"+", []node{text("["), function("join", values, text(",")), text("]")}}
	})
}

// CollectedArtifacts is [Collected] for artifacts: a list of lists becomes one
// list.
func CollectedArtifacts(task, output string) Parameter {
	item := name{"#"}
	value := condition{typeIs(item, "string"), newList(function("fromJSON", item)), newList(item)}
	return collected(task, output, value, func(values node) node {
		return function("toJson", function("flatten", values))
	})
}

func collected(task, output string, value node, joined func(values node) node) Parameter {
	v := name{"v"}
	there := each("filter", function("fromJSON", v), binary(name{"#"}, "!=", text("")))
	return Parameter{let{"v", MaybeOutput(task, output).node, condition{
		isEmpty(v), text("[]"), shield{joined(each("map", there, value))},
	}}}
}
