package live

import (
	"cmp"
	"context"
	"errors"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Options say how a run is watched.
type Options struct {
	// Logs shows all that programs write. Without it the last lines of those that
	// fail are shown, Tail of them.
	Logs bool
	Tail int
	// Interrupts receives each Ctrl-C. If Stop is set, the first one asks Argo to
	// stop the run, the second to terminate it, and the third ends the watch;
	// otherwise the first one does.
	Interrupts <-chan struct{}
	Stop       bool
	// Pace is how often a display is refreshed, and what is waited
	// before the cluster is asked again.
	Pace time.Duration
	// ReconcileTime is how long Argo may take to look at the run before a display is told
	// of it; zero is for 15 seconds.
	ReconcileTime time.Duration
	// FailFastPending is how long the cluster may say that something of the run waits
	// for what need not come, until the run is terminated. Zero is for ever.
	FailFastPending time.Duration
	// container is the one whose logs are shown, and within the path of the task
	// that they are of.
	container, within string
	// kept has the logs of pods that are gone, or is nil.
	kept *keptLogs
	part LogPart
}

// ErrLeft is the error if the end of a run was not awaited.
var ErrLeft = errors.New("the run goes on")

// longestSilence is how long a cluster may give no answer.
const longestSilence = 5 * time.Minute

// watcher watches a run. Its fields belong to the goroutine of Watch; those of
// others send it functions to call.
type watcher struct {
	cluster *Cluster
	name    string
	display Display
	options Options
	last    Snapshot
	// workflow is the run as it came last, began when it came first.
	workflow *wfv1.Workflow
	began    time.Time
	// unreconciled is nil unless Argo does not look at the run.
	unreconciled error
	// calls has functions that other goroutines want to be called here.
	calls chan func() error
	// done brings the end of each helper, pending counts those that go on.
	done    chan struct{}
	pending int
	// told holds the pods whose logs are, or were, being read.
	told map[string]bool
	// cached holds the pods whose logs say that they were cache hits.
	cached map[string]bool
	// over is closed for pods that have ended.
	over   map[string]chan struct{}
	wishes int
	pods   podWatch
	// blocks are the waits that last, by pod and wait.
	blocks  map[string]block
	givenUp *GivenUpError
	// answeredAt is when the cluster has answered to the last request to end the run.
	answeredAt time.Time
}

// Watch shows how a run goes until it ends, and returns how it then stands. The
// error is ErrLeft where the user did not wait for that, and a [*GivenUpError] where
// the run was terminated.
func Watch(ctx context.Context, c *Cluster, name string, d Display, o Options) (*progress.Run, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &watcher{
		cluster: c, name: name, display: d, options: o, calls: make(chan func() error), done: make(chan struct{}),
		began: time.Now(), told: map[string]bool{}, cached: map[string]bool{}, over: map[string]chan struct{}{},
	}
	err := w.watch(ctx)
	if w.givenUp != nil && err == nil {
		w.givenUp.Ended = w.last.Run.State.Final()
		err = w.givenUp
	}
	return w.last.Run, errors.Join(err, d.End())
}

func (w *watcher) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events, ended := make(chan event), make(chan error, 1)
	f := follower{cluster: w.cluster, name: w.name, timeout: longestSilence, pause: w.options.Pace, events: events}
	go func() { ended <- f.follow(ctx) }()
	ticks := time.NewTicker(w.options.Pace)
	defer ticks.Stop()
	for {
		var err error
		select {
		case e := <-events:
			err = w.update(ctx, e)
		case call := <-w.calls:
			err = call()
		case <-w.done:
			w.pending--
		case <-ticks.C:
			var leave bool
			if leave, err = w.tick(ctx); leave && err == nil {
				return nil
			}
		case <-w.options.Interrupts:
			err = w.interrupted(ctx)
		case err := <-ended:
			return errors.Join(err, w.finish(ctx))
		}
		if err != nil {
			return err
		}
	}
}

// tick does what is done again and again, and reports whether the end of the run
// need not be awaited.
func (w *watcher) tick(ctx context.Context) (leave bool, err error) {
	if err := w.lookForArgo(); err != nil {
		return false, err
	}
	w.lookAtPods(ctx)
	if leave, err := w.mayGiveUp(ctx); leave || err != nil {
		return leave, err
	}
	return false, w.display.Tick()
}

// logsTime is how long logs may take after the end of a run.
const logsTime = 20 * time.Second

// finish waits for the logs that are still being read.
func (w *watcher) finish(ctx context.Context) error {
	bound := time.NewTimer(logsTime)
	defer bound.Stop()
	for w.pending > 0 {
		select {
		case call := <-w.calls:
			if err := call(); err != nil {
				return err
			}
		case <-w.options.Interrupts:
			return nil
		case <-bound.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-w.done:
			w.pending--
		}
	}
	return nil
}

// help runs a function beside the others.
func (w *watcher) help(ctx context.Context, f func()) {
	w.pending++
	go func() {
		f()
		select {
		case w.done <- struct{}{}:
		case <-ctx.Done():
		}
	}()
}

