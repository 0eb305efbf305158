package live

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// change is one thing that has become of a task, of an attempt at it, or of the run.
type change struct {
	at time.Time
	// task is the path of the task, or empty for the run.
	task    string
	status  progress.Status
	details string
	cached  bool
	// onlyCached is where all but that it is cached has been said.
	onlyCached bool
	attempt    int // counts from one; zero where it is about the task
}

// changes finds what is new since it was last called.
type changes struct {
	now  func() time.Time
	seen map[string]progress.State
	// said are the messages of each key so far: a task that waits says more than
	// one, and the same again and again.
	said map[string]bool
	// cached are the tasks of which that has been said.
	cached map[string]bool
}

func newChanges(now func() time.Time) *changes {
	return &changes{now: now, seen: map[string]progress.State{}, said: map[string]bool{}, cached: map[string]bool{}}
}

// of lists what is new in a run, in the order in which it happened.
func (c *changes) of(run *progress.Run) []change {
	var all []change
	now := c.now()
	add := func(key string, ch change) {
		if ch.at = now; c.adds(key, &ch) {
			all = append(all, ch)
		}
	}
	// That a run is running goes without saying, unless it has waited.
	if run.State == progress.Pending || run.State == progress.Running && (run.Message != "" || c.seen[""] == progress.Pending) {
		add("", change{status: run.Status, details: oneLine(run.Message)})
	}
	c.walk(run.Tasks, run.State, add)
	slices.SortStableFunc(all, func(a, b change) int { return a.at.Compare(b.at) })
	return all
}

// adds reports whether a change adds something to what is known of its key, and
// completes it: with when it was, if the run tells that.
func (c *changes) adds(key string, ch *change) bool {
	said := key + "\x00" + ch.details
	same := c.seen[key] == ch.status.State
	// Of a task without artifacts it is known only later that it was cached.
	ch.onlyCached = same && ch.status.State.Final() && ch.cached && !c.cached[key]
	if same && (ch.status.State.Final() || c.said[said]) && !ch.onlyCached {
		return false
	}
	c.cached[key] = ch.cached
	c.seen[key], c.said[said] = ch.status.State, true
	switch {
	case same:
	case ch.status.State.Final() && !ch.status.Finished.IsZero():
		ch.at = ch.status.Finished
	case ch.status.State == progress.Pending && !ch.status.Started.IsZero():
		ch.at = ch.status.Started
	}
	return true
}

func (c *changes) walk(tasks []*progress.Task, around progress.State, add func(string, change)) {
	for _, t := range tasks {
		for _, a := range t.Attempts {
			// The last one is that of the task.
			if a.State == progress.Failed && t.NodeID != a.NodeID {
				add(a.NodeID, change{task: t.Path, status: a.Status, details: oneLine(a.Message), attempt: a.Number + 1})
			}
		}
		if tells(t, around) {
			details := ""
			if t.State == progress.Failed || t.State == progress.Pending || t.State == progress.Running {
				details = message(t)
			}
			add(t.Path, change{task: t.Path, status: t.Status, details: details, cached: t.Cached})
		}
		c.walk(t.Inside, t.State, add)
	}
}

// tells reports whether the state of a task adds something that neither its
// insides nor what is around it say.
func tells(t *progress.Task, around progress.State) bool {
	if t.State == progress.Skipped || t.State == progress.Omitted {
		return around != t.State
	}
	if failsItself(t) {
		return true
	}
	alone := len(t.Inside) == 0 && t.Kind != progress.Group && t.Kind != progress.Loop
	return alone && t.State != progress.Waiting
}

// plain writes one line for each change.
type plain struct {
	w       io.Writer
	now     func() time.Time
	changes *changes
	last    Snapshot
	started bool
}

// Plain returns a display that writes a line for each change.
func Plain(w io.Writer, now func() time.Time) Display {
	return &plain{w: w, now: now, changes: newChanges(now)}
}

func (p *plain) Update(s Snapshot) error {
	if !p.started && s.Run != nil {
		p.started = true
		if err := p.print(p.now(), "run", s.Run.Name, "in namespace "+s.Run.Namespace); err != nil {
			return err
		}
	}
	if s.Trouble != nil && p.last.Trouble == nil {
		if err := p.print(p.now(), "trouble", oneLine(s.Trouble.Error()), ""); err != nil {
			return err
		}
	}
	if s.Asked != p.last.Asked {
		if err := p.print(p.now(), s.Asked, s.Run.Name, s.Next); err != nil {
			return err
		}
	}
	p.last = s
	for _, c := range p.changes.of(s.Run) {
		what, text := Word(c.status), c.text(p.now())
		if c.onlyCached {
			what, text = "cached", ""
		}
		if err := p.print(c.at, what, cmp.Or(c.task, s.Run.Name), text); err != nil {
			return err
		}
	}
	return nil
}

// text is what a line says beside state and task.
func (c change) text(now time.Time) string {
	text := ""
	if c.attempt > 0 {
		text = fmt.Sprintf("attempt %d", c.attempt)
	}
	if took := duration(c.status, now); took != "" && (c.status.State == progress.Succeeded || c.status.State == progress.Failed) {
		text = join(text, "after "+took)
	}
	if c.cached {
		text = join(text, "cached")
	}
	return join(text, c.details)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

func (p *plain) print(at time.Time, what, of, text string) error {
	if text != "" {
		text = "  " + text
	}
	_, err := fmt.Fprintf(p.w, "%s %-9s %s%s\n", at.UTC().Format("15:04:05"), what, of, lineage.Printable(text))
	return err
}

func (p *plain) Line(l Line) error {
	_, err := fmt.Fprintf(p.w, "%s | %s\n", l.Source(), l.Text)
	return err
}

func (p *plain) Tick() error { return nil }

func (p *plain) End() error {
	run := p.last.Run
	if run == nil {
		return nil
	}
	at := p.now()
	if !run.Finished.IsZero() {
		at = run.Finished
	}
	for _, m := range metricLines(p.last.Metrics) {
		if err := p.print(at, "metric", cmp.Or(m[0], run.Name), m[1]); err != nil {
			return err
		}
	}
	text := count(run).String()
	if took := duration(run.Status, p.now()); took != "" {
		text = "after " + took + ", " + text
	}
	return p.print(at, Word(run.Status), run.Name, join(text, oneLine(run.Message)))
}
