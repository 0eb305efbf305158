package pages

import (
	"time"

	"github.com/kfp2argo/kfp2argo/internal/waits"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// waitContent says why something does not run yet.
type waitContent struct {
	Text string
	// Holder is the run that holds the lock that is waited for, or empty.
	Holder, HolderAddress string
	// Events are the newest ones of the pod.
	Events []eventRow
}

// eventRow is an event of a pod.
type eventRow struct {
	Seen            time.Time
	Reason, Message string
}

// mostEvents is how many events of a pod a page shows.
const mostEvents = 5

// sentence is why something waits as a page says it.
func sentence(w waits.Wait) string { return capital(w.String()) }

// waiting says why a task does not run yet: its pod is asked where there is one that
// does not run.
func (v *visit) waiting(d *registry.Detail, t *runs.Task) waitContent {
	of := runs.Attempt{Status: t.Status}
	if n := len(t.Attempts); n > 0 && t.Attempts[n-1].State == runs.Pending {
		of = t.Attempts[n-1]
	}
	w := v.view.Waiting(v, d, of)
	c := waitContent{Text: sentence(w.Wait)}
	if w.Holder != "" {
		c.Holder, c.HolderAddress = w.Holder, link(nil, "runs", w.Holder)
	}
	for _, e := range w.Events[:min(len(w.Events), mostEvents)] {
		c.Events = append(c.Events, eventRow{waits.Seen(e), e.Reason, e.Message})
	}
	return c
}

// runWaiting says why a run has not begun.
func runWaiting(d *registry.Detail) waitContent {
	if d.State != registry.Pending || d.Workflow == nil {
		return waitContent{}
	}
	w := waits.OfRun(d.Workflow)
	c := waitContent{Text: sentence(w)}
	if holder := w.Holder(d.Workflow); holder != "" {
		c.Holder, c.HolderAddress = holder, link(nil, "runs", holder)
	}
	return c
}
