package live

import (
	"context"
	"fmt"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// LogOptions say which logs are meant.
type LogOptions struct {
	Run string
	// Task is the path of a task, or empty for all.
	Task string
	// Container is Program or Driver.
	Container string
	// Follow goes on until the run ends.
	Follow bool
}

// Logs calls a function for each line of the logs of a run: task by task, or, if
// it follows, as they are written. A log that is gone is a line that says so.
func (c *Cluster) Logs(ctx context.Context, o LogOptions, line func(Line) error) error {
	w, err := c.Get(ctx, o.Run)
	if err != nil {
		return err
	}
	run, err := Read(w)
	if err != nil {
		return err
	}
	prefix := ""
	if o.Task != "" {
		t, err := FindTask(w, o.Task)
		if err != nil {
			return err
		}
		prefix = t.Path
	}
	if o.Follow && !run.State.Final() {
		d := &logDisplay{line: line}
		_, err := Watch(ctx, c, o.Run, d, Options{Logs: true, Pace: time.Second, container: o.Container, within: prefix})
		return err
	}
	for _, l := range logsOf(run, prefix) {
		if err := c.printLog(ctx, l, o.Container, line); err != nil {
			return err
		}
	}
	return nil
}

// taskLog is the log of one pod.
type taskLog struct {
	task    string
	attempt *progress.Attempt
}

// logsOf lists the logs of a task and of what is inside it, or of all.
func logsOf(run *progress.Run, within string) []taskLog {
	var all []taskLog
	run.Walk(func(t *progress.Task, _ int) {
		for _, a := range t.Attempts {
			if nodename.IsWithin(t.Path, within) && a.State >= progress.Running && a.State != progress.Skipped && a.State != progress.Omitted {
				all = append(all, taskLog{t.Path, a})
			}
		}
	})
	return all
}

// printLog prints a log as far as it has come.
func (c *Cluster) printLog(ctx context.Context, l taskLog, container string, line func(Line) error) error {
	r := &reader{cluster: c, pod: l.attempt.PodName, container: container}
	printed := false
	err := r.read(ctx, logOptions(container), func(got Line) error {
		printed = true
		got.Task, got.Attempt = l.task, l.attempt.Number+1
		return line(got)
	})
	switch {
	case err == nil || ctx.Err() != nil:
		return ctx.Err()
	case isNotThere(err) && !printed:
		return line(Line{Task: l.task, Attempt: l.attempt.Number + 1, Text: noLog(err)})
	}
	return fmt.Errorf("reading the log of %s: %w", l.task, err)
}

// logDisplay shows nothing but logs.
type logDisplay struct{ line func(Line) error }

func (d *logDisplay) Update(Snapshot) error { return nil }
func (d *logDisplay) Line(l Line) error     { return d.line(l) }
func (d *logDisplay) Tick() error           { return nil }
func (d *logDisplay) End() error            { return nil }
