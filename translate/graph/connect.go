package graph

import (
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// origin is where a value comes from: an item, and what the value is called
// there.
type origin struct {
	item item
	name string
	kind string
}

// connect draws the edges to all tasks, and to those inside them.
func (s *scope) connect() {
	for _, t := range s.dag.Tasks {
		s.connectTask(t)
	}
}

func (s *scope) connectTask(t *pipeline.Task) {
	inner := s.inside[t]
	if inner == nil {
		s.bind(t, s.made[t])
		return
	}
	if t.Condition != nil {
		for _, input := range t.Condition.Inputs() {
			s.feed(t.Parameter(input), s.made[t], false)
		}
	}
	if l := t.Loop; l != nil && l.Input != "" {
		list := t.Parameter(l.Input)
		if l.Artifact {
			list = t.Artifact(l.Input)
		}
		s.feed(list, inner.item, l.Artifact)
	}
	if inner.dag != nil {
		inner.connect()
		return
	}
	s.bind(t, inner.made[t])
	if t.Loop != nil {
		s.edge(inner.item, inner.made[t], carry{Name: pipeline.PlainName(t.Loop.Item), Artifact: t.Loop.Artifact, Origin: "item"})
	}
}

// bind draws the edges to a task that has nothing inside.
func (s *scope) bind(t *pipeline.Task, to item) {
	for i := range t.Parameters {
		if t.Loop == nil || t.Parameters[i].Input != t.Loop.Input {
			s.feed(&t.Parameters[i], to, false)
		}
	}
	for i := range t.Artifacts {
		if t.Loop == nil || t.Artifacts[i].Input != t.Loop.Input {
			s.feed(&t.Artifacts[i], to, true)
		}
	}
}

// feed draws the edges from where an input's value comes from.
func (s *scope) feed(b *pipeline.Binding, to item, artifact bool) {
	if b == nil {
		return
	}
	for _, o := range s.origins(b.Source) {
		name := b.Input
		if group, ok := to.(*group); ok && group.Kind != nested || pipeline.PlainName(name) != name {
			name = o.short()
		}
		s.edge(o.item, to, carry{Name: name, Type: o.kind, Artifact: artifact, Origin: o.name})
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

// origins follows a source through groups and nested pipelines to the tasks and
// inputs that make its value.
func (s *scope) origins(source pipeline.Source) []origin {
	switch source := source.(type) {
	case pipeline.TaskOutput:
		return s.outputOrigins(source)
	case pipeline.FinalStatus:
		return []origin{{item: s.made[source.Task], name: source.Task.Key + ".status"}}
	case pipeline.DAGInput:
		return s.inputOrigins(source)
	case pipeline.Constant:
		// Constants are not drawn.
	}
	return nil
}

func (s *scope) inputOrigins(in pipeline.DAGInput) []origin {
	if s.outer == nil {
		if n := s.given[in]; n != nil {
			return []origin{{item: n, name: in.Input, kind: s.inputType(in)}}
		}
		return nil
	}
	if l := s.task.Loop; l != nil && l.Item == in.Input && l.Artifact == in.Artifact {
		return []origin{{item: s.item, name: "item", kind: s.inputType(in)}}
	}
	given := s.task.Parameter(in.Input)
	if in.Artifact {
		given = s.task.Artifact(in.Input)
	}
	if given == nil {
		return nil
	}
	return s.outer.origins(given.Source)
}

func (s *scope) inputType(in pipeline.DAGInput) string {
	if a := s.component.Artifact(in.Input); in.Artifact && a != nil {
		return typeTitle(a.Type)
	}
	if p := s.component.Parameter(in.Input); p != nil {
		return string(p.Type)
	}
	return ""
}

func (s *scope) outputOrigins(out pipeline.TaskOutput) []origin {
	inner := s.inside[out.Task]
	if inner == nil {
		return []origin{leafOrigin(s.made[out.Task], out)}
	}
	if inner.dag == nil {
		return []origin{leafOrigin(inner.made[out.Task], out)}
	}
	handed := inner.dag.OutputParams
	if out.Artifact {
		handed = inner.dag.OutputArtifacts
	}
	var found []origin
	for _, o := range handed {
		if o.Name != out.Output {
			continue
		}
		for _, from := range o.From {
			for _, deeper := range inner.outputOrigins(from) {
				if !slices.Contains(found, deeper) {
					found = append(found, deeper)
				}
			}
		}
	}
	if len(found) == 0 {
		return []origin{leafOrigin(s.made[out.Task], out)}
	}
	return found
}

func leafOrigin(item item, out pipeline.TaskOutput) origin {
	o := origin{item: item, name: taskTitle(out.Task) + "." + out.Output}
	if a := out.Task.Component.OutputArtifact(out.Output); out.Artifact && a != nil {
		o.kind = typeTitle(a.Type)
	} else if p := out.Task.Component.OutputParam(out.Output); p != nil {
		o.kind = string(p.Type)
	}
	return o
}

// outputs makes the nodes of the pipeline's outputs and the edges to them.
func (s *scope) outputs() {
	s.outputsOf(s.dag.OutputParams, false)
	s.outputsOf(s.dag.OutputArtifacts, true)
}

func (s *scope) outputsOf(outputs []pipeline.DAGOutput, artifact bool) {
	for _, o := range outputs {
		n := s.node(s.group, anOutput, o.Name)
		n.Names = []string{o.Name}
		n.Details = []string{"output " + o.Name}
		for _, from := range o.From {
			for _, at := range s.outputOrigins(from) {
				s.edge(at.item, n, carry{Name: o.Name, Type: at.kind, Artifact: artifact, Origin: at.name})
			}
		}
	}
}

// waits draws an edge for each task that another waits for without taking
// anything from it, unless one that it waits for as well does so already.
func (s *scope) waits() {
	taken := s.connected()
	s.waitsIn(taken)
}

func (s *scope) waitsIn(taken map[[2]item]bool) {
	if s.dag == nil {
		return
	}
	for _, t := range s.dag.Tasks {
		for _, before := range t.After {
			ends := [2]item{s.made[before], s.made[t]}
			if !taken[ends] && (t.Always || !between(before, t)) {
				s.edge(ends[0], ends[1])
			}
		}
		if inner := s.inside[t]; inner != nil {
			inner.waitsIn(taken)
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
