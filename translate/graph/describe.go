package graph

import "github.com/kfp2argo/kfp2argo/translate/progress"

// nodeLines is the text of a node.
func nodeLines(n *node) []string {
	lines := n.titleLines()
	if c := n.caption(); c != "" {
		lines = append(lines[:len(lines):len(lines)], c)
	}
	return append(lines[:len(lines):len(lines)], n.Outcome.lines()...)
}

func lineTexts(lines []line) []string {
	var texts []string
	for _, l := range lines {
		texts = append(texts, l.text)
	}
	return texts
}

// nodeClass and groupClass say what something looks like: in a picture of a run
// what became of it, otherwise what it is.
func nodeClass(n *node) string {
	switch {
	case n.Outcome != nil:
		return stateClass(n.Outcome.State)
	case n.Kind == anImporter:
		return "importer"
	case n.Kind == aClaim:
		return "claim"
	case n.Kind == aLoopItem:
		return "item"
	case n.Kind >= anInput:
		return "value"
	}
	return "task"
}

func groupClass(g *group) string {
	if g.Outcome != nil && g.Outcome.State >= progress.Running {
		return stateClass(g.Outcome.State)
	}
	return g.Kind.class()
}
