package retry

import (
	"context"
	"fmt"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	argo "github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned/typed/workflow/v1alpha1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
)

// Apply retries a Workflow of the namespace that the clients are for, and returns
// it as it is then. The error is one of [Of], or of Kubernetes: a conflict where
// the Workflow has changed since it was read, so that it is to be read anew.
func Apply(ctx context.Context, w *wfv1.Workflow, now time.Time, workflows argo.WorkflowInterface, pods core.PodInterface) (*wfv1.Workflow, error) {
	plan, err := Of(w, now)
	if err != nil {
		return nil, err
	}
	if err := deletePods(ctx, pods, plan.Pods); err != nil {
		return nil, err
	}
	retried, err := workflows.Patch(ctx, w.Name, types.MergePatchType, plan.Patch, metav1.PatchOptions{})
	if err != nil {
		return nil, fmt.Errorf("changing the Workflow: %w", err)
	}
	if now.Sub(w.Status.FinishedAt.Time) < settleTime {
		nudge(ctx, retried, workflows)
	}
	return retried, nil
}

// RetriedAnnotation is when a retry was announced anew.
const RetriedAnnotation = "kfp2argo.dev/retried"

// After the end of a run Argo 4.0 pauses for a second, and only then gives its
// place among the running ones back. If a retry comes in between, that is the
// place of the retried run: Argo then waits for a place that nobody holds, until
// the Workflow changes again.
const (
	settleTime = time.Minute // much longer than Argo pauses, however busy it is
	nudgePause = 2 * time.Second
	nudges     = 3
)

// nudge changes an annotation of a Workflow until Argo goes on with it, which
// its generation tells. It gives up after some times: Argo may be away, or the
// run may have to wait. The retry itself is done, so that no error counts.
func nudge(ctx context.Context, retried *wfv1.Workflow, workflows argo.WorkflowInterface) {
	for range nudges {
		goesOn := func(ctx context.Context) (bool, error) {
			w, err := workflows.Get(ctx, retried.Name, metav1.GetOptions{})
			return err == nil && w.Generation != retried.Generation, err
		}
		err := wait.PollUntilContextTimeout(ctx, podPause, nudgePause, true, goesOn)
		if err == nil || !wait.Interrupted(err) {
			return
		}
		patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, RetriedAnnotation, time.Now().UTC().Format(time.RFC3339))
		if _, err := workflows.Patch(ctx, retried.Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
			return
		}
	}
}

// How long a retry waits for pods to go, and how often it looks.
const (
	podTime  = 30 * time.Second
	podPause = 100 * time.Millisecond
)

// deletePods deletes pods and waits until they are gone: others of the same names
// are to come.
func deletePods(ctx context.Context, pods core.PodInterface, names []string) error {
	for _, name := range names {
		if err := pods.Delete(ctx, name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("deleting the pods of tasks that failed: %w", err)
		}
	}
	for _, name := range names {
		gone := func(ctx context.Context) (bool, error) {
			_, err := pods.Get(ctx, name, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return true, nil
			}
			return false, err
		}
		if err := wait.PollUntilContextTimeout(ctx, podPause, podTime, true, gone); err != nil {
			return fmt.Errorf("waiting until pod %s is gone: %w", name, err)
		}
	}
	return nil
}
