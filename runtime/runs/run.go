package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// Version is the version of [Run] and [Summary].
const Version = 1

// State is what became of a run or a task.
type State string

// The states. Pending, Running and Waiting are those of a run that goes on.
const (
	Unknown   State = "Unknown" // nobody saw the end
	Waiting   State = "Waiting"
	Pending   State = "Pending"
	Running   State = "Running"
	Succeeded State = "Succeeded"
	Failed    State = "Failed"
	Skipped   State = "Skipped" // a condition said so
	Omitted   State = "Omitted" // because of how those before it ended
)

// Final reports whether the state stays as it is.
func (s State) Final() bool {
	switch s {
	case Succeeded, Failed, Skipped, Omitted:
		return true
	case Unknown, Waiting, Pending, Running:
	}
	return false
}

// Status is how a run or a task stands.
type Status struct {
	State State `json:"state"`
	// Started and Finished are zero where it has not.
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	// Message is what Argo, a driver or a launcher has to say.
	Message string `json:"message,omitempty"`
}

// Duration is how long it has taken, up to now where it has not finished.
func (s Status) Duration(now time.Time) time.Duration {
	switch {
	case s.Started.IsZero():
		return 0
	case s.Finished.IsZero():
		return now.Sub(s.Started)
	}
	return s.Finished.Sub(s.Started)
}

// Identity names a run. All of it follows from the Workflow alone.
type Identity struct {
	// Pipeline is the name of the pipeline. Name, Namespace and UID are those of
	// the Workflow, Created is when that was created, to the second. A namespace
	// may not be known.
	Pipeline  string    `json:"pipeline"`
	Name      string    `json:"name"`
	Namespace string    `json:"namespace,omitempty"`
	UID       string    `json:"uid"`
	Created   time.Time `json:"created"`
}

// Summary is what the index says of a run. Of a run whose end nobody saw that is
// its Identity, and its State is Unknown.
type Summary struct {
	Version int `json:"version"`
	Identity
	Status
	// Digest is the SHA-256, in hex, of the compiled pipeline as [contract.Digest] has it;
	// empty where it is not known.
	Digest string `json:"pipelineSHA256,omitempty"`
	// Metrics are the first of the run, at most [MaxSummaryMetrics].
	Metrics []Metric `json:"metrics,omitempty"`
	// Labels are those of the Workflow. Annotations are those of its annotations
	// that are kfp2argo's or tell people about the run, and short.
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	// Owner is the UID of the CronWorkflow that has started the run, or empty.
	Owner string `json:"owner,omitempty"`
}

// MaxSummaryMetrics is how many metrics of a run its [Summary] has.
const MaxSummaryMetrics = 20

// Metric is a number in the metadata of an artifact of the type
// system.Metrics.
type Metric struct {
	// Task is the path of the task, Artifact the name of its output.
	Task     string  `json:"task"`
	Artifact string  `json:"artifact"`
	Name     string  `json:"name"`
	Value    float64 `json:"value"`
}

// Run is the record of a run.
type Run struct {
	Summary
	// Complete says that its writer saw the run's end. Others are put
	// together from the records of tasks, and are in no object.
	Complete bool `json:"complete"`
	// Arguments are those of the Workflow, as one types them, defaults included.
	Arguments map[string]string `json:"arguments,omitempty"`
	// Outputs are those of the pipeline.
	Outputs Values `json:"outputs,omitempty"`
	// Tasks are those of the pipeline, in its order.
	Tasks []*Task `json:"tasks,omitempty"`
	// AllMetrics are those of all tasks.
	AllMetrics []Metric `json:"allMetrics,omitempty"`
}

// Kind is what a task consists of.
type Kind string

// The kinds of tasks.
const (
	Pod     Kind = "pod"     // it runs in pods
	Podless Kind = "podless" // an importer that Argo evaluates by itself
	Group   Kind = "group"   // it has tasks inside
	Loop    Kind = "loop"    // it has iterations inside
)

