//go:build podman

package container

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/local/api"
	"github.com/kfp2argo/kfp2argo/local/kubelet"
)

// runPod runs a pod of one container by podman until something is true of it.
func runPod(t *testing.T, policy corev1.RestartPolicy, c corev1.Container, reached func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	store := api.NewStore(1000)
	k := kubelet.New(kubelet.Options{
		Store: store, Dir: t.TempDir(), Runtime: podman(t),
		Capacity: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("1Gi")},
	})
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- k.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-stopped)
	})
	c.Name = "main"
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: corev1.PodSpec{RestartPolicy: policy, Containers: []corev1.Container{c}}}
	text, err := json.Marshal(pod)
	require.NoError(t, err)
	_, err = store.Create(api.Key{Resource: "pods", Namespace: "team"}, text)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		o, err := store.Get(api.Key{Resource: "pods", Namespace: "team", Name: "p"})
		require.NoError(t, err)
		pod = &corev1.Pod{}
		require.NoError(t, o.Decode(pod))
		return reached(pod)
	}, time.Minute, 20*time.Millisecond)
	return pod
}

func ended(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// TestPodmanProgramThatIsNotThere ends the pod as where its programs are processes.
func TestPodmanProgramThatIsNotThere(t *testing.T) {
	for _, program := range []string{"no-such-program", "/no/such/program"} {
		pod := runPod(t, corev1.RestartPolicyNever, corev1.Container{Image: shellImage, Command: []string{program}}, ended)
		require.Equal(t, corev1.PodFailed, pod.Status.Phase)
		end := pod.Status.ContainerStatuses[0].State.Terminated
		require.Equal(t, "StartError", end.Reason)
		require.Equal(t, int32(128), end.ExitCode)
		require.Contains(t, end.Message, program)
	}
}

// TestPodmanImageThatIsNotThere has the pod wait, with what the registry says.
func TestPodmanImageThatIsNotThere(t *testing.T) {
	pod := runPod(t, corev1.RestartPolicyNever, corev1.Container{Image: "127.0.0.1:1/nothing:1", Command: []string{"sh"}}, func(p *corev1.Pod) bool {
		s := p.Status.ContainerStatuses
		return len(s) > 0 && s[0].State.Waiting != nil && s[0].State.Waiting.Reason == "ImagePullBackOff"
	})
	require.Equal(t, corev1.PodPending, pod.Status.Phase)
	require.Contains(t, pod.Status.ContainerStatuses[0].State.Waiting.Message, `Back-off pulling image "127.0.0.1:1/nothing:1": ErrImagePull: `)
}

// TestPodmanRestarts starts a program again that has failed.
func TestPodmanRestarts(t *testing.T) {
	pod := runPod(t, corev1.RestartPolicyOnFailure, corev1.Container{Image: shellImage, Command: []string{"sh", "-c", "exit 3"}}, func(p *corev1.Pod) bool {
		s := p.Status.ContainerStatuses
		return len(s) > 0 && s[0].RestartCount == 1 && s[0].State.Waiting != nil
	})
	require.Equal(t, "CrashLoopBackOff", pod.Status.ContainerStatuses[0].State.Waiting.Reason)
	require.Equal(t, int32(3), pod.Status.ContainerStatuses[0].LastTerminationState.Terminated.ExitCode)
}
