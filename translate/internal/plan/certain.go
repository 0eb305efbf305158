package plan

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// certainStrings finds the inputs of DAGs that hold a string in every run. Such
// an input needs no coercion where a condition compares it or a text mentions
// it. A declaration alone does not say so: KFP's compiler declares as STRING
// what it knows nothing of, such as the items of a list.
//
// All inputs of type STRING are taken for certain at first; each binding that
// proves otherwise takes one away, until none is left to take.
func certainStrings(p *pipeline.Pipeline) map[*pipeline.Parameter]bool {
	certain := map[*pipeline.Parameter]bool{}
	for _, c := range p.Components {
		for _, in := range c.Parameters {
			certain[in] = in.Type == contract.String
		}
	}
	settle(p, func(owner *pipeline.Component, t *pipeline.Task) bool { return revoke(certain, owner, t) })
	return certain
}

// revoke takes away the inputs of a task that are not certain and reports
// whether there were any.
func revoke(certain map[*pipeline.Parameter]bool, owner *pipeline.Component, t *pipeline.Task) bool {
	changed := false
	for _, in := range t.Component.Parameters {
		if certain[in] && !certainArgument(certain, owner, t, in) {
			certain[in], changed = false, true
		}
	}
	return changed
}

func certainArgument(certain map[*pipeline.Parameter]bool, owner *pipeline.Component, t *pipeline.Task, in *pipeline.Parameter) bool {
	if t.TakesItem(in.Name) {
		return t.Loop.Static != nil && allStrings(t.Loop.Static)
	}
	given := t.Parameter(in.Name)
	return given == nil || certainBinding(certain, owner, given)
}

func allStrings(items []json.RawMessage) bool {
	for _, item := range items {
		if contract.KindOf(item) != contract.KindString {
			return false
		}
	}
	return true
}

// certainBinding reports whether a binding gives a string in every run.
func certainBinding(certain map[*pipeline.Parameter]bool, owner *pipeline.Component, given *pipeline.Binding) bool {
	if given.Selector != nil {
		return false
	}
	switch source := given.Source.(type) {
	case pipeline.Constant:
		return contract.KindOf(source.Value) == contract.KindString
	case pipeline.DAGInput:
		return certain[owner.Parameter(source.Input)]
	case pipeline.TaskOutput:
		declared := source.Task.Component.OutputParam(source.Output)
		return source.Task.Component.HasPod() && source.Task.Loop == nil && declared.Type == contract.String
	}
	return false
}

// isString reports whether a binding in this DAG gives a string in every run.
func (s scope) isString(given *pipeline.Binding) bool {
	return certainBinding(s.strings, s.owner, given)
}