// Task is a task of a run, or an iteration of one that loops.
type Task struct {
	// Path leads to the task: the names of the tasks around it and its own, with
	// dots between. An iteration is the name of its loop and its number:
	// all.train-all-0.fit. Key is the task's own key in the pipeline.
	Path string `json:"path"`
	Key  string `json:"key"`
	Kind Kind   `json:"kind"`
	Status
	// Cached says that an earlier run did the work.
	Cached bool `json:"cached,omitempty"`
	// Attempts are the pods that ran the task, first to last.
	Attempts []Attempt `json:"attempts,omitempty"`
	// Record is the attempt whose task record has the inputs and outputs, which
	// then are not here unless [Archive.Fill] has filled them in.
	Record  string `json:"record,omitempty"`
	Inputs  Values `json:"inputs,omitempty"`
	Outputs Values `json:"outputs,omitempty"`
	// Inside are the iterations of a loop, or the tasks of a nested pipeline or of
	// a group.
	Inside []*Task `json:"inside,omitempty"`
}

// Attempt is one pod of a task.
type Attempt struct {
	Status
	// Node is the full name of the Argo node, Pod that of the pod, Host that of
	// the machine.
	Node string `json:"node"`
	Pod  string `json:"pod,omitempty"`
	Host string `json:"host,omitempty"`
	// ExitCode is that of the main container, or empty.
	ExitCode string `json:"exitCode,omitempty"`
	// NodeID is the ID of the Argo node, Log the URI of what the program wrote. Where
	// one of them is known, [Archive.Log] finds the log.
	NodeID string `json:"nodeID,omitempty"`
	Log    string `json:"log,omitempty"`
}

// Values are inputs or outputs by name.
type Values map[string]Value

// Value is a parameter or a list of artifacts.
type Value struct {
	// Parameter is the JSON value of a parameter.
	Parameter json.RawMessage `json:"parameter,omitempty"`
	// Artifacts are nil for a parameter.
	Artifacts []contract.RuntimeArtifact `json:"artifacts,omitempty"`
	// Reference says where a large parameter is, which then is not here.
	Reference *contract.Reference `json:"reference,omitempty"`
}

// Walk calls visit for each task, those around others first.
func (r *Run) Walk(visit func(*Task)) { walk(r.Tasks, visit) }

func walk(tasks []*Task, visit func(*Task)) {
	for _, t := range tasks {
		visit(t)
		walk(t.Inside, visit)
	}
}

// Task returns the task with a path, or nil.
func (r *Run) Task(path string) (found *Task) {
	r.Walk(func(t *Task) {
		if t.Path == path {
			found = t
		}
	})
	return found
}

// VersionError is the error for an object of another version.
type VersionError struct{ Got int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("not a record of a run that this program reads: it has version %d, not %d", e.Got, Version)
}

// Parse reads the record of a run.
func Parse(text []byte) (*Run, error) {
	var r Run
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("not a record of a run: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if hasNil(r.Tasks) {
		return nil, errors.New("not a record of a run: it has null for a task")
	}
	return &r, nil
}

func hasNil(tasks []*Task) bool {
	return slices.ContainsFunc(tasks, func(t *Task) bool { return t == nil || hasNil(t.Inside) })
}

// ParseSummary reads an entry of the index.
func ParseSummary(text []byte) (Summary, error) {
	var s Summary
	if err := json.Unmarshal(text, &s); err != nil {
		return Summary{}, fmt.Errorf("not a summary of a run: %w", err)
	}
	return s, s.check()
}

// check refuses what names no run, and what another version means.
func (s Summary) check() error {
	switch {
	case s.Version != Version:
		return &VersionError{s.Version}
	case s.Pipeline == "" || s.UID == "":
		return fmt.Errorf("not a record of a run: it has the pipeline %q and the UID %q", s.Pipeline, s.UID)
	}
	return nil
}