// call has a function called by the goroutine that has the state.
func (w *watcher) call(ctx context.Context, f func() error) error {
	select {
	case w.calls <- f:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// update shows a new state.
func (w *watcher) update(ctx context.Context, e event) error {
	w.last.Trouble = e.trouble
	if e.workflow != nil {
		if err := w.read(e.workflow); err != nil {
			return err
		}
		w.last.Trouble = cmp.Or(e.trouble, w.unreconciled)
	}
	return w.refresh(ctx)
}

// read reads the state of the run.
func (w *watcher) read(workflow *wfv1.Workflow) (err error) {
	if w.workflow = workflow; !isUnreconciled(workflow) {
		w.unreconciled = nil
	}
	if w.last.Run, err = Read(workflow); err != nil {
		return err
	}
	w.readWaits()
	if w.last.Run.State.Final() {
		w.last.Metrics, err = Metrics(workflow)
	}
	return err
}

// refresh shows the run with all that is known of it.
func (w *watcher) refresh(ctx context.Context) error {
	if w.last.Run == nil {
		return nil
	}
	w.look(ctx)
	w.explainWaits()
	return w.display.Update(w.last)
}

// look looks for pods whose logs have something to say.
func (w *watcher) look(ctx context.Context) {
	w.last.Run.Walk(func(t *progress.Task, _ int) {
		for _, a := range t.Attempts {
			if w.cached[a.NodeID] {
				t.Cached = true
			}
			w.lookAt(ctx, t, a)
		}
	})
}

func (w *watcher) lookAt(ctx context.Context, t *progress.Task, a *progress.Attempt) {
	over, known := w.over[a.NodeID]
	if !known {
		over = make(chan struct{})
		w.over[a.NodeID] = over
	}
	final := a.State.Final()
	if final && !closed(over) {
		close(over)
	}
	switch {
	case w.told[a.NodeID] || !nodename.IsWithin(t.Path, w.options.within):
	case w.options.Logs && (final || a.State == progress.Running):
		w.told[a.NodeID] = true
		w.help(ctx, func() { w.stream(ctx, t.Path, a, over) })
	case !w.options.Logs && a.State == progress.Failed:
		w.told[a.NodeID] = true
		w.help(ctx, func() { w.showTail(ctx, t.Path, a) })
	}
	if a.State == progress.Succeeded && t.MayBeCached && !t.Cached && !w.told["cache "+a.NodeID] {
		w.told["cache "+a.NodeID] = true
		w.help(ctx, func() { w.askCached(ctx, a) })
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// stream shows what a pod's program writes.
func (w *watcher) stream(ctx context.Context, task string, a *progress.Attempt, over <-chan struct{}) {
	show := func(l Line) error {
		return w.call(ctx, func() error { l.Task, l.Attempt = task, a.Number+1; return w.display.Line(l) })
	}
	r := &reader{
		cluster: w.cluster, pod: a.PodName, container: cmp.Or(w.options.container, Program), kept: w.options.kept,
		since: w.options.part.Since, tail: w.options.part.Tail,
	}
	err := r.stream(ctx, w.options.Pace, func() bool { return closed(over) }, show)
	if isNotThere(err) && r.last.IsZero() && r.kept != nil {
		gone := err
		err = w.options.part.of(func(line func(Line) error) error { return r.printKept(ctx, a, gone, line) }, show)
	}
	if err != nil && ctx.Err() == nil {
		_ = w.call(ctx, func() error { return w.complain(task, a, err) })
	}
}

// complain says that an attempt has no log, unless it was stopped: then its pod need
// not have begun.
func (w *watcher) complain(task string, of *progress.Attempt, err error) error {
	stopped := of.Stopped
	w.last.Run.Walk(func(t *progress.Task, _ int) {
		for _, a := range t.Attempts {
			stopped = stopped || a.NodeID == of.NodeID && a.Stopped
		}
	})
	if stopped {
		return nil
	}
	return w.display.Line(Line{Task: task, Attempt: of.Number + 1, Text: noLog(err)})
}

// showTail shows the last that a failed program has written.
func (w *watcher) showTail(ctx context.Context, task string, a *progress.Attempt) {
	lines, err := w.cluster.tail(ctx, a, w.options.Tail)
	if err != nil && !a.Stopped {
		lines = append(lines, Line{Text: noLog(err)})
	}
	_ = w.call(ctx, func() error {
		for _, l := range lines {
			l.Task, l.Attempt = task, a.Number+1
			if err := w.display.Line(l); err != nil {
				return err
			}
		}
		return w.display.Tick()
	})
}

func noLog(err error) string { return "(no log: " + oneLine(err.Error()) + ")" }

// askCached finds out whether the program of a task that has succeeded did not
// run, which the Workflow does not say of a task without artifacts.
func (w *watcher) askCached(ctx context.Context, a *progress.Attempt) {
	if !w.cluster.wasCached(ctx, a) {
		return
	}
	_ = w.call(ctx, func() error {
		w.cached[a.NodeID] = true
		return w.refresh(ctx)
	})
}

// interrupted handles a Ctrl-C.
func (w *watcher) interrupted(ctx context.Context) error {
	w.wishes++
	if !w.options.Stop || w.wishes > 2 || w.last.Run == nil {
		return ErrLeft
	}
	how, asked := wfv1.ShutdownStrategyStop, "stopping"
	w.last.Next = "exit tasks still run; Ctrl-C again to terminate the run at once"
	if w.wishes == 2 {
		how, asked = wfv1.ShutdownStrategyTerminate, "terminating"
		w.last.Next = "exit tasks do not run; Ctrl-C again to leave the run alone"
	}
	return w.shutDown(ctx, how, asked)
}

// shutDown asks Argo to end the run.
func (w *watcher) shutDown(ctx context.Context, how wfv1.ShutdownStrategy, asked string) error {
	w.last.Asked = asked
	w.help(ctx, func() {
		err := w.cluster.Shutdown(ctx, w.name, how)
		_ = w.call(ctx, func() error { w.answeredAt = time.Now(); return nil })
		if err != nil {
			_ = w.call(ctx, func() error {
				w.last.Asked, w.last.Next = "not "+asked, oneLine(err.Error())
				return w.display.Update(w.last)
			})
		}
	})
	return w.display.Update(w.last)
}
