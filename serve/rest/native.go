package rest

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/execution"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// nativeTask is a task as the release of KFP after 2.17 has it, which keeps tasks
// and artifacts itself.
type nativeTask struct {
	Name           string            `json:"name"`
	DisplayName    string            `json:"display_name"`
	TaskID         string            `json:"task_id"`
	RunID          string            `json:"run_id"`
	Pods           []nativePod       `json:"pods,omitempty"`
	CreateTime     *time.Time        `json:"create_time,omitempty"`
	EndTime        *time.Time        `json:"end_time,omitempty"`
	State          string            `json:"state"`
	StatusMetadata *nativeStatus     `json:"status_metadata,omitempty"`
	Type           string            `json:"type"`
	TypeAttributes *nativeAttributes `json:"type_attributes,omitempty"`
	ParentTaskID   string            `json:"parent_task_id,omitempty"`
	ChildTasks     []nativeChild     `json:"child_tasks,omitempty"`
	Inputs         *nativeValues     `json:"inputs,omitempty"`
	Outputs        *nativeValues     `json:"outputs,omitempty"`
	ScopePath      string            `json:"scope_path"`
}

// nativePod names a pod of a task.
type nativePod struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// nativeStatus says why a task stands as it does.
type nativeStatus struct {
	Message string `json:"message"`
}

// nativeAttributes say which iteration a task is, or how many it has.
type nativeAttributes struct {
	IterationIndex *Int64 `json:"iteration_index,omitempty"`
	IterationCount *Int64 `json:"iteration_count,omitempty"`
}

// nativeChild is a task inside another.
type nativeChild struct {
	TaskID string `json:"task_id"`
	Name   string `json:"name"`
}

// nativeValues are inputs or outputs.
type nativeValues struct {
	Parameters []nativeParameter `json:"parameters,omitempty"`
	Artifacts  []nativeArtifacts `json:"artifacts,omitempty"`
}

// nativeParameter is a parameter.
type nativeParameter struct {
	Value        json.RawMessage `json:"value"`
	Type         string          `json:"type"`
	ParameterKey string          `json:"parameter_key"`
}

// nativeArtifacts are the artifacts of one input or output.
type nativeArtifacts struct {
	Artifacts   []nativeArtifact `json:"artifacts"`
	Type        string           `json:"type"`
	ArtifactKey string           `json:"artifact_key"`
}

func listTasks(c *call) (any, error) {
	r, err := execution.Read(c, c.view, c.vars["run_id"])
	if err != nil {
		return nil, err
	}
	out := struct {
		Tasks     []nativeTask `json:"tasks"`
		TotalSize Int64        `json:"total_size"`
	}{Tasks: []nativeTask{}}
	parent := c.query.Get("parent_id")
	for _, t := range nativeTasks(r) {
		if parent == "" || t.ParentTaskID == parent {
			out.Tasks = append(out.Tasks, t)
		}
	}
	out.TotalSize = Int64(len(out.Tasks))
	return out, nil
}

func getTask(c *call) (any, error) {
	r, err := execution.Read(c, c.view, c.vars["run_id"])
	if err != nil {
		return nil, err
	}
	t := r.Task(c.vars["task_id"])
	if t == nil {
		return nil, &registry.NotFoundError{Kind: "Task", ID: c.vars["task_id"]}
	}
	return natives{r}.of(t), nil
}

// nativeTasks are the tasks of a run, the run itself first.
func nativeTasks(r *execution.Run) []nativeTask {
	all := make([]nativeTask, 0, len(r.Tasks))
	for _, t := range r.Tasks {
		all = append(all, natives{r}.of(t))
	}
	return all
}

// natives writes the tasks of a run.
type natives struct{ run *execution.Run }

func (n natives) of(t *execution.Task) nativeTask {
	one := nativeTask{
		Name: t.Key, DisplayName: t.Key, TaskID: t.ID, RunID: n.run.ID,
		CreateTime: moment(t.Started), EndTime: moment(t.Finished), State: nativeState(t.Task), Type: nativeType(t),
		Inputs: n.values(t, false), Outputs: n.values(t, true),
		ScopePath: t.Scope,
	}
	if t.IsRun() {
		one.Name, one.DisplayName = "ROOT", n.run.DisplayName
	} else {
		one.ParentTaskID = t.Parent.ID
	}
	if t.Message != "" {
		one.StatusMetadata = &nativeStatus{t.Message}
	}
	for _, a := range t.Attempts {
		one.Pods = append(one.Pods, nativePod{a.Pod, "EXECUTOR"})
	}
	if one.Type == "LOOP" {
		count := Int64(len(t.Inside))
		one.TypeAttributes = &nativeAttributes{IterationCount: &count}
	}
	if t.Iteration >= 0 {
		index := Int64(t.Iteration)
		one.TypeAttributes = &nativeAttributes{IterationIndex: &index}
	}
	for _, child := range t.Children {
		one.ChildTasks = append(one.ChildTasks, nativeChild{child.ID, child.Key})
	}
	return one
}

// values are in the order of their names.
func (n natives) values(t *execution.Task, output bool) *nativeValues {
	all, kind := t.Inputs, inputKind
	if output {
		all, kind = t.Outputs, outputKind
	}
	made := &nativeValues{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if v := all[name]; v.Parameter != nil {
			made.Parameters = append(made.Parameters, nativeParameter{v.Parameter, kind, name})
		}
	}
	for _, l := range n.run.Links {
		if l.Task != t || l.Output != output {
			continue
		}
		if last := len(made.Artifacts) - 1; last < 0 || made.Artifacts[last].ArtifactKey != l.Key {
			made.Artifacts = append(made.Artifacts, nativeArtifacts{Type: kind, ArtifactKey: l.Key})
		}
		list := &made.Artifacts[len(made.Artifacts)-1]
		list.Artifacts = append(list.Artifacts, n.artifacts(l.Artifact)...)
	}
	if made.Parameters == nil && made.Artifacts == nil {
		return nil
	}
	return made
}

// How a task has a value.
const (
	inputKind  = "COMPONENT_INPUT"
	outputKind = "OUTPUT"
)

func nativeType(t *execution.Task) string {
	switch {
	case t.IsRun():
		return "ROOT"
	case t.Kind == runs.Podless:
		return "IMPORTER"
	case t.Kind == runs.Loop:
		return "LOOP"
	case t.Kind == runs.Group:
		return "DAG"
	}
	return "RUNTIME"
}

func nativeState(t *runs.Task) string {
	switch {
	case t.State == runs.Succeeded && t.Cached:
		return "CACHED"
	case t.State == runs.Pending:
		return "RUNNING"
	}
	return taskState(t)
}
