package rest

import (
	"time"

	"github.com/google/uuid"

	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
	"github.com/kfp2argo/kfp2argo/translate/progress"
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

// addTasks adds what has become of the tasks, and why the run has failed. A
// Workflow whose tasks cannot be read, such as one that Argo keeps elsewhere, has
// none.
func addTasks(out *run, d *registry.Detail) {
	states, err := progress.Read(d.Workflow, posted.Model(d.Spec))
	if err != nil {
		return
	}
	t := tasks{run: out.RunID}
	t.add(states.Tasks, "")
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

func (c *tasks) add(all []*progress.Task, parent string) (children []childTask) {
	for _, t := range all {
		if t.State == progress.Waiting {
			continue
		}
		id := taskID(c.run, t.Path)
		children = append(children, childTask{id})
		at := len(c.details)
		c.details = append(c.details, detailOf(c.run, t))
		c.details[at].TaskID, c.details[at].ParentTaskID = id, parent
		if t.State == progress.Failed && t.Kind == progress.Pod && c.failure == "" {
			c.failure = "task " + t.Path + ": " + t.Message
		}
		inside := c.add(t.Inside, id)
		c.details[at].ChildTasks = inside
	}
	return children
}

// taskID is the same in each answer, and different in each run.
func taskID(run, path string) string {
	space, err := uuid.Parse(run)
	if err != nil {
		space = uuid.NameSpaceURL
	}
	return uuid.NewSHA1(space, []byte(path)).String()
}

func detailOf(run string, t *progress.Task) taskDetail {
	d := taskDetail{
		RunID: run, DisplayName: t.Key,
		CreateTime: moment(t.Started), StartTime: moment(t.Started), EndTime: moment(t.Finished),
		State: taskState(t),
	}
	if t.Index >= 0 {
		d.DisplayName = t.Path
	}
	if t.State == progress.Failed {
		d.Error = &status{2, t.Message}
	}
	if start := moment(t.Started); start != nil {
		d.StateHistory = []change{{start, "RUNNING"}}
		if t.State.Final() {
			d.StateHistory = append(d.StateHistory, change{moment(t.Finished), d.State})
		}
	}
	if n := len(t.Attempts); n > 0 {
		d.PodName = t.Attempts[n-1].PodName
		d.ExecutorDetail = &executorDetail{MainJob: d.PodName}
		for _, a := range t.Attempts {
			if a.State == progress.Failed {
				d.ExecutorDetail.FailedMainJobs = append(d.ExecutorDetail.FailedMainJobs, a.PodName)
			}
		}
	}
	return d
}

// taskState is a state in KFP's words. Cached tasks are skipped there.
func taskState(t *progress.Task) string {
	switch t.State {
	case progress.Pending:
		return "PENDING"
	case progress.Running:
		return "RUNNING"
	case progress.Failed:
		return "FAILED"
	case progress.Skipped, progress.Omitted:
		return "SKIPPED"
	case progress.Succeeded:
		if t.Cached {
			return "SKIPPED"
		}
		return "SUCCEEDED"
	}
	return "PENDING"
}
