// Package execution has the tasks and artifacts of a run as KFP tells of them:
// one model, with IDs, for the API of tasks and artifacts and for ML Metadata.
// It keeps nothing: all of it follows from the run.
package execution

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// Run is a run with its tasks and artifacts.
type Run struct {
	*registry.Detail
	// Tasks are those that have begun, the run itself as the first of them, and
	// each before those inside it.
	Tasks []*Task
	// Artifacts are those that tasks were given or have made. One that several
	// tasks have is there once.
	Artifacts []*Artifact
	// Links say which task has which artifact.
	Links []Link
}

// Task is a task of a run, an iteration of one that loops, or the run itself.
type Task struct {
	*runs.Task
	// ID is the same in each answer; Number is, too, for a run that has ended.
	ID     string
	Number int64
	// Parent is nil for the run itself.
	Parent *Task
	// Iteration is the number of an iteration, or -1.
	Iteration int
	Children  []*Task
	// Scope is the path from the run, as KFP writes it.
	Scope string
}

// IsRun reports whether the task is the run itself.
func (t *Task) IsRun() bool { return t.Parent == nil }

// Artifact is an artifact of a run.
type Artifact struct {
	contract.RuntimeArtifact
	ID     string
	Number int64
	// Maker is the task that has made it, or nil for one that comes from elsewhere.
	Maker *Task
}

// Link says that a task was given an artifact, or has made it.
type Link struct {
	Task     *Task
	Artifact *Artifact
	// Key is the name of the input or output, At the place in its list.
	Key    string
	At     int
	Output bool
}

// root is the scope of the run itself.
const root = "root"

// Of returns the tasks and artifacts of a run whose tasks are as given.
func Of(d *registry.Detail, tasks []*runs.Task) *Run {
	r := &Run{Detail: d}
	top := &Task{
		Task:  &runs.Task{Kind: runs.Group, Inside: tasks, Status: runs.Status{State: stateOf(d.State), Started: d.Created, Finished: d.Finished, Message: d.Message}},
		ID:    TaskID(d.ID, ""),
		Scope: root, Iteration: -1,
	}
	r.Tasks = []*Task{top}
	r.add(top)
	r.number()
	made := artifacts{run: r, known: map[string]*Artifact{}}
	for _, t := range r.Tasks {
		made.link(t, t.Outputs, true)
	}
	for _, t := range r.Tasks {
		made.link(t, t.Inputs, false)
	}
	made.number()
	return r
}

func stateOf(s registry.State) runs.State {
	switch s {
	case registry.Succeeded:
		return runs.Succeeded
	case registry.Failed:
		return runs.Failed
	case registry.Pending:
		return runs.Pending
	case registry.Running, registry.Canceling, registry.Paused:
	}
	return runs.Running
}

// add adds the tasks inside one.
func (r *Run) add(parent *Task) {
	for i, t := range parent.Inside {
		if t.State == runs.Waiting {
			continue
		}
		one := &Task{Task: t, ID: TaskID(r.ID, t.Path), Parent: parent, Iteration: -1, Scope: parent.Scope + "." + t.Key}
		if parent.Kind == runs.Loop && !parent.IsRun() {
			one.Iteration = i
			one.Scope = fmt.Sprintf("%s.%d", parent.Scope, i)
		}
		parent.Children = append(parent.Children, one)
		r.Tasks = append(r.Tasks, one)
		r.add(one)
	}
}

// number gives numbers to the tasks, those that began first before others.
func (r *Run) number() {
	taken := numbers{}
	inTime := slices.Clone(r.Tasks)
	slices.SortStableFunc(inTime, func(a, b *Task) int { return a.Started.Compare(b.Started) })
	for _, t := range inTime {
		t.Number = taken.of(r.ID, t.Path)
	}
}

// artifacts collects the artifacts of a run.
type artifacts struct {
	run   *Run
	known map[string]*Artifact // by URI
}

func (a artifacts) link(t *Task, values runs.Values, output bool) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		for i, artifact := range values[key].Artifacts {
			one := a.known[artifact.URI]
			if one == nil {
				one = &Artifact{RuntimeArtifact: artifact, ID: ArtifactID(a.run.ID, artifact.URI)}
				a.known[artifact.URI] = one
				a.run.Artifacts = append(a.run.Artifacts, one)
			}
			if one.Maker == nil && output {
				one.Maker = t
			}
			a.run.Links = append(a.run.Links, Link{t, one, key, i, output})
		}
	}
}

func (a artifacts) number() {
	taken := numbers{}
	for _, one := range a.run.Artifacts {
		one.Number = taken.of(a.run.ID, one.URI)
	}
}

// Task returns the task of an ID, or nil.
func (r *Run) Task(id string) *Task {
	return find(r.Tasks, func(t *Task) bool { return t.ID == id })
}

// TaskOf returns the task of a number, or nil.
func (r *Run) TaskOf(number int64) *Task {
	return find(r.Tasks, func(t *Task) bool { return t.Number == number })
}

// ArtifactOf returns the artifact of a number, or nil.
func (r *Run) ArtifactOf(number int64) *Artifact {
	return find(r.Artifacts, func(a *Artifact) bool { return a.Number == number })
}

func find[T any](all []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}
