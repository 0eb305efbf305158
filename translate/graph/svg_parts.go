package graph

import (
	"fmt"
	"html"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/graph/internal/layered"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Style returns the style sheet that a page needs for pictures of [Graph.Inline].
func Style() string { return style }

// style colours the picture. Its names are short because they occur often.
const style = `.page{fill:#ffffff}
text{font-family:Helvetica,Arial,"Liberation Sans",sans-serif;fill:#1f2328}
.t{font-size:13px}.hl{font-size:11px}.s{font-size:11px}.b{font-weight:bold}.s{fill:#57606a}.m{text-anchor:middle}
.n{fill:#f6f8fa;stroke:#57606a;stroke-width:1.2}
.importer{fill:#e6f4ea;stroke:#2f7d4f}.claim{fill:#f3e8fd;stroke:#8250df}
.value{fill:#ffffff;stroke:#8c959f;stroke-width:1}.item{stroke-dasharray:3 2}
.inner{fill:none;stroke-width:.8}
.g{stroke-width:1;fill-opacity:.35}.h{stroke:none}
.loop{fill:#ddeeff;stroke:#4f8fd0}.condition{fill:#fff3cd;stroke:#c69026}.branches{fill:#fffaeb;stroke:#c69026;stroke-dasharray:4 3}
.exit{fill:#fde8e8;stroke:#d1675f}.nested{fill:#eaeef2;stroke:#8c959f}
.h.branches{fill:#fff3cd}.h.t{fill-opacity:1}
.e{fill:none;stroke:#6e7781;stroke-width:1.2}.a{stroke:#8250df;stroke-width:2.2}.w{stroke-dasharray:5 4}
.fe{fill:#6e7781}.fa{fill:#8250df}
.hit{fill:none;stroke:transparent;stroke-width:9}
.l{font-size:11px;fill:#57606a}.la{font-size:11px;fill:#8250df}
.succeeded{fill:#dafbe1;stroke:#1a7f37}.failed{fill:#ffdcd7;stroke:#cf222e;stroke-width:2}.running{fill:#cfe5ff;stroke:#0969da;stroke-width:2}
.pending{fill:#fff8c5;stroke:#9a6700}.skipped,.omitted,.waiting{fill:#f6f8fa;stroke:#afb8c1;stroke-dasharray:4 3}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}text{fill:#e6edf3}.s,.l{fill:#9da7b3}
.n{fill:#21262d;stroke:#8b949e}.importer{fill:#12261b;stroke:#3fb950}.claim{fill:#271b3a;stroke:#a371f7}.value{fill:#0d1117;stroke:#6e7681}
.loop{fill:#0c2d54;stroke:#388bfd}.condition,.h.branches{fill:#3b2a05;stroke:#bb8009}.branches{fill:#241a04;stroke:#bb8009}
.exit{fill:#3d1418;stroke:#f85149}.nested{fill:#21262d;stroke:#6e7681}.inner{fill:none}
.e{stroke:#8b949e}.a{stroke:#bc8cff}.fe{fill:#8b949e}.fa{fill:#bc8cff}.la{fill:#bc8cff}
.succeeded{fill:#12361f;stroke:#3fb950}.failed{fill:#4c1519;stroke:#f85149}.running{fill:#0c2d6b;stroke:#58a6ff}
.pending{fill:#341a00;stroke:#d29922}.skipped,.omitted,.waiting{fill:#161b22;stroke:#484f58}
}
`

// markers are the ends of lines.
const markers = `<defs>
<marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="fe" d="M0 0L8 4L0 8z"/></marker>
<marker id="enda" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path class="fa" d="M0 0L8 4L0 8z"/></marker>
</defs>
`

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

// frame draws the box of a group, but not of one that is folded.
func (d *drawing) frame(g *group) {
	if g.Folded > 0 {
		return
	}
	b := d.boxes[g]
	class := g.Kind.class()
	fmt.Fprintf(&d.out, `<g><title>%s</title><rect class="g %s" x="%d" y="%d" width="%d" height="%d" rx="8"/></g>`+"\n",
		escapeXML(itemTooltip(g)), class, b.X, b.Y, b.Width, b.Height)
}

// header draws the upper end of a group over the lines that cross it, and all of one
// that is folded.
func (d *drawing) header(g *group) {
	b := d.boxes[g]
	class := g.Kind.class()
	if g.Outcome != nil {
		class = stateClass(g.Outcome.State)
	}
	end := d.open(g)
	fmt.Fprintf(&d.out, `<title>%s</title>`, escapeXML(itemTooltip(g)))
	if g.Folded > 0 {
		fmt.Fprintf(&d.out, `<rect class="n %s" x="%d" y="%d" width="%d" height="%d" rx="6"/><rect class="n %s" x="%d" y="%d" width="%d" height="%d" rx="8"/>`,
			class, b.X+6, b.Y+stack, b.Width-12, b.Height-stack, class, b.X, b.Y, b.Width, b.Height-stack)
	} else {
		fmt.Fprintf(&d.out, `<path class="h %s" d="M%d %dv-%dq0 -7 7 -7h%dq7 0 7 7v%dz"/>`,
			class, b.X+1, b.Y+b.Header, b.Header-8, b.Width-16, b.Header-8)
	}
	for i, l := range headerLines(g) {
		d.text(textLine{text: l, class: "hl", size: smallSize}, b.X+nodePadding, b.Y+16+i*smallLine)
	}
	d.out.WriteString(end)
}

func (d *drawing) text(l textLine, x, y int) {
	scale := 100
	if l.class == boldTitle {
		scale = bold
	}
	fmt.Fprintf(&d.out, `<text class="%s" x="%d" y="%d"%s>%s</text>`, l.class, x, y, textLength(l.text, l.size, scale), escapeXML(l.text))
}

// boldTitle is the class of the heading.
const boldTitle = "t b"

// node draws a node: its shape and its lines.
func (d *drawing) node(n *node) {
	b := d.boxes[n]
	class := n.Kind.class()
	if n.Outcome != nil {
		class = "n " + stateClass(n.Outcome.State)
	}
	end := d.open(n)
	fmt.Fprintf(&d.out, `<title>%s</title>%s`, escapeXML(itemTooltip(n)), shape(n, class, b))
	y := b.Y + 5
	if n.Kind == aClaim {
		y += 9
	}
	for _, l := range d.lines(n) {
		l.class += " m"
		d.text(l, b.X+b.Width/2, y+l.height*3/4)
		y += l.height
	}
	d.out.WriteString(end)
}

// open begins what belongs to an item, which may be a link, and returns its end.
func (d *drawing) open(i item) (end string) {
	href := ""
	if path := i.base().Path; d.href != nil && len(path) > 0 {
		href = d.href(path)
	}
	if href == "" {
		d.out.WriteString("<g>")
		return "</g>\n"
	}
	fmt.Fprintf(&d.out, `<a href="%s">`, escapeXML(href))
	return "</a>\n"
}

// shape draws the outline of a node.
func shape(n *node, class string, b *layered.Box) string {
	x, y, w, h := b.X, b.Y, b.Width, b.Height
	switch {
	case n.Kind >= anInput:
		return fmt.Sprintf(`<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="%d"/>`, class, x, y, w, h, 12)
	case n.Kind == anImporter:
		return fmt.Sprintf(`<path class="%s" d="M%d %dh%dl9 9v%dh-%dz"/><path class="%[1]s inner" d="M%[7]d %[3]dv9h9"/>`, class, x, y, w-9, h-9, w, x+w-9)
	case n.Kind == aClaim:
		return fmt.Sprintf(`<path class="%s" d="M%d %dv%da%d 6 0 0 0 %d 0v-%da%[5]d 6 0 0 0 -%[6]d 0a%[5]d 6 0 0 0 %[6]d 0"/>`, class, x, y+6, h-12, w/2, w/2*2, h-12)
	}
	outline := fmt.Sprintf(`<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="6"/>`, class, x, y, w, h)
	if n.Always {
		outline += fmt.Sprintf(`<rect class="%s inner" x="%d" y="%d" width="%d" height="%d" rx="4"/>`, class, x+3, y+3, w-6, h-6)
	}
	return outline
}

// link draws a part of edges.
func (d *drawing) link(l *layered.Link) {
	edges := d.edgesOf(l.Edges)
	class, marker := "e", "end"
	switch strongest(edges) {
	case artifact:
		class, marker = "e a", "enda"
	case order:
		class = "e w"
	}
	path := curve(l.Points)
	end := ""
	if l.Ends {
		end = fmt.Sprintf(` marker-end="url(#%s)"`, marker)
	}
	fmt.Fprintf(&d.out, `<g><title>%s</title><path class="%s" d="%s"%s/><path class="hit" d="%[3]s"/></g>`+"\n",
		escapeXML(tooltip(edges)), class, path, end)
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

// label writes what a link carries next to it.
func (d *drawing) label(l *layered.Link) {
	if l.Size == (layered.Size{}) {
		return
	}
	edges := d.edgesOf(l.Edges)
	fmt.Fprintf(&d.out, `<g><title>%s</title>`, escapeXML(tooltip(edges)))
	for i, line := range labelOf(edges) {
		class := "l"
		if line.artifact {
			class = "la"
		}
		d.text(textLine{text: line.text, class: class, size: smallSize}, l.Label.X+5, l.Label.Y+smallLine*i+11)
	}
	d.out.WriteString("</g>\n")
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

// escapeXML escapes a text for XML, which has no place for most control
// characters.
func escapeXML(text string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r == '\ufffe' || r == '\uffff':
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd")))
}
