package pages

import (
	"fmt"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/internal/waits"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// branch is a task in the tree of those of a run.
type branch struct {
	Path, Name, Address string
	State               state
	Kind                string
	Took, Message       string
	// Waits says that the message is of something that may yet come right.
	Waits    bool
	Attempts int
	Inside   []branch
	// Open says that what is inside is shown at once.
	Open bool
	// Strip are the states of iterations, where there are many; Summary puts them
	// into words. What is inside is then on the page of the loop.
	Strip   []stretch
	Total   int
	Summary string
}

// stretch is a part of a strip: neighbours in the same state.
type stretch struct {
	State     state
	At, Width int
}

// mostIterations is how many iterations of a loop, and openTasks how many tasks
// of a run, are shown at once.
const (
	mostIterations = 24
	openTasks      = 60
)

// branches are tasks as a page shows them.
func (v *visit) branches(d *registry.Detail, tasks []*runs.Task) []branch {
	total := 0
	walk(tasks, func(*runs.Task) { total++ })
	b := brancher{visit: v, run: d.ID, workflow: d.Workflow, open: total <= openTasks}
	return b.all(tasks, false)
}

type brancher struct {
	*visit
	run string
	// workflow is that of the run, or nil.
	workflow *wfv1.Workflow
	open     bool
}

func (b brancher) all(tasks []*runs.Task, iterations bool) []branch {
	var all []branch
	for i, t := range tasks {
		one := b.of(t)
		if iterations {
			one.Name = fmt.Sprintf("iteration %d", i)
		}
		all = append(all, one)
	}
	return all
}

func (b brancher) of(t *runs.Task) branch {
	one := branch{
		Path: t.Path, Name: t.Key, Address: taskAddress(b.run, t.Path), State: taskState(t), Kind: kindOf(t),
		Took: took(t.Started, t.Finished, b.now), Attempts: len(t.Attempts), Total: len(t.Inside),
	}
	if !t.State.Final() && len(t.Inside) == 0 {
		one.Waits, one.Message = true, sentence(waits.OfNode(t.Message, b.workflow))
	} else if t.State == runs.Failed && len(t.Inside) == 0 {
		one.Message = t.Message
	}
	if t.Kind == runs.Loop {
		one.Strip, one.Summary = strip(t.Inside)
	}
	if t.Kind == runs.Loop && len(t.Inside) > mostIterations {
		return one
	}
	one.Inside = b.all(t.Inside, t.Kind == runs.Loop)
	one.Open = b.open || t.State == runs.Failed && len(t.Inside) > 0 && len(t.Inside) < openTasks
	return one
}

func kindOf(t *runs.Task) string {
	switch t.Kind {
	case runs.Podless:
		return "importer"
	case runs.Loop:
		return "loop"
	case runs.Group:
		return "group"
	case runs.Pod:
	}
	return ""
}

// strip draws the states of iterations next to each other, and counts them.
func strip(all []*runs.Task) (drawn []stretch, words string) {
	counts := map[state]int{}
	var order []state
	for i, t := range all {
		s := taskState(t)
		if counts[s]++; counts[s] == 1 {
			order = append(order, s)
		}
		if n := len(drawn); n > 0 && drawn[n-1].State == s {
			drawn[n-1].Width++
			continue
		}
		drawn = append(drawn, stretch{s, i, 1})
	}
	var parts []string
	for _, s := range order {
		parts = append(parts, fmt.Sprintf("%d %s", counts[s], strings.ToLower(s.Word)))
	}
	return drawn, strings.Join(parts, ", ")
}

func taskAddress(run, path string) string { return link(nil, "runs", run, "tasks", path) }
