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
		graph: &Graph{name: p.Name, description: p.Description, root: &group{common: common{ID: "pipeline", Title: p.Name}}},
		edges: map[[2]item]*edge{},
	}
	body, ok := p.Root.Body.(*pipeline.DAG)
	if !ok {
		return b.graph
	}
	root := &scope{builder: b, component: p.Root, dag: body, group: b.graph.root}
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
	edges map[[2]item]*edge
	count int
}

// newCommon begins an item in a group.
func (b *builder) newCommon(in *group, title string) common {
	b.count++
	return common{ID: fmt.Sprintf("n%d", b.count), Title: title, parent: in}
}

func (b *builder) node(in *group, kind nodeKind, title string) *node {
	n := &node{common: b.newCommon(in, title), Kind: kind}
	in.Items = append(in.Items, n)
	return n
}

// edge adds a value to the edge between two items, which it makes if there is
// none.
func (b *builder) edge(from, to item, carries ...carry) {
	ends := [2]item{from, to}
	e := b.edges[ends]
	if e == nil {
		e = &edge{From: from, To: to}
		b.edges[ends] = e
		b.graph.edges = append(b.graph.edges, e)
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
	group     *group
	// outer and task are where the component is used; the pipeline itself has
	// none.
	outer *scope
	task  *pipeline.Task
	// item is the node of the loop's item, or nil.
	item *node
	// given are the nodes of the pipeline's inputs; made are the items that tasks
	// become, inside the scopes of those that have one.
	given  map[pipeline.DAGInput]*node
	made   map[*pipeline.Task]item
	inside map[*pipeline.Task]*scope
}

// inputs makes the nodes of the pipeline's inputs.
func (s *scope) inputs() {
	s.given = map[pipeline.DAGInput]*node{}
	for _, p := range s.component.Parameters {
		n := s.node(s.group, anInput, p.Name)
		n.Names = []string{p.Name}
		n.Details = []string{inputDetail(p)}
		s.given[pipeline.DAGInput{Input: p.Name}] = n
	}
	for _, a := range s.component.Artifacts {
		n := s.node(s.group, anInput, a.Name)
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
	s.made, s.inside = map[*pipeline.Task]item{}, map[*pipeline.Task]*scope{}
	for _, t := range s.dag.Tasks {
		body, nested := t.Component.Body.(*pipeline.DAG)
		if !nested && t.Loop == nil && t.Condition == nil {
			s.made[t] = s.leaf(t, s.group)
			continue
		}
		g := &group{common: s.newCommon(s.group, ""), Kind: kindOfGroup(t)}
		g.Path, g.Always = s.path(t), t.Always
		s.group.Items = append(s.group.Items, g)
		g.Title = s.title(t, g.Kind)
		g.Details = groupDetails(s, t)
		s.made[t] = g
		inner := &scope{builder: s.builder, component: t.Component, dag: body, group: g, outer: s, task: t}
		s.inside[t] = inner
		if t.Loop != nil {
			inner.item = s.node(g, aLoopItem, "item")
			inner.item.Details = []string{"the item of an iteration"}
		}
		if !nested {
			inner.made = map[*pipeline.Task]item{t: s.leaf(t, g)}
			continue
		}
		inner.items()
	}
}

func (s *scope) leaf(t *pipeline.Task, in *group) *node {
	var kind nodeKind
	switch t.Component.Body.(type) {
	case *pipeline.Container, *pipeline.DAG:
		kind = aContainer
	case *pipeline.Importer:
		kind = anImporter
	case *pipeline.Claim:
		kind = aClaim
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

func kindOfGroup(t *pipeline.Task) groupKind {
	switch {
	case t.Loop != nil:
		return aLoop
	case t.Condition != nil:
		return aCondition
	case t.Component.IsBranches():
		return branches
	case t.Component.IsExitHandler():
		return exitHandler
	}
	return nested
}

// mergeInputs makes one node of those inputs that go the same ways, so that
// pipelines with many inputs stay readable.
func (b *builder) mergeInputs() {
	targets := map[*node][]string{}
	for _, e := range b.graph.edges {
		if n, ok := e.From.(*node); ok && n.Kind == anInput {
			targets[n] = append(targets[n], e.To.ident())
		}
	}
	first := map[string]*node{}
	into := map[item]*node{}
	b.graph.root.Items = slices.DeleteFunc(b.graph.root.Items, func(i item) bool {
		n, ok := i.(*node)
		if !ok || n.Kind != anInput {
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
	old := b.graph.edges
	b.graph.edges, b.edges = nil, map[[2]item]*edge{}
	for _, e := range old {
		if kept := into[e.From]; kept != nil {
			e.From = kept
		}
		b.edge(e.From, e.To, e.Carries...)
	}
}

// dropIdle drops the items of loops that nothing uses.
func (b *builder) dropIdle() {
	used := map[item]bool{}
	for _, e := range b.graph.edges {
		used[e.From], used[e.To] = true, true
	}
	var drop func(*group)
	drop = func(g *group) {
		g.Items = slices.DeleteFunc(g.Items, func(i item) bool {
			n, ok := i.(*node)
			return ok && n.Kind == aLoopItem && !used[n]
		})
		for _, i := range g.Items {
			if inner, ok := i.(*group); ok {
				drop(inner)
			}
		}
	}
	drop(b.graph.root)
}
