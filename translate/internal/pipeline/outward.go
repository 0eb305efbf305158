package pipeline

import (
	"cmp"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// channel begins the names of the inputs that KFP's compiler gives the DAG of a
// condition or a loop, for a value from outside.
const channel = "pipelinechannel--"

// outward is a value of an outer DAG that a Kubernetes setting names. Before
// version 2.16.1 KFP's SDK hands nothing in for settings: they name an input or a
// task of the pipeline although they are in a condition or a loop.
type outward struct {
	// input is the input that the DAG gets for it.
	input string
	spec  *document.InputParameterSpec
	// by is the task with the setting, within is the DAG around it.
	by     *Task
	within *Component
}

// settingSource resolves where a setting comes from: here, or in a DAG around
// this one.
func (s *scope) settingSource(t *Task, open openSetting) Source {
	o := outward{input: channelOf(open.spec), spec: open.spec, by: t, within: s.owner}
	if o.input == "" || s.has(open.spec) {
		return s.parameterSource(t, open.kind.String(), open.spec)
	}
	return s.reach(o, open.kind.parameterType())
}

// channelOf names the input that hands a value in, as newer SDKs do. It is empty
// for what is no input and no output of a task.
func channelOf(spec *document.InputParameterSpec) string {
	switch {
	case spec.TaskOutputParameter != nil:
		return channel + spec.TaskOutputParameter.ProducerTask.Value + "-" + spec.TaskOutputParameter.OutputParameterKey.Value
	case spec.ComponentInputParameter.Set:
		return channel + spec.ComponentInputParameter.Value
	}
	return ""
}

// has reports whether a DAG has the input or the task that is named.
func (s *scope) has(spec *document.InputParameterSpec) bool {
	if output := spec.TaskOutputParameter; output != nil {
		return slices.Contains(s.known, output.ProducerTask.Value)
	}
	return s.owner.Parameter(spec.ComponentInputParameter.Value) != nil
}

// reach returns the input of this DAG for a value from outside, which it adds
// where there is none.
func (s *scope) reach(o outward, typ contract.ParameterType) Source {
	if s.owner.Parameter(o.input) == nil {
		if s.owner.Spec == s.spec.Root { // there is nothing around it
			outermost := &scope{resolver: s.resolver, owner: o.within, known: s.known}
			return outermost.parameterSource(o.by, "", o.spec)
		}
		s.owner.outwards = append(s.owner.outwards, o)
		s.owner.Parameters = append(s.owner.Parameters, &Parameter{Name: o.input, Type: typ, Span: o.spec.Span})
		slices.SortFunc(s.owner.Parameters, func(a, b *Parameter) int { return cmp.Compare(a.Name, b.Name) })
	}
	return DAGInput{Input: o.input}
}

// handIn gives a nested DAG the values that settings in it name.
func (s *scope) handIn(t *Task) {
	for _, o := range t.Component.outwards {
		var source Source
		if s.has(o.spec) {
			source = s.parameterSource(t, o.input, o.spec)
		} else {
			source = s.reach(o, t.Component.Parameter(o.input).Type)
		}
		if source != nil {
			t.Parameters = append(t.Parameters, Binding{Input: o.input, Source: source, Span: o.spec.Span})
		}
	}
}

// parameterType is the type of the values that decide on a setting.
func (k SettingKind) parameterType() contract.ParameterType {
	switch k {
	case NodeSelectorJSON, TolerationJSON, NodeAffinityJSON:
		return contract.Struct
	}
	return contract.String
}
