package pages

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/failure"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// phase is a part of the time of an attempt. None is empty.
type phase struct {
	phaseKind
	from, to time.Time
}

// phaseKind is what an attempt does in a phase: the name of its style, how high it
// is in the timeline, and the words for it, with a place for how long it took.
type phaseKind struct {
	class  string
	height float64
	words  string
}

// phaseKinds are the phases of an attempt, in their order.
type phaseKinds struct{ forPod, fetching, forContainer, running, storing, allElse phaseKind }

// kindsOfPhases are those of each attempt. Their heights tell them apart as well as
// their colours.
func kindsOfPhases() phaseKinds {
	return phaseKinds{
		forPod:       phaseKind{"waiting", 4, "waited %s for its pod"},
		fetching:     phaseKind{"fetching", 10, "fetched %s"},
		forContainer: phaseKind{"waiting", 4, "waited %s for its container"},
		running:      phaseKind{"running", 16, "ran %s"},
		storing:      phaseKind{"storing", 10, "stored %s"},
		// An older record says no more than when the driver began.
		allElse: phaseKind{"running", 16, "fetched, ran and stored %s"},
	}
}

// left is what the attempts of a run have left in the store, by the names of Argo's
// nodes.
type left struct {
	records  map[string]record.Task
	failures map[string]failure.Record
}

// readLeft reads what the attempts of these tasks of a run have left. Why attempts
// have failed is read where one has.
func (v *visit) readLeft(d *registry.Detail, tasks []*runs.Task) (l left, err error) {
	if l.records, err = v.view.Left(v, &d.Run); err != nil {
		return l, err
	}
	failed := false
	walk(tasks, func(t *runs.Task) {
		failed = failed || slices.ContainsFunc(t.Attempts, func(a runs.Attempt) bool { return a.State == runs.Failed })
	})
	if failed {
		l.failures, err = v.view.Failures(v, &d.Run)
	}
	return l, err
}

// phases are those of an attempt that has ended, or goes on until then. There are
// none where nothing is known of them.
func (l left) phases(a runs.Attempt, end time.Time) []phase {
	r, recorded := l.records[a.Node]
	started, between := r.Started, r.Phases
	if !recorded {
		f := l.failures[a.Node]
		started, between = f.Started, f.Phases
	}
	if started.IsZero() || a.Started.IsZero() || r.From != nil {
		return nil
	}
	kinds := kindsOfPhases()
	cut := cutter{at: a.Started, end: end}
	cut.until(started, kinds.forPod)
	cut.until(between.Fetched, kinds.fetching)
	cut.until(between.Began, kinds.forContainer)
	cut.until(between.Ended, kinds.running)
	last := kinds.allElse
	switch {
	case !between.Ended.IsZero():
		last = kinds.storing
	case !between.Fetched.IsZero():
		last = kinds.forContainer // the program could not begin
	case !recorded:
		last = kinds.fetching // the driver has failed
	}
	cut.until(end, last)
	return cut.phases
}

// cutter cuts the time of an attempt into phases. The times are those of several
// clocks: none goes back, and none past the end.
type cutter struct {
	at, end time.Time
	phases  []phase
}

// until adds the phase that lasted until a time. A time that is not known adds none.
func (c *cutter) until(to time.Time, kind phaseKind) {
	if to.After(c.end) {
		to = c.end
	}
	if to.After(c.at) {
		c.phases = append(c.phases, phase{kind, c.at, to})
		c.at = to
	}
}

// phaseWords puts phases into words. What took less than half a second is not worth
// one.
func phaseWords(all []phase) string {
	var words []string
	for _, p := range all {
		if took := p.to.Sub(p.from); took >= time.Second/2 {
			words = append(words, fmt.Sprintf(p.words, span(took)))
		}
	}
	return strings.Join(words, ", ")
}
