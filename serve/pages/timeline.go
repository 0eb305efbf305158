package pages

import (
	"slices"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
)

// timelineContent is the page with the timeline of a run.
type timelineContent struct {
	runHead
	Bars   []bar
	Marks  []mark
	Height int
	// More is how many tasks are not shown.
	More int
	// Path are the tasks of the critical path, and Shares what of the run's time is
	// theirs.
	Path []pathStep
}

// bar is an attempt of a task.
type bar struct {
	Name, Address, Title string
	Y, X, Width          float64
	Parts                []part
	// Critical says that the task is on the critical path; Over that its name is
	// left of the chart, and not inside.
	Critical bool
	Failed   bool
	Attempt  int
}

// part is one of the phases of an attempt.
type part struct {
	Class               string
	X, Y, Width, Height float64
}

// mark is a line at a time.
type mark struct {
	X    float64
	Text string
}

// pathStep is a task of the critical path.
type pathStep struct{ Name, Address, Took string }

// The measures of the chart. Names are left of it.
const (
	barHeight = 24
	barTop    = 26
	namesWide = 240
	chartWide = 760
	mostBars  = 400
)

func showTimeline(v *visit) (answer, error) {
	h, err := v.openRun("timeline")
	if err != nil {
		return nil, err
	}
	c := timelineContent{runHead: h}
	tasks := h.Tasks()
	left, err := v.readLeft(h.Detail, tasks)
	if err != nil {
		return nil, err
	}
	critical := criticalPath(tasks, v.now)
	for _, t := range critical {
		c.Path = append(c.Path, pathStep{t.Path, taskAddress(h.ID, t.Path), took(t.Started, t.Finished, v.now)})
	}
	d := chart{visit: v, run: h.ID, left: left, critical: map[string]bool{}}
	for _, t := range critical {
		d.critical[t.Path] = true
	}
	d.scale(tasks)
	d.draw(tasks)
	c.Bars, c.Marks, c.More = d.bars, d.marks(), d.more
	c.Height = barTop + len(c.Bars)*barHeight + 8
	return h.page("timeline", c), nil
}

// chart draws the attempts of tasks over time.
type chart struct {
	*visit
	run        string
	left       left
	critical   map[string]bool
	start, end time.Time
	bars       []bar
	more       int
}

// scale finds the time that the chart shows.
func (d *chart) scale(tasks []*runs.Task) {
	walk(tasks, func(t *runs.Task) {
		if t.Started.IsZero() {
			return
		}
		if d.start.IsZero() || t.Started.Before(d.start) {
			d.start = t.Started
		}
		if end := d.endOf(t.Status); end.After(d.end) {
			d.end = end
		}
	})
	if d.end.Sub(d.start) < time.Second {
		d.end = d.start.Add(time.Second)
	}
}

// endOf is when something has ended, or now.
func (d *chart) endOf(s runs.Status) time.Time {
	if s.Finished.IsZero() {
		return d.now
	}
	return s.Finished
}

func (d *chart) x(t time.Time) float64 {
	return namesWide + t.Sub(d.start).Seconds()/d.end.Sub(d.start).Seconds()*chartWide
}

// draw adds the attempts of tasks that have pods, in the order in which they
// began.
func (d *chart) draw(tasks []*runs.Task) {
	var all []*runs.Task
	walk(tasks, func(t *runs.Task) {
		if len(t.Inside) == 0 && t.Kind == runs.Pod && !t.Started.IsZero() {
			all = append(all, t)
		}
	})
	slices.SortStableFunc(all, func(a, b *runs.Task) int { return a.Started.Compare(b.Started) })
	for _, t := range all {
		attempts := t.Attempts
		if len(attempts) == 0 {
			attempts = []runs.Attempt{{Status: t.Status}}
		}
		for i, a := range attempts {
			if len(d.bars) >= mostBars {
				d.more++
				continue
			}
			d.bars = append(d.bars, d.bar(t, a, i))
		}
	}
}

