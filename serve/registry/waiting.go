package registry

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/internal/waits"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
)

// Waiting is why an attempt of a task does not run yet.
type Waiting struct {
	waits.Wait
	// Holder is the name of the run that holds the lock that is waited for, or empty.
	Holder string
	// Events are those of the pod, the newest first.
	Events []corev1.Event
}

// lookTime bounds how long a page waits for what the cluster says of a pod.
const lookTime = 5 * time.Second

// Waiting returns why an attempt that is pending does not run yet: what its pod and
// the events of that say, or else what Argo does. Where the caller may read no pods or
// no events, it is told less.
func (v *View) Waiting(ctx context.Context, d *Detail, of runs.Attempt) Waiting {
	argo := Waiting{Wait: waits.OfNode(of.Message, d.Workflow)}
	argo.Holder = argo.Wait.Holder(d.Workflow)
	if of.Pod == "" || d.Workflow == nil {
		return argo
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	pod, err := v.core.Pods(d.Namespace).Get(ctx, of.Pod, metav1.GetOptions{})
	if err != nil {
		return argo
	}
	w := Waiting{Wait: waits.OfPod(pod), Events: waits.Events(ctx, v.core.Events(d.Namespace), pod)}
	if !w.Lasts() && !waits.HasBegun(pod) {
		w.Wait = waits.OfEvents(w.Events)
	}
	if !w.Lasts() {
		w.Wait = argo.Wait
	}
	slices.SortStableFunc(w.Events, func(a, b corev1.Event) int { return waits.Seen(b).Compare(waits.Seen(a)) })
	return w
}
