package graph

import (
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// BuildModel makes the graph of a pipeline that a test has made.
func BuildModel(p *pipeline.Pipeline) *Graph { return build(p) }

// EdgeTexts lists the edges of a graph as texts.
func EdgeTexts(g *Graph) []string {
	var all []string
	name := func(i item) string {
		switch i := i.(type) {
		case *node:
			if len(i.Names) > 0 {
				return strings.Join(i.Names, "+")
			}
			return i.Title
		case *group:
			return "[" + i.Title + "]"
		}
		panic("unknown item")
	}
	for _, e := range g.edges {
		text := name(e.From) + " -> " + name(e.To)
		for _, c := range e.Carries {
			text += " " + c.Name
			if c.Artifact {
				text += ":" + c.Type
			}
		}
		all = append(all, text)
	}
	return all
}
