package contract

import (
	"encoding/json"
	"fmt"
)

// PlanVersion is the version of [Plan], which the driver writes: the launcher
// refuses any other.
const PlanVersion = 1

// Plan is what the driver leaves for the launcher, at [PlanFile]: everything
// resolved, so that the launcher only expands the command, runs it and stores
// what it made.
type Plan struct {
	Version       int           `json:"version"`
	ExecutorInput ExecutorInput `json:"executorInput"`
	// Given names the inputs that the task was given a value for; defaults do
	// not count. It decides IfPresent.
	Given []string `json:"given,omitempty"`
	// Placeholders holds the values of the `{{$.pipeline_…}}` placeholders, by
	// name without the `$.`.
	Placeholders map[string]string `json:"placeholders"`
	// Outputs declares what the component makes.
	Outputs ComponentOutputs `json:"outputs,omitzero"`
	// Imports says that there is no program: what the outputs name is fetched
	// into the workspace.
	Imports bool `json:"imports,omitempty"`
	// LookUp is the Argo name of the output that says whether Cached is there,
	// for a pod that does no more than that; otherwise empty.
	LookUp string `json:"lookUp,omitempty"`
	// Node is the name of the task's Argo node.
	Node string `json:"node"`
	// Failures is the URI below which failures of the run are recorded, or
	// empty for a pipeline without a root.
	Failures string `json:"failures,omitempty"`
	// Values is the URI below which this attempt stores outputs that are too large
	// for Argo, those above InlineLimit; it is empty for a pipeline without a root.
	Values      string `json:"values,omitempty"`
	InlineLimit int    `json:"inlineLimit,omitempty"`
	// Log is the URI where what the program writes is stored, LogLimit bytes of it
	// at most, and LogIndex the URI of an object that names Log, by the node. They
	// are empty where nothing is kept.
	Log      string `json:"log,omitempty"`
	LogIndex string `json:"logIndex,omitempty"`
	LogLimit int64  `json:"logLimit,omitempty"`
	// PipelineRoot is the root's URI as the user gave it, with its query.
	PipelineRoot string `json:"pipelineRoot,omitempty"`
	// Store is the driver's [StoreVariable].
	Store string `json:"store,omitempty"`
	// Keys says that the driver has left [Keys] at [KeysFile].
	Keys bool `json:"keys,omitempty"`
	// ShieldedEnv is that of the [Component].
	ShieldedEnv bool `json:"shieldedEnv,omitempty"`
	// Present lists what must be in the container when the program starts.
	Present []Presence `json:"present,omitempty"`
	// Record is the beginning of the record of the task (record.Task), empty
	// for a pipeline without a root. Cached is the record of an earlier task
	// whose outputs are taken, or empty.
	Record json.RawMessage `json:"record,omitempty"`
	Cached json.RawMessage `json:"cached,omitempty"`
}

// Presence is an environment variable or a directory that must be in the
// container. Missing says what it means that it is not.
type Presence struct {
	Env     string `json:"env,omitempty"`
	Path    string `json:"path,omitempty"`
	Missing string `json:"missing"`
}

// ParsePlan reads a Plan strictly.
func ParsePlan(data []byte) (*Plan, error) {
	var p Plan
	if err := parseVersioned(data, PlanVersion, &p); err != nil {
		return nil, fmt.Errorf("plan document: %w", err)
	}
	return &p, nil
}
