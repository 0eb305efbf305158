package live

import (
	"encoding/json"
	"io"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
)

// JSONLines returns a display that writes one JSON object a line, for programs:
// for each change, for each line of a log, and for the end.
func JSONLines(w io.Writer, now func() time.Time) Display {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &jsonLines{encoder: encoder, now: now, changes: newChanges(now)}
}

type jsonLines struct {
	encoder *json.Encoder
	now     func() time.Time
	changes *changes
	last    Snapshot
}

// record is a line of the display.
type record struct {
	Time    *time.Time    `json:"time,omitempty"`
	Run     string        `json:"run,omitempty"`
	Task    string        `json:"task,omitempty"`
	State   string        `json:"state,omitempty"`
	Seconds *float64      `json:"seconds,omitempty"`
	Attempt int           `json:"attempt,omitempty"`
	Cached  bool          `json:"cached,omitempty"`
	Stopped bool          `json:"stopped,omitempty"`
	Message string        `json:"message,omitempty"`
	Log     *string       `json:"log,omitempty"`
	Metrics []runs.Metric `json:"metrics,omitempty"`
}

func (j *jsonLines) Update(s Snapshot) error {
	before := j.last
	j.last = s
	if s.Trouble != nil && before.Trouble == nil {
		if err := j.notice(s.Trouble.Error()); err != nil {
			return err
		}
	}
	if s.Asked != before.Asked {
		if err := j.notice(join(s.Asked, s.Next)); err != nil {
			return err
		}
	}
	for _, c := range j.changes.of(s.Run) {
		at := c.at.UTC()
		r := record{Time: &at, Run: s.Run.Name, Task: c.task, State: c.status.State.String(), Attempt: c.attempt, Cached: c.cached, Stopped: c.status.Stopped, Message: c.details}
		if !c.status.Started.IsZero() && c.status.State.Final() {
			seconds := c.status.Duration(j.now()).Seconds()
			r.Seconds = &seconds
		}
		if err := j.encoder.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// notice writes what is to be said of the run, whose state stays.
func (j *jsonLines) notice(text string) error {
	at := j.now().UTC()
	return j.encoder.Encode(record{Time: &at, Run: j.last.Run.Name, State: j.last.Run.State.String(), Message: oneLine(text)})
}

func (j *jsonLines) Line(l Line) error {
	r := record{Task: l.Task, Attempt: l.Attempt, Log: &l.Text}
	if !l.Time.IsZero() {
		r.Time = &l.Time
	}
	return j.encoder.Encode(r)
}

func (j *jsonLines) Tick() error { return nil }

func (j *jsonLines) End() error {
	run := j.last.Run
	if run == nil {
		return nil
	}
	seconds := run.Duration(j.now()).Seconds()
	at := j.now().UTC()
	if !run.Finished.IsZero() {
		at = run.Finished.UTC()
	}
	return j.encoder.Encode(record{Time: &at, Run: run.Name, State: run.State.String(), Seconds: &seconds, Stopped: run.Stopped, Message: run.Message, Metrics: j.last.Metrics})
}
