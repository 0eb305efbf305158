package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/trace"
	"github.com/kfp2argo/kfp2argo/translate/internal/unfold"
)

// Build makes the graph of a pipeline.
func Build(p *translate.Pipeline) *Graph { return build(trace.Of(p).Pipeline) }

func build(p *pipeline.Pipeline) *Graph {
	b := &builder{
		graph: &Graph{name: p.Name, description: p.Description, root: &group{common: common{ID: "pipeline", Title: p.Name}}},
		edges: map[[2]item]*edge{},
		root:  p.Root,
		given: map[givenInput]*node{},
		made:  map[*unfold.Node]item{},
		once:  map[*unfold.Node]*node{},
		items: map[*unfold.Node]*node{},
	}
	dag, ok := p.Root.Body.(*pipeline.DAG)
	if !ok {
		return b.graph
	}
	root := unfold.Pipeline(p)
	b.inputs(p.Root)
	b.tasks(root, b.graph.root)
	b.connect(root)
	b.outputs(root, dag)
	b.waits(root)
	b.dropImplied()
	b.mergeInputs()
	b.dropIdle()
	return b.graph
}

type builder struct {
	graph *Graph
	edges map[[2]item]*edge
	count int
	root  *pipeline.Component
	// given are the nodes of the pipeline's inputs.
	given map[givenInput]*node
	// made is what tasks become: a node or, of those that are nested pipelines,
	// loop or have a condition, a group.
	made map[*unfold.Node]item
	// once are the nodes of tasks that have nothing inside, in their groups if
	// they have one; items are those of the items of loops.
	once, items map[*unfold.Node]*node
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

// givenInput is an input of the pipeline.
type givenInput struct {
	name     string
	artifact bool
}

// inputs makes the nodes of the pipeline's inputs.
func (b *builder) inputs(root *pipeline.Component) {
	for _, p := range root.Parameters {
		b.input(p.Name, inputDetail(p), false)
	}
	for _, a := range root.Artifacts {
		b.input(a.Name, a.Name+": "+typeTitle(a.Type), true)
	}
}

func (b *builder) input(name, detail string, artifact bool) {
	n := b.node(b.graph.root, anInput, name)
	n.Names = []string{name}
	n.Details = []string{detail}
	b.given[givenInput{name, artifact}] = n
}

func inputDetail(p *pipeline.Parameter) string {
	text := fmt.Sprintf("%s: %s", p.Name, p.Type)
	if p.Default != nil {
		text += " = " + shorten(string(p.Default), 60)
	}
	return text
}

// tasks makes what the tasks inside of a DAG become.
func (b *builder) tasks(dag *unfold.Node, in *group) {
	for _, n := range dag.Children {
		t := n.Task
		_, nested := t.Component.Body.(*pipeline.DAG)
		if !nested && t.Loop == nil && t.Condition == nil {
			b.once[n] = b.task(n, in)
			b.made[n] = b.once[n]
			continue
		}
		g := b.groupOf(n, in)
		b.made[n] = g
		if t.Loop != nil {
			b.items[n] = b.node(g, aLoopItem, "item")
			b.items[n].Details = []string{"the item of an iteration"}
		}
		if !nested {
			b.once[n] = b.task(n, g)
			continue
		}
		b.tasks(n, g)
	}
}

// groupOf begins the group of a task.
func (b *builder) groupOf(n *unfold.Node, in *group) *group {
	g := &group{common: b.newCommon(in, ""), Kind: kindOfGroup(n.Task)}
	g.Path, g.Always = path(n), n.Task.Always
	in.Items = append(in.Items, g)
	g.Title = b.title(n, g.Kind)
	g.Details = b.groupDetails(n)
	return g
}

// task makes the node of a task that has nothing inside.
func (b *builder) task(t *unfold.Node, in *group) *node {
	var kind nodeKind
	switch t.Component().Body.(type) {
	case *pipeline.Container, *pipeline.DAG:
		kind = aContainer
	case *pipeline.Importer:
		kind = anImporter
	case *pipeline.Claim:
		kind = aClaim
	}
	n := b.node(in, kind, taskTitle(t.Task))
	n.Path, n.Always = path(t), t.Task.Always
	n.Details = taskDetails(t.Task)
	return n
}

// path holds the keys of the tasks around a task, and its own.
func path(n *unfold.Node) []string {
	if n.Task == nil {
		return nil
	}
	return append(path(n.Parent), n.Task.Key)
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
