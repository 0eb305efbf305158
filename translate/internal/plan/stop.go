package plan

import (
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
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
	for i, t := range root.Body.(*pipeline.DAG).Tasks {
		if !t.Always || !t.Component.HasPod() || t.Condition != nil || t.Loop != nil {
			continue
		}
		task := planned.Tasks[i]
		if arguments, ok := b.stopArguments(t); ok {
			stop.Tasks = append(stop.Tasks, Task{
				Name:      task.Name,
				Template:  task.Template,
				When:      b.keptFromRunning(task),
				Arguments: arguments,
			})
		}
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

// stopArguments binds the inputs of an exit task where nothing but the
// Workflow's arguments can be read.
func (b *builder) stopArguments(t *pipeline.Task) ([]Binding, bool) {
	if len(t.Artifacts) > 0 {
		return nil, false
	}
	var all []Binding
	for _, p := range t.Component.Parameters {
		given := t.Parameter(p.Name)
		if given == nil {
			continue // the pod knows its own defaults
		}
		if _, ok := t.Component.Body.(*pipeline.Claim); ok && !(claimMaker{task: t}).isOpen(p) {
			continue // it stands in the manifest
		}
		value, ok := b.stopArgument(given, p)
		if !ok {
			return nil, false
		}
		all = append(all, Binding{Name: b.in[t.Component].parameters[p.Name], Value: value})
	}
	open, ok := b.stopSettings(t)
	return append(all, open...), ok
}

// stopSettings binds the pod settings that the run decides.
func (b *builder) stopSettings(t *pipeline.Task) ([]Binding, bool) {
	container, ok := t.Component.Body.(*pipeline.Container)
	if !ok {
		return nil, true
	}
	for i := range t.Settings {
		if !knownAtStop(t.Settings[i].Source) {
			return nil, false
		}
	}
	for _, open := range openTexts(container.Spec) {
		for _, p := range placeholder.Parse(open.text) {
			in, ok := p.(placeholder.InputParameter)
			if given := t.Parameter(in.Name); ok && given != nil && !knownAtStop(given.Source) {
				return nil, false
			}
		}
	}
	s := scope{builder: b, owner: b.pipeline.Root, stopped: true}
	return s.settings(t).arguments, true
}

// knownAtStop reports whether a source can be read when the Workflow has ended.
func knownAtStop(source pipeline.Source) bool {
	switch source := source.(type) {
	case pipeline.DAGInput:
		return true
	case pipeline.Constant:
		return !constant.HasPlaceholder(source.Value)
	case pipeline.TaskOutput, pipeline.FinalStatus:
		return false
	}
	panic("plan: an unknown source")
}

func (b *builder) stopArgument(given *pipeline.Binding, p *pipeline.Parameter) (expression.Parameter, bool) {
	if given.Selector != nil {
		return expression.Parameter{}, false
	}
	switch source := given.Source.(type) {
	case pipeline.Constant:
		return expression.Known(encode(source.Value, p.Type)), !constant.HasPlaceholder(source.Value)
	case pipeline.DAGInput:
		return b.submittedInput(source.Input), true
	case pipeline.FinalStatus:
		return expression.CanceledStatus(source.Task.Key), true
	case pipeline.TaskOutput:
		return expression.Parameter{}, false
	}
	panic("plan: an unknown source")
}

// submittedInput is the parameter text of an input of the pipeline, read from
// the Workflow's arguments.
func (b *builder) submittedInput(input string) expression.Parameter {
	return b.submitted(b.pipeline.Root.Parameter(input))
}

func encodeDefault(p *pipeline.Parameter) string {
	if p.Default == nil {
		return ""
	}
	return encode(p.Default, p.Type)
}
