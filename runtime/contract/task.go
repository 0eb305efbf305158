package contract

import (
	"encoding/json"
	"fmt"
)

// TaskVersion is the version of [Task], which the translator writes: the driver
// refuses any other. In version 1 the document had the [Run] too.
const TaskVersion = 2

// Task is the document that the translator puts into each pod, at [TaskFile]:
// the component's interface and the task's inputs. The translator writes
// everything but Inputs, which Argo fills in when it starts the pod.
type Task struct {
	Version int `json:"version"`
	// Run is not in the document but in [RunVariable].
	Run       Run       `json:"-"`
	Component Component `json:"component"`
	// TaskConfig is the value of inputs of type TASK_CONFIG. Its lists hold null
	// for items that the run leaves out.
	TaskConfig json.RawMessage `json:"taskConfig,omitempty"`
	// LookUp is nil but in a pod that only looks into the cache for another.
	LookUp *LookUp `json:"lookUp,omitempty"`
	// InlineLimit is the size in bytes above which an output goes to the store and
	// Argo gets a [Reference]; zero is [DefaultInlineLimit].
	InlineLimit int `json:"inlineLimit,omitempty"`
	// LogLimit is how many bytes are kept of what the program writes, where there is
	// a pipeline root: nil for [DefaultLogLimit], zero for none.
	LogLimit *int64 `json:"logLimit,omitempty"`
	// Inputs holds the texts of the Argo parameters, by Argo name.
	Inputs map[string]string `json:"inputs,omitempty"`
}

// LookUp describes the pod that a pod looks into the cache for: what that runs,
// as its own driver would read it from its template.
type LookUp struct {
	Image   string   `json:"image"`
	Command []string `json:"command,omitempty"`
	// Claims are those that the pod mounts, sorted, each once.
	Claims []string `json:"claims,omitempty"`
	// Hit is the Argo name of the output with the result of the lookup: [Found] or
	// [Missed].
	Hit string `json:"hit"`
}

// What a look-up says in its output.
const (
	Found  = "true"
	Missed = "false"
)

// Run identifies the run that a task belongs to, and the task in it. Argo fills
// in its values when it starts the pod.
type Run struct {
	// Pipeline is the name of the KFP pipeline.
	Pipeline string `json:"pipeline"`
	// Name and UID are those of the Workflow.
	Name string `json:"name"`
	UID  string `json:"uid"`
	// Node is the full name of the task's Argo node, such as
	// `hello-x7k2p.train-all.train`.
	Node string `json:"node"`
	// Created is when the Workflow was created, in RFC 3339.
	Created string `json:"created"`
	// PipelineRoot is the URI under which artifacts are stored. Empty means
	// that the pipeline has no store.
	PipelineRoot string `json:"pipelineRoot,omitempty"`
}

// Component is the interface of a component, as far as a pod needs it.
type Component struct {
	Inputs  ComponentInputs  `json:"inputs,omitzero"`
	Outputs ComponentOutputs `json:"outputs,omitzero"`
	// TaskKeys maps a task's Argo name to its KFP key, for the tasks that run
	// this component under a name that is not their key.
	TaskKeys map[string]string `json:"taskKeys,omitempty"`
	// Cache is nil for a component that runs whatever ran before.
	Cache *Cache `json:"cache,omitempty"`
	// ShieldedEnv says that there are environment variables of the program whose
	// values are shielded from Argo, as placeholder.ShieldText does. Others may
	// be made of them.
	ShieldedEnv bool `json:"shieldedEnv,omitempty"`
	// Inner says that the pod is inside of the task: the last name of its Argo
	// node says nothing.
	Inner bool `json:"inner,omitempty"`
	// Import is nil but for a pod that fetches an object into the workspace.
	Import *Import `json:"import,omitempty"`
	// Settings are the inputs that decide settings of the pod, by Argo name.
	Settings map[string]Setting `json:"settings,omitempty"`
	// Required lists what must be in the container when the program starts.
	Required []Required `json:"required,omitempty"`
}

// Cache says how a task is looked up in the cache.
type Cache struct {
	// Key is the key that the pipeline chose; without one, everything that
	// decides what the task makes is the key.
	Key string `json:"key,omitempty"`
	// MaxAge is how old an earlier result may be, such as 72h; empty for any
	// age.
	MaxAge string `json:"maxAge,omitempty"`
}

// ComponentInputs declares inputs by KFP name.
type ComponentInputs struct {
	Parameters map[string]InputParameter `json:"parameters,omitempty"`
	Artifacts  map[string]InputArtifact  `json:"artifacts,omitempty"`
}

// InputParameter declares one input parameter.
type InputParameter struct {
	Type     ParameterType   `json:"type"`
	Optional bool            `json:"optional,omitempty"`
	Default  json.RawMessage `json:"default,omitempty"`
	// Literals, if any, lists the only values that are allowed.
	Literals []json.RawMessage `json:"literals,omitempty"`
	// Argo is the name of the Argo parameter where it is not the KFP name.
	Argo string `json:"argo,omitempty"`
}

// InputArtifact declares one input artifact.
type InputArtifact struct {
	Optional bool   `json:"optional,omitempty"`
	Argo     string `json:"argo,omitempty"`
}

// ComponentOutputs declares outputs by KFP name.
type ComponentOutputs struct {
	Parameters map[string]OutputParameterSpec `json:"parameters,omitempty"`
	Artifacts  map[string]OutputArtifact      `json:"artifacts,omitempty"`
}

// OutputParameterSpec declares one output parameter.
type OutputParameterSpec struct {
	Type ParameterType `json:"type"`
	Argo string        `json:"argo,omitempty"`
	// Inline says that Argo itself reads the value: however large, no reference
	// may be in its place.
	Inline bool `json:"inline,omitempty"`
}

// OutputArtifact declares one output artifact.
type OutputArtifact struct {
	Type     ArtifactType               `json:"type"`
	Metadata map[string]json.RawMessage `json:"metadata,omitempty"`
	Argo     string                     `json:"argo,omitempty"`
}

// ArgoName returns the Argo name of an input or output: argo, or the KFP name
// where that is empty.
func ArgoName(kfp, argo string) string {
	if argo != "" {
		return argo
	}
	return kfp
}

// ParseRun reads a Run strictly, from the text of [RunVariable].
func ParseRun(text string) (Run, error) {
	var r Run
	if text == "" {
		return r, fmt.Errorf("the variable %s is missing, which templateDefaults of the Workflow has for the driver", RunVariable)
	}
	if err := strictJSON([]byte(text), &r); err != nil {
		return r, fmt.Errorf("%s: %w", RunVariable, err)
	}
	return r, nil
}

// ParseTask reads a Task strictly.
func ParseTask(data []byte) (*Task, error) {
	var t Task
	if err := parseVersioned(data, TaskVersion, &t); err != nil {
		return nil, fmt.Errorf("task document: %w", err)
	}
	return &t, nil
}

// parseVersioned checks the version before anything else, so that a document
// of another version is called that and not a list of unknown fields.
func parseVersioned(data []byte, version int, into any) error {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return err
	}
	if head.Version != version {
		return fmt.Errorf("it has version %d, this program reads %d: translate the pipeline again with the kfp2argo that its image belongs to",
			head.Version, version)
	}
	return strictJSON(data, into)
}
