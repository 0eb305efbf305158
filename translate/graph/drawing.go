package graph

import (
	"github.com/kfp2argo/kfp2argo/translate/graph/internal/layered"
)

// The measures of the picture, in pixels.
const (
	titleSize   = 13
	smallSize   = 11
	titleLine   = 17
	smallLine   = 14
	nodePadding = 12
	mostTitle   = 36 // characters in a line of a node's title
	mostHeader  = 60 // and of a group's
	mostReason  = 44 // and of why something has failed
	stack       = 6  // how far a folded group shows that there is more behind it
)

// drawing is a graph on its way to a picture.
type drawing struct {
	graph *Graph
	root  *layered.Box
	boxes map[item]*layered.Box
	edges map[*layered.Edge]*edge
	links []*layered.Link
	// heading stands above everything, if it is not empty; href is the address of a
	// task, or nil.
	heading string
	href    func(path []string) string
}

func newDrawing(g *Graph) *drawing {
	return &drawing{graph: g, boxes: map[item]*layered.Box{}, edges: map[*layered.Edge]*edge{}}
}

// layout finds the place of everything.
func (d *drawing) layout() {
	d.root = d.box(d.graph.root)
	var edges []*layered.Edge
	for _, e := range d.graph.edges {
		le := &layered.Edge{From: d.boxes[e.From], To: d.boxes[e.To]}
		edges, d.edges[le] = append(edges, le), e
	}
	d.links = layered.Layout(d.root, edges, func(together []*layered.Edge) layered.Size {
		return labelSize(labelOf(d.edgesOf(together)))
	})
}

func (d *drawing) edgesOf(links []*layered.Edge) []*edge {
	var all []*edge
	for _, e := range links {
		all = append(all, d.edges[e])
	}
	return all
}

func labelSize(lines []line) layered.Size {
	if len(lines) == 0 {
		return layered.Size{}
	}
	var texts []string
	for _, l := range lines {
		texts = append(texts, l.text)
	}
	return layered.Size{Width: widest(texts, smallSize) + 8, Height: smallLine*len(lines) + 2}
}

// box measures an item and all that is inside it.
func (d *drawing) box(i item) *layered.Box {
	b := &layered.Box{}
	d.boxes[i] = b
	switch i := i.(type) {
	case *node:
		lines := d.lines(i)
		for _, l := range lines {
			b.Width = max(b.Width, textWidth(l.text, l.size))
			b.Height += l.height
		}
		b.Width += 2 * nodePadding
		b.Height += 10
		if i.Kind == aClaim {
			b.Height += 10
		}
		if i.Kind <= aClaim {
			b.Width = max(b.Width, 72)
		}
	case *group:
		if header := headerLines(i); len(header) > 0 {
			b.Header = len(header)*smallLine + 10
			b.MinWidth = widest(header, smallSize) + 2*nodePadding
			if i.Folded > 0 {
				b.Height = b.Header + stack
			}
		}
		if i == d.graph.root && d.heading != "" {
			b.Header = 24
			b.MinWidth = textWidth(d.heading, titleSize) + 2*nodePadding
		}
		for _, inner := range i.Items {
			b.Children = append(b.Children, d.box(inner))
		}
	}
	return b
}

// headerLines are the lines above what is in a group.
func headerLines(g *group) []string {
	if g.parent == nil {
		return nil
	}
	lines := wrap(g.Title, mostHeader, 3)
	if g.Folded > 0 {
		lines = append(lines, g.Inside)
	}
	return append(lines, g.Outcome.lines()...)
}

// textLine is a line in a node.
type textLine struct {
	text, class  string
	size, height int
}

// lines are what is in a node.
func (d *drawing) lines(n *node) []textLine {
	var all []textLine
	if n.Kind >= anInput {
		for _, t := range n.titleLines() {
			all = append(all, textLine{shorten(t, mostTitle), "s", smallSize, smallLine})
		}
		return all
	}
	for _, t := range wrap(n.Title, mostTitle, 2) {
		all = append(all, textLine{t, "t", titleSize, titleLine})
	}
	if c := n.caption(); c != "" {
		all = append(all, textLine{c, "s", smallSize, smallLine})
	}
	for _, l := range n.Outcome.lines() {
		all = append(all, textLine{l, "s o", smallSize, smallLine})
	}
	return all
}

// walk calls a function for all that is inside a group.
func (g *group) walk(visit func(item)) {
	for _, i := range g.Items {
		visit(i)
		if inner, ok := i.(*group); ok {
			inner.walk(visit)
		}
	}
}
