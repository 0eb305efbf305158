package retry_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	argo "github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned/fake"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubernetes "k8s.io/client-go/kubernetes/fake"

	"github.com/kfp2argo/kfp2argo/serve/retry"
)

// TestAnnounced retries a Workflow right after its end: as long as Argo does not go
// on with it, it is changed again, some times and no more. Only a fake can be an
// Argo that forgets reliably; hack/e2e retries with a real one.
func TestAnnounced(t *testing.T) {
	for name, test := range map[string]struct {
		ended, goesOn time.Duration // before the retry, and after it
		announced     bool
		takes         time.Duration
	}{
		"long after the end":   {ended: time.Hour, goesOn: time.Hour},
		"Argo goes on at once": {ended: time.Second, goesOn: 50 * time.Millisecond, takes: 100 * time.Millisecond},
		"Argo has forgotten":   {ended: time.Second, goesOn: 2950 * time.Millisecond, announced: true, takes: 3 * time.Second},
		"Argo is away":         {ended: time.Second, goesOn: time.Hour, announced: true, takes: 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				w := failed(t, oneFailed)
				began := time.Now()
				w.Namespace, w.Status.FinishedAt = "ns", metav1.NewTime(began.Add(-test.ended))
				workflows := argo.NewSimpleClientset(w).ArgoprojV1alpha1().Workflows("ns")
				go func() {
					pause := time.NewTimer(test.goesOn)
					defer pause.Stop()
					select {
					case <-ctx.Done():
						return
					case <-pause.C:
					}
					now, err := workflows.Get(ctx, w.Name, metav1.GetOptions{})
					if err == nil {
						now.Generation++
						_, _ = workflows.Update(ctx, now, metav1.UpdateOptions{})
					}
				}()
				_, err := retry.Apply(ctx, w, began, workflows, kubernetes.NewClientset().CoreV1().Pods("ns"))
				require.NoError(t, err)
				require.Equal(t, test.takes, time.Since(began))
				now, err := workflows.Get(ctx, w.Name, metav1.GetOptions{})
				require.NoError(t, err)
				require.Equal(t, test.announced, now.Annotations[retry.RetriedAnnotation] != "")
				stop()
			})
		})
	}
}
