package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// History knows the runs that the store remembers, whether the cluster still has
// their Workflows or not. It looks at the store's index now and then and keeps
// the summaries, so that lists wait for no store.
type History struct {
	archive *runs.Archive
	left    *leftCache

	mu       sync.RWMutex
	known    map[string]remembered // by the UID
	editions atomic.Uint64         // how many there have been
}

// remembered is an entry of the index. One that has changed has another size.
type remembered struct {
	runs.Summary
	size int64
	// edition is another each time that the entry is read or noted, and never zero.
	edition uint64
	run     *Run
}

// remember makes an entry of a summary.
func (h *History) remember(s runs.Summary, size int64) remembered {
	return remembered{s, size, h.editions.Add(1), runOfSummary(s)}
}

// noted is the size of an entry that has not been seen in the index yet.
const noted = -1

// NewHistory returns the history below a pipeline root. It is empty until it has
// been read.
func NewHistory(archive *runs.Archive) *History {
	return &History{archive: archive, left: newLeftCache(), known: map[string]remembered{}}
}

// How often the index is read, and how many summaries at once.
const (
	historyTime = 30 * time.Second
	maxReads    = 16
)

// Run reads the history until the context ends, calls a function when it has done
// so for the first time, and goes on. A store that is away is tried again.
func (h *History) Run(ctx context.Context, log *slog.Logger, read func()) {
	tick := time.NewTicker(historyTime)
	defer tick.Stop()
	for {
		if err := h.Read(ctx); err != nil && ctx.Err() == nil {
			log.Warn("the records of runs cannot be read", "error", err.Error())
		}
		read()
		read = func() {}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Read reads the index, and of the summaries those that it does not know.
func (h *History) Read(ctx context.Context) error {
	h.mu.RLock()
	before := maps.Clone(h.known)
	h.mu.RUnlock()
	now := map[string]remembered{}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxReads)
	for e, err := range h.archive.Entries(ctx) {
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		if r, ok := before[e.UID]; ok && r.size == e.Size && r.State.Final() {
			mu.Lock()
			now[e.UID] = r
			mu.Unlock()
			continue
		}
		group.Go(func() error {
			s, err := h.archive.Summary(ctx, e)
			if err != nil {
				return nil //nolint:nilerr // it was removed meanwhile, or is of another version
			}
			mu.Lock()
			defer mu.Unlock()
			now[e.UID] = h.remember(s, e.Size)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for uid, r := range h.known {
		if before[uid].size != noted && r.size == noted {
			now[uid] = r // while this was reading
		}
	}
	h.known = now
	return nil
}

// of lists the runs of a namespace.
func (h *History) of(namespace string) []*Run {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var all []*Run
	for _, r := range h.known {
		if r.Namespace == namespace {
			all = append(all, r.run)
		}
	}
	return all
}

// find returns what is known of a run by its ID or the name of its Workflow.
func (h *History) find(namespace, id string) (runs.Summary, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if r, ok := h.known[id]; ok {
		return r.Summary, r.Namespace == namespace
	}
	var newest runs.Summary
	for _, r := range h.known {
		if r.Name == id && r.Namespace == namespace && r.Created.After(newest.Created) {
			newest = r.Summary
		}
	}
	return newest, newest.UID != ""
}

// Ended reports whether the end of a run is recorded as it was.
func (h *History) Ended(id string, state State, finished time.Time) bool {
	return h.edition(id, state, finished) != 0
}

// edition is that of the record of a run if its end is recorded as it was, and
// else zero. Argo's clock counts seconds: a run that is retried may succeed in the
// second in which it had failed.
func (h *History) edition(id string, state State, finished time.Time) uint64 {
	if h == nil {
		return 0
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if r := h.known[id]; r.State.Final() && r.run.State == state && r.Finished.Equal(finished) {
		return r.edition
	}
	return 0
}

// editionOf is that of the record of a run, or zero.
func (h *History) editionOf(id string) uint64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.known[id].edition
}

// summary is what is known of a run by its ID.
func (h *History) summary(id string) runs.Summary {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.known[id].Summary
}

// ended returns the summary of a run that is recorded to its end, and whose
// Workflow is gone, as far as an index of all Workflows knows.
func (r *Registry) ended(namespace, id string) (runs.Summary, bool) {
	index := r.Indexes[namespace]
	if r.History == nil || index == nil || !index.Ready() || index.find(id) != nil {
		return runs.Summary{}, false
	}
	s := r.History.summary(id)
	return s, s.Namespace == namespace && s.State.Final()
}

// Note remembers a run before the index has been read again.
func (h *History) Note(s runs.Summary) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known[s.UID] = h.remember(s, noted)
}

// change changes what is recorded of a run.
func (h *History) change(ctx context.Context, s runs.Summary) error {
	if err := h.archive.Change(ctx, s); err != nil {
		return fmt.Errorf("changing the record of the run: %w", err)
	}
	h.Note(s)
	return nil
}

// forget removes the record of a run.
func (h *History) forget(ctx context.Context, s runs.Summary) error {
	if err := h.archive.Forget(ctx, s.Identity); err != nil {
		return fmt.Errorf("removing the record of the run: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.known, s.UID)
	return nil
}

// detail reads all that is recorded of a run.
func (h *History) detail(ctx context.Context, s runs.Summary) (*Detail, error) {
	r, err := h.archive.Read(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("reading the record of the run: %w", err)
	}
	d := &Detail{Run: *runOfSummary(s), Record: r}
	arguments := wfv1.Arguments{}
	for name, value := range r.Arguments {
		arguments.Parameters = append(arguments.Parameters, wfv1.Parameter{Name: name, Value: wfv1.AnyStringPtr(value)})
	}
	d.Parameters, d.Root = parametersOf(arguments, s.Annotations[TextsAnnotation])
	d.replaceMacros(s.Annotations[MacrosAnnotation])
	if err := h.fill(ctx, r); err != nil || s.Digest == "" {
		return d, err
	}
	d.Spec, err = h.archive.Pipeline(ctx, s.Pipeline, s.Digest)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return d, err
}

// fill reads what the tasks were given and have made, as far as they left
// records.
func (h *History) fill(ctx context.Context, r *runs.Run) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxReads)
	r.Walk(func(t *runs.Task) {
		group.Go(func() error {
			err := h.archive.Fill(ctx, r, t)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		})
	})
	return group.Wait()
}

// unseen is what is said of a run of which nobody has recorded the end.
const unseen = "the Workflow of this run is gone, and nobody has recorded its end"

// runOfSummary reads a run from its record.
func runOfSummary(s runs.Summary) *Run {
	r := runOfMeta(s.Name, s.Namespace, s.UID, s.Labels, s.Annotations)
	r.RecurringRunID, r.Pipeline, r.Gone = s.Owner, s.Pipeline, true
	r.Created, r.Started, r.Finished = s.Created, s.Started, s.Finished
	if r.Scheduled.IsZero() {
		r.Scheduled = s.Created
	}
	switch s.State {
	case runs.Succeeded:
		r.State = Succeeded
	case runs.Failed:
		r.State, r.Message = Failed, s.Message
	default:
		// Clients wait for a state that stays: this is the one that claims least.
		r.State, r.Message = Failed, unseen
	}
	return r
}
