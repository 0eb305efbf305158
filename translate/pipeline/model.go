// Package pipeline is the resolved form of a pipeline document: names have
// become pointers, maps have become slices in a defined order, and each oneof
// of the document is a closed sum. [Resolve] builds it.
//
// The model keeps the places of what it was made from, so that later passes
// can point at them, and nothing of how the document was written.
package pipeline

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/document"
)

// Pipeline is a whole pipeline.
type Pipeline struct {
	Name        string
	Description string
	// DefaultRoot is the document's defaultPipelineRoot, or empty.
	DefaultRoot string
	// Root is the pipeline's own component; its Body is a [DAG].
	Root *Component
	// Components holds every component that a task uses, Root first, each
	// before the components that its own tasks use.
	Components []*Component
	// Platform holds the pipeline-wide Kubernetes settings, or nil.
	Platform *document.SinglePlatformSpec
}

// Component is one component: an interface and what implements it.
type Component struct {
	// Key is the component's name in the document, empty for the root.
	Key             string
	Spec            *document.ComponentSpec
	Parameters      []*Parameter
	Artifacts       []*Artifact
	OutputParams    []*OutputParameter
	OutputArtifacts []*OutputArtifact
	// Body is nil where the document's implementation could not be resolved.
	Body Body
}

// Parameter declares an input parameter.
type Parameter struct {
	Name        string
	Type        contract.ParameterType
	Optional    bool
	Default     json.RawMessage // nil for none
	Literals    []json.RawMessage
	Description string
	Span        diag.Span
}

// MayBeAbsent reports whether the input can be without a value where the
// caller gives none.
func (p *Parameter) MayBeAbsent() bool { return p.Optional && p.Default == nil }

// Required reports whether a caller must give the input a value.
func (p *Parameter) Required() bool { return !p.Optional && p.Default == nil }

// Artifact declares an input artifact, or a list of them.
type Artifact struct {
	Name        string
	Type        contract.ArtifactType
	Optional    bool
	List        bool
	Description string
	Span        diag.Span
}

// OutputParameter declares an output parameter. Type is empty for an output
// that a DAG hands out without declaring it.
type OutputParameter struct {
	Name string
	Type contract.ParameterType
	Span diag.Span
}

func (o *OutputParameter) name() string { return o.Name }

// OutputArtifact declares an output artifact, or (of a DAG) a list of them.
type OutputArtifact struct {
	Name     string
	Type     contract.ArtifactType
	Metadata map[string]json.RawMessage
	List     bool
	Span     diag.Span
}

func (o *OutputArtifact) name() string { return o.Name }

// Body implements a component: a [*DAG] or a [*Container].
type Body interface{ body() }

// DAG is a graph of tasks. Tasks stand in an order in which each follows the
// tasks that it depends on; among equals the document's order holds.
type DAG struct {
	Tasks           []*Task
	OutputParams    []DAGOutput
	OutputArtifacts []DAGOutput
}

// DAGOutput hands an output of one task to the DAG's caller.
type DAGOutput struct {
	Name string
	From TaskOutput
}

// Container runs a program in a container.
type Container struct {
	Label    string // the executor's name in the document
	Spec     *document.ContainerSpec
	Platform *document.Value // the executor's Kubernetes settings, or nil
}

func (*DAG) body()       {}
func (*Container) body() {}

// Task is one task of a DAG.
type Task struct {
	Key       string
	Spec      *document.TaskSpec
	Span      diag.Span // the key
	Component *Component
	// Parameters and Artifacts bind inputs in the order of their names.
	// Inputs that the component does not declare are among them: KFP's
	// compiler binds some that only placeholders refer to.
	Parameters []Binding
	Artifacts  []Binding
	// After lists the tasks that must have ended before this one starts.
	After []*Task
}

// Binding says where the value of one input comes from.
type Binding struct {
	Input  string
	Source Source
	Span   diag.Span
}

// Parameter returns the binding of an input parameter, or nil.
func (t *Task) Parameter(input string) *Binding { return find(t.Parameters, input) }

// Artifact returns the binding of an input artifact, or nil.
func (t *Task) Artifact(input string) *Binding { return find(t.Artifacts, input) }

func find(bindings []Binding, input string) *Binding {
	for i := range bindings {
		if bindings[i].Input == input {
			return &bindings[i]
		}
	}
	return nil
}

// Source is where a value comes from: [TaskOutput], [DAGInput] or [Constant].
type Source interface{ source() }

// TaskOutput is an output of a task of the same DAG.
type TaskOutput struct {
	Task     *Task
	Output   string
	Artifact bool
}

// DAGInput is an input of the component that the task is part of.
type DAGInput struct {
	Input    string
	Artifact bool
}

// Constant is a value that the document holds.
type Constant struct {
	Value json.RawMessage
}

func (TaskOutput) source() {}
func (DAGInput) source()   {}
func (Constant) source()   {}

// Parameter returns the declaration of an input parameter, or nil.
func (c *Component) Parameter(name string) *Parameter {
	for _, p := range c.Parameters {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Artifact returns the declaration of an input artifact, or nil.
func (c *Component) Artifact(name string) *Artifact {
	for _, a := range c.Artifacts {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// OutputParam returns the declaration of an output parameter, or nil.
func (c *Component) OutputParam(name string) *OutputParameter {
	for _, o := range c.OutputParams {
		if o.Name == name {
			return o
		}
	}
	return nil
}

// OutputArtifact returns the declaration of an output artifact, or nil.
func (c *Component) OutputArtifact(name string) *OutputArtifact {
	for _, o := range c.OutputArtifacts {
		if o.Name == name {
			return o
		}
	}
	return nil
}
