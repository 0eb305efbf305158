// Package cases holds what is expected of runs of pipelines against what becomes
// of them. It reads the files of cases beside pipelines, puts other programs in
// the place of tasks, and says what is otherwise than expected. Running is not its
// business.
//
//	training.yaml        a compiled pipeline
//	training.test.yaml   its cases; see [File]
package cases

import (
	"encoding/json"
	"time"
)

// Suffix ends the names of files of cases, in place of the pipeline's .yaml.
const Suffix = ".test.yaml"

// File is a file of cases. They run in its order and find in the cache what those
// before them have done.
type File struct {
	Name  string
	Cases []Case
}

// Case is a run, and what is expected of it.
type Case struct {
	Name string
	// Arguments are inputs of the pipeline, written as for -p.
	Arguments map[string]string
	// Outcome is [Succeeded] or [Failed].
	Outcome string
	// Outputs are parameters among the outputs of the pipeline, as JSON.
	Outputs map[string]json.RawMessage
	// Tasks has the states of tasks by their paths.
	Tasks map[string]string
	// Artifacts has what artifacts hold, by TASK/NAME or TASK/NAME/FILE.
	Artifacts map[string]Content
	// StandIns run in place of tasks, by the keys that lead to these.
	StandIns map[string]StandIn
	// Timeout bounds the run.
	Timeout time.Duration

	at map[string]string // places by what is there
}

// The states of tasks, and the first two the outcomes of runs.
const (
	Succeeded = "succeeded"
	Failed    = "failed"
	Skipped   = "skipped"
	Omitted   = "omitted"
	Cached    = "cached"
)

// DefaultTimeout is how long a run may take that has no timeout of its own.
const DefaultTimeout = 10 * time.Minute

// Content is what a file of an artifact is expected to hold. One field is set.
type Content struct {
	Text, Contains *string
	JSON           json.RawMessage
}

// StandIn is what runs in place of a task: a command, or one that does nothing
// but leave outputs.
type StandIn struct {
	// Image, Command and Args are those of a container component, placeholders
	// included.
	Image         string
	Command, Args []string
	// Outputs are parameters as JSON, Artifacts the texts of files.
	Outputs   map[string]json.RawMessage
	Artifacts map[string]string
}

// defaultImage has a shell, and what the outputs of a stand-in are written with.
const defaultImage = "busybox:1.36"
