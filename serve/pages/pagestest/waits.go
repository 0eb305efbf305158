package pagestest

import (
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// WaitingTask is the path of the task of a run of [World.Waits] whose pod does not
// start, and WaitingPod the name of that.
const (
	WaitingTask = "all.prepare"
	WaitingPod  = "outcomes-waits-prepare-1785172962"
)

const core = "/api/v1/namespaces/" + Namespace + "/"

// Waits is a run whose first pod does not start. Message is what Argo says of it.
func (w *World) Waits(message string) string {
	run := At(w.Outcomes(), 3)
	for id, n := range run.Status.Nodes {
		if n.Type == wfv1.NodeTypePod && n.Phase == wfv1.NodeRunning {
			n.Phase, n.Message = wfv1.NodePending, message
			run.Status.Nodes[id] = n
		}
	}
	return w.Run(run, "outcomes-waits", "Several outcomes, waiting")
}

// Pod is a pod of a run in a state that it has.
func (w *World) Pod(name string, status corev1.PodStatus) {
	w.Put(core+"pods", &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: Namespace, UID: types.UID("uid-of-" + name)}, Status: status,
	})
}

// Event is an event of a pod, a minute after the one before it.
func (w *World) Event(pod string, number int, reason, message string) {
	at := metav1.NewTime(Began().Add(time.Duration(number) * time.Minute))
	w.Put(core+"events", &corev1.Event{
		TypeMeta:       metav1.TypeMeta{APIVersion: "v1", Kind: "Event"},
		ObjectMeta:     metav1.ObjectMeta{Name: pod + "." + reason, Namespace: Namespace},
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: pod, Namespace: Namespace, UID: types.UID("uid-of-" + pod)},
		Reason:         reason, Message: message, LastTimestamp: at,
	})
}

// Unmounted is a run whose first pod waits for a volume: it says so in its events
// alone.
func (w *World) Unmounted() string {
	w.Pod(WaitingPod, corev1.PodStatus{Phase: corev1.PodPending})
	w.Event(WaitingPod, 1, "Scheduled", "Successfully assigned team/"+WaitingPod+" to machine-1")
	w.Event(WaitingPod, 2, "FailedMount", `MountVolume.SetUp failed for volume "ca" : configmap "ca" not found`)
	return w.Waits("PodInitializing")
}
