package plan

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/podspec"
)

// analysis is what is known of the values of a pipeline before there is any
// template. It is made once and then only read.
type analysis struct {
	mayBeNoString flow.Set
	mayFail       flow.Set
	workspace     flow.Set
	read          flow.Set
	made          flow.Set // by Argo, not by pods
	madeByTasks   flow.Set
	idle          map[flow.Input]bool
	// inline holds the outputs of containers that Argo must have whole, however
	// large they are; of others a reference to the store may do.
	inline map[*pipeline.OutputParameter]bool
	sizes  sizes
}

func analyse(p *pipeline.Pipeline, arguments map[string]string) analysis {
	g := flow.Of(p)
	mayFail := g.MayFail()
	return analysis{
		mayBeNoString: g.MayBeNoString(),
		mayFail:       mayFail,
		workspace:     g.MayNameWorkspace(arguments),
		read:          g.Read(),
		made:          g.MadeByArgo(),
		madeByTasks:   g.MadeByTasks(),
		idle:          idleInputs(g, mayFail),
		inline:        inlineOutputs(g),
		sizes:         sizes{g.Items(arguments), g.Bytes(arguments)},
	}
}

// inlineOutputs finds the outputs of containers that Argo reads for any of the
// tasks that have them.
func inlineOutputs(g *flow.Graph) map[*pipeline.OutputParameter]bool {
	inline := map[*pipeline.OutputParameter]bool{}
	for at := range g.ReadByArgo() {
		r, ok := at.(flow.Result)
		if !ok {
			continue
		}
		if _, ok := r.Task.Component.Body.(*pipeline.Container); ok {
			inline[r.Task.Component.OutputParam(r.Name)] = true
		}
	}
	return inline
}

// idleInputs finds the inputs of importers without a pod that change nothing: the
// artifact is not made of them, and as every task gives a constant, none can be
// without a value.
func idleInputs(g *flow.Graph, mayFail flow.Set) map[flow.Input]bool {
	idle := map[flow.Input]bool{}
	for _, at := range g.Places() {
		a, ok := at.(flow.Argument)
		if !ok || a.Artifact {
			continue
		}
		body, ok := a.Task.Component.Body.(*pipeline.Importer)
		if !ok || a.Task.Component.HasPod() {
			continue
		}
		input := flow.Input{Component: a.Task.Component, Name: a.Name}
		before, seen := idle[input]
		idle[input] = (before || !seen) && !madeOf(body, a.Name) && !mayFail.Has(input) && givesConstant(a.Task, a.Name)
	}
	return idle
}

// madeOf reports whether an importer's artifact has the value of an input in it.
func madeOf(i *pipeline.Importer, input string) bool {
	found := i.URIInput == input
	w := jsonWriter{keys: true, fill: func(template string) expression.Text {
		for _, p := range placeholder.Parse(template) {
			in, ok := p.(placeholder.InputParameter)
			found = found || ok && in.Name == input
		}
		return expression.String("")
	}}
	w.written(contract.QuoteText(i.URI))
	w.written(withDisplayName(i.Spec.Metadata.JSON, i.Output))
	return found
}

// givesConstant reports whether a task gives an input a value that the pipeline
// says, and not null.
func givesConstant(t *pipeline.Task, input string) bool {
	given := t.Parameter(input)
	if given == nil || t.TakesItem(input) {
		return false
	}
	source, ok := given.Source.(pipeline.Constant)
	return ok && contract.KindOf(source.Value) != contract.KindNull
}

// takes reports whether the template of a component has an input for one of the
// component's: that of a DAG only if something inside reads it, that of an
// importer only if it changes anything.
func (a analysis) takes(c *pipeline.Component, input string, artifact bool) bool {
	at := flow.Input{Component: c, Name: input, Artifact: artifact}
	if _, ok := c.Body.(*pipeline.DAG); ok {
		return a.read.Has(at)
	}
	return !a.idle[at]
}

// isString reports whether what a task is given for a parameter is a string in
// every run.
func (a analysis) isString(t *pipeline.Task, parameter string) bool {
	return !a.mayBeNoString.Has(flow.Argument{Task: t, Name: parameter})
}

// isStringInput reports whether an input of a component that is a DAG is a
// string in every run, if it has a value.
func (a analysis) isStringInput(c *pipeline.Component, parameter string) bool {
	return !a.mayBeNoString.Has(flow.Input{Component: c, Name: parameter})
}

// mounts reports whether the pod of a task mounts the workspace.
func (a analysis) mounts(t *pipeline.Task) bool { return a.workspace.Has(flow.Body{Task: t}) }

// workspaceMount is the mount of the workspace in a pod.
func workspaceMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: podspec.Workspace, MountPath: contract.WorkspaceDir}
}

// mountWorkspace mounts the workspace in a pod.
func (p *Pod) mountWorkspace() {
	p.Spec.Mounts = append(p.Spec.Mounts, workspaceMount())
	p.Spec.Persistent = true
}
