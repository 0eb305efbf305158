// Package record keeps what became of a run's tasks as plain JSON objects in
// the store: one for each attempt that succeeded, with all that went in and all
// that came out. Records are lineage for people and tools, and the cache: the
// record of a task under its key is how a later run finds the same work done.
package record

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// Version is the version of records. It is part of each key, so that a record
// of another version is never found.
const Version = 1

// Task is the record of one attempt of a task that succeeded.
type Task struct {
	Version int `json:"version"`
	// Pipeline, Run and UID name the run: the KFP pipeline, the Workflow.
	Pipeline string `json:"pipeline"`
	Run      string `json:"run"`
	UID      string `json:"uid"`
	// Task is the path of the task within the run, as its directory in the store
	// has it: train-all-3.fit. Node is its Argo node, Attempt a name that no
	// other attempt has.
	Task    string `json:"task"`
	Node    string `json:"node"`
	Attempt string `json:"attempt"`
	// Started is when the driver began, Finished when all outputs were stored. In
	// between are the Phases.
	Started time.Time `json:"started"`
	Phases
	Finished time.Time `json:"finished"`
	// Key is the key under which later runs find the task, empty for one that
	// is not cached.
	Key string `json:"key,omitempty"`
	// Missed is the reason of the cache miss, if the task has a key and ran.
	Missed string `json:"missed,omitempty"`
	// From is the attempt whose outputs these are, for a cached
	// task.
	From    *Origin `json:"from,omitempty"`
	Inputs  Inputs  `json:"inputs"`
	Outputs Outputs `json:"outputs"`
	// Log is the URI of what the program has written, [place.ExecutorLogs] of the
	// attempt. It is empty for one that did not run, or whose log is not kept.
	Log string `json:"log,omitempty"`
	// Stored names the output artifacts whose bytes were stored. Others are
	// only recorded.
	Stored map[string]bool `json:"stored,omitempty"`
}

// Origin names an attempt of a task of another run.
type Origin struct {
	Run     string `json:"run"`
	UID     string `json:"uid"`
	Task    string `json:"task"`
	Node    string `json:"node"`
	Attempt string `json:"attempt"`
}

// Origin names the attempt that a record is of.
func (t Task) Origin() Origin { return Origin{t.Run, t.UID, t.Task, t.Node, t.Attempt} }

// Parse reads a record. It refuses another version, and passes over fields that
// it does not know.
func Parse(text []byte) (*Task, error) {
	var t Task
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, fmt.Errorf("not a record: %w", err)
	}
	if t.Version != Version {
		return nil, fmt.Errorf("not a record that this program reads: it has version %d, not %d", t.Version, Version)
	}
	return &t, nil
}

// Inputs is everything that decides what a task makes.
type Inputs struct {
	// Image and Command are the container's, the command with its placeholders.
	Image   string   `json:"image"`
	Command []string `json:"command"`
	// Outputs declares what the task makes.
	Outputs contract.ComponentOutputs `json:"outputs"`
	// Parameters and Artifacts are the values, defaults filled in.
	Parameters map[string]json.RawMessage `json:"parameters,omitempty"`
	Artifacts  map[string][]Artifact      `json:"artifacts,omitempty"`
	// Claims are those that the pipeline mounts, sorted, each once.
	Claims []string `json:"claims,omitempty"`
	// Settings are what the run decided of the pod, by the names of the
	// template's inputs: an image, the claims that are mounted.
	Settings map[string]string `json:"settings,omitempty"`
}

// Artifact is an input artifact.
type Artifact struct {
	URI      string                     `json:"uri"`
	Type     contract.ArtifactType      `json:"type"`
	Metadata map[string]json.RawMessage `json:"metadata,omitempty"`
	// Content is the version of what is at the URI, where the run did not make
	// it: it may be replaced.
	Content string `json:"content,omitempty"`
}

// Outputs is what a task made.
type Outputs struct {
	Parameters map[string]json.RawMessage          `json:"parameters,omitempty"`
	Artifacts  map[string]contract.RuntimeArtifact `json:"artifacts,omitempty"`
}

// Key is the key of a task with these inputs: the SHA-256, in hex, of their
// canonical JSON. It is the same on every machine.
func (i Inputs) Key() (string, error) {
	inputs, err := i.Canonical()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(struct {
		Version int             `json:"version"`
		Inputs  json.RawMessage `json:"inputs"`
	}{Version, inputs})
	if err == nil {
		text, err = contract.Canonical(text)
	}
	if err != nil {
		return "", fmt.Errorf("the key of the task: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Canonical is the JSON of the inputs of which their key is made: inputs with
// the same have the same key, and others do not.
func (i Inputs) Canonical() (json.RawMessage, error) {
	i.Outputs = withoutArgoNames(i.Outputs)
	text, err := json.Marshal(i)
	if err == nil {
		text, err = contract.Canonical(text)
	}
	if err != nil {
		return nil, fmt.Errorf("the inputs of the task: %w", err)
	}
	return text, nil
}

// withoutArgoNames drops what says nothing of what a task makes.
func withoutArgoNames(o contract.ComponentOutputs) contract.ComponentOutputs {
	plain := contract.ComponentOutputs{Parameters: maps.Clone(o.Parameters), Artifacts: maps.Clone(o.Artifacts)}
	for name, p := range plain.Parameters {
		p.Argo, p.Inline = "", false
		plain.Parameters[name] = p
	}
	for name, a := range plain.Artifacts {
		a.Argo = ""
		plain.Artifacts[name] = a
	}
	return plain
}

// Fits reports whether the outputs are those that are declared, or says which
// is missing.
func (o Outputs) Fits(declared contract.ComponentOutputs) error {
	for _, name := range slices.Sorted(maps.Keys(declared.Parameters)) {
		if _, ok := o.Parameters[name]; !ok {
			return fmt.Errorf("it has no output parameter %q", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(declared.Artifacts)) {
		if _, ok := o.Artifacts[name]; !ok {
			return fmt.Errorf("it has no output artifact %q", name)
		}
	}
	return nil
}
