package expression

import "slices"

// This file holds what expressions refer to.

// Input is the value of an input parameter of the template.
func Input(of string) Parameter { return Parameter{member{path("inputs", "parameters"), text(of)}} }

// AllInputs is the JSON object of all input parameters of the template, whose
// texts are shielded.
func AllInputs() Parameter { return Parameter{function("toJson", path("inputs", "parameters"))} }

// Argument is the value of an argument of the Workflow: natural text, which is
// not yet a parameter text.
func Argument(of string) Text { return Text{member{path("workflow", "parameters"), text(of)}} }

// ChosenArgument is [Argument] for one with an enum: Argo refuses any other text.
func ChosenArgument(of string, enum []string) Text {
	if slices.ContainsFunc(enum, func(s string) bool { return !isPlainText(s) }) {
		return Argument(of)
	}
	return plain(Argument(of).node).Text()
}

// JSON is what a text is said to hold. What takes the value finds out whether
// that is so.
func (e Text) JSON() JSON { return JSON(e) }

func plain(n node) Plain { return Plain{known{of: n, plain: true}} }

func taskField(task string, fields ...string) node {
	var n node = member{name{"tasks"}, text(task)}
	for _, f := range fields {
		n = field{n, f}
	}
	return n
}

// Output is the value of an output parameter of a task. It is right only
// where the task has succeeded whenever the expression is evaluated: a
// reference to an output that is not there blocks a Workflow for ever.
func Output(task, output string) Parameter {
	return Parameter{member{taskField(task, "outputs", "parameters"), text(output)}}
}

// MaybeOutput is the value of an output parameter of a task that may have
// failed, or that was not run: the empty text where there is none. It reads
// right on every version of Argo 3.7 and 4 (the plain form does not).
//
// It asks for the status to fail where the task is not known. Argo evaluates
// the tags of a DAG for the first time when the DAG starts, before any task of
// it. It keeps those that fail for later, and would take the empty text for the
// value.
func MaybeOutput(task, output string) Parameter {
	p := name{"p"}
	outputs := function("get", function("get", taskField(task), text("outputs")), text("parameters"))
	isThere := operation{"&&", []node{binary(taskField(task, "status"), "!=", text("")), typeIs(p, "map")}}
	value := binary(function("get", p, text(output)), "??", text(""))
	return Parameter{let{"p", outputs, condition{isThere, value, text("")}}}
}

// Succeeded reports whether a task has succeeded.
func Succeeded(task string) Bool {
	return Bool{binary(taskField(task, "status"), "==", text("Succeeded"))}
}

// WorkflowName is the name of the Workflow.
func WorkflowName() Plain { return plain(path("workflow", "name")) }

// WorkflowUID is the UID of the Workflow.
func WorkflowUID() Plain { return plain(path("workflow", "uid")) }

// WorkflowNameTag is [WorkflowName] for the outputs of a DAG, where Argo's
// expressions see nothing of the Workflow: a simple tag, which Argo fills in
// before, does, and names and UIDs are harmless in it.
func WorkflowNameTag() Plain { return plain(simpleTag{"workflow.name"}) }

// WorkflowUIDTag is [WorkflowUID] for the outputs of a DAG.
func WorkflowUIDTag() Plain { return plain(simpleTag{"workflow.uid"}) }
