package flow

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Range says how much there is of a value where the pipeline and the arguments
// tell. Its zero value says that nothing is known of it yet.
type Range struct {
	state       rangeState
	Least, Most int
}

type rangeState int

const (
	nothing rangeState = iota // no value gets here
	known
	open // the run decides
)

// Known reports whether Least and Most say anything.
func (r Range) Known() bool { return r.state == known }

// Or is what holds for a value of which one or the other holds.
func (r Range) Or(other Range) Range {
	switch {
	case r.state == nothing:
		return other
	case other.state == nothing:
		return r
	case r.state == open || other.state == open:
		return Range{state: open}
	}
	return Range{known, min(r.Least, other.Least), max(r.Most, other.Most)}
}

// Items finds how many items the lists at all places have: those that stand in
// the document, defaults, and the arguments of the pipeline, natural texts, as
// they are given at translation.
func (g *Graph) Items(arguments map[string]string) map[Place]Range {
	return g.measured(arguments, func(value json.RawMessage) (int, bool) {
		if contract.KindOf(value) == contract.KindString { // a list in a text is as good
			text, err := contract.Text(value)
			if err != nil || constant.HasPlaceholder(value) {
				return 0, false
			}
			value = json.RawMessage(text)
		}
		var items []json.RawMessage
		if contract.KindOf(value) == contract.KindNull || json.Unmarshal(value, &items) != nil {
			return 0, false
		}
		return len(items), true
	})
}

// Bytes finds how long the texts of the values at all places are, as a program
// is given them.
func (g *Graph) Bytes(arguments map[string]string) map[Place]Range {
	return g.measured(arguments, func(value json.RawMessage) (int, bool) {
		if constant.HasPlaceholder(value) {
			return 0, false
		}
		text, err := contract.Text(value)
		return len(text), err == nil
	})
}

// measured follows what a measure says of values that are known.
func (g *Graph) measured(arguments map[string]string, measure func(json.RawMessage) (int, bool)) map[Place]Range {
	exactly := func(value json.RawMessage) Range {
		n, ok := measure(value)
		if !ok {
			return Range{state: open}
		}
		return Range{known, n, n}
	}
	return Solve(g, Analysis[Range]{
		Start: func(p Place) Range {
			switch p := p.(type) {
			case Constant:
				return exactly(p.Binding.Source.(pipeline.Constant).Value)
			case Default:
				return exactly(p.Parameter.Default)
			case Submitted:
				value, ok := g.submittedValue(p, arguments)
				if !ok {
					return Range{}
				}
				return exactly(value)
			case Items:
				return Range{known, len(p.Task.Loop.Static), len(p.Task.Loop.Static)}
			case Status:
				return Range{state: open}
			case Input, Argument, Output, Result, Body, Condition, Loop, Setting, Texts:
				return Range{}
			}
			return Range{}
		},
		Through: func(e Edge, r Range) Range {
			//exhaustive:enforce
			switch e.How {
			case Whole, Alternative:
				return r
			case Fallback:
				return g.fallback(e, r, arguments)
			case Mentioned:
				return Range{} // it says nothing of the whole
			case Selected, Item, Collected, Computed:
				return Range{state: open}
			}
			panic("flow: unknown edge")
		},
		Join: Range.Or,
	})
}

// submittedValue is the JSON of an argument that is given at translation.
func (g *Graph) submittedValue(p Submitted, arguments map[string]string) (json.RawMessage, bool) {
	text, given := arguments[p.Name]
	if !given || p.Artifact {
		return nil, false
	}
	if g.pipeline.Root.Parameter(p.Name).Type == contract.String {
		return contract.QuoteText(text), true
	}
	if text == "" {
		text = "null"
	}
	return json.RawMessage(text), true
}

// fallback is what an edge makes of a default: nothing where an argument is
// given in its place.
func (g *Graph) fallback(e Edge, r Range, arguments map[string]string) Range {
	if s, ok := e.To.(Submitted); ok {
		if _, given := g.submittedValue(s, arguments); given {
			return Range{}
		}
	}
	return r
}
