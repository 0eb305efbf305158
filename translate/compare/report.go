// Package compare says how two versions of a pipeline differ, in the pipeline's
// own terms, and which tasks will not find the work of earlier runs any more.
package compare

import (
	"slices"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/internal/trace"
	"github.com/kfp2argo/kfp2argo/translate/internal/unfold"
)

// Report is how two pipelines differ. Its JSON keeps its form: fields may be
// added.
type Report struct {
	// Pipeline is what changed of the pipeline as a whole.
	Pipeline []Change `json:"pipeline,omitempty"`
	// Tasks are those that changed, in the order of the new pipeline, and after
	// those of each nested pipeline those that were removed from it.
	Tasks []Task `json:"tasks,omitempty"`
	// Cache lists the tasks that will or may run again although an earlier run
	// has done their work.
	Cache []Rerun `json:"cache,omitempty"`
}

// Same reports whether there is no difference.
func (r *Report) Same() bool { return len(r.Pipeline)+len(r.Tasks) == 0 }

// Kind says what became of something.
type Kind string

// The kinds.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Renamed Kind = "renamed"
	Changed Kind = "changed"
)

// Change is one thing that changed.
type Change struct {
	Kind Kind `json:"kind"`
	// What it is, such as `image` or `input "rows"`.
	What string `json:"what"`
	// Old and New are its texts. That which there is not is empty.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// Task is a task that changed.
type Task struct {
	Kind Kind `json:"kind"`
	// Path names the task by those around it, and Was what it was called before,
	// if that is not the same.
	Path string `json:"path"`
	Was  string `json:"was,omitempty"`
	// About says what a task is that is added or removed.
	About   string   `json:"about,omitempty"`
	Changes []Change `json:"changes,omitempty"`
}

// Rerun is a task that cannot use earlier work.
type Rerun struct {
	Path string `json:"path"`
	// Certain says that it will run again. Otherwise that depends on values that
	// only a run knows.
	Certain bool `json:"certain"`
	// Because lists the reasons.
	Because []string `json:"because"`
}

// Pipelines compares two translated pipelines.
func Pipelines(before, after *translate.Translation) *Report {
	c := &comparer{
		before: trace.Of(before), after: trace.Of(after),
		pairs:    map[*unfold.Node]*unfold.Node{},
		was:      map[*unfold.Node]*unfold.Node{},
		verdicts: map[*unfold.Node]*verdict{},
	}
	from, to := unfold.Pipeline(c.before.Pipeline), unfold.Pipeline(c.after.Pipeline)
	c.match(from, to)
	return &Report{
		Pipeline: changes(c.pipelineFacts(c.before.Pipeline, from), c.pipelineFacts(c.after.Pipeline, to)),
		Tasks:    c.tasks(from, to),
		Cache:    c.reruns(to),
	}
}

// comparer compares two pipelines.
type comparer struct {
	before, after trace.Trace
	// pairs holds the nodes of the old pipeline that are those of the new one, by
	// the new ones; was is the same the other way round.
	pairs, was map[*unfold.Node]*unfold.Node
	verdicts   map[*unfold.Node]*verdict
}

// match finds the tasks of the old pipeline that are those of the new one: by
// their keys, and of the others those that do the same.
func (c *comparer) match(from, to *unfold.Node) {
	c.pair(from, to)
	var left []*unfold.Node
	taken := map[*unfold.Node]bool{}
	for _, n := range to.Children {
		if same := child(from, n.Task.Key); same != nil {
			taken[same] = true
			c.match(same, n)
			continue
		}
		left = append(left, n)
	}
	for _, n := range left {
		i := slices.IndexFunc(from.Children, func(o *unfold.Node) bool { return !taken[o] && essence(o) == essence(n) })
		if i >= 0 {
			taken[from.Children[i]] = true
			c.match(from.Children[i], n)
		}
	}
}

func (c *comparer) pair(from, to *unfold.Node) { c.pairs[to], c.was[from] = from, to }

func child(n *unfold.Node, key string) *unfold.Node {
	for _, c := range n.Children {
		if c.Task.Key == key {
			return c
		}
	}
	return nil
}

// tasks lists the tasks inside of a pair that changed.
func (c *comparer) tasks(from, to *unfold.Node) []Task {
	var all []Task
	for _, n := range to.Children {
		old := c.pairs[n]
		if old == nil {
			all = append(all, Task{Kind: Added, Path: n.Path, About: about(n)})
			continue
		}
		t := Task{Kind: Changed, Path: n.Path, Changes: changes(c.taskFacts(old), c.taskFacts(n))}
		if old.Task.Key != n.Task.Key {
			t.Kind, t.Was = Renamed, old.Path
		}
		if t.Kind == Renamed || len(t.Changes) > 0 {
			all = append(all, t)
		}
		all = append(all, c.tasks(old, n)...)
	}
	for _, o := range from.Children {
		if c.was[o] == nil {
			all = append(all, Task{Kind: Removed, Path: o.Path, About: about(o)})
		}
	}
	return all
}
