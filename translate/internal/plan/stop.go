package plan

import (
	"slices"

	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// onStop plans what still runs after the Workflow was stopped, or after
// its deadline: Argo then starts no task any more, not even an exit task, but it
// runs the Workflow's exit handler. The template runs each exit task of the
// pipeline that the stop has kept from running. It is nil where there are none, or none
// that could run there: Argo lets the handler see arguments but no outputs, and
// it lets it run pods but no DAGs.
func (b *builder) onStop() *Stop {
	root := b.pipeline.Root
	stop := &Stop{Name: naming.Stop}
	planned := b.dags[inherited{component: root}]
	scope := scope{builder: b, owner: root, stopped: true}
	for i, t := range root.Body.(*pipeline.DAG).Tasks {
		if !t.Always || !t.Component.HasPod() || t.Condition != nil || t.Loop != nil || b.needsTasks(t) {
			continue
		}
		task := planned.Tasks[i]
		stop.Tasks = append(stop.Tasks, Task{
			Name:      task.Name,
			Template:  task.Template,
			When:      b.keptFromRunning(task),
			Arguments: scope.stopArguments(t),
		})
	}
	if len(stop.Tasks) == 0 {
		return nil
	}
	return stop
}

// keptFromRunning reports whether an exit task did not run because the Workflow
// was stopped, or took too long if there is a bound.
func (b *builder) keptFromRunning(t Task) expression.Bool {
	if runSettings(b.pipeline.Platform).ActiveDeadlineSeconds > 0 {
		return expression.StoppedOrLate(t.Name, t.Template)
	}
	return expression.Stopped(t.Name, t.Template)
}

// needsTasks reports whether anything that a task is given may be an output of
// another.
func (a analysis) needsTasks(t *pipeline.Task) bool {
	return a.madeByTasks.Has(flow.Body{Task: t}) || a.madeByTasks.Has(flow.Texts{Task: t}) ||
		slices.ContainsFunc(settingsOf(t), func(s *pipeline.Setting) bool { return a.madeByTasks.Has(flow.Setting{Setting: s}) })
}

func settingsOf(t *pipeline.Task) []*pipeline.Setting {
	var all []*pipeline.Setting
	for i := range t.Settings {
		all = append(all, &t.Settings[i])
	}
	return all
}

// stopArguments binds the inputs of an exit task where nothing but the
// Workflow's arguments can be read.
func (s scope) stopArguments(t *pipeline.Task) []Binding {
	switch t.Component.Body.(type) {
	case *pipeline.Container:
		return s.podArguments(t, s.settings(t).arguments...)
	case *pipeline.Claim:
		return s.claimArguments(t)
	case *pipeline.Importer:
		return s.podArguments(t)
	case *pipeline.DAG:
	}
	panic("plan: an exit task without a pod")
}

// submittedInput is the parameter text of an input of the pipeline, read from
// the Workflow's arguments.
func (b *builder) submittedInput(in pipeline.DAGInput) expression.Parameter {
	if !in.Artifact {
		return b.submitted(b.pipeline.Root.Parameter(in.Input))
	}
	return b.submittedArtifact(b.pipeline.Root.Artifact(in.Input))
}

func encodeDefault(p *pipeline.Parameter) string {
	if p.Default == nil {
		return ""
	}
	return encode(p.Default, p.Type)
}
