package rest

import (
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/execution"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// runDetails are the tasks of a run.
type runDetails struct {
	TaskDetails []taskDetail `json:"task_details"`
}

// taskDetail is a task as JSON.
type taskDetail struct {
	RunID          string          `json:"run_id"`
	TaskID         string          `json:"task_id"`
	DisplayName    string          `json:"display_name"`
	CreateTime     *time.Time      `json:"create_time,omitempty"`
	StartTime      *time.Time      `json:"start_time,omitempty"`
	EndTime        *time.Time      `json:"end_time,omitempty"`
	ExecutorDetail *executorDetail `json:"executor_detail,omitempty"`
	State          string          `json:"state"`
	Error          *status         `json:"error,omitempty"`
	ParentTaskID   string          `json:"parent_task_id,omitempty"`
	StateHistory   []change        `json:"state_history,omitempty"`
	PodName        string          `json:"pod_name,omitempty"`
	ChildTasks     []childTask     `json:"child_tasks,omitempty"`
	Inputs         values          `json:"inputs,omitempty"`
	Outputs        values          `json:"outputs,omitempty"`
}

// executorDetail names the pods of a task.
type executorDetail struct {
	MainJob        string   `json:"main_job,omitempty"`
	FailedMainJobs []string `json:"failed_main_jobs,omitempty"`
}

// childTask is a task inside another.
type childTask struct {
	TaskID string `json:"task_id"`
}

// addTasks adds what has become of the tasks, and why the run has failed.
func addTasks(out *run, d *registry.Detail) {
	all := d.Tasks()
	if all == nil {
		return
	}
	t := tasks{run: out.RunID}
	t.add(all, "", false)
	out.RunDetails = &runDetails{t.details}
	if out.Error != nil && !d.Terminated && t.failure != "" {
		out.Error.Message = t.failure
	}
}

// tasks collects the tasks of a run.
type tasks struct {
	run     string
	details []taskDetail
	failure string // of the first task that failed by itself
}

// add adds tasks with all that is inside, and returns them as what the one around
// them has. Iterations of a loop share their key, and are called by their paths.
func (c *tasks) add(all []*runs.Task, parent string, iterations bool) (children []childTask) {
	for _, t := range all {
		if t.State == runs.Waiting {
			continue
		}
		id := execution.TaskID(c.run, t.Path)
		children = append(children, childTask{id})
		at := len(c.details)
		c.details = append(c.details, detailOf(c.run, t))
		c.details[at].TaskID, c.details[at].ParentTaskID = id, parent
		if iterations {
			c.details[at].DisplayName = t.Path
		}
		if t.State == runs.Failed && t.Kind == runs.Pod && c.failure == "" {
			c.failure = "task " + t.Path + ": " + t.Message
		}
		inside := c.add(t.Inside, id, t.Kind == runs.Loop)
		c.details[at].ChildTasks = inside
	}
	return children
}

func detailOf(run string, t *runs.Task) taskDetail {
	d := taskDetail{
		RunID: run, DisplayName: t.Key,
		CreateTime: moment(t.Started), StartTime: moment(t.Started), EndTime: moment(t.Finished),
		State: taskState(t), Inputs: valuesOf(t.Inputs), Outputs: valuesOf(t.Outputs),
	}
	if t.State == runs.Failed {
		d.Error = &status{2, t.Message}
	}
	if start := moment(t.Started); start != nil {
		d.StateHistory = []change{{start, "RUNNING"}}
		if t.State.Final() {
			d.StateHistory = append(d.StateHistory, change{moment(t.Finished), d.State})
		}
	}
	if n := len(t.Attempts); n > 0 {
		d.PodName = t.Attempts[n-1].Pod
		d.ExecutorDetail = &executorDetail{MainJob: d.PodName}
		for _, a := range t.Attempts {
			if a.State == runs.Failed {
				d.ExecutorDetail.FailedMainJobs = append(d.ExecutorDetail.FailedMainJobs, a.Pod)
			}
		}
	}
	return d
}

// taskState is a state in KFP's words. Cached tasks are skipped there.
func taskState(t *runs.Task) string {
	switch t.State {
	case runs.Running:
		return "RUNNING"
	case runs.Failed:
		return "FAILED"
	case runs.Skipped, runs.Omitted:
		return "SKIPPED"
	case runs.Succeeded:
		if t.Cached {
			return "SKIPPED"
		}
		return "SUCCEEDED"
	case runs.Unknown, runs.Waiting, runs.Pending:
	}
	return "PENDING"
}
