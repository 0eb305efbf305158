package flow

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Of makes the flow of a pipeline without mistakes.
func Of(p *pipeline.Pipeline) *Graph {
	g := &Graph{pipeline: p, into: map[Place][]Edge{}, outOf: map[Place][]Edge{}}
	g.submitted(p.Root)
	for _, c := range p.Components {
		g.inputs(c)
		if dag, ok := c.Body.(*pipeline.DAG); ok {
			for _, t := range dag.Tasks {
				taskFlow{g, c, t}.add()
			}
			g.handedOut(c, dag.OutputParams, false)
			g.handedOut(c, dag.OutputArtifacts, true)
		}
	}
	return g
}

// submitted leads what a run is given to the inputs of the pipeline.
func (g *Graph) submitted(root *pipeline.Component) {
	for _, p := range root.Parameters {
		g.lead(Submitted{Name: p.Name}, Input{Component: root, Name: p.Name}, Whole)
		if p.Default != nil {
			g.lead(Default{p}, Submitted{Name: p.Name}, Fallback)
		}
	}
	for _, a := range root.Artifacts {
		g.lead(Submitted{a.Name, true}, Input{root, a.Name, true}, Whole)
	}
}

// inputs adds the inputs of a component, read or not.
func (g *Graph) inputs(c *pipeline.Component) {
	for _, p := range c.Parameters {
		g.place(Input{Component: c, Name: p.Name})
	}
	for _, a := range c.Artifacts {
		g.place(Input{c, a.Name, true})
	}
}

// handedOut leads outputs of tasks to those of the DAG around them.
func (g *Graph) handedOut(c *pipeline.Component, outputs []pipeline.DAGOutput, artifact bool) {
	for _, o := range outputs {
		how := Whole
		if len(o.From) > 1 {
			how = Alternative
		}
		for _, from := range o.From {
			g.lead(Result{from.Task, from.Output, from.Artifact}, Output{c, o.Name, artifact}, how)
		}
	}
}

// taskFlow adds what one task of a DAG reads and makes.
type taskFlow struct {
	*Graph
	owner *pipeline.Component
	task  *pipeline.Task
}

func (f taskFlow) add() {
	t := f.task
	if !isDAG(t.Component) {
		f.place(Body{t}) // which may neither read nor make anything
	}
	f.arguments()
	f.loop()
	if t.Condition != nil {
		for _, input := range t.Condition.Inputs() {
			f.lead(f.argument(input), Condition{t}, Whole)
		}
	}
	for i := range t.Settings {
		if t.Settings[i].Source != nil {
			f.bind(&t.Settings[i].Binding, Setting{&t.Settings[i]})
		}
	}
	if body, ok := t.Component.Body.(*pipeline.Container); ok {
		for _, text := range body.SettingTexts() {
			f.mention(contract.QuoteText(text.Value), Texts{t})
		}
	}
	f.results()
}

func (f taskFlow) argument(input string) Argument { return Argument{Task: f.task, Name: input} }

// arguments leads what the task is given to the inputs of its component.
func (f taskFlow) arguments() {
	t, c := f.task, f.task.Component
	for i := range t.Parameters {
		if b := &t.Parameters[i]; !t.TakesItem(b.Input) {
			f.bind(b, f.argument(b.Input))
		}
	}
	for i := range t.Artifacts {
		if b := &t.Artifacts[i]; !t.TakesArtifactItem(b.Input) {
			f.bind(b, Argument{t, b.Input, true})
		}
	}
	for _, p := range c.Parameters {
		if p.Default != nil && !t.TakesItem(p.Name) && MayBeAbsent(f.owner, t, p.Name) {
			f.lead(Default{p}, f.argument(p.Name), Fallback)
		}
		f.give(f.argument(p.Name), readByBody(c, p.Name))
	}
	for _, a := range c.Artifacts {
		f.give(Argument{t, a.Name, true}, readByBody(c, a.Name))
	}
}

// give leads an argument to the input that it is for, and to what runs the task
// if that reads it.
func (f taskFlow) give(a Argument, read bool) {
	f.lead(a, Input{f.task.Component, a.Name, a.Artifact}, Whole)
	if read {
		f.lead(a, Body{f.task}, Whole)
	}
}

