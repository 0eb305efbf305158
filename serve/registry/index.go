package registry

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/google/uuid"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// Index holds the runs of one namespace in memory. It reads them once, in pages,
// and then watches; of each Workflow it keeps what a list tells of a run.
type Index struct {
	namespace string
	client    slimClient
	informer  cache.SharedIndexInformer

	// ended is told of runs that have ended, some of them often. It may be nil.
	ended func(*Run)

	mu sync.RWMutex
	// runs are those that Kubernetes has told of, recent those that this server
	// has changed and Kubernetes may not have told of yet.
	runs, recent map[string]*Run
	names        map[string]string // the IDs of all by the names of the Workflows

	details *details
}

// NewIndex makes an index that reads with a configuration. It is empty until it
// runs.
func NewIndex(config *rest.Config, namespace string) (*Index, error) {
	client, err := newSlimClient(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	x := &Index{namespace: namespace, client: client, runs: map[string]*Run{}, recent: map[string]*Run{}, names: map[string]string{}, details: newDetails()}
	source := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, _ metav1.ListOptions) (runtime.Object, error) {
			return x.list(ctx)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return client.watch(ctx, namespace, options)
		},
	}
	x.informer = cache.NewSharedIndexInformer(source, &slim{}, 0, nil)
	if err := x.informer.SetTransform(stripped); err != nil {
		return nil, err
	}
	_, err = x.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    x.put,
		UpdateFunc: x.change,
		DeleteFunc: x.drop,
	})
	return x, err
}

// list reads all Workflows and keeps of each what stripped keeps, so that they
// are never all in memory at once.
func (x *Index) list(ctx context.Context) (runtime.Object, error) {
	list := &slimList{}
	var err error
	list.ResourceVersion, err = x.client.list(ctx, x.namespace, func(w *slim) {
		list.Items = append(list.Items, *strip(w))
	})
	return list, err
}

// stripped is strip for client-go.
func stripped(object any) (any, error) {
	if w, ok := object.(*slim); ok {
		return strip(w), nil
	}
	return object, nil
}

// strip keeps what client-go needs to know of a Workflow, and the run.
func strip(w *slim) *slim {
	if w.run == nil && !w.stripped {
		w = &slim{ObjectMeta: metav1.ObjectMeta{
			Name: w.Name, Namespace: w.Namespace, UID: w.UID, ResourceVersion: w.ResourceVersion,
		}, run: runOf(w), stripped: true}
	}
	return w
}

// OnEnd lets the index tell of runs that have ended: of those that it finds when
// it begins, and of others when they do. It is to be called before it runs.
func (x *Index) OnEnd(ended func(*Run)) { x.ended = ended }

func (x *Index) put(object any) {
	w, ok := object.(*slim)
	if !ok || w.run == nil {
		return
	}
	if x.ended != nil && w.run.State.Final() {
		x.ended(w.run)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.runs[w.run.ID], x.names[w.run.Name] = w.run, w.run.ID
	if known := x.recent[w.run.ID]; known != nil && !older(w.run, known) {
		delete(x.recent, w.run.ID)
	}
}

// change is told of two states of a Workflow, or of two Workflows of one name:
// who watches again does not see what was deleted in between.
func (x *Index) change(old, now any) {
	before, first := old.(*slim)
	after, second := now.(*slim)
	if first && second && before.UID != after.UID {
		x.drop(before)
	}
	x.put(now)
}

// older reports whether one state of a run is before the other. Versions of
// Kubernetes are numbers that grow; of others nothing is known.
func older(a, b *Run) bool {
	m, first := strconv.ParseUint(a.version, 10, 64)
	n, second := strconv.ParseUint(b.version, 10, 64)
	return first == nil && second == nil && m < n
}

func (x *Index) drop(object any) {
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	w, ok := object.(*slim)
	if !ok {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(string(w.UID))
}

// note tells the index of a run before Kubernetes does: who has created one finds
// it at once.
func (x *Index) note(r *Run) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.recent[r.ID], x.names[r.Name] = r, r.ID
}

// forget tells the index that a run is gone.
func (x *Index) forget(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
}

// remove removes a run. A new one may have its name already.
func (x *Index) remove(id string) {
	for _, runs := range []map[string]*Run{x.runs, x.recent} {
		if r := runs[id]; r != nil && x.names[r.Name] == id {
			delete(x.names, r.Name)
		}
		delete(runs, id)
	}
}

// all lists the runs, in no order.
func (x *Index) all() []*Run {
	x.mu.RLock()
	defer x.mu.RUnlock()
	runs := make([]*Run, 0, len(x.runs)+len(x.recent))
	for id, r := range x.runs {
		if x.recent[id] == nil {
			runs = append(runs, r)
		}
	}
	for _, r := range x.recent {
		runs = append(runs, r)
	}
	return runs
}

// find returns a run by its ID, or by the name of its Workflow, or nil.
func (x *Index) find(id string) *Run {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if uuid.Validate(id) != nil {
		id = x.names[id]
	}
	if r := x.recent[id]; r != nil {
		return r
	}
	return x.runs[id]
}

// Run keeps the index true until the context ends.
func (x *Index) Run(ctx context.Context) { x.informer.RunWithContext(ctx) }

// Ready reports whether the index knows all runs.
func (x *Index) Ready() bool { return x.informer.HasSynced() }

// States counts the runs by their states.
func (x *Index) States() map[State]int {
	count := map[State]int{}
	for _, r := range x.all() {
		count[r.State]++
	}
	return count
}

// Wait waits until the index knows all runs.
func (x *Index) Wait(ctx context.Context) error {
	if !cache.WaitForCacheSync(ctx.Done(), x.informer.HasSynced) {
		return fmt.Errorf("reading the runs of namespace %s: %w", x.namespace, context.Cause(ctx))
	}
	return nil
}
