package graph

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/unfold"
)

// origin is where a value comes from: an item, and what the value is called
// there.
type origin struct {
	item item
	name string
	kind string
}

// connect draws the edges to all tasks inside of a DAG, and to those inside them.
func (b *builder) connect(dag *unfold.Node) {
	for _, n := range dag.Children {
		b.connectTask(n)
	}
}

func (b *builder) connectTask(n *unfold.Node) {
	t := n.Task
	if t.Condition != nil {
		for _, input := range t.Condition.Inputs() {
			b.feed(n.Parameter(input), input, b.made[n], false)
		}
	}
	if l := t.Loop; l != nil && l.Input != "" {
		list := n.Parameter(l.Input)
		if l.Artifact {
			list = n.Artifact(l.Input)
		}
		b.feed(list, l.Input, b.items[n], l.Artifact)
	}
	if b.once[n] == nil {
		b.connect(n)
		return
	}
	b.bind(n, b.once[n])
	if t.Loop != nil {
		b.edge(b.items[n], b.once[n], carry{Name: pipeline.PlainName(t.Loop.Item), Artifact: t.Loop.Artifact, Origin: "item"})
	}
}

// bind draws the edges to a task that has nothing inside.
func (b *builder) bind(n *unfold.Node, to item) {
	t := n.Task
	for _, given := range t.Parameters {
		if t.Loop == nil || given.Input != t.Loop.Input {
			b.feed(n.Parameter(given.Input), given.Input, to, false)
		}
	}
	for _, given := range t.Artifacts {
		if t.Loop == nil || given.Input != t.Loop.Input {
			b.feed(n.Artifact(given.Input), given.Input, to, true)
		}
	}
}

// feed draws the edges from where the value of an input comes from.
func (b *builder) feed(value unfold.Value, input string, to item, artifact bool) {
	for _, o := range b.origins(value) {
		name := input
		if group, ok := to.(*group); ok && group.Kind != nested || pipeline.PlainName(name) != name {
			name = o.short()
		}
		b.edge(o.item, to, carry{Name: name, Type: o.kind, Artifact: artifact, Origin: o.name})
	}
}

// short is the name of a value without that of its task.
func (o origin) short() string {
	_, output, ok := strings.Cut(o.name, ".")
	if !ok {
		return o.name
	}
	return output
}

// origins is where a value comes from, each once: tasks and inputs that make it,
// or the loop around that takes its items. Constants are not drawn.
func (b *builder) origins(value unfold.Value) []origin {
	var found []origin
	for _, c := range value {
		if o, drawn := b.origin(c); drawn && !slices.Contains(found, o) {
			found = append(found, o)
		}
	}
	return found
}

func (b *builder) origin(c unfold.Candidate) (origin, bool) {
	for i, p := range slices.Backward(c.Parts) {
		if p.Loop != nil {
			l := p.Loop.Task.Loop
			o := origin{item: b.items[p.Loop], name: "item", kind: inputType(p.Loop.Component(), l.Item, l.Artifact)}
			if path := members(c.Parts[i+1:]); path != "" {
				o.name, o.kind = o.name+path, ""
			}
			return o, true
		}
	}
	switch o := c.Origin.(type) {
	case unfold.Input:
		n := b.given[givenInput{o.Name, o.Artifact}]
		return origin{item: n, name: o.Name, kind: inputType(b.root, o.Name, o.Artifact)}, n != nil
	case unfold.Output:
		name := taskTitle(o.Node.Task) + "." + o.Name
		return origin{item: b.once[o.Node], name: name, kind: outputType(o.Node.Component(), o.Name, o.Artifact)}, true
	case unfold.Status:
		return origin{item: b.made[o.Node], name: o.Node.Task.Key + ".status"}, true
	case unfold.Constant, unfold.Absent:
	}
	return origin{}, false
}

// member finds the name of a member in a selector, such as
// parseJson(string_value)["kind"].
var member = regexp.MustCompile(`\[(?:"([^"\]]+)"|'([^'\]]+)')\]`)

