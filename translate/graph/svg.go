package graph

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"
)

// SVG writes the graph as a picture. It needs no fonts, styles or programs from
// elsewhere, and follows the reader's choice of light or dark.
func (g *Graph) SVG(w io.Writer) error {
	d := newDrawing(g)
	d.heading = g.heading()
	return d.writeSVG(w, &svg{style: "<style>\n" + style + "</style>\n"})
}

// Inline writes the graph as a part of a page that has [Style]. Link returns the
// address of a task, by the keys that lead to it, or nothing where it has none.
func (g *Graph) Inline(w io.Writer, link func(path []string) string) error {
	d := newDrawing(g)
	d.href = link
	if g.run != nil {
		d.heading = g.heading()
	}
	return d.writeSVG(w, &svg{})
}

func (d *drawing) writeSVG(w io.Writer, c *svg) error {
	d.layout()
	c.begin(d)
	d.paint(c)
	c.out.WriteString("</svg>\n")
	_, err := w.Write(c.out.Bytes())
	return err
}

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

// svg is a canvas that writes SVG.
type svg struct {
	out bytes.Buffer
	// style is what the picture brings along.
	style string
	// depth is in how many groups the next shape is.
	depth int
}

// begin writes what is before all shapes.
func (c *svg) begin(d *drawing) {
	fmt.Fprintf(&c.out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="%[3]s" aria-labelledby="title desc">`+"\n", d.root.Width, d.root.Height, d.role())
	fmt.Fprintf(&c.out, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", escapeXML(d.name()), escapeXML(d.description()))
	c.out.WriteString(c.style + markers)
}

// group writes shapes with a tooltip, which may be a link.
func (c *svg) group(href, tooltip string, shapes func()) {
	end := "</g>\n"
	if href == "" {
		c.out.WriteString("<g>")
	} else {
		fmt.Fprintf(&c.out, `<a href="%s">`, escapeXML(href))
		end = "</a>\n"
	}
	fmt.Fprintf(&c.out, "<title>%s</title>", escapeXML(tooltip))
	c.depth++
	shapes()
	c.depth--
	c.out.WriteString(end)
}

// end ends a line of the file behind a shape that is in no group.
func (c *svg) end() {
	if c.depth == 0 {
		c.out.WriteByte('\n')
	}
}

func (c *svg) rect(class string, r rect, radius int) {
	at := ""
	if r.x != 0 || r.y != 0 {
		at = fmt.Sprintf(` x="%d" y="%d"`, r.x, r.y)
	}
	fmt.Fprintf(&c.out, `<rect class="%s"%s width="%d" height="%d" rx="%d"/>`, class, at, r.width, r.height, radius)
	c.end()
}

func (c *svg) path(class, data string) {
	fmt.Fprintf(&c.out, `<path class="%s" d="%s"/>`, class, data)
	c.end()
}

func (c *svg) line(class, data string, end lineEnd) {
	marker := map[lineEnd]string{parameterEnd: ` marker-end="url(#end)"`, artifactEnd: ` marker-end="url(#enda)"`}[end]
	fmt.Fprintf(&c.out, `<path class="%s" d="%s"%s/><path class="hit" d="%[2]s"/>`, class, data, marker)
	c.end()
}

func (c *svg) text(l textLine, x, y int) {
	scale := 100
	if l.class == boldTitle {
		scale = bold
	}
	fmt.Fprintf(&c.out, `<text class="%s" x="%d" y="%d"%s>%s</text>`, l.class, x, y, textLength(l.text, l.size, scale), escapeXML(l.text))
	c.end()
}

// role is what the picture is for readers who do not see it: one with links is not
// all of one piece.
func (d *drawing) role() string {
	if d.href != nil {
		return "group"
	}
	return "img"
}

func (d *drawing) name() string {
	if d.graph.run != nil {
		return "Run of pipeline " + d.graph.name
	}
	return "Pipeline " + d.graph.name
}

// description describes the picture to readers who do not see it.
func (d *drawing) description() string {
	var named []string
	tasks := 0
	d.graph.root.walk(func(i item) {
		switch i := i.(type) {
		case *group:
			if tasks += i.Folded; i.Folded > 0 {
				named = append(named, i.Title)
			}
		case *node:
			if i.Kind <= aClaim {
				tasks++
				named = append(named, i.Title)
			}
		}
	})
	text := fmt.Sprintf("%d tasks: %s", tasks, shorten(strings.Join(named, ", "), 400))
	if d.graph.description != "" {
		text = d.graph.description + " " + text
	}
	if d.graph.run != nil {
		text = d.graph.run.Text + ". " + text
	}
	return text
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
