package live

import (
	"context"
	"fmt"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
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
	Part   LogPart
}

// LogPart says which lines of each log are meant; the zero value means all.
type LogPart struct {
	// Tail is how many lines are left at the end of a log, or zero for all.
	Tail int
	// Since leaves out what was written before. Logs in a store have no times, and all
	// of their lines are left.
	Since time.Time
}

// of calls a function for each line that is meant of what a log has.
func (p LogPart) of(read func(line func(Line) error) error, line func(Line) error) error {
	if p.Tail == 0 {
		return read(line)
	}
	var last []Line
	err := read(func(l Line) error {
		last = append(last, l)
		if len(last) > p.Tail {
			last = last[1:]
		}
		return nil
	})
	for _, l := range last {
		if err := line(l); err != nil {
			return err
		}
	}
	return err
}

// Logs calls a function for each line of the logs of a run: task by task, or, if
// it follows, as they are written. What a program wrote whose pod is gone comes from
// the store of the run. Lines in brackets say that, and that there is no log.
func (c *Cluster) Logs(ctx context.Context, o LogOptions, line func(Line) error) error {
	w, err := c.Get(ctx, o.Run)
	if err != nil {
		return err
	}
	run, err := Read(w)
	if err != nil {
		return err
	}
	var kept *keptLogs
	if o.Container == Program {
		kept = &keptLogs{c.Store(w), Identity(w)}
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
		_, err := Watch(ctx, c, o.Run, d, Options{Logs: true, Pace: time.Second, container: o.Container, within: prefix, kept: kept, part: o.Part})
		return err
	}
	for _, l := range logsOf(run, prefix) {
		r := &reader{cluster: c, pod: l.attempt.PodName, container: o.Container, kept: kept, since: o.Part.Since}
		err := o.Part.of(func(line func(Line) error) error { return r.print(ctx, l.attempt, line) }, func(got Line) error {
			got.Task, got.Attempt = l.task, l.attempt.Number+1
			return line(got)
		})
		if err != nil {
			return fmt.Errorf("reading the log of %s: %w", l.task, err)
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

// print prints the log of an attempt as far as it has come.
func (r *reader) print(ctx context.Context, a *progress.Attempt, line func(Line) error) error {
	printed := false
	err := r.read(ctx, logOptions(r.container), func(l Line) error {
		printed = true
		return line(l)
	})
	switch {
	case err == nil || ctx.Err() != nil:
		return ctx.Err()
	case isNotThere(err) && !printed:
		return r.printKept(ctx, a, err, line)
	}
	return err
}

// printKept prints the log of an attempt whose pod has none to give.
func (r *reader) printKept(ctx context.Context, a *progress.Attempt, gone error, line func(Line) error) error {
	if r.kept == nil || !a.State.Final() {
		return line(Line{Text: noLog(gone)})
	}
	printed := false
	err := r.kept.read(ctx, runs.Attempt{NodeID: a.NodeID}, func(l Line) error {
		printed = true
		return line(l)
	})
	if err == nil || printed || ctx.Err() != nil {
		return err
	}
	return line(Line{Text: r.kept.why(gone, err)})
}

// logDisplay shows nothing but logs.
type logDisplay struct{ line func(Line) error }

func (d *logDisplay) Update(Snapshot) error { return nil }
func (d *logDisplay) Line(l Line) error     { return d.line(l) }
func (d *logDisplay) Tick() error           { return nil }
func (d *logDisplay) End() error            { return nil }
