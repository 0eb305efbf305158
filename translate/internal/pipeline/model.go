// Package pipeline is the resolved form of a pipeline document: names have
// become pointers, maps have become slices in a defined order, and each oneof
// of the document is a closed sum. [Resolve] builds it.
//
// The model keeps the places of what it was made from, so that later passes
// can point at them, and nothing of how the document was written.
package pipeline

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/condition"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
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
	// Passthroughs holds the groups of pod settings that the component takes as
	// a value, and whether they hold for its own pod too.
	Passthroughs map[document.PassthroughField]bool
	// Body is nil where the document's implementation could not be resolved.
	Body Body
	// outwards are values from around the DAG that settings in it name.
	outwards []outward
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

// Body implements a component: a [*DAG], a [*Container], an [*Importer] or a
// [*Claim].
//
//sumtype:decl
type Body interface{ body() }

// DAG is a graph of tasks. Tasks are in an order in which each follows the
// tasks that it depends on; among equals the document's order holds.
type DAG struct {
	Tasks           []*Task
	OutputParams    []DAGOutput
	OutputArtifacts []DAGOutput
}

// DAGOutput hands an output of a task to the DAG's caller: that of the first
// task in From that has run. More than one is dsl.OneOf.
type DAGOutput struct {
	Name string
	From []TaskOutput
}

// Container runs a program in a container.
type Container struct {
	Label string // the executor's name in the document
	Spec  *document.ContainerSpec
	// Kubernetes holds the executor's settings of the pod, or is nil.
	Kubernetes *document.KubernetesExecutorConfig
}

// Importer makes an artifact of an object that exists.
type Importer struct {
	Label string
	Spec  *document.ImporterSpec
	// URI is the text of the URI, with placeholders, or where URIInput is not
	// empty, the input that holds it.
	URI, URIInput string
	// Output is the name of the importer's only output.
	Output string
	// Type is that of the artifact: the importer's own, or that of its output.
	Type contract.ArtifactType
}

// Empty reports whether the URI is the empty text. Such a task is allowed, and
// fails if it runs.
func (i *Importer) Empty() bool { return i.URI == "" && i.URIInput == "" }

// Claim creates or deletes a PersistentVolumeClaim. KFP has a container for it
// whose image is the name of the action.
type Claim struct {
	Label  string
	Spec   *document.ContainerSpec
	Action ClaimAction
}

// ClaimAction is what is done with a claim.
type ClaimAction int

// The actions.
const (
	CreateClaim ClaimAction = iota
	DeleteClaim
)

// The inputs and the output of components that create or delete a claim.
const (
	ClaimNameInput        = "pvc_name"
	ClaimSuffixInput      = "pvc_name_suffix"
	ClaimModesInput       = "access_modes"
	ClaimSizeInput        = "size"
	ClaimClassInput       = "storage_class_name"
	ClaimVolumeInput      = "volume_name"
	ClaimAnnotationsInput = "annotations"
	ClaimSourceInput      = "data_source"
	ClaimNameOutput       = "name"
)

// Inputs lists the inputs that the action takes.
func (a ClaimAction) Inputs() []string {
	if a == DeleteClaim {
		return []string{ClaimNameInput}
	}
	return []string{
		ClaimNameInput, ClaimSuffixInput, ClaimModesInput, ClaimSizeInput, ClaimClassInput, ClaimVolumeInput,
		ClaimAnnotationsInput, ClaimSourceInput,
	}
}

// Takes reports whether the action takes an input.
func (a ClaimAction) Takes(input string) bool { return slices.Contains(a.Inputs(), input) }

// Outputs lists the outputs that the action makes.
func (a ClaimAction) Outputs() []string {
	if a == DeleteClaim {
		return nil
	}
	return []string{ClaimNameOutput}
}

func (*DAG) body()       {}
func (*Container) body() {}
func (*Importer) body()  {}
func (*Claim) body()     {}

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
	// Settings are those of the pod's Kubernetes settings that the run may
	// decide.
	Settings []Setting
	// After lists the tasks that must have ended before this one starts.
	After []*Task
	// Always says that the task starts however those have ended: an exit task,
	// or one that ignores upstream failures.
	Always bool
	// Condition is nil for a task that has none.
	Condition *condition.Condition
	// Loop is nil for a task that runs once.
	Loop *Loop
	// Cached says that caching is enabled. CacheKey is the key that the author
	// set, as KFP computes it, or empty.
	Cached   bool
	CacheKey string
	// Retry is the task's own policy, or nil. That of a DAG holds for the
	// tasks inside that have none.
	Retry *Retry
}

// TakesItem reports whether a parameter takes the items of the task's loop.
func (t *Task) TakesItem(parameter string) bool {
	return t.Loop != nil && t.Loop.Gives(parameter, false)
}

// TakesArtifactItem is [Task.TakesItem] for an artifact.
func (t *Task) TakesArtifactItem(artifact string) bool {
	return t.Loop != nil && t.Loop.Gives(artifact, true)
}

// Loop runs a task once for each item of a list.
type Loop struct {
	// Item is the input that takes the item.
	Item string
	// Artifact says that items are artifacts.
	Artifact bool
	// Input is the input that holds the items; where it is empty, Static
	// holds them.
	Input  string
	Static []json.RawMessage
	// Parallelism bounds the iterations at work at once; zero does not.
	Parallelism int64
}

// Gives reports whether an input takes the items.
func (l *Loop) Gives(input string, artifact bool) bool {
	return l.Artifact == artifact && l.Item == input
}

// Retry says how often a task is tried again, and when.
type Retry struct {
	Limit int32
	// Delay is the time before the first new attempt, which each further one
	// multiplies by Factor, all within MaxDelay. Zero means none.
	Delay, MaxDelay time.Duration
	Factor          int32
}

// Binding says where the value of one input comes from.
type Binding struct {
	Input  string
	Source Source
	// Selector picks a part of the source's value, or is nil for all of it.
	Selector *condition.Selector
	Span     diag.Span
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

// Source is where a value comes from: [TaskOutput], [DAGInput], [Constant] or
// [FinalStatus].
//
//sumtype:decl
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

// FinalStatus is how a task of the same DAG has ended.
type FinalStatus struct {
	Task *Task
}

func (TaskOutput) source()  {}
func (DAGInput) source()    {}
func (Constant) source()    {}
func (FinalStatus) source() {}

// PlainName is the name of an input or output without what KFP's compiler puts
// before those that it makes up for groups of tasks.
func PlainName(name string) string {
	if rest := strings.TrimPrefix(name, "pipelinechannel--"); rest != "" {
		return rest
	}
	return name
}

// Name is the component's key without what KFP's compiler puts before it.
func (c *Component) Name() string { return strings.TrimPrefix(c.Key, "comp-") }

// IsBranches and IsExitHandler report whether KFP's compiler made the component of
// the branches of an if, or of what an exit task waits for: its name says so.
func (c *Component) IsBranches() bool { return strings.HasPrefix(c.Name(), "condition-branches") }

// IsExitHandler is described with [Component.IsBranches].
func (c *Component) IsExitHandler() bool { return strings.HasPrefix(c.Name(), "exit-handler") }

// HasPod reports whether a task of the component runs in a pod of its own.
func (c *Component) HasPod() bool {
	switch body := c.Body.(type) {
	case *Container, *Claim:
		return true
	case *Importer:
		return body.Spec.DownloadToWorkspace.Value || body.Empty()
	case *DAG:
		return false
	}
	return false // a component that was refused has no body
}

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
