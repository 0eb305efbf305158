package unfold

import (
	"encoding/json"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Origin is where a value is made: [Constant], [Input], [Output], [Status] or
// [Absent].
//
//sumtype:decl
type Origin interface{ origin() }

// Constant is a value that the pipeline holds: in a task, as the list of a loop,
// or as a default.
type Constant struct{ Value json.RawMessage }

// Input is an input of the pipeline.
type Input struct {
	Name     string
	Artifact bool
	// Default is that of a parameter, or nil.
	Default json.RawMessage
}

// Output is an output of a task that is no DAG.
type Output struct {
	Node     *Node
	Name     string
	Artifact bool
}

// Status is how a task has ended.
type Status struct{ Node *Node }

// Absent is no value at all.
type Absent struct{}

func (Constant) origin() {}
func (Input) origin()    {}
func (Output) origin()   {}
func (Status) origin()   {}
func (Absent) origin()   {}

// Value is what an input of a task gets: one of the candidates, of which there is
// at least one. Of several, a OneOf decides, or whether a default is needed.
type Value []Candidate

// Candidate is what is made at an origin, or a part of that.
type Candidate struct {
	Origin Origin
	// Parts says which part, from the inside out.
	Parts []Part
}

// Part is a step from a value to a part of it: that which a selector names, or
// an item of the list that a loop runs over.
type Part struct {
	// Selector is the text of the selector, or empty.
	Selector string
	// Loop is the loop, or nil.
	Loop *Node
}

// String says what part it is.
func (p Part) String() string {
	if p.Loop != nil {
		return "an item of it"
	}
	return p.Selector
}

// Fixed reports whether the pipeline alone decides the value.
func (v Value) Fixed() bool {
	return !slices.ContainsFunc(v, func(c Candidate) bool {
		switch c.Origin.(type) {
		case Constant, Absent:
			return len(c.Parts) > 0
		case Input, Output, Status:
		}
		return true
	})
}

// Parameter finds the value of an input parameter of the task.
func (n *Node) Parameter(input string) Value {
	return n.Parent.value(flow.Argument{Task: n.Task, Name: input})
}

// Artifact finds the value of an input artifact of the task.
func (n *Node) Artifact(input string) Value {
	return n.Parent.value(flow.Argument{Task: n.Task, Name: input, Artifact: true})
}

// Setting finds the value of one of the settings of the task's pod.
func (n *Node) Setting(s *pipeline.Setting) Value { return n.Parent.value(flow.Setting{Setting: s}) }

// Output finds the value of an output of the node, which is a DAG.
func (n *Node) Output(name string, artifact bool) Value {
	return n.value(flow.Output{Component: n.component, Name: name, Artifact: artifact})
}

// value finds the value at a place inside of the node, a DAG.
func (n *Node) value(at flow.Place) Value {
	if v := n.candidates(at); len(v) > 0 {
		return v
	}
	return Value{{Origin: Absent{}}}
}

// candidates goes back from a place inside of the node to where its value may be
// made. It finds nothing where there is none.
func (n *Node) candidates(at flow.Place) Value {
	if made := n.madeAt(at); made != nil {
		return Value{{Origin: made}}
	}
	var all Value
	for _, e := range n.flow.Into(at) {
		around := n.start(e)
		if around == nil {
			continue
		}
		for _, c := range around.candidates(e.From) {
			c.Parts = append(slices.Clip(c.Parts), n.part(e)...)
			all = append(all, c)
		}
	}
	return all
}

// madeAt is the origin that a place is, or nil.
func (n *Node) madeAt(at flow.Place) Origin {
	switch at := at.(type) {
	case flow.Constant:
		return Constant{at.Binding.Source.(pipeline.Constant).Value}
	case flow.Default:
		return Constant{at.Parameter.Default}
	case flow.Items:
		list, err := json.Marshal(at.Task.Loop.Static)
		if err != nil {
			panic(err) // it was read as JSON
		}
		return Constant{list}
	case flow.Submitted:
		return n.submitted(at)
	case flow.Status:
		return Status{n.Child(at.Task)}
	case flow.Result:
		if _, ok := at.Task.Component.Body.(*pipeline.DAG); !ok {
			return Output{Node: n.Child(at.Task), Name: at.Name, Artifact: at.Artifact}
		}
	case flow.Input, flow.Argument, flow.Output, flow.Body, flow.Condition, flow.Loop, flow.Setting, flow.Texts:
	}
	return nil
}

func (n *Node) submitted(at flow.Submitted) Input {
	in := Input{Name: at.Name, Artifact: at.Artifact}
	if p := n.component.Parameter(at.Name); p != nil && !at.Artifact {
		in.Default = p.Default
	}
	return in
}

// start is the node in which an edge begins that ends inside of this one. It is
// nil for an edge that brings nothing of the value: what a constant only
// mentions, null, or what another task gives to the same nested pipeline.
func (n *Node) start(e flow.Edge) *Node {
	if e.How == flow.Mentioned {
		return nil
	}
	if c, ok := e.From.(flow.Constant); ok && contract.KindOf(c.Binding.Source.(pipeline.Constant).Value) == contract.KindNull {
		return nil
	}
	if a, ok := e.From.(flow.Argument); ok {
		if _, inside := e.To.(flow.Input); inside {
			if a.Task != n.Task {
				return nil
			}
			return n.Parent
		}
	}
	if r, ok := e.To.(flow.Result); ok {
		return n.Child(r.Task)
	}
	return n
}

// part is the part that an edge takes: none, or one.
func (n *Node) part(e flow.Edge) []Part {
	switch e.How {
	case flow.Selected:
		return []Part{{Selector: selector(e.To)}}
	case flow.Item:
		return []Part{{Loop: n.Child(e.To.(flow.Argument).Task)}}
	}
	return nil
}

// selector is the text of the selector of what is given to a place.
func selector(at flow.Place) string {
	if s, ok := at.(flow.Setting); ok {
		return s.Setting.Selector.String()
	}
	argument := at.(flow.Argument) // nothing else has selectors
	return argument.Task.Parameter(argument.Name).Selector.String()
}
