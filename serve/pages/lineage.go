package pages

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// provenance is who has made an artifact, and who has read it.
type provenance struct {
	MadeBy *tracedTask
	// ReadBy and TakenBy are tasks of the run that were given it, and that have it from
	// an earlier run.
	ReadBy, TakenBy []tracedTask
	// Across is what is found in other runs, or nil where nobody has asked; there
	// AcrossAddress asks.
	Across        *across
	AcrossAddress string
}

// tracedTask is a task that made or read an artifact. Run is that of another run. What
// the visitor cannot look at has no address.
type tracedTask struct {
	Name, Address   string
	Run, RunAddress string
	Cached          bool
}

// across is what other runs do with an artifact.
type across struct {
	Uses []tracedTask
	// Looked is how many runs were looked at, Unread of how many of them the records
	// could not be read.
	Looked, Unread int
}

const (
	// mostAcross is how many other runs are looked through, atOnce how many at a time,
	// and acrossTime for how long.
	mostAcross = 50
	atOnce     = 8
	acrossTime = 20 * time.Second
)

// trace finds the tasks that made or read the artifact with a URI.
func (c *artifactContent) trace(v *visit, uri string) error {
	l := &c.Lineage
	l.AcrossAddress = withQuery(c.Artifact.Address, "across", "1") + "#across"
	records, err := v.view.Left(v, &c.Run.Run)
	if err != nil {
		return err
	}
	walk(c.Run.Tasks(), func(t *runs.Task) {
		if len(t.Inside) > 0 {
			return
		}
		inputs, outputs, from := valuesOf(t, records)
		at := tracedTask{Name: t.Path, Address: taskAddress(c.Run.ID, t.Path)}
		switch {
		case !has(outputs, uri):
		case from != nil:
			l.TakenBy = append(l.TakenBy, at)
			if l.MadeBy == nil {
				l.MadeBy = v.origin(from, c.Run.Pipeline)
			}
		case l.MadeBy == nil || l.MadeBy.Run != "":
			l.MadeBy = &at
		}
		if has(inputs, uri) {
			l.ReadBy = append(l.ReadBy, at)
		}
	})
	if m, ok := place.MakerOf(uri); ok && m.UID != c.Run.ID && len(l.TakenBy) == 0 {
		l.MadeBy = v.origin(&record.Origin{Run: m.UID, UID: m.UID, Task: m.Task}, c.Run.Pipeline)
	}
	if v.request.URL.Query().Get("across") == "" {
		return nil
	}
	l.Across, err = v.lookAcross(&c.Run.Run, uri)
	return err
}

// valuesOf are what a task was given and has made, as its record or that of the run
// says, and the task of which it has the outputs from the cache, or nil.
func valuesOf(t *runs.Task, records map[string]record.Task) (inputs, outputs runs.Values, from *record.Origin) {
	inputs, outputs = t.Inputs, t.Outputs
	for _, a := range t.Attempts {
		r, ok := records[a.Node]
		if !ok {
			continue
		}
		from = r.From
		if outputs == nil {
			inputs, outputs = inputsOf(r), runs.OutputsOf(r)
		}
	}
	return inputs, outputs, from
}

// origin is a task of another run, in whose pipeline it is as the record says, or
// else in this one. The run has an address if the visitor may look at it.
func (v *visit) origin(o *record.Origin, pipeline string) *tracedTask {
	found, err := v.view.ListedRun(v, o.UID)
	if err != nil {
		return &tracedTask{Name: nodename.Below(pipeline, o.Task), Run: o.Run}
	}
	return tracedIn(found, o.Task)
}

// tracedIn is a task of another run, by the name that records have for it.
func tracedIn(r *registry.Run, task string) *tracedTask {
	path := nodename.Below(r.Pipeline, task)
	return &tracedTask{Name: path, Address: taskAddress(r.ID, path), Run: r.DisplayName, RunAddress: link(nil, "runs", r.ID)}
}

func has(all runs.Values, uri string) bool {
	for _, v := range all {
		for _, a := range v.Artifacts {
			if a.URI == uri {
				return true
			}
		}
	}
	return false
}

// lookAcross looks for tasks that were given an artifact in the newest runs of the
// namespace of a run but that one.
func (v *visit) lookAcross(but *registry.Run, uri string) (*across, error) {
	view, err := v.also("runs", "list")
	if err != nil {
		return nil, err
	}
	all, err := view.Runs(v, but.Namespace)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(r *registry.Run) bool { return r.ID == but.ID })
	slices.SortFunc(all, func(a, b *registry.Run) int { return b.Created.Compare(a.Created) })
	all = all[:min(len(all), mostAcross)]
	ctx, cancel := context.WithTimeout(v, acrossTime)
	defer cancel()
	found := &across{Looked: len(all)}
	uses := make([][]tracedTask, len(all))
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, r := range all {
		group.Go(func() error {
			records, err := view.Left(ctx, r)
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				found.Unread++ // the others say what they can
				return nil
			}
			uses[i] = usesOf(r, records, uri)
			return nil
		})
	}
	_ = group.Wait() // nothing there fails
	found.Uses = slices.Concat(uses...)
	return found, nil
}

// usesOf are the tasks of a run that were given an artifact, or have it from the
// cache, in the order of their ends.
func usesOf(r *registry.Run, records map[string]record.Task, uri string) []tracedTask {
	var using []record.Task
	for _, t := range records {
		if has(inputsOf(t), uri) || t.From != nil && has(runs.OutputsOf(t), uri) {
			using = append(using, t)
		}
	}
	slices.SortFunc(using, func(a, b record.Task) int {
		if c := a.Finished.Compare(b.Finished); c != 0 {
			return c
		}
		return strings.Compare(a.Node, b.Node)
	})
	var all []tracedTask
	for _, t := range using {
		one := tracedIn(r, t.Task)
		one.Cached = t.From != nil && has(runs.OutputsOf(t), uri)
		all = append(all, *one)
	}
	return all
}
