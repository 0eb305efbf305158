package plan

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
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
	// inline holds the outputs of containers that Argo must have whole, however
	// large they are; of others a reference to the store may do.
	inline map[*pipeline.OutputParameter]bool
	sizes  sizes
}

func analyse(p *pipeline.Pipeline, arguments map[string]string) analysis {
	g := flow.Of(p)
	return analysis{
		mayBeNoString: g.MayBeNoString(),
		mayFail:       g.MayFail(),
		workspace:     g.MayNameWorkspace(arguments),
		read:          g.Read(),
		made:          g.MadeByArgo(),
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

// takes reports whether the template of a component has an input for one of the
// component's: that of a DAG only if something inside reads it.
func (a analysis) takes(c *pipeline.Component, input string, artifact bool) bool {
	if _, ok := c.Body.(*pipeline.DAG); !ok {
		return true
	}
	return a.read.Has(flow.Input{Component: c, Name: input, Artifact: artifact})
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
