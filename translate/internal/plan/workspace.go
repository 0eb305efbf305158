package plan

import (
	"encoding/json"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/podspec"
)

// workspaceMount is the mount of the workspace in a pod.
func workspaceMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: podspec.Workspace, MountPath: contract.WorkspaceDir}
}

// mountWorkspace mounts the workspace in a pod.
func (p *Pod) mountWorkspace() {
	p.Spec.Mounts = append(p.Spec.Mounts, workspaceMount())
	p.Spec.Persistent = true
}

// workspaceUse knows what may hold a path in the workspace, and so which tasks
// must mount it: those that speak of it, those that are given a value that may,
// and those that are given an artifact which lies there. A task that mounts it
// may hand out paths in any of its output parameters.
//
// Everything is taken for innocent at first, until nothing is left that proves
// otherwise. An input of a nested pipeline that one task gives a path to may
// hold one wherever the pipeline runs.
type workspaceUse struct {
	tasks      map[*pipeline.Task]bool
	parameters map[*pipeline.Parameter]bool
	artifacts  map[*pipeline.Artifact]bool
	changed    bool
}

// useOfWorkspace finds the tasks that mount the workspace. Arguments are the
// values that the pipeline's inputs are given at translation.
func useOfWorkspace(p *pipeline.Pipeline, arguments map[string]string) workspaceUse {
	use := workspaceUse{
		tasks:      map[*pipeline.Task]bool{},
		parameters: map[*pipeline.Parameter]bool{},
		artifacts:  map[*pipeline.Artifact]bool{},
	}
	if p.Platform == nil || p.Platform.PipelineConfig == nil || p.Platform.PipelineConfig.Workspace == nil {
		return use
	}
	for _, in := range p.Root.Parameters {
		use.parameters[in] = speaksOfWorkspace(arguments[in.Name])
	}
	settle(p, func(owner *pipeline.Component, t *pipeline.Task) bool {
		use.changed = false
		taskUse{&use, owner, t}.look()
		return use.changed
	})
	return use
}

// mark notes that something is not innocent.
func mark[K comparable](u *workspaceUse, known map[K]bool, key K, guilty bool) {
	if guilty && !known[key] {
		known[key], u.changed = true, true
	}
}

// taskUse looks at one task.
type taskUse struct {
	*workspaceUse
	owner *pipeline.Component
	task  *pipeline.Task
}

func (s taskUse) look() {
	for _, in := range s.owner.Parameters {
		mark(s.workspaceUse, s.parameters, in, speaksOfWorkspace(string(in.Default)))
	}
	switch body := s.task.Component.Body.(type) {
	case *pipeline.DAG:
		s.handIn()
	case *pipeline.Container:
		mark(s.workspaceUse, s.tasks, s.task, speaks(body.Spec) || s.isGiven())
	case *pipeline.Importer:
		mark(s.workspaceUse, s.tasks, s.task, body.Spec.DownloadToWorkspace.Value)
	}
}

// handIn notes which inputs of a nested pipeline may hold paths.
func (s taskUse) handIn() {
	for _, p := range s.task.Component.Parameters {
		mark(s.workspaceUse, s.parameters, p, s.parameter(p))
	}
	for _, a := range s.task.Component.Artifacts {
		mark(s.workspaceUse, s.artifacts, a, s.artifact(a))
	}
}

// isGiven reports whether a container is given anything of the workspace.
func (s taskUse) isGiven() bool {
	for _, p := range s.task.Component.Parameters {
		if s.parameter(p) {
			return true
		}
	}
	for _, a := range s.task.Component.Artifacts {
		if s.artifact(a) {
			return true
		}
	}
	return false
}

func (s taskUse) parameter(p *pipeline.Parameter) bool {
	if l := s.task.Loop; l != nil && l.Item == p.Name && !l.Artifact {
		for _, item := range l.Static {
			if speaksOfWorkspace(string(item)) {
				return true
			}
		}
		return l.Input != "" && s.binding(s.task.Parameter(l.Input))
	}
	given := s.task.Parameter(p.Name)
	if given == nil {
		return speaksOfWorkspace(string(p.Default))
	}
	return s.binding(given)
}

func (s taskUse) binding(given *pipeline.Binding) bool {
	if given == nil {
		return false
	}
	switch source := given.Source.(type) {
	case pipeline.Constant:
		return s.constant(source.Value)
	case pipeline.DAGInput:
		return s.parameters[s.owner.Parameter(source.Input)]
	case pipeline.TaskOutput:
		return s.output(source)
	}
	return false
}

// constant reports whether a constant speaks of the workspace, or mentions an
// input that may.
func (s taskUse) constant(value json.RawMessage) bool {
	found := speaksOfWorkspace(string(value))
	constant.EachPlaceholder(value, func(p placeholder.Part) {
		in, ok := p.(placeholder.InputParameter)
		if !ok {
			return
		}
		if given := s.task.Parameter(in.Name); given != nil {
			if _, isConstant := given.Source.(pipeline.Constant); !isConstant {
				found = found || s.binding(given)
			}
		}
	})
	return found
}

func (s taskUse) artifact(a *pipeline.Artifact) bool {
	name := a.Name
	if l := s.task.Loop; l != nil && l.Artifact && l.Item == name {
		name = l.Input
	}
	given := s.task.Artifact(name)
	if given == nil {
		return false
	}
	switch source := given.Source.(type) {
	case pipeline.DAGInput:
		return s.artifacts[s.owner.Artifact(source.Input)]
	case pipeline.TaskOutput:
		return s.output(source)
	}
	return false
}

// output reports whether an output of a task may be of the workspace. That of a
// nested pipeline may if any of the tasks may that it comes from.
func (u *workspaceUse) output(o pipeline.TaskOutput) bool {
	switch body := o.Task.Component.Body.(type) {
	case *pipeline.Container:
		return !o.Artifact && u.tasks[o.Task]
	case *pipeline.Importer:
		return u.tasks[o.Task]
	case *pipeline.DAG:
		outputs := body.OutputParams
		if o.Artifact {
			outputs = body.OutputArtifacts
		}
		for _, handedOut := range outputs {
			for _, from := range handedOut.From {
				if handedOut.Name == o.Output && u.output(from) {
					return true
				}
			}
		}
	}
	return false
}

// speaks reports whether a container itself speaks of the workspace.
func speaks(spec *document.ContainerSpec) bool {
	for _, texts := range [][]document.Text{spec.Command, spec.Args} {
		for _, text := range texts {
			if speaksOfWorkspace(text.Value) {
				return true
			}
		}
	}
	for _, v := range spec.Env {
		if speaksOfWorkspace(v.Value.Value) {
			return true
		}
	}
	return false
}

func speaksOfWorkspace(text string) bool {
	return strings.Contains(text, contract.WorkspaceDir) || strings.Contains(text, "{{$."+placeholder.WorkspacePath+"}}")
}
