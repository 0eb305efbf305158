// Package flow says how values travel through a pipeline: what an input, an
// output, a condition or a setting is made of, and what it feeds.
//
// The flow is a graph. Its vertices are the places where a value is, its edges
// say how the value of one gets to the next. A nested pipeline is in it once,
// however many tasks run it, as its template is in the Workflow: what one task
// gives to an input may be there wherever the pipeline runs.
//
// [Solve] answers a question about all places at once; what the passes ask of a
// pipeline stands in questions.go.
package flow

import (
	"slices"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// How says how a value gets from one place to another.
type How int

// The ways.
const (
	// Whole hands a value on as it is.
	Whole How = iota
	// Selected takes the member of a value that a selector names.
	Selected
	// Item takes one item of a list for an iteration of a loop.
	Item
	// Mentioned fills the text of a value into a constant, or into a text of the
	// pod, where a placeholder stands.
	Mentioned
	// Alternative is one of several outputs of which that is handed on whose
	// task has run first.
	Alternative
	// Fallback is taken where there is no other value.
	Fallback
	// Collected makes a list of what the iterations of a loop hand out.
	Collected
	// Computed is what a program, an importer or a claim makes of what it reads.
	Computed
)

// Edge is a step of a value on its way.
type Edge struct {
	From, To Place
	How      How
}

// Graph is the flow of the values of a pipeline. It does not change.
type Graph struct {
	pipeline *pipeline.Pipeline
	places   []Place // in the order in which they were found
	into     map[Place][]Edge
	outOf    map[Place][]Edge
}

// Places lists all places, in an order that the document alone decides.
func (g *Graph) Places() []Place { return slices.Clone(g.places) }

// Into lists the edges that lead to a place.
func (g *Graph) Into(p Place) []Edge { return g.into[p] }

// OutOf lists the edges that lead away from a place.
func (g *Graph) OutOf(p Place) []Edge { return g.outOf[p] }

// place adds a place, if it is new.
func (g *Graph) place(p Place) {
	if _, known := g.into[p]; !known {
		g.places = append(g.places, p)
		g.into[p], g.outOf[p] = nil, nil
	}
}

// lead adds an edge.
func (g *Graph) lead(from, to Place, how How) {
	g.place(from)
	g.place(to)
	e := Edge{From: from, To: to, How: how}
	g.into[to] = append(g.into[to], e)
	g.outOf[from] = append(g.outOf[from], e)
}
