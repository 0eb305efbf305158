package waits_test

import (
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/internal/waits"
)

func TestOfMessage(t *testing.T) {
	for message, want := range map[string]string{
		"Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.": "cannot be scheduled: 0/1 nodes are available: 1 Insufficient cpu.",
		"Unschedulable": "cannot be scheduled",
		"ImagePullBackOff: Back-off pulling image \"nope:1\"":                            `its image cannot be pulled: ImagePullBackOff: Back-off pulling image "nope:1"`,
		"ErrImagePull: no such image":                                                    "its image cannot be pulled: no such image",
		"CreateContainerConfigError: secret \"s3\" not found":                            `its container cannot be created: secret "s3" not found`,
		"pods \"x\" is forbidden: exceeded quota: q, requested: pods=1":                  `its pod cannot be created: pods "x" is forbidden: exceeded quota: q, requested: pods=1`,
		"Waiting for kfp/Mutex/model lock. Lock status: 0/1":                             "waits for the lock kfp/Mutex/model: 0/1 free",
		"Waiting for a PVC to be created. persistentvolumeclaims \"x\" already exists\n": `a volume claim cannot be created: persistentvolumeclaims "x" already exists`,
	} {
		got := waits.OfMessage(message)
		require.Equal(t, want, got.String())
		require.True(t, got.Lasts(), message)
	}
	for message, want := range map[string]string{
		"":                     "",
		"PodInitializing":      "its pod is being set up: images are pulled, and inputs fetched",
		"ContainerCreating":    "its container is being created: an image is pulled, or a volume mounted",
		"Backoff for 1 minute": "Backoff for 1 minute",
		"Waiting for nobody":   "Waiting for nobody",
	} {
		got := waits.OfMessage(message)
		require.Equal(t, want, got.String())
		require.False(t, got.Lasts(), message)
	}
}

// TestHolder names the run that holds a lock, which a run or a task of it waits for.
func TestHolder(t *testing.T) {
	w := &wfv1.Workflow{Status: wfv1.WorkflowStatus{
		Message: "Waiting for kfp/Mutex/model lock. Lock status: 0/1",
		Synchronization: &wfv1.SynchronizationStatus{
			Mutex: &wfv1.MutexStatus{Waiting: []wfv1.MutexHolding{{Mutex: "kfp/Mutex/other", Holder: "kfp/other"}, {Mutex: "kfp/Mutex/model", Holder: "kfp/training-2/training-2-fit-1"}}},
			Semaphore: &wfv1.SemaphoreStatus{Waiting: []wfv1.SemaphoreHolding{
				{Semaphore: "kfp/ConfigMap/limits/gpu", Holders: []string{"kfp/training-3", "kfp/training-4"}}, {Semaphore: "kfp/ConfigMap/limits/cpu"},
			}},
		},
	}}
	require.Equal(t, "waits for the lock kfp/Mutex/model: held by run training-2", waits.OfRun(w).String())
	for lock, want := range map[string]string{
		"kfp/ConfigMap/limits/gpu": "held by run training-3",
		"kfp/ConfigMap/limits/cpu": "0/1 free",
		"kfp/Mutex/third":          "0/1 free",
	} {
		got := waits.OfNode("Waiting for "+lock+" lock. Lock status: 0/1", w)
		require.Equal(t, waits.Wait{What: "waits for the lock " + lock, Why: want}, got)
	}
	require.Equal(t, "0/1 free", waits.OfNode(w.Status.Message, &wfv1.Workflow{}).Why)
	w.Status.Message = waits.Postponed
	require.Equal(t, "waits for other runs to end: Argo runs as many as it may", waits.OfRun(w).String())
}

func waiting(reason, message string) corev1.ContainerStatus {
	return corev1.ContainerStatus{
		Name: "driver", Image: "tools:1",
		State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}},
	}
}

func TestOfPod(t *testing.T) {
	initializing := waiting("PodInitializing", "")
	for want, status := range map[string]corev1.PodStatus{
		"cannot be scheduled: no room": {Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "no  room"},
		}},
		"the image tools:1 of its container driver cannot be pulled: no such image": {
			InitContainerStatuses: []corev1.ContainerStatus{waiting("ErrImagePull", "no such image")},
			ContainerStatuses:     []corev1.ContainerStatus{initializing},
		},
		"its container driver cannot be created: secret \"s\" not found": {
			InitContainerStatuses: []corev1.ContainerStatus{initializing},
			ContainerStatuses:     []corev1.ContainerStatus{waiting("CreateContainerConfigError", `secret "s" not found`)},
		},
		"its container driver cannot be created: CreateContainerError": {ContainerStatuses: []corev1.ContainerStatus{waiting("CreateContainerError", "")}},
		"": {InitContainerStatuses: []corev1.ContainerStatus{initializing}},
	} {
		status.Phase = corev1.PodPending
		pod := &corev1.Pod{Status: status}
		require.Equal(t, want, waits.OfPod(pod).String())
		require.False(t, waits.HasBegun(pod))
		pod.Status.Phase = corev1.PodRunning
		require.Empty(t, waits.OfPod(pod))
	}
	begun := corev1.ContainerStatus{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}
	require.True(t, waits.HasBegun(&corev1.Pod{Status: corev1.PodStatus{InitContainerStatuses: []corev1.ContainerStatus{begun}}}))
}

// TestOfEvents has events as the kubelet, the scheduler and newer writers time
// them.
func TestOfEvents(t *testing.T) {
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	failed := corev1.Event{Reason: "FailedMount", Message: "secret \"s\"\nnot found", LastTimestamp: metav1.NewTime(noon)}
	pulling := corev1.Event{Reason: "Pulling", EventTime: metav1.NewMicroTime(noon.Add(time.Second))}
	again := failed
	again.Series = &corev1.EventSeries{LastObservedTime: metav1.NewMicroTime(noon.Add(time.Minute))}
	scheduling := corev1.Event{Reason: "FailedScheduling", Message: "no room", ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(noon)}}
	sandbox := corev1.Event{Reason: "FailedCreatePodSandBox", Message: "no network", LastTimestamp: metav1.NewTime(noon)}
	for _, c := range []struct {
		want   string
		events []corev1.Event
	}{
		{"", nil},
		{`a volume cannot be mounted: secret "s" not found`, []corev1.Event{failed}},
		{"", []corev1.Event{failed, pulling}},
		{`a volume cannot be mounted: secret "s" not found`, []corev1.Event{pulling, again, failed}},
		{"cannot be scheduled: no room", []corev1.Event{scheduling}},
		{"its pod cannot be set up: no network", []corev1.Event{sandbox}},
	} {
		require.Equal(t, c.want, waits.OfEvents(c.events).String())
	}
}

// TestOfReports reads what Argo's container logs where it lacks the right to write
// results.
func TestOfReports(t *testing.T) {
	log := `time="2026-11-30T12:00:00Z" level=info msg="Starting Workflow Executor"` + "\n" +
		`time="2026-11-30T12:00:01Z" level=warning msg="failed to patch task result" error="workflowtaskresults.argoproj.io is forbidden: User \"a\" cannot create"` + "\n"
	require.Equal(t, `its results cannot be reported: workflowtaskresults.argoproj.io is forbidden: User "a" cannot create`, waits.OfReports([]byte(log)).String())
	require.Empty(t, waits.OfReports([]byte("workflowtaskresults are written\npods is forbidden\n")))
	require.Empty(t, waits.OfReports(nil))
	require.True(t, waits.EndNotSeen().Lasts())
}
