package plan

import "github.com/kfp2argo/kfp2argo/translate/internal/pipeline"

// settle looks at every task of every DAG, again and again until a whole round
// has found nothing new. Look reports whether it has.
func settle(p *pipeline.Pipeline, look func(owner *pipeline.Component, t *pipeline.Task) bool) {
	for changed := true; changed; {
		changed = false
		for _, c := range p.Components {
			graph, ok := c.Body.(*pipeline.DAG)
			if !ok {
				continue
			}
			for _, t := range graph.Tasks {
				changed = look(c, t) || changed
			}
		}
	}
}
