package pages

import (
	"net/url"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/internal/levels"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
)

// Of a large run or pipeline groups are folded: what is inside of them is shown when it
// is asked for, by the address of the page.

// mostRows is how many tasks, and mostBoxes how many boxes of a picture, are shown
// without having been asked for. mostFailed is how many tasks that have failed are shown
// of a folded group.
const (
	mostRows   = 300
	mostBoxes  = 300
	mostFailed = 5
)

// isOpen reports whether a group is asked for.
func (v *visit) isOpen(path string) bool { return slices.Contains(v.request.URL.Query()["open"], path) }

// unfolded is the address of this page with one group more.
func (v *visit) unfolded(path string) string {
	here := v.request.URL
	query := here.Query()
	query.Add("open", path)
	to := url.URL{Path: here.Path, RawPath: here.RawPath, RawQuery: query.Encode(), Fragment: "task-" + path}
	return to.String()
}

// shownLevels is how many levels of tasks a tree shows with what is inside of them.
func shownLevels(tasks []*runs.Task) int {
	return levels.Shown(tasks, func(t *runs.Task) []*runs.Task {
		if isLongLoop(t) {
			return nil
		}
		return t.Inside
	}, mostRows)
}

// isLongLoop reports whether a loop has so many iterations that they are never in a tree.
func isLongLoop(t *runs.Task) bool { return t.Kind == runs.Loop && len(t.Inside) > mostIterations }

// fold says how what is inside of a group stands, and shows of it only what has failed.
func (b brancher) fold(one *branch, t *runs.Task) {
	var inside []*runs.Task
	walk(t.Inside, func(t *runs.Task) {
		if len(t.Inside) == 0 {
			inside = append(inside, t)
		}
	})
	if t.Kind != runs.Loop {
		one.Strip, one.Summary = strip(inside)
		one.Total, one.Parts = len(inside), "tasks"
	}
	for _, t := range inside {
		if t.State == runs.Failed && len(one.Inside) < mostFailed {
			failed := b.of(t, 0)
			failed.Name = strings.TrimPrefix(t.Path, one.Path+".")
			one.Inside = append(one.Inside, failed)
		}
	}
	one.Unfold = b.unfolded(t.Path)
	one.Open = len(one.Inside) > 0
	if !one.Open {
		one.Folds = t.Path // otherwise the script would open all that has failed
	}
}
