package plan

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/expression"
	"github.com/kfp2argo/kfp2argo/translate/pipeline"
)

// scope is the inside of one DAG: its inputs and the names of its tasks.
type scope struct {
	*builder
	owner *pipeline.Component
	names map[*pipeline.Task]string
}

// task plans one task and the template that it runs.
func (s scope) task(t *pipeline.Task) Task {
	planned := Task{Name: s.names[t]}
	for _, before := range t.After {
		planned.After = append(planned.After, s.names[before])
	}
	switch t.Component.Body.(type) {
	case *pipeline.DAG:
		planned.Template = s.dag(t.Component).Name
		planned.Arguments = s.dagArguments(t)
	case *pipeline.Container:
		pod := s.pod(t)
		if planned.Name != t.Key {
			pod.Component.TaskKeys[planned.Name] = t.Key
		}
		planned.Template = pod.Name
		planned.Arguments = s.podArguments(t)
	}
	return planned
}

// podArguments binds a pod's inputs. What is not given is left out: the pod
// knows its own defaults.
func (s scope) podArguments(t *pipeline.Task) []Binding {
	var all []Binding
	in := s.in[t.Component]
	for _, p := range t.Component.Parameters {
		given := t.Parameter(p.Name)
		if given == nil || s.fixed(t, given) != nil {
			continue
		}
		b := s.value(t, given.Source, p.Type)
		b.Name = in.parameters[p.Name]
		all = append(all, b)
	}
	for _, name := range s.extraInputs(t) {
		b := s.value(t, t.Parameter(name).Source, "")
		b.Name = parameterName(name)
		all = append(all, b)
	}
	return append(all, s.artifactArguments(t)...)
}

// dagArguments binds a DAG's inputs, all of them: what is not given or turns
// out to be absent takes the input's default, or the empty text for no value.
func (s scope) dagArguments(t *pipeline.Task) []Binding {
	var all []Binding
	in := s.in[t.Component]
	for _, p := range t.Component.Parameters {
		b := s.dagArgument(t, p)
		b.Name = in.parameters[p.Name]
		all = append(all, b)
	}
	return append(all, s.artifactArguments(t)...)
}

func (s scope) dagArgument(t *pipeline.Task, p *pipeline.Parameter) Binding {
	fallback := ""
	if p.Default != nil {
		fallback = encode(p.Default, p.Type)
	}
	given := t.Parameter(p.Name)
	if given == nil {
		return Binding{Literal: fallback}
	}
	if c, ok := given.Source.(pipeline.Constant); ok && contract.KindOf(c.Value) == contract.KindNull {
		return Binding{Literal: fallback}
	}
	b := s.value(t, given.Source, p.Type)
	if b.Expression == "" {
		return b
	}
	if s.sourceType(given.Source) != p.Type && p.Type == contract.String {
		b.Expression = expression.Coerce(b.Expression, s.sourceType(given.Source))
	}
	if fallback != "" && s.mayBeAbsent(given.Source) {
		b.Expression = expression.IfEmpty(b.Expression, expression.String(fallback), b.Expression)
	}
	return b
}

func (s scope) artifactArguments(t *pipeline.Task) []Binding {
	var all []Binding
	_, isDAG := t.Component.Body.(*pipeline.DAG)
	for _, a := range t.Component.Artifacts {
		name := s.in[t.Component].artifacts[a.Name]
		given := t.Artifact(a.Name)
		switch {
		case given != nil:
			all = append(all, Binding{Name: name, Expression: s.read(given.Source)})
		case isDAG:
			all = append(all, Binding{Name: name})
		}
	}
	return all
}

// value plans the value of an input parameter of type want. An empty type
// takes the value as it is.
func (s scope) value(t *pipeline.Task, source pipeline.Source, want contract.ParameterType) Binding {
	c, ok := source.(pipeline.Constant)
	if !ok {
		return Binding{Expression: s.read(source)}
	}
	if mentionsPlaceholder(c.Value) {
		return Binding{Expression: expression.Shield(s.constant(t, c.Value))}
	}
	return Binding{Literal: encode(c.Value, want)}
}

// encode writes the parameter text of a constant of a declared type.
func encode(value json.RawMessage, want contract.ParameterType) string {
	if contract.KindOf(value) == contract.KindNull {
		return ""
	}
	if want != "" {
		var err error
		if value, err = want.Coerce(value); err != nil {
			panic(err) // the check has compared types
		}
	}
	text, err := contract.EncodeParameter(value)
	if err != nil {
		panic(err) // the reader has read the value as JSON
	}
	return text
}

// read is the parameter text that a source holds.
func (s scope) read(source pipeline.Source) expression.Expression {
	switch source := source.(type) {
	case pipeline.DAGInput:
		return expression.Input(s.in[s.owner].of(source.Input, source.Artifact))
	case pipeline.TaskOutput:
		return s.output(source)
	}
	panic("plan: a constant is not read")
}

// output is the parameter text of a task's output. Whoever evaluates it runs
// after the task has succeeded, or is an output with a default.
func (s scope) output(o pipeline.TaskOutput) expression.Expression {
	return expression.Output(s.names[o.Task], s.out[o.Task.Component].of(o.Output, o.Artifact))
}

// sourceType is the declared type of a source.
func (s scope) sourceType(source pipeline.Source) contract.ParameterType {
	switch source := source.(type) {
	case pipeline.DAGInput:
		return s.owner.Parameter(source.Input).Type
	case pipeline.TaskOutput:
		return source.Task.Component.OutputParam(source.Output).Type
	}
	return contract.String // a text with placeholders
}

// mayBeAbsent reports whether a source can be without a value.
func (s scope) mayBeAbsent(source pipeline.Source) bool {
	in, ok := source.(pipeline.DAGInput)
	return ok && s.owner.Parameter(in.Input).MayBeAbsent()
}
