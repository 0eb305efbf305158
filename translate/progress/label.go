package progress

import (
	"fmt"

	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// label gives tasks the keys that they have in the pipeline.
func label(run *Run, p *pipeline.Pipeline) error {
	if run.Pipeline != "" && run.Pipeline != p.Name {
		return fmt.Errorf("Workflow %q is a run of pipeline %q, not of %q", run.Name, run.Pipeline, p.Name)
	}
	if differing := labelAll(run.Tasks, p.Root); differing != "" {
		return fmt.Errorf("Workflow %q is not a run of this pipeline, or of another version of it: %s", run.Name, differing)
	}
	return nil
}

// labelAll labels the tasks of a component, and says where Workflow and pipeline
// differ.
func labelAll(tasks []*Task, c *pipeline.Component) string {
	graph, ok := c.Body.(*pipeline.DAG)
	if !ok {
		return ""
	}
	names, byName := naming.Tasks(graph.Tasks), map[string]*pipeline.Task{}
	for t, name := range names {
		byName[name] = t
	}
	for _, t := range tasks {
		of := byName[t.Name]
		if of == nil {
			return fmt.Sprintf("the pipeline has no task %q", t.Name)
		}
		delete(byName, t.Name)
		t.Key = of.Key
		if differing := labelInside(t, of.Component); differing != "" {
			return differing
		}
	}
	for _, t := range graph.Tasks {
		if byName[names[t]] != nil {
			return fmt.Sprintf("the Workflow has no task %q", t.Key)
		}
	}
	return ""
}

func labelInside(t *Task, c *pipeline.Component) string {
	if t.Kind != Loop {
		return labelAll(t.Inside, c)
	}
	for _, iteration := range t.Inside {
		iteration.Key = t.Key
		if differing := labelAll(iteration.Inside, c); differing != "" {
			return differing
		}
	}
	return ""
}
