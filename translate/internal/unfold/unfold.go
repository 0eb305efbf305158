// Package unfold lists the tasks of a pipeline as a run has them: those of
// nested pipelines and loops once for each task that runs these. Through the
// flow of the pipeline's values, which has each of them once, it follows the
// way of a value into the nested pipeline that a certain task runs.
package unfold

import (
	"iter"

	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
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
	flow      *flow.Graph
}

// Pipeline unfolds a pipeline without mistakes.
func Pipeline(p *pipeline.Pipeline) *Node {
	root := &Node{component: p.Root, flow: flow.Of(p)}
	root.unfold()
	return root
}

func (n *Node) unfold() {
	dag, ok := n.component.Body.(*pipeline.DAG)
	if !ok {
		return
	}
	for _, t := range dag.Tasks {
		child := &Node{Path: t.Key, Task: t, Parent: n, component: t.Component, flow: n.flow}
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

// Child is the node of a task of the node, which is a DAG.
func (n *Node) Child(t *pipeline.Task) *Node {
	for _, c := range n.Children {
		if c.Task == t {
			return c
		}
	}
	return nil
}
