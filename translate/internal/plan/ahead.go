package plan

import (
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// CacheCheck says where a task looks for an earlier one that did the same.
type CacheCheck int

const (
	// CheckAuto looks ahead for tasks that ask for accelerators, and inline for
	// all others.
	CheckAuto CacheCheck = iota
	// CheckInline looks in the task's own pod, when that has all it asked for.
	CheckInline
	// CheckAhead looks in a small pod first, for every task.
	CheckAhead
)

// LookUp is what a pod that only looks into the cache knows of the pod that it
// looks for.
type LookUp struct {
	// Image is the image of the pod's program.
	Image   Image
	Command []string
	Claims  []string
	// Hit is the output that tells whether there was something.
	Hit string
}

// lookUpRetries is how often another pod is started where one could not do its
// little work.
const lookUpRetries = 2

// looksAhead reports whether a small pod looks for the results of a task before
// its own pod is asked for. Patches may change what the pod runs, which a
// look-up ahead would not see; and an exit task must be a pod, see [Stop].
func (s scope) looksAhead(t *pipeline.Task) bool {
	if s.cache(t) == nil || t.Always || !s.surelyHasRoot() || len(s.options.Patches[t]) > 0 {
		return false
	}
	switch s.options.CacheCheck {
	case CheckInline:
		return false
	case CheckAhead:
		return true
	}
	resources := t.Component.Body.(*pipeline.Container).Spec.Resources
	return resources != nil && resources.Accelerator != nil
}

// surelyHasRoot reports whether the pipeline has a root whatever its
// placeholders say: one is given, or a pod needs it for artifacts.
func (b *builder) surelyHasRoot() bool {
	return b.root() != "" || slices.ContainsFunc(b.pipeline.Components, func(c *pipeline.Component) bool {
		return c.HasPod() && len(c.Artifacts)+len(c.OutputArtifacts) > 0
	})
}

// ahead plans the DAG of a task that looks ahead: a small pod that looks, and
// the task's own pod, which runs if there was nothing. It takes the arguments
// of that pod.
func (s scope) ahead(t *pipeline.Task, settings settings, name string, arguments []Binding) *DAG {
	pod := s.unshared(t, settings)
	pod.Component.Inner = true
	lookUp := lookUp(pod, settings.image(t.Component.Body.(*pipeline.Container).Spec.Image))
	wish := t.Component.Name()
	pod = s.sharePod(pod, wish+"-"+naming.Run, name, t.Key)
	lookUp = s.sharePod(lookUp, wish+"-"+naming.LookUp, name, t.Key)
	s.originate(pod, t)
	s.originate(lookUp, t)
	s.lookers[t] = true
	d := &DAG{}
	for _, in := range pod.Inputs {
		bound := t.Loop != nil && in.Name == s.in[t.Component].of(t.Loop.Item, t.Loop.Artifact)
		if bound || slices.ContainsFunc(arguments, func(a Binding) bool { return a.Name == in.Name }) {
			d.Inputs = append(d.Inputs, in.Name)
		}
	}
	look := Task{Name: naming.LookUp, Template: lookUp.Name, Arguments: handedOn(d.Inputs)}
	run := Task{
		Name: naming.Run, Template: pod.Name, Arguments: handedOn(d.Inputs),
		After: []string{naming.LookUp},
		When:  expression.HasText(expression.Output(naming.LookUp, lookUp.LookUp.Hit), contract.Missed),
	}
	d.Tasks = []Task{look, run}
	for _, o := range pod.Outputs {
		d.Outputs = append(d.Outputs, Output{Name: o, Value: expression.FirstOf([]expression.Choice{
			{If: expression.Succeeded(naming.Run), Then: expression.Output(naming.Run, o)},
			{If: expression.Succeeded(naming.LookUp), Then: expression.Output(naming.LookUp, o)},
		})})
	}
	return s.share(d, wish).(*DAG)
}

// handedOn binds inputs to those of the same names.
func handedOn(inputs []string) []Binding {
	var all []Binding
	for _, in := range inputs {
		all = append(all, Binding{Name: in, Value: expression.Input(in)})
	}
	return all
}

// lookUp plans the pod that looks for what another pod would make.
func lookUp(of *Pod, image Image) *Pod {
	outputs := naming.Names{}
	for _, o := range of.Outputs {
		outputs[o] = true
	}
	p := &Pod{
		Inputs:    of.Inputs,
		Outputs:   append(slices.Clone(of.Outputs), outputs.Unique("hit")),
		Component: of.Component,
		LookUp:    &LookUp{Image: image, Command: of.Command, Claims: of.Spec.Claims()},
		Retry:     &pipeline.Retry{Limit: lookUpRetries},
	}
	p.LookUp.Hit = p.Outputs[len(of.Outputs)]
	p.Component.ShieldedEnv, p.Component.Required = false, nil
	return p
}
