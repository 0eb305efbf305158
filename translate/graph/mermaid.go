package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Mermaid writes the graph as a flowchart of Mermaid's, which GitHub, GitLab and
// many editors draw where it is in Markdown.
func (g *Graph) Mermaid(w io.Writer) error {
	m := &mermaid{}
	title, err := json.Marshal(g.heading())
	if err != nil {
		return err
	}
	fmt.Fprintf(&m.out, "---\ntitle: %s\n---\nflowchart TD\n", title)
	m.items(g.root, "  ")
	m.edges(g.edges)
	for _, c := range m.classes() {
		fmt.Fprintf(&m.out, "  classDef %s %s\n", c[0], c[1])
	}
	_, err = w.Write(m.out.Bytes())
	return err
}

// heading names the pipeline, and where the picture is of a run, the run.
func (g *Graph) heading() string {
	if g.run == nil {
		return g.name
	}
	return g.name + ": " + g.run.Text
}

type mermaid struct {
	out  bytes.Buffer
	used map[string]bool
}

func (m *mermaid) items(in *group, indent string) {
	for _, i := range in.Items {
		switch i := i.(type) {
		case *node:
			fmt.Fprintf(&m.out, "%s%s%s:::%s\n", indent, i.ID, i.mermaidShape(), m.use(nodeClass(i)))
		case *group:
			fmt.Fprintf(&m.out, "%ssubgraph %s[%s]\n", indent, i.ID, mermaidText(headerLines(i)))
			m.items(i, indent+"  ")
			fmt.Fprintf(&m.out, "%send\n", indent)
			fmt.Fprintf(&m.out, "%sclass %s %s\n", indent, i.ID, m.use(groupClass(i)))
		}
	}
}

func (m *mermaid) use(class string) string {
	if m.used == nil {
		m.used = map[string]bool{}
	}
	m.used[class] = true
	return class
}

// mermaidShape is the outline of a node around its text.
func (n *node) mermaidShape() string {
	text := mermaidText(nodeLines(n))
	switch {
	case n.Kind >= anInput:
		return "([" + text + "])"
	case n.Kind == anImporter:
		return "[/" + text + "/]"
	case n.Kind == aClaim:
		return "[(" + text + ")]"
	case n.Always:
		return "[[" + text + "]]"
	}
	return "[" + text + "]"
}

func (m *mermaid) edges(edges []*edge) {
	var artifacts []string
	for i, e := range edges {
		arrow := map[edgeKind]string{order: "-.->", parameter: "-->", artifact: "==>"}[e.Kind()]
		if e.Kind() == artifact {
			artifacts = append(artifacts, strconv.Itoa(i))
		}
		if lines := labelOf([]*edge{e}); len(lines) > 0 {
			arrow += "|" + mermaidText(lineTexts(lines)) + "|"
		}
		fmt.Fprintf(&m.out, "  %s %s %s\n", e.From.ident(), arrow, e.To.ident())
	}
	if len(artifacts) > 0 {
		fmt.Fprintf(&m.out, "  linkStyle %s stroke:#8250df\n", strings.Join(artifacts, ","))
	}
}

// classes lists the styles that are used. Text keeps the colour of the theme,
// light or dark, but on a colour of its own.
func (m *mermaid) classes() [][2]string {
	var used [][2]string
	for _, c := range [][2]string{
		{"task", "stroke:#57606a"},
		{"importer", "stroke:#2f7d4f"},
		{"claim", "stroke:#8250df"},
		{"value", "stroke:#8c959f"},
		{"item", "stroke:#8c959f,stroke-dasharray:3 2"},
		{"loop", "fill:#4f8fd01a,stroke:#4f8fd0"},
		{"condition", "fill:#c690261a,stroke:#c69026"},
		{"branches", "fill:#c690260d,stroke:#c69026,stroke-dasharray:4 3"},
		{"exit", "fill:#d1675f1a,stroke:#d1675f"},
		{"nested", "fill:#8c959f1a,stroke:#8c959f"},
		{"succeeded", "fill:#dafbe1,stroke:#1a7f37,color:#1f2328"},
		{"failed", "fill:#ffdcd7,stroke:#cf222e,color:#1f2328"},
		{"running", "fill:#cfe5ff,stroke:#0969da,color:#1f2328"},
		{"pending", "fill:#fff8c5,stroke:#9a6700,color:#1f2328"},
		{"waiting", "stroke:#afb8c1,stroke-dasharray:4 3"},
		{"skipped", "stroke:#afb8c1,stroke-dasharray:4 3"},
		{"omitted", "stroke:#afb8c1,stroke-dasharray:4 3"},
	} {
		if m.used[c[0]] {
			used = append(used, c)
		}
	}
	return used
}

// mermaidText quotes lines as one text. Whatever could mean something to
// Mermaid or to the Markdown in its texts is written as a number.
func mermaidText(lines []string) string {
	var quoted []string
	for _, l := range lines {
		var text strings.Builder
		runes := []rune(l)
		for i, r := range runes {
			if mermaidPlain(runes, i) {
				text.WriteRune(r)
			} else {
				fmt.Fprintf(&text, "#%d;", r)
			}
		}
		quoted = append(quoted, text.String())
	}
	return `"` + strings.Join(quoted, "<br>") + `"`
}

func mermaidPlain(text []rune, i int) bool {
	r := text[i]
	switch {
	case r > '~', isWord(r):
		return true
	case strings.ContainsRune(" ,:/'()", r):
		return true
	case strings.ContainsRune("-._=", r): // but for lists and emphasis
		return i > 0 && i+1 < len(text) && isWord(text[i-1]) && isWord(text[i+1])
	}
	return false
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}
