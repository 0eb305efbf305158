// Package progress reads from a Workflow how far a run of a translated
// pipeline has come: what has become of each task, each iteration of a loop and
// each pod. It knows how Argo names nodes and pods, and which templates the
// translator makes, so that no other package must.
package progress

import (
	"slices"
	"time"
)

// Run is a run of a pipeline.
type Run struct {
	// Name, Namespace and UID are those of the Workflow, Pipeline the name of
	// the pipeline, as far as the Workflow has them.
	Name, Namespace, UID, Pipeline string
	Status
	// Tasks are those of the pipeline, in its order.
	Tasks []*Task
}

// Task is a task of a pipeline, or one iteration of a task that loops.
type Task struct {
	// Key is the task's key in the pipeline. Where [Read] was given no pipeline
	// it is Name, the task's name in the Workflow.
	Key, Name string
	// Path leads to the task: the names of the tasks around it and its own, with
	// dots between. An iteration is the name of its loop and its number:
	// all.train-all-0.fit.
	Path string
	// Index counts the iterations of a loop from zero. It is -1 for a task.
	Index int
	Status
	// NodeID and NodeName are those of the Argo node, or empty where Argo has
	// not come to the task. An iteration that consists of one task has no node but
	// that of the task.
	NodeID, NodeName string
	Kind             Kind
	// Items is how many iterations a loop will have, or zero where that is not known.
	Items int
	// Inside are the iterations of a loop, as far as they are known, or the
	// tasks of a nested pipeline or of a group such as a condition.
	Inside []*Task
	// Attempts are the pods that ran the task, first to last. LookUps are those
	// that looked for an earlier result before that, where they have pods of
	// their own.
	Attempts, LookUps []*Attempt
	// Cached says that an earlier run did the work, as far as the Workflow shows
	// it: a look-up was a hit, or an artifact of the task belongs to another run.
	// Of others it does not tell; MayBeCached says whether their pods have looked.
	Cached, MayBeCached bool
}

// Kind is what a task consists of.
type Kind int

// The kinds of tasks.
const (
	// Pod is a task that runs in pods: a container, a claim, or an importer that
	// downloads.
	Pod Kind = iota
	// Podless is an importer that Argo evaluates by itself.
	Podless
	// Group has tasks inside.
	Group
	// Loop has iterations inside.
	Loop
)

// Attempt is one pod of a task.
type Attempt struct {
	// Number counts from zero.
	Number int
	Status
	NodeID, NodeName string
	// PodName is the name of the pod, HostNode that of the machine it ran on.
	PodName, HostNode string
	// ExitCode is that of the main container, or empty.
	ExitCode string
	// ResultsAwaited says of one that has failed that Argo still waits for the results
	// of its pod, and does not go on with the task before it has them.
	ResultsAwaited bool
}

// Status is how a task stands.
type Status struct {
	State State
	// Started and Finished are zero where it has not.
	Started, Finished time.Time
	// Message is what Argo has to say.
	Message string
	// Stopped says of one that has failed that it was ended because the run was asked
	// to end.
	Stopped bool
}

// Duration returns how long it has taken, up to now where it has not finished.
func (s Status) Duration(now time.Time) time.Duration {
	switch {
	case s.Started.IsZero():
		return 0
	case s.Finished.IsZero():
		return now.Sub(s.Started)
	}
	return s.Finished.Sub(s.Started)
}

// State is what has become of a task.
type State int

// The states.
const (
	// Waiting has not started, but may yet.
	Waiting State = iota
	// Pending waits for its pod to start.
	Pending
	Running
	Succeeded
	// Failed has failed, by its program or otherwise.
	Failed
	// Skipped did not run because of its condition.
	Skipped
	// Omitted did not run because of how those before it have ended, or
	// because the run ended before.
	Omitted
)

// String names the state in Argo's words.
func (s State) String() string {
	//exhaustive:enforce
	switch s {
	case Waiting:
		return "Waiting"
	case Pending:
		return "Pending"
	case Running:
		return "Running"
	case Succeeded:
		return "Succeeded"
	case Failed:
		return "Failed"
	case Skipped:
		return "Skipped"
	case Omitted:
		return "Omitted"
	}
	panic("progress: unknown state")
}

// Final reports whether the state stays as it is.
func (s State) Final() bool { return s >= Succeeded }

// Find lists what a path of keys leads to. A loop on the way leads into each of
// its iterations, so that there may be several; a loop at the end is itself.
func (r *Run) Find(path []string) []*Task { return find(r.Tasks, path) }

func find(tasks []*Task, path []string) []*Task {
	if len(path) == 0 {
		return nil
	}
	at := slices.IndexFunc(tasks, func(t *Task) bool { return t.Key == path[0] })
	switch {
	case at < 0:
		return nil
	case len(path) == 1:
		return tasks[at : at+1]
	case tasks[at].Kind != Loop:
		return find(tasks[at].Inside, path[1:])
	}
	var found []*Task
	for _, iteration := range tasks[at].Inside {
		found = append(found, find(iteration.Inside, path[1:])...)
	}
	return found
}

// Walk calls a function for each task and iteration of the run, each before
// what is inside it.
func (r *Run) Walk(visit func(t *Task, depth int)) { walk(r.Tasks, 0, visit) }

func walk(tasks []*Task, depth int, visit func(*Task, int)) {
	for _, t := range tasks {
		visit(t, depth)
		walk(t.Inside, depth+1, visit)
	}
}
