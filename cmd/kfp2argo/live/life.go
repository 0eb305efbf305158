package live

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientretry "k8s.io/client-go/util/retry"

	"github.com/kfp2argo/kfp2argo/serve/retry"
)

// Retry lets a run that has failed go on, as of a time: what has succeeded stays,
// the rest runs again. The error is one of [retry.Apply].
func (c *Cluster) Retry(ctx context.Context, name string, now time.Time) error {
	return clientretry.RetryOnConflict(clientretry.DefaultRetry, func() error {
		w, err := c.read(ctx, name)
		if err == nil {
			_, err = retry.Apply(ctx, w, now, c.workflows, c.pods)
		}
		return err
	})
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
