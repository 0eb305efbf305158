package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Color adds to the graph how a run of the pipeline stands, or has ended. now is
// the time up to which what has not finished is counted.
func (g *Graph) Color(run *progress.Run, now time.Time) {
	g.run = &outcome{State: run.State, Text: fmt.Sprintf("run %s, %s", run.Name, inWords(run.Status, now))}
	if run.Message != "" {
		g.run.Details = []string{run.Message}
	}
	g.root.walk(func(i item) {
		c := i.base()
		if len(c.Path) == 0 {
			return
		}
		tasks := run.Find(c.Path)
		switch i := i.(type) {
		case *node:
			tasks = iterations(tasks)
		case *group:
			if i.Folded > 0 {
				i.stand(tasks)
			}
		}
		c.Outcome = outcomeOf(tasks, now)
	})
}

// iterations takes the iterations of a loop for it, where the loop has but one
// task, which is drawn as a node.
func iterations(tasks []*progress.Task) []*progress.Task {
	var all []*progress.Task
	for _, t := range tasks {
		if t.Kind == progress.Loop {
			all = append(all, t.Inside...)
			continue
		}
		all = append(all, t)
	}
	return all
}

// inWords is a state and how long it took to get there.
func inWords(s progress.Status, now time.Time) string {
	text := strings.ToLower(s.State.String())
	if took := s.Duration(now); took > 0 {
		text += " · " + span(took)
	}
	return text
}

// span is a duration in its two largest units.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d >= time.Hour:
		return fmt.Sprintf("%dh %dm", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%dm %ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%ds", int(d.Seconds()))
}

// outcomeOf sums up what became of a task, which inside a loop there are several
// of.
func outcomeOf(tasks []*progress.Task, now time.Time) *outcome {
	switch len(tasks) {
	case 0:
		return &outcome{State: progress.Waiting, Text: "not started"}
	case 1:
		return outcomeOfOne(tasks[0], now)
	}
	counts := map[progress.State]int{}
	o := &outcome{}
	longest, retried := time.Duration(0), 0
	for i, t := range tasks {
		counts[t.State]++
		if len(t.Attempts) > 1 {
			retried++
		}
		longest = max(longest, t.Duration(now))
		o.Details = append(o.Details, fmt.Sprintf("%d: %s%s", i, inWords(t.Status, now), behind(t)))
		if text := reason(t); text != "" && o.Reason == "" {
			o.Reason = fmt.Sprintf("%d: %s", i, text)
		}
	}
	o.State = summary(counts)
	o.Text = countText(counts, len(tasks))
	if longest > 0 {
		o.Text += " · up to " + span(longest)
	}
	if retried > 0 {
		o.Text += fmt.Sprintf(" · %d retried", retried)
	}
	const most = 12
	if len(o.Details) > most {
		o.Details = append(o.Details[:most], "…")
	}
	return o
}

func outcomeOfOne(t *progress.Task, now time.Time) *outcome {
	o := &outcome{State: t.State, Text: inWords(t.Status, now), Reason: reason(t)}
	if t.Kind == progress.Loop && len(t.Inside) > 0 {
		counts := map[progress.State]int{}
		for _, iteration := range t.Inside {
			counts[iteration.State]++
		}
		o.Text += " · " + countText(counts, len(t.Inside))
	}
	if len(t.Attempts) > 1 {
		o.Text += fmt.Sprintf(" · %d attempts", len(t.Attempts))
	}
	if t.Cached {
		o.Text += " · cached"
	}
	if t.Message != "" {
		o.Details = append(o.Details, t.Message)
	}
	for _, a := range t.Attempts {
		o.Details = append(o.Details, "pod "+a.PodName)
	}
	return o
}

// reason is why a task has failed: what its last attempt says, or else Argo. A task
// in which another has failed leaves that to the other, and one that was stopped has
// no reason of its own.
func reason(t *progress.Task) string {
	failed := func(t *progress.Task) bool { return t.State == progress.Failed }
	if !failed(t) || t.Stopped || slices.ContainsFunc(t.Inside, failed) {
		return ""
	}
	text := t.Message
	if n := len(t.Attempts); n > 0 {
		text = cmp.Or(t.Attempts[n-1].Message, text)
	}
	return strings.Join(strings.Fields(text), " ")
}

func behind(t *progress.Task) string {
	if t.Message == "" {
		return ""
	}
	return ": " + shorten(t.Message, 80)
}

// summary is the state that says most about several.
func summary(counts map[progress.State]int) progress.State {
	for _, s := range []progress.State{
		progress.Failed, progress.Running, progress.Pending, progress.Succeeded, progress.Waiting, progress.Skipped,
	} {
		if counts[s] > 0 {
			return s
		}
	}
	return progress.Omitted
}

// countText says how many of several have succeeded, and what became of the
// others.
//
//	3/5 succeeded, 1 failed, 1 skipped
func countText(counts map[progress.State]int, total int) string {
	text := fmt.Sprintf("%d/%d succeeded", counts[progress.Succeeded], total)
	for _, s := range []progress.State{
		progress.Failed, progress.Running, progress.Pending, progress.Waiting, progress.Skipped, progress.Omitted,
	} {
		if counts[s] > 0 {
			text += fmt.Sprintf(", %d %s", counts[s], strings.ToLower(s.String()))
		}
	}
	return text
}
