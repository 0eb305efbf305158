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
	// Strip are the states of iterations, or of the tasks inside of a folded group, as
	// Parts says; Summary puts them into words, and Total is how many there are.
	// Of a loop with many what is inside is on its own page only.
	Strip   []stretch
	Total   int
	Parts   string
	Summary string
	// Unfold is the address at which a folded group is not. Folds is the path of a group
	// that the script folds and unfolds.
	Unfold, Folds string
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
	b := brancher{visit: v, run: d.ID, workflow: d.Workflow, open: total <= openTasks, levels: shownLevels(tasks)}
	return b.all(tasks, false, 0)
}

type brancher struct {
	*visit
	run string
	// workflow is that of the run, or nil.
	workflow *wfv1.Workflow
	open     bool
	// levels are those of which all groups are shown with what is inside of them.
	levels int
}

// all are the branches of tasks that have so many others around them.
func (b brancher) all(tasks []*runs.Task, iterations bool, level int) []branch {
	var all []branch
	for i, t := range tasks {
		one := b.of(t, level)
		if iterations {
			one.Name = fmt.Sprintf("iteration %d", i)
		}
		all = append(all, one)
	}
	return all
}

func (b brancher) of(t *runs.Task, level int) branch {
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
		one.Parts = "iterations"
		one.Strip, one.Summary = strip(t.Inside)
	}
	switch {
	case len(t.Inside) == 0 || isLongLoop(t):
		return one
	case level < b.levels:
		one.Open = b.open || t.State == runs.Failed && len(t.Inside) < openTasks
	case b.isOpen(t.Path):
		one.Open, one.Folds = true, t.Path
	default:
		b.fold(&one, t)
		return one
	}
	one.Inside = b.all(t.Inside, t.Kind == runs.Loop, level+1)
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
