package registry

import (
	"encoding/json"
	"time"
)

// Experiment is a group of runs.
type Experiment struct {
	ID, Name, Description, Namespace string
	// Created is zero for the experiment [DefaultExperiment] that nobody has
	// created. LastRun is when its newest run was created, or zero.
	Created, LastRun time.Time
	Archived         bool
}

// DefaultExperiment is the name of the experiment that is there without having
// been created. It has all runs that belong to no other.
const DefaultExperiment = "Default"

// Pipeline is a name for versions of a pipeline.
type Pipeline struct {
	ID, Namespace string
	// Name tells pipelines apart; it is free text.
	Name, DisplayName, Description string
	Created                        time.Time
	Tags                           map[string]string
}

// Version is one version of a pipeline.
type Version struct {
	PipelineID, ID, Namespace      string
	Name, DisplayName, Description string
	CodeSource                     string // a URL, for people
	Created                        time.Time
	Tags                           map[string]string
	// Spec is the compiled pipeline, YAML or JSON, as [posted] documents.
	Spec []byte

	resourceVersion string
	object          string // the name of KFP's object, or empty
}

// VersionRef names a version of a pipeline. It is zero where a run has brought
// its own pipeline.
type VersionRef struct{ PipelineID, VersionID string }

// Run is a run of a pipeline.
type Run struct {
	// ID is the UID of the Workflow, Name its name.
	ID, Name, Namespace      string
	DisplayName, Description string
	ExperimentID             string
	// RecurringRunID is that of the recurring run that has started it, or empty.
	RecurringRunID string
	Version        VersionRef
	// Pipeline is the name in the compiled pipeline.
	Pipeline       string
	ServiceAccount string
	// Creator is who has started the run, where the server knew, or empty.
	Creator string
	// Parameters are all arguments of the Workflow as JSON; Root is the pipeline
	// root, or empty.
	Parameters map[string]json.RawMessage
	Root       string
	// Created is when the Workflow was, and Scheduled when it was due. Started and
	// Finished are zero where it has not.
	Created, Scheduled, Started, Finished time.Time
	State                                 State
	// Message says why the run has failed, as far as Argo says it of the whole.
	Message string
	// Terminated says that its termination was requested.
	Terminated bool
	Archived   bool
	// Gone says that the cluster has no Workflow of it any more, so that what is
	// known is what was recorded.
	Gone bool

	version string // of the Workflow, as Kubernetes counts
}

// State is how a run stands, in KFP's words.
type State string

// The states of runs. There is no CANCELED: KFP's back end never sets it, and
// released clients wait for ever for what comes after it.
const (
	Pending   State = "PENDING"
	Running   State = "RUNNING"
	Canceling State = "CANCELING"
	Paused    State = "PAUSED"
	Succeeded State = "SUCCEEDED"
	Failed    State = "FAILED"
)

// Final reports whether a run in the state has ended.
func (s State) Final() bool { return s == Succeeded || s == Failed }

// Change is when a run came to a state.
type Change struct {
	State State
	Time  time.Time
}

// History lists the states that the run has had, as far as its times tell.
func (r *Run) History() []Change {
	all := []Change{{Pending, r.Created}}
	if !r.Started.IsZero() {
		all = append(all, Change{Running, r.Started})
	}
	switch {
	case r.State.Final():
		all = append(all, Change{r.State, r.Finished})
	case r.State == Canceling || r.State == Paused:
		all = append(all, Change{State: r.State})
	}
	return all
}
