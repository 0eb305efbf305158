package graph

import (
	"fmt"
	"slices"
	"strings"
)

// line is one line of an edge's label.
type line struct {
	text     string
	artifact bool
}

// labelOf lists the lines of the label of edges that run together.
func labelOf(edges []*edge) []line {
	var parameters, artifacts []line
	for _, e := range edges {
		for _, c := range e.Carries {
			if e.obvious(c) {
				continue
			}
			l := line{c.label(), c.Artifact}
			if c.Artifact && !slices.Contains(artifacts, l) {
				artifacts = append(artifacts, l)
			} else if !c.Artifact && !slices.Contains(parameters, l) {
				parameters = append(parameters, l)
			}
		}
	}
	if len(parameters)+len(artifacts) <= mostNames {
		return append(parameters, artifacts...)
	}
	return append(merged(parameters, "parameters"), merged(artifacts, "artifacts")...)
}

// merged says how many lines there are where there is more than one.
func merged(lines []line, what string) []line {
	if len(lines) <= 1 {
		return lines
	}
	return []line{{fmt.Sprintf("%d %s", len(lines), what), lines[0].artifact}}
}

// obvious reports whether the other end of an edge bears the name already.
func (e *edge) obvious(c carry) bool {
	for _, end := range []item{e.From, e.To} {
		if n, ok := end.(*node); ok && (slices.Contains(n.Names, c.Name) || n.Kind == aLoopItem && n == e.From && c.Name == "item") {
			return true
		}
	}
	return false
}

func (c carry) label() string {
	text := shorten(c.Name, 40)
	if c.Artifact && c.Type != "" {
		text += " (" + c.Type + ")"
	}
	return text
}

// tooltip says in full what edges carry, a line each.
func tooltip(edges []*edge) string {
	var lines []string
	for _, e := range edges {
		if len(e.Carries) == 0 {
			lines = append(lines, fmt.Sprintf("%s runs after %s", titleOf(e.To), titleOf(e.From)))
		}
		for _, c := range e.Carries {
			lines = append(lines, fmt.Sprintf("%s → %s%s", c.Origin, destination(e.To, c.Name), typed(c.Type)))
		}
	}
	return strings.Join(lines, "\n")
}

// destination names what takes a value.
func destination(to item, name string) string {
	switch to := to.(type) {
	case *group:
		if to.Folded > 0 {
			return name + " in " + to.Title
		}
		return "condition " + to.Title
	case *node:
		switch to.Kind {
		case anOutput:
			return "output " + name
		case aLoopItem:
			return "items of the loop"
		}
	}
	return titleOf(to) + "." + name
}

func typed(kind string) string {
	if kind == "" {
		return ""
	}
	return " (" + kind + ")"
}

func titleOf(i item) string {
	if n, ok := i.(*node); ok && len(n.Names) > 0 {
		return strings.Join(n.Names, ", ")
	}
	return i.base().Title
}

// shorten cuts a text that is longer than so many characters.
func shorten(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// wrap breaks a text into lines of about so many characters at spaces, and
// cuts what does not fit into a number of lines.
func wrap(text string, width, lines int) []string {
	var all []string
	current := ""
	for word := range strings.FieldsSeq(text) {
		word = shorten(word, width)
		switch {
		case current == "":
			current = word
		case len([]rune(current))+1+len([]rune(word)) <= width:
			current += " " + word
		default:
			all, current = append(all, current), word
		}
	}
	all = append(all, current)
	if len(all) > lines {
		all = all[:lines]
		all[lines-1] = shorten(all[lines-1], width-2) + " …"
	}
	return all
}
