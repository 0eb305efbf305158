package plan

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// inlineUse knows which values Argo itself must read, and so which outputs a
// pod must hand over whole, however large they are; of others a reference to
// the store may do.
//
// Nothing is taken for read at first. What a condition, a loop, a selector, a
// constant or a setting of a pod looks into is, and so is whatever that comes
// from; so are the items of the lists that loops collect, and the outputs of
// the pipeline, which people look at.
type inlineUse struct {
	outputs map[*pipeline.OutputParameter]bool
	inputs  map[*pipeline.Parameter]bool
	changed bool
}

// readByArgo finds the output parameters that Argo itself must read.
func readByArgo(p *pipeline.Pipeline) map[*pipeline.OutputParameter]bool {
	use := inlineUse{outputs: map[*pipeline.OutputParameter]bool{}, inputs: map[*pipeline.Parameter]bool{}}
	settle(p, func(owner *pipeline.Component, t *pipeline.Task) bool {
		use.changed = false
		inlineTask{&use, owner, t}.look()
		return use.changed
	})
	for _, o := range p.Root.Body.(*pipeline.DAG).OutputParams {
		for _, from := range o.From {
			use.output(from)
		}
	}
	return use.outputs
}

// output notes that Argo reads an output of a task.
func (u *inlineUse) output(o pipeline.TaskOutput) {
	switch body := o.Task.Component.Body.(type) {
	case *pipeline.Container:
		if declared := o.Task.Component.OutputParam(o.Output); declared != nil && !u.outputs[declared] {
			u.outputs[declared], u.changed = true, true
		}
	case *pipeline.DAG:
		for _, handedOut := range body.OutputParams {
			for _, from := range handedOut.From {
				if handedOut.Name == o.Output {
					u.output(from)
				}
			}
		}
	}
}

// inlineTask looks at one task of a DAG.
type inlineTask struct {
	*inlineUse
	owner *pipeline.Component
	task  *pipeline.Task
}

func (s inlineTask) look() {
	t := s.task
	if t.Condition != nil {
		for _, input := range t.Condition.Inputs() {
			s.binding(t.Parameter(input))
		}
	}
	if l := t.Loop; l != nil {
		s.binding(t.Parameter(l.Input))
		for _, o := range t.Component.OutputParams {
			s.output(pipeline.TaskOutput{Task: t, Output: o.Name})
		}
	}
	for i := range t.Parameters {
		s.parameter(&t.Parameters[i])
	}
	for i := range t.Settings {
		s.binding(&t.Settings[i].Binding)
	}
	if body, ok := t.Component.Body.(*pipeline.Container); ok {
		for _, open := range openTexts(body.Spec) {
			s.mentioned(placeholder.Parse(open.text))
		}
	}
}

// parameter looks at what a task is given for one of its parameters.
func (s inlineTask) parameter(given *pipeline.Binding) {
	declared := s.task.Component.Parameter(given.Input)
	_, isClaim := s.task.Component.Body.(*pipeline.Claim)
	isImporter := !s.task.Component.HasPod() && !isDAG(s.task.Component)
	if given.Selector != nil || isClaim || isImporter || declared != nil && s.inputs[declared] {
		s.binding(given)
	}
	if c, ok := given.Source.(pipeline.Constant); ok && constant.KnownToArgo(c.Value) {
		s.constant(c.Value)
	}
}

func isDAG(c *pipeline.Component) bool {
	_, ok := c.Body.(*pipeline.DAG)
	return ok
}

// binding notes that Argo reads what a binding gives.
func (s inlineTask) binding(given *pipeline.Binding) {
	if given == nil {
		return
	}
	switch source := given.Source.(type) {
	case pipeline.Constant:
		s.constant(source.Value)
	case pipeline.DAGInput:
		if in := s.owner.Parameter(source.Input); in != nil && !s.inputs[in] {
			s.inputs[in], s.changed = true, true
		}
	case pipeline.TaskOutput:
		s.output(source)
	}
}

// constant notes that Argo reads the inputs that a constant mentions.
func (s inlineTask) constant(value json.RawMessage) {
	constant.EachPlaceholder(value, func(p placeholder.Part) { s.mentioned([]placeholder.Part{p}) })
}

func (s inlineTask) mentioned(parts []placeholder.Part) {
	for _, p := range parts {
		in, ok := p.(placeholder.InputParameter)
		if !ok {
			continue
		}
		given := s.task.Parameter(in.Name)
		if given == nil {
			continue
		}
		// A constant's own placeholders are not looked into.
		if _, isConstant := given.Source.(pipeline.Constant); !isConstant {
			s.binding(given)
		}
	}
}
