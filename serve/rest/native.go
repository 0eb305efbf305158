package rest

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
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

// nativeArtifact is an artifact.
type nativeArtifact struct {
	ArtifactID string                     `json:"artifact_id"`
	Name       string                     `json:"name"`
	Type       string                     `json:"type"`
	URI        string                     `json:"uri"`
	Metadata   map[string]json.RawMessage `json:"metadata,omitempty"`
	Namespace  string                     `json:"namespace,omitempty"`
}

func listTasks(c *call) (any, error) {
	all, err := c.nativeTasks()
	if err != nil {
		return nil, err
	}
	out := struct {
		Tasks     []nativeTask `json:"tasks"`
		TotalSize Int64        `json:"total_size"`
	}{Tasks: []nativeTask{}}
	parent := c.query.Get("parent_id")
	for _, t := range all {
		if parent == "" || t.ParentTaskID == parent {
			out.Tasks = append(out.Tasks, t)
		}
	}
	out.TotalSize = Int64(len(out.Tasks))
	return out, nil
}

func getTask(c *call) (any, error) {
	all, err := c.nativeTasks()
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.TaskID == c.vars["task_id"] {
			return t, nil
		}
	}
	return nil, &registry.NotFoundError{Kind: "Task", ID: c.vars["task_id"]}
}

// nativeTasks are the tasks of a run, the root of them first.
func (c *call) nativeTasks() ([]nativeTask, error) {
	d, err := c.view.Run(c, c.vars["run_id"])
	if err != nil {
		return nil, err
	}
	n := natives{run: d}
	root := nativeTask{
		Name: "ROOT", DisplayName: d.DisplayName, TaskID: taskID(d.ID, ""), RunID: d.ID, Type: "ROOT", ScopePath: "root",
		CreateTime: moment(d.Created), EndTime: moment(d.Finished), State: rootState(d.State),
	}
	n.all = []nativeTask{root}
	children := n.add(d.Tasks(), root)
	n.all[0].ChildTasks = children
	return n.all, nil
}

func rootState(s registry.State) string {
	if s.Final() {
		return string(s)
	}
	return "RUNNING"
}

// natives collects the tasks of a run.
type natives struct {
	run *registry.Detail
	all []nativeTask
}

func (n *natives) add(all []*runs.Task, parent nativeTask) (children []nativeChild) {
	iteration := Int64(0)
	for _, t := range all {
		if t.State == runs.Waiting {
			continue
		}
		one := n.of(t, parent)
		if parent.Type == "LOOP" {
			index := iteration
			one.TypeAttributes = &nativeAttributes{IterationIndex: &index}
			iteration++
		}
		at := len(n.all)
		n.all = append(n.all, one)
		children = append(children, nativeChild{one.TaskID, one.Name})
		inside := n.add(t.Inside, one)
		n.all[at].ChildTasks = inside
	}
	return children
}

func (n *natives) of(t *runs.Task, parent nativeTask) nativeTask {
	one := nativeTask{
		Name: t.Key, DisplayName: t.Key, TaskID: taskID(n.run.ID, t.Path), RunID: n.run.ID, ParentTaskID: parent.TaskID,
		CreateTime: moment(t.Started), EndTime: moment(t.Finished), State: nativeState(t), Type: nativeType(t),
		Inputs: n.values(t.Inputs, "COMPONENT_INPUT"), Outputs: n.values(t.Outputs, "OUTPUT"),
		ScopePath: parent.ScopePath + "." + t.Key,
	}
	if t.Message != "" {
		one.StatusMetadata = &nativeStatus{t.Message}
	}
	for _, a := range t.Attempts {
		one.Pods = append(one.Pods, nativePod{a.Pod, "EXECUTOR"})
	}
	if t.Kind == runs.Loop {
		count := Int64(len(t.Inside))
		one.TypeAttributes = &nativeAttributes{IterationCount: &count}
	}
	return one
}

// values are in the order of their names.
func (n *natives) values(all runs.Values, kind string) *nativeValues {
	if len(all) == 0 {
		return nil
	}
	made := &nativeValues{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		v := all[name]
		switch {
		case v.Artifacts != nil:
			list := nativeArtifacts{Type: kind, ArtifactKey: name}
			for _, a := range v.Artifacts {
				list.Artifacts = append(list.Artifacts, n.artifact(a))
			}
			made.Artifacts = append(made.Artifacts, list)
		case v.Parameter != nil:
			made.Parameters = append(made.Parameters, nativeParameter{v.Parameter, kind, name})
		}
	}
	return made
}

// artifact has an ID that follows from where it is, so that the task that made it
// and those that read it name the same.
func (n *natives) artifact(a contract.RuntimeArtifact) nativeArtifact {
	return nativeArtifact{
		ArtifactID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(a.URI)).String(), Name: a.Name,
		Type: nativeArtifactType(a.Type.SchemaTitle), URI: a.URI, Metadata: a.Metadata, Namespace: n.run.Namespace,
	}
}

// nativeArtifactType is a type in the words of the new API.
func nativeArtifactType(schema string) string {
	switch schema {
	case "system.Model":
		return "Model"
	case "system.Dataset":
		return "Dataset"
	case "system.HTML":
		return "HTML"
	case "system.Markdown":
		return "Markdown"
	case "system.Metrics":
		return "Metric"
	case "system.ClassificationMetrics":
		return "ClassificationMetric"
	case "system.SlicedClassificationMetrics":
		return "SlicedClassificationMetric"
	}
	return "Artifact"
}

func nativeType(t *runs.Task) string {
	switch t.Kind {
	case runs.Podless:
		return "IMPORTER"
	case runs.Loop:
		return "LOOP"
	case runs.Group:
		return "DAG"
	case runs.Pod:
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
