package explain

import (
	"slices"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/unfold"
)

// Kind is what a task is.
type Kind string

// The kinds of tasks.
const (
	Container Kind = "container"
	DAG       Kind = "pipeline"
	Importer  Kind = "importer"
	Claim     Kind = "claim"
)

// Task is a task of a run.
type Task struct {
	// Path names the task by those around it.
	Path      string `json:"path"`
	Component string `json:"component"`
	Kind      Kind   `json:"kind"`
	// Template runs the task; of a loop, one iteration.
	Template string `json:"template"`
	// Image is that of a container, as the pipeline has it.
	Image string `json:"image,omitempty"`
	// Condition is the text of its condition, or empty.
	Condition string `json:"condition,omitempty"`
	// Always says that the task runs however those before it have ended.
	Always bool `json:"always,omitempty"`
	// Loop says over how many items it runs, or is nil.
	Loop *Iterations `json:"loop,omitempty"`
	// Retries is how often a failed task is tried again at most.
	Retries int32 `json:"retries,omitempty"`
	// Pods is how many pods of its own the task has in a run.
	Pods int `json:"pods"`
	// Cache says whether the task is cached. It is nil for tasks
	// that run no program of the pipeline's.
	Cache *Cache `json:"cache,omitempty"`

	depth int
}

// Iterations are those of a loop.
type Iterations struct {
	Items       int   `json:"items"`
	Assumed     bool  `json:"assumed,omitempty"`
	Parallelism int64 `json:"parallelism,omitempty"`
}

// Cache is whether and how a task is cached.
type Cache struct {
	Used bool `json:"used"`
	// Why says why it is not used.
	Why string `json:"why,omitempty"`
	// Key is the key that the pipeline chose, or empty.
	Key    string `json:"key,omitempty"`
	MaxAge string `json:"maxAge,omitempty"`
	// Ahead says that a small pod looks for earlier work before the task's own
	// pod, which runs only where there is none.
	Ahead bool `json:"ahead,omitempty"`
}

// tasks describes all tasks and counts their pods.
func (e explainer) tasks() ([]Task, Pods) {
	pods := Pods{KFP: 1} // for the pipeline itself
	var all []Task
	runs := map[*unfold.Node]int{e.root: 1}
	for n := range e.root.All() {
		t := e.task(n)
		around := runs[n.Parent]
		runs[n] = around
		if t.Loop != nil {
			runs[n] *= t.Loop.Items
			if t.Loop.Assumed {
				pods.Assumed = e.options.Items
			}
		}
		if n.Component().HasPod() {
			t.Pods = runs[n]
		}
		if t.Cache != nil && t.Cache.Ahead {
			t.Pods *= 2
			pods.AtMost = true
		}
		pods.Argo += t.Pods
		pods.KFP += kfpPods(t, around, runs[n])
		pods.AtMost = pods.AtMost || n.Task.Condition != nil
		all = append(all, t)
	}
	return all, pods
}

// kfpPods is how many pods KFP starts for a task itself: a driver and an
// executor for a container, one for anything else, and for a loop one more.
func kfpPods(t Task, around, runs int) int {
	pods := runs
	if t.Kind == Container {
		pods = 2 * runs
	}
	if t.Loop != nil {
		pods += around
	}
	return pods
}

func (e explainer) task(n *unfold.Node) Task {
	t := n.Task
	described := Task{
		Path:      n.Path,
		Component: t.Component.Key,
		Template:  e.Plan.Callee(t),
		Condition: t.Spec.TriggerPolicy.Condition.Value,
		Always:    t.Always,
		depth:     n.Depth(),
	}
	switch body := t.Component.Body.(type) {
	case *pipeline.Container:
		described.Kind, described.Image, described.Cache = Container, body.Spec.Image.Value, e.cache(t)
	case *pipeline.DAG:
		described.Kind = DAG
	case *pipeline.Importer:
		described.Kind = Importer
	case *pipeline.Claim:
		described.Kind = Claim
	}
	if described.Kind == Container {
		described.Retries = retries(n)
	}
	if l := t.Loop; l != nil {
		items := e.Plan.LoopItems(t)
		described.Loop = &Iterations{Items: items.Most, Assumed: !items.Known(), Parallelism: l.Parallelism}
		if described.Loop.Assumed {
			described.Loop.Items = e.options.Items
		}
	}
	return described
}

// retries is how often a task is tried again: as its own policy says, or that of
// the nearest task around it.
func retries(n *unfold.Node) int32 {
	for ; n.Task != nil; n = n.Parent {
		if n.Task.Retry != nil {
			return n.Task.Retry.Limit
		}
	}
	return 0
}

// cache says how the task of a container is cached, or why it is not.
func (e explainer) cache(t *pipeline.Task) *Cache {
	used := e.Plan.Cache(t)
	told := slices.ContainsFunc(t.Parameters, func(b pipeline.Binding) bool {
		_, is := b.Source.(pipeline.FinalStatus)
		return is
	})
	switch {
	case !t.Cached:
		return &Cache{Why: "the pipeline turns it off"}
	case e.options.Translation.Cache.Off:
		return &Cache{Why: "--no-cache"}
	case !e.hasRoot():
		return &Cache{Why: "the pipeline has no root"}
	case used == nil && told:
		return &Cache{Why: "it is told how a task has ended"}
	case used == nil:
		return &Cache{Why: "it may look into the workspace"}
	}
	return &Cache{Used: true, Key: used.Key, MaxAge: used.MaxAge, Ahead: e.Plan.LooksAhead(t)}
}
