package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/trace"
)

// Build makes the graph of a pipeline.
func Build(p *translate.Pipeline) *Graph { return build(trace.Of(p).Pipeline) }

func build(p *pipeline.Pipeline) *Graph {
	b := &builder{
		graph: &Graph{Name: p.Name, Description: p.Description, Root: &Group{common: common{ID: "pipeline", Title: p.Name}}},
		edges: map[[2]Item]*Edge{},
	}
	body, ok := p.Root.Body.(*pipeline.DAG)
	if !ok {
		return b.graph
	}
	root := &scope{builder: b, component: p.Root, dag: body, group: b.graph.Root}
	root.inputs()
	root.items()
	root.connect()
	root.outputs()
	root.waits()
	b.dropImplied()
	b.mergeInputs()
	b.dropIdle()
	return b.graph
}

type builder struct {
	graph *Graph
	edges map[[2]Item]*Edge
	count int
}

// newCommon begins an item in a group.
func (b *builder) newCommon(in *Group, title string) common {
	b.count++
	return common{ID: fmt.Sprintf("n%d", b.count), Title: title, parent: in}
}

func (b *builder) node(in *Group, kind Kind, title string) *Node {
	n := &Node{common: b.newCommon(in, title), Kind: kind}
	in.Items = append(in.Items, n)
	return n
}

// edge adds a value to the edge between two items, which it makes if there is
// none.
func (b *builder) edge(from, to Item, carries ...Carry) {
	ends := [2]Item{from, to}
	e := b.edges[ends]
	if e == nil {
		e = &Edge{From: from, To: to}
		b.edges[ends] = e
		b.graph.Edges = append(b.graph.Edges, e)
	}
	for _, c := range carries {
		if !slices.Contains(e.Carries, c) {
			e.Carries = append(e.Carries, c)
		}
	}
}

// scope is one use of a component that is a DAG, or the surroundings of a task
// that has none but is repeated or has a condition.
type scope struct {
	*builder
	component *pipeline.Component
	dag       *pipeline.DAG
	group     *Group
	// outer and task are where the component is used; the pipeline itself has
	// none.
	outer *scope
	task  *pipeline.Task
	// item is the node of the loop's item, or nil.
	item *Node
	// given are the nodes of the pipeline's inputs; made are the items that tasks
	// become, inside the scopes of those that have one.
	given  map[pipeline.DAGInput]*Node
	made   map[*pipeline.Task]Item
	inside map[*pipeline.Task]*scope
}

// inputs makes the nodes of the pipeline's inputs.
func (s *scope) inputs() {
	s.given = map[pipeline.DAGInput]*Node{}
	for _, p := range s.component.Parameters {
		n := s.node(s.group, Input, p.Name)
		n.Names = []string{p.Name}
		n.Details = []string{inputDetail(p)}
		s.given[pipeline.DAGInput{Input: p.Name}] = n
	}
	for _, a := range s.component.Artifacts {
		n := s.node(s.group, Input, a.Name)
		n.Names = []string{a.Name}
		n.Details = []string{a.Name + ": " + typeTitle(a.Type)}
		s.given[pipeline.DAGInput{Input: a.Name, Artifact: true}] = n
	}
}

func inputDetail(p *pipeline.Parameter) string {
	text := fmt.Sprintf("%s: %s", p.Name, p.Type)
	if p.Default != nil {
		text += " = " + shorten(string(p.Default), 60)
	}
	return text
}

// items makes the items of all tasks, and of those inside them.
func (s *scope) items() {
	s.made, s.inside = map[*pipeline.Task]Item{}, map[*pipeline.Task]*scope{}
	for _, t := range s.dag.Tasks {
		body, nested := t.Component.Body.(*pipeline.DAG)
		if !nested && t.Loop == nil && t.Condition == nil {
			s.made[t] = s.leaf(t, s.group)
			continue
		}
		g := &Group{common: s.newCommon(s.group, ""), Kind: groupKind(t)}
		g.Path, g.Always = s.path(t), t.Always
		s.group.Items = append(s.group.Items, g)
		g.Title = s.title(t, g.Kind)
		g.Details = groupDetails(s, t)
		s.made[t] = g
		inner := &scope{builder: s.builder, component: t.Component, dag: body, group: g, outer: s, task: t}
		s.inside[t] = inner
		if t.Loop != nil {
			inner.item = s.node(g, LoopItem, "item")
			inner.item.Details = []string{"the item of an iteration"}
		}
		if !nested {
			inner.made = map[*pipeline.Task]Item{t: s.leaf(t, g)}
			continue
		}
		inner.items()
	}
}

func (s *scope) leaf(t *pipeline.Task, in *Group) *Node {
	var kind Kind
	switch t.Component.Body.(type) {
	case *pipeline.Container, *pipeline.DAG:
		kind = Container
	case *pipeline.Importer:
		kind = Importer
	case *pipeline.Claim:
		kind = Claim
	}
	n := s.node(in, kind, taskTitle(t))
	n.Path, n.Always = s.path(t), t.Always
	n.Details = taskDetails(t)
	return n
}

func (s *scope) path(t *pipeline.Task) []string {
	if s.outer == nil {
		return []string{t.Key}
	}
	return append(slices.Clone(s.outer.path(s.task)), t.Key)
}

func groupKind(t *pipeline.Task) GroupKind {
	switch {
	case t.Loop != nil:
		return Loop
	case t.Condition != nil:
		return Condition
	case t.Component.IsBranches():
		return Branches
	case t.Component.IsExitHandler():
		return ExitHandler
	}
	return Nested
}

// mergeInputs makes one node of those inputs that go the same ways, so that
// pipelines with many inputs stay readable.
func (b *builder) mergeInputs() {
	targets := map[*Node][]string{}
	for _, e := range b.graph.Edges {
		if n, ok := e.From.(*Node); ok && n.Kind == Input {
			targets[n] = append(targets[n], e.To.ident())
		}
	}
	first := map[string]*Node{}
	into := map[Item]*Node{}
	b.graph.Root.Items = slices.DeleteFunc(b.graph.Root.Items, func(i Item) bool {
		n, ok := i.(*Node)
		if !ok || n.Kind != Input {
			return false
		}
		slices.Sort(targets[n])
		key := strings.Join(targets[n], " ")
		kept := first[key]
		if kept == nil {
			first[key] = n
			return false
		}
		into[n] = kept
		kept.Names = append(kept.Names, n.Names...)
		kept.Details = append(kept.Details, n.Details...)
		kept.Title = fmt.Sprintf("%d inputs", len(kept.Names))
		return true
	})
	old := b.graph.Edges
	b.graph.Edges, b.edges = nil, map[[2]Item]*Edge{}
	for _, e := range old {
		if kept := into[e.From]; kept != nil {
			e.From = kept
		}
		b.edge(e.From, e.To, e.Carries...)
	}
}

// dropIdle drops the items of loops that nothing uses.
func (b *builder) dropIdle() {
	used := map[Item]bool{}
	for _, e := range b.graph.Edges {
		used[e.From], used[e.To] = true, true
	}
	var drop func(*Group)
	drop = func(g *Group) {
		g.Items = slices.DeleteFunc(g.Items, func(i Item) bool {
			n, ok := i.(*Node)
			return ok && n.Kind == LoopItem && !used[n]
		})
		for _, i := range g.Items {
			if inner, ok := i.(*Group); ok {
				drop(inner)
			}
		}
	}
	drop(b.graph.Root)
}
