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
	return retried, nil
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
