package plan

import (
	"github.com/kfp2argo/kfp2argo/translate/constant"
	"github.com/kfp2argo/kfp2argo/translate/expression"
	"github.com/kfp2argo/kfp2argo/translate/pipeline"
)

// stopName is the template that runs when the Workflow ends.
const stopName = "on-stop"

// onStop plans what still runs after somebody has stopped the Workflow: Argo
// then starts no task any more, not even an exit task, but it runs the
// Workflow's exit handler. The template runs each exit task of the pipeline
// that the stop has kept from running. It is nil where there are none, or none
// that could run there: Argo lets the handler see arguments but no outputs, and
// it lets it run pods but no DAGs.
func (b *builder) onStop() *Stop {
	root := b.pipeline.Root
	stop := &Stop{Name: stopName}
	planned := b.dags[inherited{component: root}]
	for i, t := range root.Body.(*pipeline.DAG).Tasks {
		_, isPod := t.Component.Body.(*pipeline.Container)
		if !t.Always || !isPod || t.Condition != nil || t.Loop != nil {
			continue
		}
		task := planned.Tasks[i]
		if arguments, ok := b.stopArguments(t); ok {
			stop.Tasks = append(stop.Tasks, Task{
				Name:      task.Name,
				Template:  task.Template,
				When:      expression.Stopped(task.Name, task.Template),
				Arguments: arguments,
			})
		}
	}
	if len(stop.Tasks) == 0 {
		return nil
	}
	return stop
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
		argument, ok := b.stopArgument(given, p)
		if !ok {
			return nil, false
		}
		argument.Name = b.in[t.Component].parameters[p.Name]
		all = append(all, argument)
	}
	return all, true
}

func (b *builder) stopArgument(given *pipeline.Binding, p *pipeline.Parameter) (Binding, bool) {
	if given.Selector != nil {
		return Binding{}, false
	}
	switch source := given.Source.(type) {
	case pipeline.Constant:
		return Binding{Literal: encode(source.Value, p.Type)}, !constant.HasPlaceholder(source.Value)
	case pipeline.DAGInput:
		declared := b.pipeline.Root.Parameter(source.Input)
		argument := expression.Argument(b.argumentName(source.Input, false))
		return Binding{Expression: b.submitted(declared, argument)}, true
	case pipeline.FinalStatus:
		return Binding{Expression: expression.CanceledStatus(source.Task.Key)}, true
	}
	return Binding{}, false
}

func encodeDefault(p *pipeline.Parameter) string {
	if p.Default == nil {
		return ""
	}
	return encode(p.Default, p.Type)
}
