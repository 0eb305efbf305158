package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// scope is the inside of one DAG: its inputs and the names of its tasks.
type scope struct {
	*builder
	owner *pipeline.Component
	retry *pipeline.Retry
	names map[*pipeline.Task]string
	// loop is the loop whose template the scope is the inside of, because an
	// iteration has none of its own, or nil.
	loop *pipeline.Task
	// stopped says that the Workflow has ended: only its arguments are left to
	// read.
	stopped bool
}

// task plans one task and the template that it runs.
func (s scope) task(t *pipeline.Task) Task {
	planned := Task{Name: s.names[t], Always: t.Always}
	for _, before := range t.After {
		planned.After = append(planned.After, s.names[before])
	}
	if t.Condition != nil {
		planned.When = t.Condition.Expression(func(input string) expression.Value { return s.compared(t, input) })
	}
	var callee Template
	if t.Loop == nil {
		callee, planned.Arguments = s.callee(t, planned.Name)
	} else {
		callee, planned.Arguments = s.repeated(t)
	}
	s.originate(callee, t)
	planned.Template = Name(callee)
	return planned
}

// callee plans the template that runs a task once, and what it is given. The task
// that does so has a name in Argo.
func (s scope) callee(t *pipeline.Task, name string) (Template, []Binding) {
	switch t.Component.Body.(type) {
	case *pipeline.DAG:
		wish := t.Component.Name()
		if t.Loop != nil {
			wish += "-" + naming.Iteration
		}
		return s.dag(inherited{t.Component, s.retryOf(t), s.patched(t)}, wish), s.dagArguments(t)
	case *pipeline.Container:
		settings := s.settings(t)
		arguments := s.podArguments(t, settings.arguments...)
		if s.looksAhead(t) {
			return s.ahead(t, settings, name, arguments), arguments
		}
		return s.pod(t, settings, name), arguments
	case *pipeline.Claim:
		return s.claim(t), s.claimArguments(t)
	case *pipeline.Importer:
		if t.Component.HasPod() {
			return s.fetcher(t, name), s.podArguments(t)
		}
		return s.importer(t), s.dagArguments(t)
	}
	panic("plan: a component without a body")
}

// retryOf is the policy of a task: its own, or that of the DAG it is in.
func (s scope) retryOf(t *pipeline.Task) *pipeline.Retry {
	if t.Retry != nil {
		return t.Retry
	}
	return s.retry
}

// target lists the tasks whose failure fails the DAG, where Argo's own rule
// would not do: a task that always runs hides the failure of those that
// it waits for. The list holds those, and all that no other task waits for.
func (s scope) target(tasks []*pipeline.Task) []string {
	waitedFor, guarded := map[*pipeline.Task]bool{}, map[*pipeline.Task]bool{}
	for _, t := range tasks {
		for _, before := range t.After {
			waitedFor[before] = true
			guarded[before] = guarded[before] || t.Always
		}
	}
	if !slices.Contains(slices.Collect(maps.Values(guarded)), true) {
		return nil
	}
	var target []string
	for _, t := range tasks {
		if guarded[t] || !waitedFor[t] {
			target = append(target, s.names[t])
		}
	}
	return target
}

// podArguments binds a pod's inputs, those of its settings too. What is not given
// is left out: the pod knows its own defaults.
func (s scope) podArguments(t *pipeline.Task, settings ...Binding) []Binding {
	var all []Binding
	in := s.in[t.Component]
	for _, p := range t.Component.Parameters {
		given := t.Parameter(p.Name)
		if given == nil || p.Type == contract.TaskConfig {
			continue
		}
		all = append(all, Binding{Name: in.parameters[p.Name], Value: s.argument(t, given, p.Type)})
	}
	return slices.Concat(all, s.artifactArguments(t), settings, s.loopItems(t))
}

// dagArguments binds the inputs that a DAG takes, all of them: what is not given or turns
// out to be absent takes the input's default, or the empty text for no value.
func (s scope) dagArguments(t *pipeline.Task) []Binding {
	var all []Binding
	in := s.in[t.Component]
	for _, p := range t.Component.Parameters {
		if t.TakesItem(p.Name) || !s.takes(t.Component, p.Name, false) {
			continue // the loop gives it to each iteration, or nobody reads it
		}
		all = append(all, Binding{Name: in.parameters[p.Name], Value: s.dagArgument(t, p)})
	}
	return append(append(all, s.artifactArguments(t)...), s.loopItems(t)...)
}

func (s scope) dagArgument(t *pipeline.Task, p *pipeline.Parameter) expression.Parameter {
	fallback := encodeDefault(p)
	given := t.Parameter(p.Name)
	if given == nil || isNull(given.Source) {
		return expression.Known(fallback)
	}
	value := s.argument(t, given, p.Type)
	if fallback != "" && flow.MayBeAbsent(s.owner, t, p.Name) {
		return expression.OrElse(value, expression.Known(fallback))
	}
	return value
}

func isNull(source pipeline.Source) bool {
	c, ok := source.(pipeline.Constant)
	return ok && contract.KindOf(c.Value) == contract.KindNull
}