// members names the parts of a value as pipelines have them: .kind.name
func members(parts []unfold.Part) string {
	path := ""
	for _, p := range parts {
		for _, m := range member.FindAllStringSubmatch(p.Selector, -1) {
			path += "." + m[1] + m[2]
		}
	}
	return path
}

func inputType(c *pipeline.Component, input string, artifact bool) string {
	if a := c.Artifact(input); artifact && a != nil {
		return typeTitle(a.Type)
	}
	if p := c.Parameter(input); p != nil {
		return string(p.Type)
	}
	return ""
}

func outputType(c *pipeline.Component, output string, artifact bool) string {
	if a := c.OutputArtifact(output); artifact && a != nil {
		return typeTitle(a.Type)
	}
	if p := c.OutputParam(output); p != nil {
		return string(p.Type)
	}
	return ""
}

// outputs makes the nodes of the pipeline's outputs and the edges to them.
func (b *builder) outputs(root *unfold.Node, dag *pipeline.DAG) {
	b.outputsOf(root, dag.OutputParams, false)
	b.outputsOf(root, dag.OutputArtifacts, true)
}

func (b *builder) outputsOf(root *unfold.Node, outputs []pipeline.DAGOutput, artifact bool) {
	for _, output := range outputs {
		n := b.node(b.graph.root, anOutput, output.Name)
		n.Names = []string{output.Name}
		n.Details = []string{"output " + output.Name}
		for _, o := range b.origins(root.Output(output.Name, artifact)) {
			b.edge(o.item, n, carry{Name: output.Name, Type: o.kind, Artifact: artifact, Origin: o.name})
		}
	}
}

// waits draws an edge for each task that another waits for without taking
// anything from it, unless one that it waits for as well does so already.
func (b *builder) waits(root *unfold.Node) {
	taken := b.connected()
	for n := range root.All() {
		for _, before := range n.Task.After {
			ends := [2]item{b.made[n.Parent.Child(before)], b.made[n]}
			if !taken[ends] && (n.Task.Always || !between(before, n.Task)) {
				b.edge(ends[0], ends[1])
			}
		}
	}
}

// connected tells which children of a group have edges between them, or
// between what is inside them.
func (b *builder) connected() map[[2]item]bool {
	all := map[[2]item]bool{}
	for _, e := range b.graph.edges {
		from, to := ancestry(e.From), ancestry(e.To)
		i := 0
		for i < len(from)-1 && i < len(to)-1 && from[i] == to[i] {
			i++
		}
		all[[2]item{from[i], to[i]}] = true
	}
	return all
}

// ancestry lists the groups around an item below the outermost, and the item.
func ancestry(i item) []item {
	parent := i.base().parent
	if parent == nil {
		return nil
	}
	return append(ancestry(parent), i)
}

// between reports whether a task waits for another by way of a third.
func between(before, t *pipeline.Task) bool {
	seen := map[*pipeline.Task]bool{}
	var reaches func(*pipeline.Task) bool
	reaches = func(via *pipeline.Task) bool {
		if seen[via] {
			return false
		}
		seen[via] = true
		return slices.Contains(via.After, before) || slices.ContainsFunc(via.After, reaches)
	}
	return slices.ContainsFunc(t.After, func(via *pipeline.Task) bool { return via != before && reaches(via) })
}

// dropImplied drops from the edges to groups, for their conditions, the values
// that something inside takes as well: the group's title has the condition.
func (b *builder) dropImplied() {
	type feed struct {
		into   item
		origin string
	}
	inside := map[feed]bool{}
	for _, e := range b.graph.edges {
		for _, around := range ancestry(e.To) {
			for _, c := range e.Carries {
				inside[feed{around, c.Origin}] = inside[feed{around, c.Origin}] || around != e.To
			}
		}
	}
	b.graph.edges = slices.DeleteFunc(b.graph.edges, func(e *edge) bool {
		before := len(e.Carries)
		e.Carries = slices.DeleteFunc(e.Carries, func(c carry) bool { return inside[feed{e.To, c.Origin}] })
		return len(e.Carries) == 0 && before > 0
	})
}
