package live

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/internal/waits"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// What Argo gives pods: the name of the run, whether Argo has seen their end, the ID
// of the node, and the container that reports results.
const (
	workflowLabel  = "workflows.argoproj.io/workflow"
	completedLabel = "workflows.argoproj.io/completed"
	nodeAnnotation = "workflows.argoproj.io/node-id"
	waitContainer  = "wait"
)

// GivenUpError says that a run was terminated, since it waited for something that
// need not come.
type GivenUpError struct {
	// Task is the path of the task that waits, or empty for the run itself.
	Task string
	// Wait says for what.
	Wait waits.Wait
	// For is how long the cluster has said so.
	For time.Duration
	// Ended is whether the run has ended since.
	Ended bool
}

func (e *GivenUpError) Error() string {
	what := "the run"
	if e.Task != "" {
		what = "task " + e.Task
	}
	text := fmt.Sprintf("given up after %s: %s %s", e.For.Round(time.Second), what, e.Wait)
	if !e.Ended {
		text += "; the run is asked to end, and has not yet"
	}
	return text
}

// podWatch is what is known of why the pods of a run wait.
type podWatch struct {
	// argo is what Argo says, by the IDs of nodes.
	argo map[string]waits.Wait
	// waits is what the pods say themselves.
	waits map[string]waits.Wait
	// asking is true while the cluster is asked, refused after it has refused.
	asking, refused bool
	// reports is true once it is known that a pod may report its results.
	reports bool
	// ended is since when pods are known to have ended of which Argo has not taken
	// note.
	ended map[string]time.Time
	// asked is when that was last done, nudged when Argo was last told to look at the run.
	asked, nudged time.Time
}

// How many times as long as a display is refreshed it takes until pods are looked
// at again, if some do not start, and if all run.
const (
	lookPaces    = 5
	runningPaces = 20
)

// lookAtPods asks why pods do not start, and whether some have ended of which Argo
// knows nothing.
func (w *watcher) lookAtPods(ctx context.Context) {
	p := &w.pods
	if w.last.Run == nil || p.asking || p.refused {
		return
	}
	pending, running := pods(w.last.Run)
	paces := time.Duration(lookPaces)
	if !pending && p.reports {
		paces = runningPaces
	}
	if !pending && !running || time.Since(p.asked) < paces*w.options.Pace {
		return
	}
	p.asking, p.asked = true, time.Now()
	check := !p.reports
	w.help(ctx, func() {
		seen, err := w.cluster.lookAtPods(ctx, w.name, check)
		_ = w.call(ctx, func() error {
			p.asking, p.refused = false, err != nil && !passes(err)
			if err != nil {
				return nil //nolint:nilerr // what Argo says is shown then
			}
			p.take(seen, w.options.reconcileTime())
			w.nudge(ctx)
			return w.refresh(ctx)
		})
	})
}

// take keeps what pods say now. What Argo has not taken note of for so long it does
// not look at.
func (p *podWatch) take(seen podWatch, bound time.Duration) {
	p.waits, p.reports = seen.waits, p.reports || seen.reports
	for node, since := range seen.ended {
		if before, ok := p.ended[node]; ok {
			since = before
		}
		seen.ended[node] = since
		if time.Since(since) >= bound {
			p.waits[node] = waits.EndNotSeen()
		}
	}
	p.ended = seen.ended
}

// nudge has Argo look at a run in which it waits for results that will not come, as
// now and then after a node has died. By its source Argo 3.7 notes that there are none
// to come, forgets that again while it notes the pod's end, and looks at the run only
// minutes later; to look at it once more has mended it whenever that was tried.
func (w *watcher) nudge(ctx context.Context) {
	bound := w.options.reconcileTime()
	stuck := false
	eachPod(w.last.Run, func(_ *progress.Task, a *progress.Attempt) {
		stuck = stuck || a.ResultsAwaited && w.waitOf(a).Lasts()
	})
	if !stuck || time.Since(w.pods.nudged) < bound {
		return
	}
	w.pods.nudged = time.Now()
	// Who may only read cannot, and is told how long it takes.
	w.help(ctx, func() { _ = w.cluster.nudge(ctx, w.name) })
}

// pods reports whether pods of a run are pending, and whether some run.
func pods(run *progress.Run) (pending, running bool) {
	eachPod(run, func(_ *progress.Task, a *progress.Attempt) {
		pending = pending || a.State == progress.Pending
		running = running || a.State == progress.Running || a.ResultsAwaited
	})
	return pending, running
}

// eachPod calls a function for each pod of a run, with its task.
func eachPod(run *progress.Run, call func(*progress.Task, *progress.Attempt)) {
	run.Walk(func(t *progress.Task, _ int) {
		for _, a := range slices.Concat(t.LookUps, t.Attempts) {
			call(t, a)
		}
	})
}

// mostAsked is how many pods the events are asked for at a time: many wait for the
// same.
const mostAsked = 5