// readByBody reports whether what implements a component, other than a DAG,
// reads an input. Programs are told all of them.
func readByBody(c *pipeline.Component, input string) bool {
	switch body := c.Body.(type) {
	case *pipeline.Container, *pipeline.Importer:
		return true
	case *pipeline.Claim:
		return body.Action.Takes(input)
	case *pipeline.DAG:
		return false
	}
	return false
}

// bind leads the source of a binding to a place.
func (f taskFlow) bind(b *pipeline.Binding, to Place) {
	how := Whole
	if b.Selector != nil {
		how = Selected
	}
	switch source := b.Source.(type) {
	case pipeline.Constant:
		f.lead(Constant{b}, to, how)
		f.mention(source.Value, to)
	case pipeline.DAGInput:
		f.lead(Input{f.owner, source.Input, source.Artifact}, to, how)
	case pipeline.TaskOutput:
		f.lead(Result{source.Task, source.Output, source.Artifact}, to, how)
	case pipeline.FinalStatus:
		f.lead(Status{source.Task}, to, how)
	}
}

// mention leads the inputs that a constant or a text mentions to where that is.
// What such an input is bound to is not looked into for further placeholders if
// it is a constant itself.
func (f taskFlow) mention(value json.RawMessage, to Place) {
	constant.EachPlaceholder(value, func(p placeholder.Part) {
		in, ok := p.(placeholder.InputParameter)
		if !ok {
			return
		}
		given := f.task.Parameter(in.Name)
		if given != nil {
			if _, isConstant := given.Source.(pipeline.Constant); isConstant && given.Selector == nil {
				f.lead(Constant{given}, to, Mentioned)
				return
			}
		}
		f.lead(f.argument(in.Name), to, Mentioned)
	})
}

// loop leads the list of the task's loop to the loop, and its items to the
// iterations.
func (f taskFlow) loop() {
	t := f.task
	if t.Loop == nil {
		return
	}
	var list Place = Items{t}
	if t.Loop.Static == nil {
		list = Argument{t, t.Loop.Input, t.Loop.Artifact}
	}
	f.lead(list, Loop{t}, Whole)
	f.lead(list, Argument{t, t.Loop.Item, t.Loop.Artifact}, Item)
}

// results leads what runs the task to its outputs.
func (f taskFlow) results() {
	t, c := f.task, f.task.Component
	for _, o := range c.OutputParams {
		f.result(Result{Task: t, Name: o.Name})
	}
	for _, o := range c.OutputArtifacts {
		f.result(Result{t, o.Name, true})
	}
}

func (f taskFlow) result(r Result) {
	switch {
	case !isDAG(f.task.Component):
		f.lead(Body{f.task}, r, Computed)
	case f.task.Loop != nil:
		f.lead(Output{f.task.Component, r.Name, r.Artifact}, r, Collected)
	default:
		f.lead(Output{f.task.Component, r.Name, r.Artifact}, r, Whole)
	}
}

// MayCompareNone reports whether a condition may read an input that has no
// value: it is given none, or what the DAG around it may be without, and has no
// default. Owner is the component that the task is part of.
func MayCompareNone(owner *pipeline.Component, t *pipeline.Task, input string) bool {
	if declared := t.Component.Parameter(input); declared == nil || declared.Default != nil || t.TakesItem(input) {
		return false
	}
	if given := t.Parameter(input); given != nil {
		if _, made := given.Source.(pipeline.TaskOutput); made {
			return false
		}
	}
	return MayBeAbsent(owner, t, input)
}

// MayBeAbsent reports whether a task may be without a value for an input
// parameter when it starts: it is given none, or what it is given may turn out
// to be none. Owner is the component that the task is part of.
func MayBeAbsent(owner *pipeline.Component, t *pipeline.Task, input string) bool {
	given := t.Parameter(input)
	if given == nil {
		return true
	}
	switch source := given.Source.(type) {
	case pipeline.Constant:
		return contract.KindOf(source.Value) == contract.KindNull
	case pipeline.DAGInput:
		declared := owner.Parameter(source.Input)
		return declared == nil || declared.MayBeAbsent()
	case pipeline.TaskOutput:
		return t.Always || !source.Task.Component.HasPod()
	case pipeline.FinalStatus:
		return false
	}
	return false
}
