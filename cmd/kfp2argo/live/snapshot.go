package live

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Snapshot is how a run stands.
type Snapshot struct {
	Run *progress.Run
	// Trouble says why the snapshot may be out of date, or why the run does not
	// start, or is nil.
	Trouble error
	// Asked says what Argo was asked to do, such as "stopping", or is empty.
	Asked string
	// Next says what that means, and what the next Ctrl-C does.
	Next string
	// Metrics are those of a run that has ended.
	Metrics []runs.Metric
}

// Display shows how a run goes.
type Display interface {
	// Update shows how the run stands.
	Update(s Snapshot) error
	// Line shows a line of a task's log.
	Line(l Line) error
	// Tick is called as time goes by.
	Tick() error
	// End shows the final state of the run.
	End() error
}

// Line is one line of what a task's program has written.
type Line struct {
	Task, Text string
	// Attempt counts the attempts at the task from one.
	Attempt int
	// Time is when it was written, zero if that is unknown.
	Time time.Time
}

// Source names the task, and the attempt if it is not the first.
func (l Line) Source() string {
	if l.Attempt > 1 {
		return fmt.Sprintf("%s (attempt %d)", l.Task, l.Attempt)
	}
	return l.Task
}

// Read reads a run. Where the Workflow does not hold its tasks, either because
// Argo has not begun or because it keeps them in a database, there are none, and
// the message of the run says so.
func Read(w *wfv1.Workflow) (*progress.Run, error) {
	run, err := progress.Read(w, nil)
	var offloaded *progress.OffloadedError
	notYet := w.Spec.WorkflowTemplateRef != nil && w.Status.StoredWorkflowSpec == nil
	if err == nil || !notYet && !errors.As(err, &offloaded) {
		return run, err
	}
	// Of a Workflow without nodes the tasks are waiting, which is all but right.
	run = &progress.Run{Name: w.Name, Namespace: w.Namespace, UID: string(w.UID)}
	run.Started, run.Finished, run.Message = w.Status.StartedAt.Time, w.Status.FinishedAt.Time, w.Status.Message
	run.State = stateOf(w.Status.Phase)
	if !notYet {
		run.Message = err.Error()
	}
	return run, nil
}

func stateOf(phase wfv1.WorkflowPhase) progress.State {
	switch phase {
	case wfv1.WorkflowSucceeded:
		return progress.Succeeded
	case wfv1.WorkflowFailed, wfv1.WorkflowError:
		return progress.Failed
	case wfv1.WorkflowRunning:
		return progress.Running
	case wfv1.WorkflowPending:
		return progress.Pending
	}
	return progress.Waiting
}

// counts counts tasks by what became of them. Tasks are what runs in the end,
// not what is around it.
type counts struct{ all, succeeded, cached, failed, stopped, skipped, omitted int }

func count(run *progress.Run) counts {
	var c counts
	run.Walk(func(t *progress.Task, _ int) {
		if len(t.Inside) > 0 || t.Kind == progress.Group || t.Kind == progress.Loop {
			c.all += toCome(t)
			return
		}
		c.all++
		//exhaustive:enforce
		switch t.State {
		case progress.Succeeded:
			c.succeeded++
			if t.Cached {
				c.cached++
			}
		case progress.Failed:
			if t.Stopped {
				c.stopped++
			} else {
				c.failed++
			}
		case progress.Skipped:
			c.skipped++
		case progress.Omitted:
			c.omitted++
		case progress.Waiting, progress.Pending, progress.Running:
		}
	})
	return c
}

// toCome counts the tasks of the iterations of a loop that Argo has not come to.
func toCome(t *progress.Task) int {
	left := t.Items - len(t.Inside)
	if t.State.Final() || left <= 0 {
		return 0
	}
	if len(t.Inside) == 0 {
		return left
	}
	return left * tasksOf(t.Inside[0])
}

// tasksOf counts the tasks that run in the end, in a task or in an iteration.
func tasksOf(t *progress.Task) int {
	if len(t.Inside) == 0 {
		return 1
	}
	n := 0
	for _, in := range t.Inside {
		n += tasksOf(in)
	}
	return n
}

// String prints the counts of a run that has ended.
func (c counts) String() string {
	text := fmt.Sprintf("%d tasks", c.all)
	if c.all == 1 {
		text = "1 task"
	}
	separator := ": "
	for _, part := range []struct {
		n    int
		what string
	}{{c.succeeded, "succeeded"}, {c.failed, "failed"}, {c.stopped, "stopped"}, {c.skipped, "skipped"}, {c.omitted, "omitted"}} {
		if part.n == 0 {
			continue
		}
		text += fmt.Sprintf("%s%d %s", separator, part.n, part.what)
		if part.what == "succeeded" && c.cached > 0 {
			text += fmt.Sprintf(" (%d cached)", c.cached)
		}
		separator = ", "
	}
	return text
}

// Word is a state in one word.
func Word(s progress.Status) string {
	if s.Stopped {
		return "stopped"
	}
	return strings.ToLower(s.State.String())
}

// duration is how long something has taken, to the second.
func duration(s progress.Status, now time.Time) string {
	if s.Started.IsZero() {
		return ""
	}
	d := max(0, s.Duration(now)).Round(time.Second)
	text := d.String()
	if d >= time.Minute && strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if d >= time.Hour && strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Details describes a task beside its state.
func Details(t *progress.Task) string {
	var all []string
	if t.Cached {
		all = append(all, "cached")
	}
	if n := len(t.Attempts); n > 1 {
		all = append(all, fmt.Sprintf("attempt %d", n))
	}
	if t.Kind == progress.Loop && len(t.Inside) > 0 {
		all = append(all, iterations(t))
	}
	if message := message(t); message != "" {
		all = append(all, message)
	}
	return strings.Join(all, ", ")
}

// iterations says how far a loop has come.
func iterations(t *progress.Task) string {
	done, failed := 0, 0
	for _, iteration := range t.Inside {
		if iteration.State.Final() {
			done++
		}
		if iteration.State == progress.Failed && !iteration.Stopped {
			failed++
		}
	}
	text := fmt.Sprintf("%d of %d done", done, max(t.Items, len(t.Inside)))
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	return text
}

// message is what Argo says of a task that is worth showing: of those around a
// task it only says which one inside has failed.
func message(t *progress.Task) string {
	if len(t.Inside) > 0 && !failsItself(t) || t.State == progress.Skipped || t.State == progress.Omitted {
		return ""
	}
	if len(t.Attempts) == 0 || t.State == progress.Running {
		return oneLine(t.Message)
	}
	last := t.Attempts[len(t.Attempts)-1]
	if t.State == progress.Succeeded {
		return ""
	}
	text := oneLine(cmp.Or(last.Message, t.Message))
	if t.State == progress.Failed && t.NodeID != last.NodeID && !t.Stopped {
		text = join(text, notRetried(t.Message, last.Message))
	}
	return text
}

// notRetried says why a task is not tried again, of which Argo says something beside
// what it says of its last attempt.
func notRetried(message, last string) string {
	switch message {
	case "", last:
		return ""
	case "No more retries left":
		return "no retries are left"
	case "Max duration limit exceeded", "Backoff would exceed max duration limit":
		return "not retried: the time for retries is over"
	}
	return "not retried: " + oneLine(message)
}

// failsItself reports whether a task has failed, and nothing inside it: such as a
// group whose condition cannot be evaluated.
func failsItself(t *progress.Task) bool {
	return t.State == progress.Failed && !slices.ContainsFunc(t.Inside, func(in *progress.Task) bool { return in.State == progress.Failed })
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
