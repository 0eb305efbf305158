package live

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/serve/retry"
)

// maxConflicts is how often a change is made again that another has overtaken.
const maxConflicts = 5

// Retry lets a run that has failed go on, as of a time: what has succeeded stays,
// the rest runs again. The error is one of [retry.Apply].
func (c *Cluster) Retry(ctx context.Context, name string, now time.Time) error {
	for tries := 0; ; tries++ {
		w, err := c.Get(ctx, name)
		if err != nil {
			return err
		}
		_, err = retry.Apply(ctx, w, now, c.workflows, c.pods)
		if !apierrors.IsConflict(err) || tries == maxConflicts {
			return err
		}
	}
}

// Delete deletes a run with its pods. What its tasks have stored stays.
func (c *Cluster) Delete(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	background := metav1.DeletePropagationBackground
	if err := c.workflows.Delete(ctx, name, metav1.DeleteOptions{PropagationPolicy: &background}); err != nil {
		return fmt.Errorf("deleting the run from namespace %s: %w", c.Namespace, err)
	}
	return nil
}
