package pipeline

import (
	"cmp"
	"slices"

	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// dag resolves the tasks of a component's graph and what they hand out.
func (r *resolver) dag(owner *Component, spec *document.DAGSpec) *DAG {
	scope := &scope{resolver: r, owner: owner, tasks: map[string]*Task{}}
	var tasks []*Task
	for _, e := range spec.Tasks {
		if e.Value == nil {
			continue
		}
		t := &Task{Key: e.Key.Value, Span: e.Key.Span, Spec: e.Value}
		t.Component = r.component(t.Key, e.Value.ComponentRef.Name.PlacedIn(t.Span))
		tasks = append(tasks, t)
		if t.Component != nil {
			scope.tasks[t.Key] = t
		}
	}
	scope.known = keys(spec.Tasks)
	for _, t := range tasks {
		scope.bind(t)
	}
	tasks = slices.DeleteFunc(tasks, func(t *Task) bool { return t.Component == nil })
	for _, t := range tasks {
		r.control(t)
	}
	return &DAG{
		Tasks:           r.inOrder(tasks),
		OutputParams:    scope.outputParams(spec.Outputs.Parameters),
		OutputArtifacts: scope.outputArtifacts(spec.Outputs.Artifacts),
	}
}

// inOrder sorts tasks so that each follows what it depends on. Tasks that wait
// for each other are reported and left out, with all that follow them.
func (r *resolver) inOrder(tasks []*Task) []*Task {
	var ordered []*Task
	done := map[*Task]bool{}
	for len(ordered) < len(tasks) {
		ready := slices.IndexFunc(tasks, func(t *Task) bool {
			return !done[t] && !slices.ContainsFunc(t.After, func(d *Task) bool { return !done[d] })
		})
		if ready < 0 {
			r.messages.cycle(inCycles(slices.DeleteFunc(slices.Clone(tasks), func(t *Task) bool { return done[t] })))
			return ordered
		}
		done[tasks[ready]] = true
		ordered = append(ordered, tasks[ready])
	}
	return ordered
}

// inCycles returns those of the waiting tasks that another one waits for, and
// so on: the others only follow a cycle.
func inCycles(waiting []*Task) []*Task {
	for {
		awaited := slices.DeleteFunc(slices.Clone(waiting), func(t *Task) bool {
			return !slices.ContainsFunc(waiting, func(w *Task) bool { return slices.Contains(w.After, t) })
		})
		if len(awaited) == len(waiting) {
			return awaited
		}
		waiting = awaited
	}
}

// scope is the inside of one DAG: the names that its tasks may use.
type scope struct {
	*resolver
	owner *Component
	tasks map[string]*Task // those that could be resolved
	known []string         // the keys of all tasks
}

// bind resolves a task's inputs and what it waits for.
func (s *scope) bind(t *Task) {
	for _, name := range t.Spec.DependentTasks {
		s.after(t, name)
	}
	for _, e := range t.Spec.Inputs.Parameters {
		if source := s.parameterSource(t, e.Key.Value, e.Value); source != nil {
			b := Binding{Input: e.Key.Value, Source: source, Span: e.Key.Span}
			b.Selector = s.selector(e.Value.ParameterExpressionSelector)
			t.Parameters = append(t.Parameters, b)
		}
	}
	for _, e := range t.Spec.Inputs.Artifacts {
		if source := s.artifactSource(t, e.Key.Value, e.Value); source != nil {
			t.Artifacts = append(t.Artifacts, Binding{Input: e.Key.Value, Source: source, Span: e.Key.Span})
		}
	}
	if t.Component != nil {
		s.settings(t)
		s.handIn(t)
	}
	byInput := func(a, b Binding) int { return cmp.Compare(a.Input, b.Input) }
	slices.SortFunc(t.Parameters, byInput)
	slices.SortFunc(t.Artifacts, byInput)
	slices.SortFunc(t.After, func(a, b *Task) int { return cmp.Compare(a.Key, b.Key) })
}

// after resolves the name of a task that t waits for, and notes it.
func (s *scope) after(t *Task, name document.Text) *Task {
	producer := s.producer(t.Key, name)
	if producer != nil && !slices.Contains(t.After, producer) {
		t.After = append(t.After, producer)
	}
	return producer
}

// producer resolves the name of a sibling task; who is the task that names it.
func (s *scope) producer(who string, name document.Text) *Task {
	if t, ok := s.tasks[name.Value]; ok {
		return t
	}
	if !slices.Contains(s.known, name.Value) {
		s.messages.unknownTask(who, name, s.known)
	}
	return nil
}

// parameterSource resolves where a parameter comes from. It returns nil where
// that is reported here, or left for the check of unsupported constructs.
func (s *scope) parameterSource(t *Task, input string, spec *document.InputParameterSpec) Source {
	switch {
	case spec == nil:
		return nil
	case spec.TaskOutputParameter != nil:
		return s.parameterOutput(t, *spec.TaskOutputParameter)
	case spec.ComponentInputParameter.Set:
		name := spec.ComponentInputParameter
		if s.owner.Parameter(name.Value) == nil {
			s.messages.unknownInput(t.Key, name, s.owner)
			return nil
		}
		return DAGInput{Input: name.Value}
	case spec.RuntimeValue != nil && spec.RuntimeValue.RuntimeParameter.Set:
		return nil // the check refuses it
	case spec.RuntimeValue != nil:
		if source := constant(spec.RuntimeValue); source != nil {
			return source
		}
	case spec.TaskFinalStatus != nil:
		if producer := s.after(t, spec.TaskFinalStatus.ProducerTask.PlacedIn(spec.Span)); producer != nil {
			return FinalStatus{Task: producer}
		}
		return nil
	}
	s.messages.unboundParameter(t.Key, input, spec.Span)
	return nil
}

func constant(v *document.ValueOrRuntimeParameter) Source {
	switch {
	case v.Constant.Set():
		return Constant{Value: v.Constant.JSON}
	case v.ConstantValue.Set():
		return Constant{Value: deprecatedValue(v.ConstantValue.JSON)}
	}
	return nil
}

func (s *scope) parameterOutput(t *Task, spec document.TaskOutputParameterSpec) Source {
	producer := s.after(t, spec.ProducerTask.PlacedIn(spec.Span))
	if producer == nil {
		return nil
	}
	if producer.Component.OutputParam(spec.OutputParameterKey.Value) == nil {
		s.messages.unknownOutput(t.Key, producer, spec.OutputParameterKey.PlacedIn(spec.Span), false)
		return nil
	}
	return TaskOutput{Task: producer, Output: spec.OutputParameterKey.Value}
}

// artifactSource resolves where an artifact comes from. An optional input that
// passes on an input which the enclosing component lacks has no value.
func (s *scope) artifactSource(t *Task, input string, spec *document.InputArtifactSpec) Source {
	switch {
	case spec == nil:
		return nil
	case spec.TaskOutputArtifact != nil:
		return s.artifactOutput(t, *spec.TaskOutputArtifact)
	case spec.ComponentInputArtifact.Set:
		name := spec.ComponentInputArtifact
		if s.owner.Artifact(name.Value) != nil {
			return DAGInput{Input: name.Value, Artifact: true}
		}
		s.messages.unknownInputArtifact(t.Key, name, s.owner)
		return nil
	}
	s.messages.unboundArtifact(t.Key, input, spec.Span)
	return nil
}

func (s *scope) artifactOutput(t *Task, spec document.TaskOutputArtifactSpec) Source {
	producer := s.after(t, spec.ProducerTask.PlacedIn(spec.Span))
	if producer == nil {
		return nil
	}
	if producer.Component.OutputArtifact(spec.OutputArtifactKey.Value) == nil {
		s.messages.unknownOutput(t.Key, producer, spec.OutputArtifactKey.PlacedIn(spec.Span), true)
		return nil
	}
	return TaskOutput{Task: producer, Output: spec.OutputArtifactKey.Value, Artifact: true}
}

func (s *scope) outputParams(specs document.Map[*document.DAGOutputParameterSpec]) []DAGOutput {
	var all []DAGOutput
	for _, e := range specs {
		output := DAGOutput{Name: e.Key.Value}
		if len(parameterSelectors(e.Value)) == 0 {
			s.messages.unselected(e.Key)
			continue
		}
		for _, selector := range parameterSelectors(e.Value) {
			producer := s.producer("", selector.ProducerSubtask.PlacedIn(selector.Span))
			switch name := selector.OutputParameterKey.PlacedIn(selector.Span); {
			case producer == nil:
			case producer.Component.OutputParam(name.Value) == nil:
				s.messages.unknownOutput("", producer, name, false)
			default:
				output.From = append(output.From, TaskOutput{Task: producer, Output: name.Value})
			}
		}
		all = append(all, output)
	}
	return sortedOutputs(all)
}

func parameterSelectors(spec *document.DAGOutputParameterSpec) []*document.ParameterSelectorSpec {
	if spec.ValueFromOneof != nil {
		return spec.ValueFromOneof.ParameterSelectors
	}
	if spec.ValueFromParameter != nil {
		return []*document.ParameterSelectorSpec{spec.ValueFromParameter}
	}
	return nil
}

func (s *scope) outputArtifacts(specs document.Map[*document.DAGOutputArtifactSpec]) []DAGOutput {
	var all []DAGOutput
	for _, e := range specs {
		output := DAGOutput{Name: e.Key.Value}
		if len(e.Value.ArtifactSelectors) == 0 {
			s.messages.unselected(e.Key)
			continue
		}
		for _, selector := range e.Value.ArtifactSelectors {
			producer := s.producer("", selector.ProducerSubtask.PlacedIn(selector.Span))
			switch name := selector.OutputArtifactKey.PlacedIn(selector.Span); {
			case producer == nil:
			case producer.Component.OutputArtifact(name.Value) == nil:
				s.messages.unknownOutput("", producer, name, true)
			default:
				from := TaskOutput{Task: producer, Output: name.Value, Artifact: true}
				output.From = append(output.From, from)
			}
		}
		all = append(all, output)
	}
	return sortedOutputs(all)
}

func sortedOutputs(outputs []DAGOutput) []DAGOutput {
	slices.SortFunc(outputs, func(a, b DAGOutput) int { return cmp.Compare(a.Name, b.Name) })
	return outputs
}
