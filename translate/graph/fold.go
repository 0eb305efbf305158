package graph

import (
	"fmt"

	"github.com/kfp2argo/kfp2argo/internal/levels"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Fold leaves out what is inside of some groups, so that a picture shows about as
// many boxes as a person can look at: it goes as deep as that number allows for all
// groups of one depth, and into those for which open says so, by the keys that lead to
// them. A folded group says how many tasks are inside, and takes their place on edges.
// Fold comes before [Graph.Color].
func (g *Graph) Fold(most int, open func(path []string) bool) {
	f := folder{open: open, shown: map[item]*group{}}
	f.levels = levels.Shown(g.root.Items, func(i item) []item {
		if g, ok := i.(*group); ok {
			return g.Items
		}
		return nil
	}, most)
	f.items(g.root, 0)
	if len(f.shown) == 0 {
		return
	}
	b := &builder{graph: g, edges: map[[2]item]*edge{}}
	old := g.edges
	g.edges = nil
	for _, e := range old {
		if from, to := f.of(e.From), f.of(e.To); from != to {
			b.edge(from, to, e.Carries...)
		}
	}
}

// folder folds groups.
type folder struct {
	open func(path []string) bool
	// levels are those of which all groups are drawn with what is inside of them.
	levels int
	// shown are the groups that stand for what is not drawn any more.
	shown map[item]*group
}

func (f *folder) items(in *group, depth int) {
	for _, i := range in.Items {
		g, ok := i.(*group)
		switch {
		case !ok || len(g.Items) == 0:
		case depth < f.levels || f.open(g.Path):
			f.items(g, depth+1)
		default:
			f.fold(g)
		}
	}
}

// fold takes out what is in a group.
func (f *folder) fold(g *group) {
	g.walk(func(i item) {
		f.shown[i] = g
		if n, ok := i.(*node); ok && n.Kind <= aClaim {
			g.Folded++
		}
	})
	g.Inside = fmt.Sprintf("%d tasks", g.Folded)
	if g.Folded == 1 {
		g.Inside = "1 task"
	}
	g.Items = nil
}

// of is what is drawn for an item.
func (f *folder) of(i item) item {
	if g := f.shown[i]; g != nil {
		return g
	}
	return i
}

// stand says how the tasks in a folded group stand, which there are several groups of
// inside a loop.
func (g *group) stand(in []*progress.Task) {
	counts := map[progress.State]int{}
	total := 0
	for _, t := range in {
		(&progress.Run{Tasks: t.Inside}).Walk(func(t *progress.Task, _ int) {
			if t.Kind == progress.Pod || t.Kind == progress.Podless {
				counts[t.State]++
				total++
			}
		})
	}
	if total > 0 {
		g.Inside = "tasks: " + countText(counts, total)
	}
}
