package pages_test

import (
	"net/http"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/pages/pagestest"
)

// TestWaits asks the pod of a task why it does not start, and the events of that.
// Who may not read them sees what Argo says.
func TestWaits(t *testing.T) {
	waiting := func(reason, message string) corev1.PodStatus {
		return corev1.PodStatus{Phase: corev1.PodPending, InitContainerStatuses: []corev1.ContainerStatus{
			{Name: "driver", Image: "tools:1", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}},
		}}
	}
	unschedulable := corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "0/1 nodes are available: 1 Insufficient memory."},
	}}
	const task = "/tasks/" + pagestest.WaitingTask
	for name, c := range map[string]struct {
		argo      string
		pod       *corev1.PodStatus
		event     [2]string
		forbidden []string
		want      string
	}{
		"no room":         {"Unschedulable", &unschedulable, [2]string{}, nil, "Cannot be scheduled: 0/1 nodes are available: 1 Insufficient memory."},
		"no Secret":       {"PodInitializing", new(waiting("CreateContainerConfigError", `secret "store" not found`)), [2]string{}, nil, "Its container driver cannot be created: secret &#34;store&#34; not found"},
		"no image":        {"PodInitializing", new(waiting("ErrImagePull", "no such image")), [2]string{}, nil, "The image tools:1 of its container driver cannot be pulled: no such image"},
		"no volume":       {"PodInitializing", &corev1.PodStatus{Phase: corev1.PodPending}, [2]string{"FailedMount", `configmap "ca" not found`}, nil, "A volume cannot be mounted: configmap &#34;ca&#34; not found"},
		"no claim":        {"", &corev1.PodStatus{Phase: corev1.PodPending}, [2]string{"FailedScheduling", `persistentvolumeclaim "data" not found`}, nil, "Cannot be scheduled: persistentvolumeclaim &#34;data&#34; not found"},
		"on its way":      {"PodInitializing", &corev1.PodStatus{Phase: corev1.PodPending}, [2]string{"Pulling", "Pulling image"}, nil, "Its pod is being set up: images are pulled, and inputs fetched"},
		"no quota":        {`pods "x" is forbidden: exceeded quota: q, requested: pods=1`, nil, [2]string{}, nil, "Its pod cannot be created: pods &#34;x&#34; is forbidden: exceeded quota: q, requested: pods=1"},
		"no right to pod": {"Unschedulable: no room", &unschedulable, [2]string{"FailedScheduling", "not for all"}, []string{"pods"}, "Cannot be scheduled: no room"},
		"no right to see": {"PodInitializing", &corev1.PodStatus{Phase: corev1.PodPending}, [2]string{"FailedMount", "not for all"}, []string{"events"}, "Its pod is being set up: images are pulled, and inputs fetched"},
	} {
		t.Run(name, func(t *testing.T) {
			w := pagestest.New(t, repository)
			b := newBrowser(t, w.Site(access.None))
			id := w.Waits(c.argo)
			if c.pod != nil {
				w.Pod(pagestest.WaitingPod, *c.pod)
			}
			if c.event[0] != "" {
				w.Event(pagestest.WaitingPod, 1, "Scheduled", "assigned to machine-1")
				w.Event(pagestest.WaitingPod, 2, c.event[0], c.event[1])
			}
			w.Forbid(c.forbidden...)
			text := b.get(http.StatusOK, "/runs/"+id+task)
			require.Contains(t, text, `<p class="note">`+c.want+`</p>`)
			if c.forbidden != nil {
				require.NotContains(t, text, "not for all")
				require.NotContains(t, text, "Events of its pod")
			} else if c.event[0] != "" {
				require.Regexp(t, "(?s)Events of its pod.*"+c.event[0]+".*Scheduled", text, "the newest event is not the first")
			}
		})
	}
}

// TestWaitsForLock leads to the run that holds a lock, from a task and from a run
// that has not begun.
func TestWaitsForLock(t *testing.T) {
	w := pagestest.New(t, repository)
	w.Run(w.Outcomes(), "outcomes-live", "It holds the lock")
	b := newBrowser(t, w.Site(access.None))
	const argo = "Waiting for team/Mutex/model lock. Lock status: 0/1"
	held := &wfv1.SynchronizationStatus{Mutex: &wfv1.MutexStatus{Waiting: []wfv1.MutexHolding{{Mutex: "team/Mutex/model", Holder: "team/outcomes-live"}}}}
	const want = `<p class="note">Waits for the lock team/Mutex/model: held by run outcomes-live <a href="/runs/outcomes-live">Look at outcomes-live</a></p>`
	run := w.Outcomes()
	run.Status = wfv1.WorkflowStatus{Phase: wfv1.WorkflowPending, Message: argo, Synchronization: held}
	text := b.get(http.StatusOK, "/runs/"+w.Run(run, "outcomes-locked", "Locked"))
	require.Contains(t, text, want)
	require.Contains(t, b.get(http.StatusOK, "/runs/outcomes-live"), "It holds the lock")

	run = pagestest.At(w.Outcomes(), 3)
	run.Status.Synchronization = held
	for id, n := range run.Status.Nodes {
		if n.Type == wfv1.NodeTypePod && n.Phase == wfv1.NodeRunning {
			n.Phase, n.Message = wfv1.NodePending, argo
			run.Status.Nodes[id] = n
		}
	}
	id := w.Run(run, "outcomes-waits", "Waiting")
	require.Contains(t, b.get(http.StatusOK, "/runs/"+id+"/tasks/"+pagestest.WaitingTask), want)
	require.Contains(t, b.get(http.StatusOK, "/runs/"+id), "Waits for the lock team/Mutex/model: held by run outcomes-live")
}
