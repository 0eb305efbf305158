// Package graph draws a pipeline: its tasks, what they pass to each other, and
// what makes them wait, repeat or stay away. [Build] makes the graph of a
// resolved pipeline, [Graph.Color] adds how a run of it went, and the writers
// turn it into Mermaid, DOT, SVG or PNG, the same bytes for the same graph.
package graph

import (
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Graph is the picture of a pipeline, before it is laid out.
type Graph struct {
	name, description string
	// root holds everything. It is the pipeline itself and has no title.
	root  *group
	edges []*edge
	// run says how the run went, or is nil where the picture is of no run.
	run *outcome
}

// item is a [*node] or a [*group].
//
//sumtype:decl
type item interface {
	ident() string
	base() *common
	item()
}

func (*node) item()  {}
func (*group) item() {}

// common is what nodes and groups have in common.
type common struct {
	// ID is a word that no other item of the graph has.
	ID string
	// Path holds the keys of the tasks that lead to the task, and its own.
	Path []string
	// Title is what the item is called.
	Title string
	// Details are further facts, a line each.
	Details []string
	// Outcome says what became of the task in a run, or is nil.
	Outcome *outcome
	// Always says that the task runs however those before it have ended.
	Always bool

	parent *group
}

func (c *common) ident() string { return c.ID }
func (c *common) base() *common { return c }

// nodeKind is what a node stands for.
type nodeKind int

// The kinds of nodes.
const (
	aContainer nodeKind = iota
	anImporter
	aClaim
	// anInput and anOutput are inputs and outputs of the pipeline. Inputs that go
	// the same ways share a node.
	anInput
	anOutput
	// aLoopItem is the item of an iteration.
	aLoopItem
)

// node is a task that runs once, or a value at the rim of the pipeline.
type node struct {
	common
	Kind nodeKind
	// Names are the inputs or outputs that the node stands for.
	Names []string
}

// groupKind is why tasks stand together.
type groupKind int

// The kinds of groups.
const (
	nested groupKind = iota
	aLoop
	aCondition
	// branches are conditions of which at most one holds.
	branches
	exitHandler
)

// group is tasks in a common box.
type group struct {
	common
	Kind  groupKind
	Items []item
	// Folded is how many tasks are in a group that is drawn without them, and Inside
	// how they stand, in a few words.
	Folded int
	Inside string
}

// edge says that To needs what From makes, or where it carries nothing, that
// To waits for From.
type edge struct {
	From, To item
	Carries  []carry
}

// carry is one value on an edge.
type carry struct {
	// Name is what the task that takes the value calls it.
	Name string
	// Type is the title of an artifact's type, or KFP's name of that of a
	// parameter; it may be empty.
	Type     string
	Artifact bool
	// Origin says in full where the value comes from.
	Origin string
}

// edgeKind is what an edge carries most of all.
type edgeKind int

// The kinds of edges.
const (
	order edgeKind = iota
	parameter
	artifact
)

// Kind returns the kind of an edge.
func (e *edge) Kind() edgeKind {
	switch {
	case len(e.Carries) == 0:
		return order
	case slices.ContainsFunc(e.Carries, func(c carry) bool { return c.Artifact }):
		return artifact
	}
	return parameter
}

// outcome is what became of a task, or of all its iterations.
type outcome struct {
	State progress.State
	// Text says it in a few words, Reason why it has failed, if something says so;
	// Details are further facts, a line each.
	Text, Reason string
	Details      []string
}

// lines are what a box says of an outcome, which may be nil.
func (o *outcome) lines() []string {
	switch {
	case o == nil:
		return nil
	case o.Reason == "":
		return []string{o.sign() + " " + o.Text}
	}
	return append([]string{o.sign() + " " + o.Text}, wrap(o.Reason, mostReason, 2)...)
}

// caption is the small line below the title of a node.
func (n *node) caption() string {
	var parts []string
	switch n.Kind {
	case anImporter:
		parts = append(parts, "importer")
	case aClaim:
		parts = append(parts, "volume claim")
	}
	if n.Always {
		parts = append(parts, "always runs")
	}
	return strings.Join(parts, " · ")
}

// titleLines are the lines of the title of a node.
func (n *node) titleLines() []string {
	if len(n.Names) <= mostNames {
		if len(n.Names) > 0 {
			return n.Names
		}
		return []string{n.Title}
	}
	return []string{n.Title}
}

// mostNames is how many names a node or an edge shows. Of more, it shows how
// many there are.
const mostNames = 3
