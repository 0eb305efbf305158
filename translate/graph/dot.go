package graph

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// DOT writes the graph in the language of Graphviz.
func (g *Graph) DOT(w io.Writer) error {
	d := &dot{}
	fmt.Fprintf(&d.out, `digraph %s {
  graph [compound=true, fontname="Helvetica", fontsize=11, labeljust=l, label=%s, labelloc=t]
  node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#57606a", fontname="Helvetica", fontsize=12]
  edge [color="#6e7781", fontcolor="#57606a", fontname="Helvetica", fontsize=10, arrowsize=0.7]
`, quoteDOT(g.name), quoteDOT(g.heading()))
	d.items(g.root, "  ")
	for _, e := range g.edges {
		d.edge(e)
	}
	d.out.WriteString("}\n")
	_, err := w.Write(d.out.Bytes())
	return err
}

type dot struct{ out bytes.Buffer }

func (d *dot) items(in *group, indent string) {
	for _, i := range in.Items {
		switch i := i.(type) {
		case *node:
			fmt.Fprintf(&d.out, "%s%s [label=%s, tooltip=%s%s]\n", indent, i.ID,
				quoteDOT(strings.Join(nodeLines(i), "\n")), quoteDOT(itemTooltip(i)), dotNode(i))
		case *group:
			fmt.Fprintf(&d.out, "%ssubgraph cluster_%s {\n", indent, i.ID)
			fmt.Fprintf(&d.out, "%s  graph [label=%s, tooltip=%s, style=\"rounded,filled\", %s]\n", indent,
				quoteDOT(strings.Join(headerLines(i), "\n")), quoteDOT(itemTooltip(i)), dotGroup(i))
			if len(i.Items) == 0 {
				fmt.Fprintf(&d.out, "%s  %s [shape=point, style=invis]\n", indent, i.ID)
			}
			d.items(i, indent+"  ")
			fmt.Fprintf(&d.out, "%s}\n", indent)
		}
	}
}

// edge writes an edge. Graphviz knows edges between nodes only, but it can cut
// them at the sides of a cluster.
func (d *dot) edge(e *edge) {
	attributes := []string{"edgetooltip=" + quoteDOT(tooltip([]*edge{e}))}
	if lines := labelOf([]*edge{e}); len(lines) > 0 {
		attributes = append(attributes, "label="+quoteDOT(strings.Join(lineTexts(lines), "\n")))
	}
	switch e.Kind() {
	case order:
		attributes = append(attributes, "style=dashed")
	case artifact:
		attributes = append(attributes, `color="#8250df"`, `fontcolor="#8250df"`, "penwidth=2")
	}
	from, to := e.From, e.To
	if g, ok := from.(*group); ok {
		attributes = append(attributes, "ltail=cluster_"+g.ID)
		from = g.edgeNode(len(g.Items) - 1)
	}
	if g, ok := to.(*group); ok {
		attributes = append(attributes, "lhead=cluster_"+g.ID)
		to = g.edgeNode(0)
	}
	fmt.Fprintf(&d.out, "  %s -> %s [%s]\n", from.ident(), to.ident(), strings.Join(attributes, ", "))
}

// edgeNode is a node in a group: the group itself where it is empty.
func (g *group) edgeNode(at int) item {
	if len(g.Items) == 0 {
		return g
	}
	if inner, ok := g.Items[at].(*group); ok {
		if at > 0 {
			at = len(inner.Items) - 1
		}
		return inner.edgeNode(at)
	}
	return g.Items[at]
}

func dotNode(n *node) string {
	shape := ""
	switch {
	case n.Kind == anImporter:
		shape = `, shape=note, style=filled, fillcolor="#e6f4ea", color="#2f7d4f"`
	case n.Kind == aClaim:
		shape = `, shape=cylinder, style=filled, fillcolor="#f3e8fd", color="#8250df"`
	case n.Kind >= anInput:
		shape = `, fontsize=10, fillcolor="#ffffff", color="#8c959f", height=0.25`
	case n.Always:
		shape = ", peripheries=2"
	}
	if n.Outcome == nil {
		return shape
	}
	fill, stroke := stateColors(n.Outcome.State)
	return fmt.Sprintf("%s, fillcolor=%q, color=%q", shape, fill, stroke)
}

func dotGroup(g *group) string {
	fill, stroke := "#eaeef2", "#8c959f"
	switch g.Kind {
	case aLoop:
		fill, stroke = "#eef6ff", "#4f8fd0"
	case aCondition, branches:
		fill, stroke = "#fffaeb", "#c69026"
	case exitHandler:
		fill, stroke = "#fef2f2", "#d1675f"
	}
	if g.Outcome != nil {
		_, stroke = stateColors(g.Outcome.State)
	}
	return fmt.Sprintf("fillcolor=%q, color=%q", fill, stroke)
}

func stateColors(s progress.State) (fill, stroke string) {
	switch s {
	case progress.Succeeded:
		return "#dafbe1", "#1a7f37"
	case progress.Failed:
		return "#ffdcd7", "#cf222e"
	case progress.Running:
		return "#cfe5ff", "#0969da"
	case progress.Pending:
		return "#fff8c5", "#9a6700"
	}
	return "#f6f8fa", "#afb8c1"
}

// quoteDOT quotes a text, with \n for a new line. Backslashes and ampersands are
// escaped, so that none of Graphviz's escapes and entities comes about.
func quoteDOT(text string) string {
	text = strings.NewReplacer("&", "&amp;", `\`, `\\`, `"`, `\"`, "\n", `\n`, "\x00", "\ufffd").Replace(strings.ToValidUTF8(text, "\ufffd"))
	return `"` + text + `"`
}
