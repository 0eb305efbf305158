package flow

import (
	"maps"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Analysis is a question about all places. Its answers are the elements of a
// lattice: from what is known of a place by itself they only grow, by what the
// edges bring from other places, until nothing is left that changes one.
type Analysis[V comparable] struct {
	// Start is what is known of a place by itself.
	Start func(Place) V
	// Through is what an edge makes of what is known of the place where it
	// begins; of that where it ends, if the analysis goes backward.
	Through func(Edge, V) V
	// Join is the least answer that says what both say. It must be commutative,
	// associative and idempotent, and not grow for ever.
	Join func(V, V) V
	// Backward asks what a place feeds rather than what it is made of.
	Backward bool
}

// Solve finds the least answers that agree with each other.
func Solve[V comparable](g *Graph, a Analysis[V]) map[Place]V {
	answers := make(map[Place]V, len(g.places))
	for _, p := range g.places {
		answers[p] = a.Start(p)
	}
	waiting := g.Places()
	for len(waiting) > 0 {
		from := waiting[0]
		waiting = waiting[1:]
		for _, e := range g.next(from, a.Backward) {
			to := e.To
			if a.Backward {
				to = e.From
			}
			if joined := a.Join(answers[to], a.Through(e, answers[from])); joined != answers[to] {
				answers[to] = joined
				waiting = append(waiting, to)
			}
		}
	}
	return answers
}

func (g *Graph) next(p Place, backward bool) []Edge {
	if backward {
		return g.into[p]
	}
	return g.outOf[p]
}

// Set holds the places that answer a question with yes.
type Set map[Place]bool

// Has reports whether a place answers with yes.
func (s Set) Has(p Place) bool { return s[p] }

// effect is what an edge does to a yes.
type effect int

const (
	carries effect = iota // a yes makes a yes
	gives                 // it makes a yes of everything
	stops                 // it makes a yes of nothing
)

// may finds the places that answer with yes if one that leads to them does.
func (g *Graph) may(start func(Place) bool, through func(Edge) effect, backward bool) Set {
	answers := Solve(g, Analysis[bool]{
		Start: start,
		Through: func(e Edge, yes bool) bool {
			switch through(e) {
			case carries:
				return yes
			case gives:
				return true
			case stops:
				return false
			}
			panic("flow: unknown effect")
		},
		Join:     func(a, b bool) bool { return a || b },
		Backward: backward,
	})
	maps.DeleteFunc(answers, func(_ Place, yes bool) bool { return !yes })
	return answers
}

func isDAG(c *pipeline.Component) bool {
	_, ok := c.Body.(*pipeline.DAG)
	return ok
}
