package serve

import (
	"context"
	"log/slog"
	"sync"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/workqueue"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// Records are the records of runs, which outlive their Workflows.
type Records struct {
	// Archive is where they are read.
	Archive *runs.Archive
	// Keep records a run that has ended, with its compiled pipeline as it was posted
	// or uploaded, or nil, where the run's own store is. Who does so again records
	// the same.
	Keep func(ctx context.Context, w *wfv1.Workflow, pipeline []byte) (runs.Summary, error)
}

// recorder records the runs whose ends the indexes see. One that was away at an
// end finds it when it is back, unless the Workflow is gone by then.
type recorder struct {
	records  *Records
	history  *registry.History
	registry *registry.Registry
	config   *rest.Config // the server's own rights
	queue    workqueue.TypedRateLimitingInterface[ended]
	log      *slog.Logger
}

// ended names a run that has ended.
type ended struct {
	id       string
	state    registry.State
	finished time.Time
}

// keepTries is how often a record is tried to be written. After that the run has
// none, until a server is started anew. One store that is away or slow does not
// keep the others waiting: several runs are recorded at once, and each has its time.
const (
	keepTries = 10
	keepTime  = time.Minute
	keepers   = 8
)

func newRecorder(c Config, r *registry.Registry, cluster *rest.Config) *recorder {
	return &recorder{
		records: c.Records, history: r.History, registry: r, config: cluster, log: c.Log,
		queue: workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[ended]()),
	}
}

// saw is told of runs that have ended.
func (r *recorder) saw(run *registry.Run) { r.queue.Add(ended{run.ID, run.State, run.Finished}) }

// run records until the context ends. It begins when it knows what is recorded
// already.
func (r *recorder) run(ctx context.Context) {
	read := make(chan struct{})
	go r.history.Run(ctx, r.log, func() { close(read) })
	<-read
	stop := context.AfterFunc(ctx, r.queue.ShutDown)
	defer stop()
	var group sync.WaitGroup
	for range keepers {
		group.Go(func() { r.work(ctx) })
	}
	group.Wait()
}

// work records what is in the queue.
func (r *recorder) work(ctx context.Context) {
	for {
		e, over := r.queue.Get()
		if over {
			return
		}
		err := r.record(ctx, e)
		switch {
		case err == nil:
			r.queue.Forget(e)
		case r.queue.NumRequeues(e) < keepTries:
			r.queue.AddRateLimited(e)
		default:
			r.log.Warn("a run is not recorded", "run", e.id, "error", err.Error())
			r.queue.Forget(e)
		}
		r.queue.Done(e)
	}
}

func (r *recorder) record(ctx context.Context, e ended) error {
	if r.history.Ended(e.id, e.state, e.finished) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	view, err := r.registry.View(r.config, nil)
	if err != nil {
		return err
	}
	detail, err := view.Run(ctx, e.id)
	if err != nil {
		return registry.IgnoreNotFound(err)
	}
	if detail.Workflow == nil || !detail.State.Final() {
		return nil // it is gone, or retried
	}
	if detail.Incomplete != nil {
		return detail.Incomplete
	}
	summary, err := r.records.Keep(ctx, detail.Workflow, detail.Spec)
	if err == nil && summary.UID != "" {
		r.history.Note(summary)
	}
	return err
}