func (s scope) artifactArguments(t *pipeline.Task) []Binding {
	var all []Binding
	isPod := t.Component.HasPod()
	for _, a := range t.Component.Artifacts {
		if t.TakesArtifactItem(a.Name) || !s.takes(t.Component, a.Name, true) {
			continue // the loop gives it to each iteration, or nobody reads it
		}
		name := s.in[t.Component].artifacts[a.Name]
		given := t.Artifact(a.Name)
		switch {
		case given != nil:
			all = append(all, Binding{Name: name, Value: s.read(t, given.Source)})
		case !isPod:
			all = append(all, Binding{Name: name, Value: expression.Known("")})
		}
	}
	return all
}

// argument plans what is given for an input parameter of type want. An empty
// type takes the value as it is. What Argo need not know, the pod makes.
func (s scope) argument(t *pipeline.Task, given *pipeline.Binding, want contract.ParameterType) expression.Parameter {
	if s.made.Has(flow.Argument{Task: t, Name: given.Input}) {
		return s.value(t, given, want)
	}
	if member, ok := knownMember(given); ok {
		return member
	}
	value := s.unselected(t, given, want, s.filledInPod)
	if given.Selector != nil {
		return expression.MemberInPod(value, given.Selector.Path())
	}
	return value
}

// value is [scope.argument] for what Argo must know.
func (s scope) value(t *pipeline.Task, given *pipeline.Binding, want contract.ParameterType) expression.Parameter {
	if member, ok := knownMember(given); ok {
		return member
	}
	value := s.unselected(t, given, want, s.filledByArgo)
	if given.Selector != nil {
		return given.Selector.Expression(value)
	}
	return value
}

// knownMember is the member that a selector takes from a constant, if that is
// there.
func knownMember(given *pipeline.Binding) (expression.Parameter, bool) {
	c, ok := given.Source.(pipeline.Constant)
	if !ok || given.Selector == nil || constant.HasPlaceholder(c.Value) {
		return expression.Parameter{}, false
	}
	member, err := contract.Select(c.Value, given.Selector.Path())
	switch {
	case err != nil:
		return expression.Parameter{}, false
	case member == nil:
		return expression.Known(""), true
	}
	return expression.Known(encode(member, "")), true
}

// unselected is the value of a source as a whole, before the selector.
func (s scope) unselected(
	t *pipeline.Task, given *pipeline.Binding, want contract.ParameterType,
	filled func(*pipeline.Task, json.RawMessage) expression.Parameter,
) expression.Parameter {
	c, ok := given.Source.(pipeline.Constant)
	switch {
	case !ok:
		return s.read(t, given.Source)
	case constant.HasPlaceholder(c.Value):
		return filled(t, c.Value)
	case given.Selector != nil:
		want = "" // the type is that of the member
	}
	return expression.Known(encode(c.Value, want))
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

// read is the parameter text that a source holds when a task starts.
func (s scope) read(t *pipeline.Task, source pipeline.Source) expression.Parameter {
	switch source := source.(type) {
	case pipeline.DAGInput:
		return s.readInput(source)
	case pipeline.TaskOutput:
		output := expression.Output
		if t.Always {
			output = expression.MaybeOutput
		}
		return output(s.names[source.Task], s.outputName(source)).Holding(outputType(source))
	case pipeline.FinalStatus:
		if s.stopped {
			return expression.CanceledStatus(source.Task.Key)
		}
		return expression.FinalStatus(s.names[source.Task], source.Task.Key)
	case pipeline.Constant:
		panic("plan: a constant is not read")
	}
	panic("plan: an unknown source")
}

func (s scope) readInput(source pipeline.DAGInput) expression.Parameter {
	if s.stopped {
		return s.submittedInput(source)
	}
	value := expression.Input(s.in[s.owner].of(source.Input, source.Artifact))
	if s.loop != nil && s.loop.Loop.Gives(source.Input, source.Artifact) {
		value = s.item(s.loop)
	}
	if !source.Artifact && s.isStringInput(s.owner, source.Input) {
		return value.Holding(contract.String)
	}
	return value
}

// outputType is the type of the values of an output where that is sure, or
// empty. Programs write what they declare; what a nested pipeline or a loop
// hands out may be anything.
func outputType(o pipeline.TaskOutput) contract.ParameterType {
	if o.Artifact || !o.Task.Component.HasPod() || o.Task.Loop != nil {
		return ""
	}
	return o.Task.Component.OutputParam(o.Output).Type
}

func (s scope) outputName(o pipeline.TaskOutput) string {
	return s.out[o.Task.Component].of(o.Output, o.Artifact)
}

// handedOut is the output of the first of several tasks that has run. Where
// none has, or an only one has not, the DAG's output takes its default.
func (s scope) handedOut(from []pipeline.TaskOutput) expression.Parameter {
	if len(from) == 1 {
		return expression.Output(s.names[from[0].Task], s.outputName(from[0]))
	}
	var chain []expression.Choice
	for _, o := range from {
		task := s.names[o.Task]
		chain = append(chain, expression.Choice{
			If:   expression.Succeeded(task),
			Then: expression.Output(task, s.outputName(o)),
		})
	}
	return expression.FirstOf(chain)
}

// compared is the value of an input as a condition sees it: of the declared
// type.
func (s scope) compared(t *pipeline.Task, input string) expression.Value {
	declared := t.Component.Parameter(input)
	value := s.dagArgument(t, declared)
	if flow.MayCompareNone(s.owner, t, input) {
		value = expression.OrFail(value, fmt.Sprintf("the condition of task %q: input %q has no value", t.Key, pipeline.PlainName(input)))
	}
	if declared.Type == contract.String {
		return expression.TextValue(value)
	}
	return expression.FromJSON(value)
}
