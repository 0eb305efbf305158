package plan

import (
	"slices"

	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// single plans an iteration that is one task in a pod: the loop repeats that task,
// under its name, and the iteration needs neither a template nor a node in Argo. It
// reports false for a loop whose iterations need them.
func (s scope) single(t *pipeline.Task) (each, []Binding, bool) {
	one := s.only(t)
	if one == nil {
		return each{}, nil, false
	}
	body := t.Component.Body.(*pipeline.DAG)
	inside := scope{builder: s.builder, owner: t.Component, retry: s.retryOf(t), names: naming.Tasks(body.Tasks), loop: t}
	planned := Task{Name: inside.names[one]}
	// Packages progress and role know an iteration that has a node by the name.
	if planned.Name == naming.Iteration || !repeatable(t, inside.podArguments(one, inside.settings(one).arguments...)) {
		return each{}, nil, false
	}
	var callee Template
	callee, planned.Arguments = inside.callee(one, planned.Name)
	planned.Template = Name(callee)
	s.originate(callee, one)
	s.originate(callee, t)
	output := func(of string, artifact bool) string { return inside.outputName(handedOut(body, of, artifact)) }
	return each{planned, output}, s.dagArguments(t), true
}

// only is the task that an iteration consists of, if that is a program which runs
// in every iteration, or nil. A patch for the template of an iteration needs one.
func (s scope) only(t *pipeline.Task) *pipeline.Task {
	body, ok := t.Component.Body.(*pipeline.DAG)
	if !ok || len(body.Tasks) != 1 || s.patched(t) != nil {
		return nil
	}
	one := body.Tasks[0]
	if _, inPod := one.Component.Body.(*pipeline.Container); !inPod || one.Condition != nil || one.Loop != nil {
		return nil
	}
	return one
}

// handedOut is the output of the only task of a DAG that the DAG hands out by a name.
func handedOut(body *pipeline.DAG, name string, artifact bool) pipeline.TaskOutput {
	outputs := body.OutputParams
	if artifact {
		outputs = body.OutputArtifacts
	}
	i := slices.IndexFunc(outputs, func(o pipeline.DAGOutput) bool { return o.Name == name })
	return outputs[i].From[0]
}

// repeatable reports whether the arguments of a task can be those of one that a
// loop repeats. A list that the pipeline has fixed stands in the template wherever
// an item is looked up: more than once, and an iteration of its own is shorter.
func repeatable(t *pipeline.Task, arguments []Binding) bool {
	reads := 0
	for _, a := range arguments {
		if a.Value.DeclaresVariables() {
			return false
		}
		reads += a.Value.ReadsOfItem()
	}
	return reads <= 1 || t.Loop.Static == nil
}
