package graph

import (
	"fmt"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/graph/internal/layered"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// canvas is what a drawing is painted on. A class is one of the style sheet, or
// several; the data of a path is written as in SVG.
type canvas interface {
	// group paints shapes that belong together, below an address or none.
	group(href, tooltip string, shapes func())
	// rect paints a rectangle whose corners have a radius.
	rect(class string, r rect, radius int)
	path(class, data string)
	line(class, data string, end lineEnd)
	text(l textLine, x, y int)
}

// rect is a rectangle.
type rect struct{ x, y, width, height int }

// rectOf is the rectangle of a box.
func rectOf(b *layered.Box) rect { return rect{b.X, b.Y, b.Width, b.Height} }

// lineEnd is what a line ends with.
type lineEnd int

const (
	noEnd lineEnd = iota
	parameterEnd
	artifactEnd
)

// paint paints the picture: boxes first, then lines over them, then what lines go
// below.
func (d *drawing) paint(c canvas) {
	c.rect("page", rectOf(d.root), 8)
	if d.heading != "" {
		c.text(textLine{text: d.heading, class: boldTitle, size: titleSize}, nodePadding, 24)
	}
	d.groups(func(g *group) { d.frame(c, g) })
	for _, l := range d.links {
		d.link(c, l)
	}
	d.groups(func(g *group) { d.header(c, g) })
	d.graph.root.walk(func(i item) {
		if n, ok := i.(*node); ok {
			d.node(c, n)
		}
	})
	for _, l := range d.links {
		d.label(c, l)
	}
}

// groups calls a function for each group but that of all, outer ones first.
func (d *drawing) groups(call func(*group)) {
	d.graph.root.walk(func(i item) {
		if g, ok := i.(*group); ok {
			call(g)
		}
	})
}

func (k groupKind) class() string {
	switch k {
	case aLoop:
		return "loop"
	case aCondition:
		return "condition"
	case branches:
		return "branches"
	case exitHandler:
		return "exit"
	}
	return "nested"
}

func (k nodeKind) class() string {
	switch k {
	case anImporter:
		return "n importer"
	case aClaim:
		return "n claim"
	case anInput, anOutput:
		return "value"
	case aLoopItem:
		return "value item"
	}
	return "n"
}

// frame paints the box of a group, but not of one that is folded.
func (d *drawing) frame(c canvas, g *group) {
	if g.Folded > 0 {
		return
	}
	b := d.boxes[g]
	c.group("", itemTooltip(g), func() { c.rect("g "+g.Kind.class(), rectOf(b), 8) })
}

// header paints the upper end of a group over the lines that cross it, and all of one
// that is folded.
func (d *drawing) header(c canvas, g *group) {
	b := d.boxes[g]
	class := g.Kind.class()
	if g.Outcome != nil {
		class = stateClass(g.Outcome.State)
	}
	c.group(d.address(g), itemTooltip(g), func() {
		if g.Folded > 0 {
			c.rect("n "+class, rect{b.X + 6, b.Y + stack, b.Width - 12, b.Height - stack}, 6)
			c.rect("n "+class, rect{b.X, b.Y, b.Width, b.Height - stack}, 8)
		} else {
			c.path("h "+class, fmt.Sprintf("M%d %dv-%dq0 -7 7 -7h%dq7 0 7 7v%dz", b.X+1, b.Y+b.Header, b.Header-8, b.Width-16, b.Header-8))
		}
		for i, l := range headerLines(g) {
			c.text(textLine{text: l, class: "hl", size: smallSize}, b.X+nodePadding, b.Y+16+i*smallLine)
		}
	})
}

// boldTitle is the class of the heading.
const boldTitle = "t b"

// node paints a node: its shape and its lines.
func (d *drawing) node(c canvas, n *node) {
	b := d.boxes[n]
	class := n.Kind.class()
	if n.Outcome != nil {
		class = "n " + stateClass(n.Outcome.State)
	}
	c.group(d.address(n), itemTooltip(n), func() {
		outline(c, n, class, b)
		y := b.Y + 5
		if n.Kind == aClaim {
			y += 9
		}
		for _, l := range d.lines(n) {
			l.class += " m"
			c.text(l, b.X+b.Width/2, y+l.height*3/4)
			y += l.height
		}
	})
}

// address is where an item leads to, or empty.
func (d *drawing) address(i item) string {
	if path := i.base().Path; d.href != nil && len(path) > 0 {
		return d.href(path)
	}
	return ""
}

// outline paints the outline of a node.
func outline(c canvas, n *node, class string, b *layered.Box) {
	x, y, w, h := b.X, b.Y, b.Width, b.Height
	switch {
	case n.Kind >= anInput:
		c.rect(class, rectOf(b), 12)
	case n.Kind == anImporter:
		c.path(class, fmt.Sprintf("M%d %dh%dl9 9v%dh-%dz", x, y, w-9, h-9, w))
		c.path(class+" inner", fmt.Sprintf("M%d %dv9h9", x+w-9, y))
	case n.Kind == aClaim:
		c.path(class, fmt.Sprintf("M%d %dv%da%d 6 0 0 0 %d 0v-%da%[4]d 6 0 0 0 -%[5]d 0a%[4]d 6 0 0 0 %[5]d 0", x, y+6, h-12, w/2, w/2*2, h-12))
	default:
		c.rect(class, rectOf(b), 6)
		if n.Always {
			c.rect(class+" inner", rect{x + 3, y + 3, w - 6, h - 6}, 4)
		}
	}
}

// link paints a part of edges.
func (d *drawing) link(c canvas, l *layered.Link) {
	edges := d.edgesOf(l.Edges)
	class, end := "e", parameterEnd
	switch strongest(edges) {
	case artifact:
		class, end = "e a", artifactEnd
	case order:
		class = "e w"
	}
	if !l.Ends {
		end = noEnd
	}
	c.group("", tooltip(edges), func() { c.line(class, curve(l.Points), end) })
}

// strongest is the kind of edges that run together.
func strongest(edges []*edge) edgeKind {
	kind := order
	for _, e := range edges {
		kind = max(kind, e.Kind())
	}
	return kind
}

// curve joins points: every second way is a straight line down, and those
// between are curves.
func curve(points []layered.Point) string {
	var path strings.Builder
	fmt.Fprintf(&path, "M%d %d", points[0].X, points[0].Y)
	for i, p := range points[1:] {
		before := points[i]
		switch {
		case p == before:
		case p.X == before.X:
			fmt.Fprintf(&path, "V%d", p.Y)
		default:
			middle := (before.Y + p.Y) / 2
			fmt.Fprintf(&path, "C%d %d %d %d %d %d", before.X, middle, p.X, middle, p.X, p.Y)
		}
	}
	return path.String()
}

// label paints what a link carries next to it.
func (d *drawing) label(c canvas, l *layered.Link) {
	if l.Size == (layered.Size{}) {
		return
	}
	edges := d.edgesOf(l.Edges)
	c.group("", tooltip(edges), func() {
		for i, line := range labelOf(edges) {
			class := "l"
			if line.artifact {
				class = "la"
			}
			c.text(textLine{text: line.text, class: class, size: smallSize}, l.Label.X+5, l.Label.Y+smallLine*i+11)
		}
	})
}

func itemTooltip(i item) string {
	c := i.base()
	lines := append([]string{c.Title}, c.Details...)
	if n, ok := i.(*node); ok && len(n.Names) > 0 {
		lines = c.Details
	}
	if c.Outcome != nil {
		lines = append(append(lines, c.Outcome.Text), c.Outcome.Details...)
	}
	return strings.Join(lines, "\n")
}

func stateClass(s progress.State) string { return strings.ToLower(s.String()) }

// sign is a character for the state, for those who see no colours.
func (o *outcome) sign() string {
	switch o.State {
	case progress.Succeeded:
		return "✓"
	case progress.Failed:
		return "✗"
	case progress.Running:
		return "▶"
	}
	return "○"
}
