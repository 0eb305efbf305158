// Package unfold lists the tasks of a pipeline as a run has them: those of
// nested pipelines and loops once for each task that runs these. It follows
// values from where they are read to where they are made.
package unfold

import (
	"encoding/json"
	"iter"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Node is a task of a run, or the pipeline itself.
type Node struct {
	// Path names the task by those around it, such as train-all/train. It is
	// empty for the pipeline itself, as Task is nil.
	Path   string
	Task   *pipeline.Task
	Parent *Node
	// Children are the tasks inside of a DAG, in its order.
	Children []*Node

	component *pipeline.Component
}

// Pipeline unfolds a pipeline without mistakes.
func Pipeline(p *pipeline.Pipeline) *Node {
	root := &Node{component: p.Root}
	root.unfold()
	return root
}

func (n *Node) unfold() {
	dag, ok := n.component.Body.(*pipeline.DAG)
	if !ok {
		return
	}
	for _, t := range dag.Tasks {
		child := &Node{Path: t.Key, Task: t, Parent: n, component: t.Component}
		if n.Path != "" {
			child.Path = n.Path + "/" + t.Key
		}
		child.unfold()
		n.Children = append(n.Children, child)
	}
}

// Component is what the node runs.
func (n *Node) Component() *pipeline.Component { return n.component }

// All lists the tasks below a node, each before those inside of it.
func (n *Node) All() iter.Seq[*Node] {
	return func(yield func(*Node) bool) { n.each(yield) }
}

func (n *Node) each(yield func(*Node) bool) bool {
	for _, c := range n.Children {
		if !yield(c) || !c.each(yield) {
			return false
		}
	}
	return true
}

// Depth is how many tasks are around a task.
func (n *Node) Depth() int {
	if n.Parent == nil || n.Parent.Task == nil {
		return 0
	}
	return n.Parent.Depth() + 1
}

func (n *Node) child(t *pipeline.Task) *Node {
	for _, c := range n.Children {
		if c.Task == t {
			return c
		}
	}
	return nil
}

// Origin is where a value is made: [Constant], [Input], [Output], [Status] or
// [Absent].
//
//sumtype:decl
type Origin interface{ origin() }

// Constant is a value that the pipeline holds: in a task, or as the default of
// the component of a task that gives none.
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
type Status struct{ Task string }

// Absent is no value at all.
type Absent struct{}

func (Constant) origin() {}
func (Input) origin()    {}
func (Output) origin()   {}
func (Status) origin()   {}
func (Absent) origin()   {}

// Value is what an input of a task gets: what comes from one of its origins (of
// several, where a OneOf decides), or a part of that.
type Value struct {
	Origins []Origin
	// Parts says which part of it, from the inside out: selectors, and the items
	// of loops.
	Parts []string
}

// Fixed reports whether the pipeline alone decides the value.
func (v Value) Fixed() bool {
	for _, o := range v.Origins {
		switch o.(type) {
		case Constant, Absent:
		default:
			return false
		}
	}
	return len(v.Parts) == 0
}

// Item is the part of a list that an iteration of a loop gets.
const Item = "an item of it"

// Parameter finds the value of an input parameter of the task.
func (n *Node) Parameter(input string) Value {
	if b := n.Task.Parameter(input); b != nil {
		v := n.Value(b)
		if spec, ok := n.Task.Spec.Inputs.Parameters.Get(input); ok && spec != nil && spec.ParameterExpressionSelector.Value != "" {
			v.Parts = append(v.Parts, spec.ParameterExpressionSelector.Value)
		}
		return v
	}
	if l := n.Task.Loop; l != nil && l.Item == input && !l.Artifact {
		return n.item()
	}
	if p := n.component.Parameter(input); p != nil && p.Default != nil {
		return one(Constant{p.Default})
	}
	return one(Absent{})
}

// Artifact finds the value of an input artifact of the task.
func (n *Node) Artifact(input string) Value {
	if b := n.Task.Artifact(input); b != nil {
		return n.Value(b)
	}
	if l := n.Task.Loop; l != nil && l.Item == input && l.Artifact {
		return n.item()
	}
	return one(Absent{})
}

// item is the value of the input that takes a loop's items.
func (n *Node) item() Value {
	l := n.Task.Loop
	switch {
	case l.Static != nil:
		list, err := json.Marshal(l.Static)
		if err != nil {
			panic(err) // it was read as JSON
		}
		return Value{Origins: []Origin{Constant{list}}, Parts: []string{Item}}
	case l.Artifact:
		v := n.Artifact(l.Input)
		v.Parts = append(v.Parts, Item)
		return v
	}
	v := n.Parameter(l.Input)
	v.Parts = append(v.Parts, Item)
	return v
}

// Value finds the value of a binding of the task, without its selector.
func (n *Node) Value(b *pipeline.Binding) Value {
	switch source := b.Source.(type) {
	case pipeline.Constant:
		return one(Constant{source.Value})
	case pipeline.TaskOutput:
		return Value{Origins: n.Parent.child(source.Task).output(source.Output, source.Artifact)}
	case pipeline.FinalStatus:
		return one(Status{source.Task.Key})
	case pipeline.DAGInput:
		return n.Parent.given(source.Input, source.Artifact)
	}
	return one(Absent{})
}

// given is the value of an input of a DAG, as those inside read it.
func (n *Node) given(input string, artifact bool) Value {
	if n.Task == nil {
		in := Input{Name: input, Artifact: artifact}
		if p := n.component.Parameter(input); p != nil && !artifact {
			in.Default = p.Default
		}
		return one(in)
	}
	if l := n.Task.Loop; l != nil && l.Item == input && l.Artifact == artifact {
		return n.item()
	}
	if artifact {
		return n.Artifact(input)
	}
	return n.Parameter(input)
}

// output finds where an output is made.
func (n *Node) output(name string, artifact bool) []Origin {
	dag, ok := n.component.Body.(*pipeline.DAG)
	if !ok {
		return []Origin{Output{Node: n, Name: name, Artifact: artifact}}
	}
	outputs := dag.OutputParams
	if artifact {
		outputs = dag.OutputArtifacts
	}
	var all []Origin
	for _, o := range outputs {
		if o.Name != name {
			continue
		}
		for _, from := range o.From {
			all = append(all, n.child(from.Task).output(from.Output, artifact)...)
		}
	}
	return all
}

func one(o Origin) Value { return Value{Origins: []Origin{o}} }