// lookAtPods returns what the pods of a run wait for, and, if that is to be
// checked, whether one of them has been able to report.
func (c *Cluster) lookAtPods(ctx context.Context, run string, check bool) (podWatch, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	found, err := c.pods.List(ctx, metav1.ListOptions{
		LabelSelector: workflowLabel + "=" + run + "," + completedLabel + "=false", Limit: 500,
	})
	if err != nil {
		return podWatch{}, err
	}
	seen, asked := podWatch{waits: map[string]waits.Wait{}, ended: map[string]time.Time{}}, 0
	for i := range found.Items {
		pod := &found.Items[i]
		wait := waits.OfPod(pod)
		switch {
		case wait.Lasts():
		case pod.Status.Phase == corev1.PodPending && !waits.HasBegun(pod) && asked < mostAsked:
			asked++
			wait = waits.OfEvents(waits.Events(ctx, c.objects.Events(c.Namespace), pod))
		case pod.Status.Phase == corev1.PodRunning && check:
			check = false
			wait, seen.reports = c.mayReport(ctx, pod.Name)
		case pod.Status.Phase == corev1.PodSucceeded, pod.Status.Phase == corev1.PodFailed:
			seen.ended[pod.Annotations[nodeAnnotation]] = time.Now()
		}
		if wait.Lasts() {
			seen.waits[pod.Annotations[nodeAnnotation]] = wait
		}
	}
	return seen, nil
}

// mayReport reads from the log of Argo's own container whether it may write the
// results of a pod: it tries to when it starts. Not to be able to fails the task,
// but only when its program has ended. Reports is whether that is known.
func (c *Cluster) mayReport(ctx context.Context, pod string) (_ waits.Wait, reports bool) {
	most := int64(16 << 10)
	stream, err := c.log(ctx, pod, &corev1.PodLogOptions{Container: waitContainer, LimitBytes: &most})
	if err != nil {
		return waits.Wait{}, false
	}
	defer stream.Close()
	text, err := io.ReadAll(stream)
	wait := waits.OfReports(text)
	return wait, !wait.Lasts() && err == nil && len(text) > 0
}

// readWaits reads what Argo says of pods that wait.
func (w *watcher) readWaits() {
	w.pods.argo = map[string]waits.Wait{}
	eachPod(w.last.Run, func(_ *progress.Task, a *progress.Attempt) {
		if a.State == progress.Pending {
			w.pods.argo[a.NodeID] = waits.OfNode(a.Message, w.workflow)
		}
	})
}

// explainWaits writes into a run what its pods wait for. Of one that has failed, the
// message says why, so that the run says what Argo waits for.
func (w *watcher) explainWaits() {
	eachPod(w.last.Run, func(t *progress.Task, a *progress.Attempt) {
		text := w.waitOf(a).String()
		switch {
		case text == "":
		case a.State == progress.Failed:
			w.last.Run.Message = "task " + t.Path + " " + text
		default:
			a.Message = text
		}
		if a.NodeID == t.NodeID || a.State == progress.Pending {
			t.Message = cmp.Or(a.Message, t.Message)
		}
	})
	if w.last.Run.State == progress.Pending {
		w.last.Run.Message = waits.OfRun(w.workflow).String()
	}
}

// waitOf is what an attempt waits for.
func (w *watcher) waitOf(a *progress.Attempt) waits.Wait {
	wait := w.pods.waits[a.NodeID]
	switch {
	case a.State == progress.Pending && !wait.Lasts():
		return w.pods.argo[a.NodeID]
	case a.State == progress.Pending, a.State == progress.Running:
		return wait
	case a.ResultsAwaited && wait.Lasts():
		return waits.ResultsAwaited()
	}
	return waits.Wait{}
}

// block is a wait that lasts, since when it is known.
type block struct {
	task string
	wait waits.Wait
	from time.Time
}

// noteBlocks keeps what the run waits for now. The same wait of the same pod goes
// on, whatever details the cluster adds.
func (w *watcher) noteBlocks() {
	now, old := time.Now(), w.blocks
	w.blocks = map[string]block{}
	note := func(id, task string, wait waits.Wait) {
		if !wait.Lasts() {
			return
		}
		b := block{task, wait, now}
		if known, ok := old[id+"\x00"+wait.What]; ok {
			b.from = known.from
		}
		w.blocks[id+"\x00"+wait.What] = b
	}
	eachPod(w.last.Run, func(t *progress.Task, a *progress.Attempt) {
		note(a.NodeID, t.Path, w.waitOf(a))
	})
	if w.last.Run.State == progress.Pending {
		note("", "", waits.OfRun(w.workflow))
	}
	if w.unreconciled != nil {
		w.blocks["unreconciled"] = block{wait: waits.Wait{What: "does not begin", Why: w.unreconciled.Error()}, from: w.began}
	}
}

// leavePaces is how many times as long as a display is refreshed a run that has
// been given up may take to end.
const leavePaces = 60

// mayGiveUp terminates the run if it has waited for long enough, and reports
// whether its end need not be awaited any longer.
func (w *watcher) mayGiveUp(ctx context.Context) (leave bool, err error) {
	bound := w.options.FailFastPending
	if bound <= 0 || w.last.Run == nil || w.last.Run.State.Final() {
		return false, nil
	}
	if w.givenUp != nil {
		return !w.answeredAt.IsZero() && time.Since(w.answeredAt) > leavePaces*w.options.Pace, nil
	}
	w.noteBlocks()
	var longest *block
	for _, b := range w.blocks {
		if longest == nil || b.from.Before(longest.from) || b.from.Equal(longest.from) && b.task < longest.task {
			longest = &b
		}
	}
	if longest == nil || time.Since(longest.from) < bound {
		return false, nil
	}
	w.givenUp = &GivenUpError{Task: longest.task, Wait: longest.wait, For: time.Since(longest.from)}
	w.answeredAt = time.Time{}
	return false, w.shutDown(ctx, wfv1.ShutdownStrategyTerminate, "terminating")
}