func (d *chart) bar(t *runs.Task, a runs.Attempt, number int) bar {
	end := d.endOf(a.Status)
	b := bar{
		Name: lastOf(34, t.Path), Address: taskAddress(d.run, t.Path), Y: float64(barTop + len(d.bars)*barHeight), X: d.x(a.Started),
		Critical: d.critical[t.Path] && number == max(0, len(t.Attempts)-1), Failed: a.State == runs.Failed, Attempt: number,
	}
	b.Width = max(2, d.x(end)-b.X)
	words := []string{t.Path, stateOf(a.State).Word + " after " + span(end.Sub(a.Started))}
	phases := d.left.phases(a, end)
	kinds := kindsOfPhases()
	switch {
	case t.Cached:
		b.Parts = []part{b.part("ended-cached", kinds.running, b.X, b.Width)}
		words = append(words, "cached")
	case len(phases) > 0:
		d.cut(&b, phases)
		words = append(words, phaseWords(phases))
	case a.State == runs.Pending:
		b.Parts = []part{b.part(kinds.forPod.class, kinds.forPod, b.X, b.Width)}
	case b.Failed:
		b.Parts = []part{b.part("ended-failed", kinds.running, b.X, b.Width)}
	default:
		b.Parts = []part{b.part(kinds.running.class, kinds.running, b.X, b.Width)}
	}
	b.Title = strings.Join(words, ", ")
	return b
}

// cut draws the phases of an attempt. Of one that has failed the program has the
// colour of that, or the last phase that it came to.
func (d *chart) cut(b *bar, phases []phase) {
	failed := -1
	if b.Failed {
		failed = slices.IndexFunc(phases, func(p phase) bool { return p.phaseKind == kindsOfPhases().running })
		if failed < 0 {
			failed = len(phases) - 1
		}
	}
	for i, p := range phases {
		class := p.class
		if i == failed {
			class = "ended-failed"
		}
		from := d.x(p.from)
		b.Parts = append(b.Parts, b.part(class, p.phaseKind, from, max(1, d.x(p.to)-from)))
	}
}

// part is a part of the bar, in its middle.
func (b bar) part(class string, kind phaseKind, x, width float64) part {
	return part{class, x, b.Y + (barHeight-kind.height)/2, width, kind.height}
}

// lastOf is the end of a text that is longer than so many characters: tasks differ
// in the ends of their paths.
func lastOf(most int, text string) string {
	if runes := []rune(text); len(runes) > most {
		return "…" + string(runes[len(runes)-most+1:])
	}
	return text
}

// marks are lines at round times.
func (d *chart) marks() []mark {
	total := d.end.Sub(d.start)
	step := 24 * time.Hour
	for _, s := range []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute,
		5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	} {
		if total/s <= 8 {
			step = s
			break
		}
	}
	step = max(step, total/8)
	var all []mark
	for at := time.Duration(0); at <= total && !d.start.IsZero(); at += step {
		all = append(all, mark{d.x(d.start.Add(at)), span(at)})
	}
	return all
}

// slack is how much later than the end of the one before a task may begin: Argo
// tells times in seconds, and takes a moment.
const slack = 2 * time.Second

// criticalPath are the tasks that the run has waited for, first to last: the last
// that ended, before that the one whose end it has begun after, and so on. Within
// a group it is the same.
func criticalPath(tasks []*runs.Task, now time.Time) []*runs.Task {
	var path []*runs.Task
	limit := now.Add(slack)
	left := slices.Clone(tasks)
	for {
		last := -1
		var end time.Time
		for i, t := range left {
			ended := t.Finished
			if ended.IsZero() {
				ended = now
			}
			if t.Started.IsZero() || ended.After(limit) || last >= 0 && !ended.After(end) {
				continue
			}
			last, end = i, ended
		}
		if last < 0 {
			break
		}
		t := left[last]
		if len(t.Inside) > 0 {
			path = append(slices.Clone(criticalPath(t.Inside, now)), path...)
		} else {
			path = append([]*runs.Task{t}, path...)
		}
		limit = t.Started.Add(slack)
		left = slices.Delete(left, last, last+1)
	}
	return path
}
