package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kfp2argo/kfp2argo/internal/argoserver"
)

// ErrDeleted is the error where a run has been deleted while it was followed.
var ErrDeleted = errors.New("the run has been deleted")

// event is a state of a Workflow, or an error of the watch.
type event struct {
	workflow *wfv1.Workflow
	// trouble says why there is nothing new; it may pass.
	trouble error
}

// follower follows one Workflow.
type follower struct {
	cluster *Cluster
	name    string
	// timeout bounds how long the cluster may give no answer, and pause is the
	// first wait between two attempts.
	timeout, pause time.Duration
	events         chan<- event
}

// follow sends each state of a Workflow until one that is its last. It goes on
// where a watch breaks off and begins again where the cluster has forgotten the
// version that came last. The error is one that does not pass.
func (f *follower) follow(ctx context.Context) error {
	var since time.Time
	pause := f.pause
	for {
		ended, answered, err := f.readAndWatch(ctx)
		switch {
		case ended || ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !passes(err):
			return err
		case answered || err == nil:
			since, pause = time.Time{}, f.pause
		}
		if err == nil {
			continue
		}
		if since.IsZero() {
			since = time.Now()
		}
		if time.Since(since) > f.timeout {
			return fmt.Errorf("the cluster has not answered for %s: %w", f.timeout, err)
		}
		if !f.send(ctx, event{trouble: err}) || !wait(ctx, pause) {
			return ctx.Err()
		}
		pause = min(2*pause, 10*time.Second)
	}
}

// readAndWatch reads the Workflow and watches it until it ends or the watch does.
// Answered says whether the cluster has answered at all.
func (f *follower) readAndWatch(ctx context.Context) (ended, answered bool, err error) {
	w, err := f.cluster.Get(ctx, f.name)
	if err != nil {
		return false, false, err
	}
	if !f.send(ctx, event{workflow: w}) || w.Status.Phase.Completed() {
		return true, true, nil
	}
	version := w.ResourceVersion
	for {
		watching, err := f.cluster.watch(ctx, f.name, version)
		if err != nil {
			return false, true, fmt.Errorf("watching the run: %w", err)
		}
		before := version
		ended, err := f.drain(ctx, watching, &version)
		watching.Stop()
		switch {
		case ended || err != nil:
			return ended, true, err
		case version == before:
			// A watch that ends at once is no reason to ask again at once.
			if !wait(ctx, f.pause) {
				return true, true, nil
			}
		}
	}
}

// drain sends what a watch brings and keeps its version.
func (f *follower) drain(ctx context.Context, watching watch.Interface, version *string) (bool, error) {
	for {
		var got watch.Event
		var ok bool
		select {
		case <-ctx.Done():
			return true, nil
		case got, ok = <-watching.ResultChan():
		}
		if !ok {
			return false, nil
		}
		w, isWorkflow := got.Object.(*wfv1.Workflow)
		switch {
		case got.Type == watch.Error:
			return false, watchError(got.Object)
		case !isWorkflow || w.Name != f.name && got.Type != watch.Bookmark:
		case got.Type == watch.Deleted:
			f.send(ctx, event{workflow: w})
			return false, ErrDeleted
		case got.Type == watch.Bookmark:
			*version = w.ResourceVersion
		default:
			ended, err := f.see(ctx, w)
			if err != nil {
				return false, err
			}
			*version = w.ResourceVersion
			if ended {
				return true, nil
			}
		}
	}
}

// watchError is what ends a watch.
func watchError(object runtime.Object) error {
	err := apierrors.FromObject(object)
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		return errForgotten
	}
	return fmt.Errorf("watching the run: %w", err)
}

// see sends a Workflow with its nodes, and reports whether it is the last.
func (f *follower) see(ctx context.Context, w *wfv1.Workflow) (bool, error) {
	if err := f.cluster.ArgoServer.Complete(ctx, w); err != nil {
		return false, err
	}
	return !f.send(ctx, event{workflow: w}) || w.Status.Phase.Completed(), nil
}

// errForgotten says that the cluster has forgotten a version.
var errForgotten = errors.New("the cluster has forgotten what came last")

// passes reports whether an error may pass.
func passes(err error) bool {
	var refused *argoserver.RefusedError
	return !errors.As(err, &refused) && !errors.Is(err, ErrDeleted) && !apierrors.IsNotFound(err) && !apierrors.IsForbidden(err) && !apierrors.IsUnauthorized(err)
}

func (f *follower) send(ctx context.Context, e event) bool {
	select {
	case f.events <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

// wait waits, and reports whether the context has not ended meanwhile.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// logOptions are those of all logs: each line has its time.
func logOptions(container string) *corev1.PodLogOptions {
	return &corev1.PodLogOptions{Container: container, Timestamps: true}
}
