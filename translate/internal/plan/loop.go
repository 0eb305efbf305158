package plan

import (
	"fmt"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// repeated plans the template of a loop, and what that is given. It gives the
// item to each iteration; it hands out lists of what the iterations hand out. It
// is a template of its own because Argo counts parallelism by template, and
// because it succeeds even where there is no item.
func (s scope) repeated(t *pipeline.Task) (*DAG, []Binding) {
	each, arguments, ok := s.single(t)
	if !ok {
		each, arguments = s.iteration(t)
	}
	s.iterate(&each.task, t)
	wrapper := &DAG{Parallelism: t.Loop.Parallelism, Tasks: []Task{each.task}, Outputs: s.collected(t, each)}
	for _, a := range arguments {
		wrapper.Inputs = append(wrapper.Inputs, a.Name)
	}
	wrapper = s.share(wrapper, t.Component.Name()).(*DAG)
	s.loops[wrapper.Name] = append(s.loops[wrapper.Name], t)
	return wrapper, arguments
}

// each is what a loop repeats: the only task of its template, and which output of
// that task has what an output of the loop collects.
type each struct {
	task   Task
	output func(of string, artifact bool) string
}

// iteration plans an iteration with a template of its own, and lists what the
// loop is given.
func (s scope) iteration(t *pipeline.Task) (each, []Binding) {
	body, arguments := s.callee(t, naming.Iteration)
	s.originate(body, t)
	planned := Task{Name: naming.Iteration, Template: Name(body)}
	item := Binding{Name: s.in[t.Component].of(t.Loop.Item, t.Loop.Artifact), Value: s.item(t)}
	for _, a := range arguments {
		if a.Name != item.Name && slices.Contains(inputsOf(body), a.Name) {
			planned.Arguments = append(planned.Arguments, Binding{Name: a.Name, Value: expression.Input(a.Name)})
		}
	}
	if slices.Contains(inputsOf(body), item.Name) {
		planned.Arguments = append(planned.Arguments, item)
	}
	return each{planned, s.out[t.Component].of}, arguments
}

func inputsOf(t Template) []string {
	switch t := t.(type) {
	case *DAG:
		return t.Inputs
	case *Pod:
		var names []string
		for _, in := range t.Inputs {
			names = append(names, in.Name)
		}
		return names
	case *Claim:
		return t.Inputs
	case *Nothing, *Stop:
		panic("plan: a loop over nothing")
	}
	panic("plan: an unknown template")
}

// iterate says how often a loop repeats a task.
func (s scope) iterate(repeated *Task, t *pipeline.Task) {
	switch count := len(t.Loop.Static); {
	case t.Loop.Static == nil:
		repeated.ForEach = s.items(t).Indexes()
	case count == 0:
		repeated.ForEach = expression.NoItems()
	default:
		repeated.Count = &count
	}
}

// listName is the Argo name of the input that holds a loop's items, which the
// iterations need not take themselves.
func (s scope) listName(t *pipeline.Task) string {
	if name := s.in[t.Component].of(t.Loop.Input, t.Loop.Artifact); name != "" {
		return name
	}
	return s.in[t.Component].undeclared(t.Loop.Input)
}

// items is what a loop runs over, as its template has it.
func (s scope) items(t *pipeline.Task) expression.Items {
	items := s.givenItems(t, expression.Input(s.listName(t)))
	items.Lined = !s.takesList(t)
	return items
}

// givenItems is what a loop runs over, as it is given.
func (s scope) givenItems(t *pipeline.Task, as expression.Parameter) expression.Items {
	declared := t.Component.Parameter(t.Loop.Input)
	return expression.Items{
		Text:  as,
		Sure:  !t.Loop.Artifact && declared != nil && declared.Type == contract.List,
		Fault: s.faultOf(t),
	}
}

// takesList reports whether the iterations take the list of a loop themselves.
func (s scope) takesList(t *pipeline.Task) bool {
	l := t.Loop
	return s.in[t.Component].of(l.Input, l.Artifact) != "" && s.takes(t.Component, l.Input, l.Artifact)
}

// faultOf says whose error text may stand in the place of the items of a loop,
// or nothing.
func (s scope) faultOf(t *pipeline.Task) string {
	if t.Loop.Artifact || !s.mayFail.Has(flow.Argument{Task: t, Name: t.Loop.Input}) {
		return ""
	}
	return fmt.Sprintf("input %q of task %q", t.Loop.Input, t.Key)
}

// item is the parameter text of the item of an iteration.
func (s scope) item(t *pipeline.Task) expression.Parameter {
	l := t.Loop
	if l.Static == nil {
		return s.items(t).Item()
	}
	var texts []string
	for _, v := range l.Static {
		texts = append(texts, encode(v, ""))
	}
	return expression.ItemOfTexts(texts)
}

// collected lists the outputs of a loop: of each output of the iterations, the
// list of those that there are. Lists of parameters keep their nesting, lists
// of artifacts are flat, because a program takes them so.
func (s scope) collected(t *pipeline.Task, from each) []Output {
	var all []Output
	out := s.out[t.Component]
	for _, o := range t.Component.OutputParams {
		value := expression.Collected(from.task.Name, from.output(o.Name, false))
		all = append(all, Output{Name: out.parameters[o.Name], Value: value})
	}
	for _, o := range t.Component.OutputArtifacts {
		value := expression.CollectedArtifacts(from.task.Name, from.output(o.Name, true))
		all = append(all, Output{Name: out.artifacts[o.Name], Value: value})
	}
	return all
}

// loopItems binds the list that a loop runs over, where the iterations do not
// take it themselves.
func (s scope) loopItems(t *pipeline.Task) []Binding {
	l := t.Loop
	if l == nil || l.Static != nil || s.takesList(t) {
		return nil
	}
	var given expression.Parameter
	if l.Artifact {
		given = s.read(t, t.Artifact(l.Input).Source)
	} else {
		given = s.value(t, t.Parameter(l.Input), contract.List)
	}
	return []Binding{{Name: s.listName(t), Value: s.givenItems(t, given).Lines()}}
}
