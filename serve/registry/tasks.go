package registry

import (
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Tasks are the tasks of a run as they are recorded, or as the Workflow has
// them. A Workflow whose tasks cannot be read, such as one that Argo keeps
// elsewhere, has none. They must not be changed.
func (d *Detail) Tasks() []*runs.Task {
	switch {
	case d.Record != nil:
		return d.Record.Tasks
	case d.tasks != nil:
		return d.tasks()
	}
	return d.readTasks()
}

// readTasks reads the tasks of the Workflow.
func (d *Detail) readTasks() []*runs.Task {
	if d.Workflow == nil {
		return nil
	}
	states, err := progress.Read(d.Workflow, d.Model())
	if err != nil {
		return nil
	}
	return recorded(states.Tasks)
}

// recorded returns tasks in the form in which they are recorded, without what
// they were given and have made.
func recorded(all []*progress.Task) []*runs.Task {
	kinds := map[progress.Kind]runs.Kind{
		progress.Pod: runs.Pod, progress.Podless: runs.Podless, progress.Group: runs.Group, progress.Loop: runs.Loop,
	}
	var made []*runs.Task
	for _, t := range all {
		one := &runs.Task{Path: t.Path, Key: t.Key, Kind: kinds[t.Kind], Status: recordedStatus(t.Status), Cached: t.Cached, Inside: recorded(t.Inside)}
		for _, a := range t.Attempts {
			one.Attempts = append(one.Attempts, runs.Attempt{
				Status: recordedStatus(a.Status), Node: a.NodeName, NodeID: a.NodeID, Pod: a.PodName, Host: a.HostNode, ExitCode: a.ExitCode,
			})
		}
		made = append(made, one)
	}
	return made
}

func recordedStatus(s progress.Status) runs.Status {
	return runs.Status{State: runs.State(s.State.String()), Started: s.Started, Finished: s.Finished, Message: s.Message}
}
