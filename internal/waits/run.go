package waits

import (
	"context"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
)

// Postponed is how Argo says that it has put off a run at its limit of runs, the
// parallelism of its ConfigMap or of a namespace. Now and then it says so of a run
// that is not at any limit: it can look at a new run before it has counted it.
const Postponed = "Workflow processing has been postponed because too many workflows are already running"

// OfRun is what a run as a whole waits for, before Argo begins it.
func OfRun(w *wfv1.Workflow) Wait {
	if w.Status.Message == Postponed {
		return Wait{What: "waits for other runs to end", Why: "Argo runs as many as it may"}
	}
	return OfNode(w.Status.Message, w)
}

// OfNode reads what Argo says of a node that is pending, in a run. It is
// [OfMessage], and says who holds a lock.
func OfNode(message string, in *wfv1.Workflow) Wait {
	wait := OfMessage(message)
	if holder := wait.Holder(in); holder != "" {
		wait.Why = "held by run " + holder
	}
	return wait
}

// lockWords are before the name of a lock that is waited for.
const lockWords = "waits for the lock "

// Holder is the name of the run that holds the lock that something in a run waits
// for. It is empty where that waits for no lock, or nobody is known to hold it.
func (w Wait) Holder(in *wfv1.Workflow) string {
	lock, ok := strings.CutPrefix(w.What, lockWords)
	if !ok || in == nil || in.Status.Synchronization == nil {
		return ""
	}
	if s := in.Status.Synchronization.Mutex; s != nil {
		for _, m := range s.Waiting {
			if m.Mutex == lock && m.Holder != "" {
				return runOf(m.Holder)
			}
		}
	}
	if s := in.Status.Synchronization.Semaphore; s != nil {
		for _, h := range s.Waiting {
			if h.Semaphore == lock && len(h.Holders) > 0 {
				return runOf(h.Holders[0])
			}
		}
	}
	return ""
}

// runOf is the run that holds a lock, which Argo writes as NAMESPACE/RUN or
// NAMESPACE/RUN/NODE.
func runOf(holder string) string {
	if parts := strings.Split(holder, "/"); len(parts) > 1 {
		return parts[1]
	}
	return holder
}

// Events returns the events of a pod, of its namespace, or none if they may not be read.
func Events(ctx context.Context, client core.EventInterface, pod *corev1.Pod) []corev1.Event {
	events, err := client.List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.kind=Pod,involvedObject.name=" + pod.Name})
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(events.Items, func(e corev1.Event) bool { return e.InvolvedObject.UID != pod.UID })
}
