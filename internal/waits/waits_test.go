package waits_test

import (
	"testing"
	"time"

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
	for _, message := range []string{"", "PodInitializing", "ContainerCreating", "Backoff for 1 minute", "Waiting for nobody"} {
		got := waits.OfMessage(message)
		require.Equal(t, message, got.String())
		require.False(t, got.Lasts(), message)
	}
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
