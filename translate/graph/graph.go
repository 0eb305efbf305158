// Package graph draws a pipeline: its tasks, what they pass to each other, and
// what makes them wait, repeat or stay away. [Build] makes the graph of a
// resolved pipeline, [Graph.Color] adds how a run of it went, and the writers
// turn it into Mermaid, DOT or SVG, the same bytes for the same graph.
package graph

import (
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Graph is the picture of a pipeline, before it is laid out.
type Graph struct {
	Name, Description string
	// Root holds everything. It is the pipeline itself and has no title.
	Root  *Group
	Edges []*Edge
	// Run says how the run went, or is nil where the picture is of no run.
	Run *Outcome
}

// Item is a [*Node] or a [*Group].
type Item interface {
	ident() string
	base() *common
}

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
	Outcome *Outcome
	// Always says that the task runs however those before it have ended.
	Always bool

	parent *Group
}

func (c *common) ident() string { return c.ID }
func (c *common) base() *common { return c }

// Kind is what a node stands for.
type Kind int

// The kinds of nodes.
const (
	Container Kind = iota
	Importer
	Claim
	// Input and Output are inputs and outputs of the pipeline. Inputs that go
	// the same ways share a node.
	Input
	Output
	// LoopItem is the item of an iteration.
	LoopItem
)

// Node is a task that runs once, or a value at the rim of the pipeline.
type Node struct {
	common
	Kind Kind
	// Names are the inputs or outputs that the node stands for.
	Names []string
}

// GroupKind is why tasks stand together.
type GroupKind int

// The kinds of groups.
const (
	Nested GroupKind = iota
	Loop
	Condition
	// Branches are conditions of which at most one holds.
	Branches
	ExitHandler
)

// Group is tasks in a common box.
type Group struct {
	common
	Kind  GroupKind
	Items []Item
}

// Edge says that To needs what From makes, or where it carries nothing, that
// To waits for From.
type Edge struct {
	From, To Item
	Carries  []Carry
}

// Carry is one value on an edge.
type Carry struct {
	// Name is what the task that takes the value calls it.
	Name string
	// Type is the title of an artifact's type, or KFP's name of that of a
	// parameter; it may be empty.
	Type     string
	Artifact bool
	// Origin says in full where the value comes from.
	Origin string
}

// EdgeKind is what an edge carries most of all.
type EdgeKind int

// The kinds of edges.
const (
	Order EdgeKind = iota
	Parameter
	Artifact
)

// Kind returns the kind of an edge.
func (e *Edge) Kind() EdgeKind {
	switch {
	case len(e.Carries) == 0:
		return Order
	case slices.ContainsFunc(e.Carries, func(c Carry) bool { return c.Artifact }):
		return Artifact
	}
	return Parameter
}

// Outcome is what became of a task, or of all its iterations.
type Outcome struct {
	State progress.State
	// Text says it in a few words; Details are further facts, a line each.
	Text    string
	Details []string
}

// caption is the small line below the title of a node.
func (n *Node) caption() string {
	var parts []string
	switch n.Kind {
	case Importer:
		parts = append(parts, "importer")
	case Claim:
		parts = append(parts, "volume claim")
	}
	if n.Always {
		parts = append(parts, "always runs")
	}
	return strings.Join(parts, " · ")
}

// titleLines are the lines of the title of a node.
func (n *Node) titleLines() []string {
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
