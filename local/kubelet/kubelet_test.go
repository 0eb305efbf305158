//go:build linux

package kubelet_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/local/api"
	"github.com/kfp2argo/kfp2argo/local/kubelet"
	"github.com/kfp2argo/kfp2argo/local/process"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

// TestMain lets the test's own program be the helper of sandboxes.
func TestMain(m *testing.M) {
	if os.Args[0] == sandbox.HelperName {
		_ = sandbox.Main()
		os.Exit(128)
	}
	os.Exit(m.Run())
}

// patience bounds what a pod may take on a busy machine.
const patience = 30 * time.Second

// node is a kubelet with its store.
type node struct {
	t     *testing.T
	store *api.Store
	*kubelet.Kubelet
	dir string
}

func newNode(t *testing.T) *node {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	return newNodeIn(t, dir)
}

// newNodeIn is a kubelet over a directory.
func newNodeIn(t *testing.T, dir string) *node {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	box := sandbox.New(self)
	n := &node{t: t, store: api.NewStore(1000), dir: dir}
	n.Kubelet = kubelet.New(kubelet.Options{
		Store:    n.store,
		Dir:      dir,
		Runtime:  &process.Runtime{Sandbox: box, IsOurs: func(string) bool { return false }, Environ: os.Environ()},
		Capacity: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("1Gi")},
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		box.Close()
	})
	return n
}

func (n *node) create(resource string, object any) {
	n.t.Helper()
	text, err := json.Marshal(object)
	require.NoError(n.t, err)
	_, err = n.store.Create(api.Key{Resource: resource, Namespace: "team"}, text)
	require.NoError(n.t, err)
}

// pod returns the pod as it is now.
func (n *node) pod() *corev1.Pod {
	n.t.Helper()
	o, err := n.store.Get(podKey)
	require.NoError(n.t, err)
	pod := &corev1.Pod{}
	require.NoError(n.t, o.Decode(pod))
	return pod
}

var podKey = api.Key{Resource: "pods", Namespace: "team", Name: "p"}

// await waits until something is true of the pod.
func (n *node) await(what string, reached func(*corev1.Pod) bool) *corev1.Pod {
	n.t.Helper()
	require.Eventually(n.t, func() bool { return reached(n.pod()) }, patience, 5*time.Millisecond, what)
	return n.pod()
}

func ended(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// run runs a pod to its end.
func (n *node) run(spec corev1.PodSpec) *corev1.Pod {
	n.t.Helper()
	n.start(spec)
	return n.await("its end", ended)
}

func (n *node) start(spec corev1.PodSpec) {
	n.t.Helper()
	if spec.RestartPolicy == "" {
		spec.RestartPolicy = corev1.RestartPolicyNever
	}
	n.create("pods", &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Labels: map[string]string{"app": "x"}}, Spec: spec})
}

func (n *node) log(container string) string {
	n.t.Helper()
	w := httptest.NewRecorder()
	require.NoError(n.t, n.Log(w, httptest.NewRequest("GET", "/", nil), podKey, container))
	return w.Body.String()
}

func shell(name, script string) corev1.Container {
	return corev1.Container{Name: name, Image: "alpine:3.20", Command: []string{"sh", "-c", script}}
}

func only(script string) corev1.PodSpec {
	return corev1.PodSpec{Containers: []corev1.Container{shell("main", script)}}
}

func terminated(p *corev1.Pod) *corev1.ContainerStateTerminated {
	return p.Status.ContainerStatuses[0].State.Terminated
}

func TestHowAPodEnds(t *testing.T) {
	for _, c := range []struct {
		name, script string
		phase        corev1.PodPhase
		code         int32
		reason, says string
	}{
		{"well", "echo bye >/dev/termination-log", corev1.PodSucceeded, 0, "Completed", "bye\n"},
		{"with a code", "exit 3", corev1.PodFailed, 3, "Error", ""},
		{"by a signal", "sh -c 'kill -9 $$$$'; exit $?", corev1.PodFailed, 137, "Error", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			pod := newNode(t).run(only(c.script))
			require.Equal(t, c.phase, pod.Status.Phase)
			end := terminated(pod)
			require.Equal(t, c.code, end.ExitCode)
			require.Equal(t, c.reason, end.Reason)
			require.Equal(t, c.says, end.Message)
			require.Equal(t, kubelet.NodeName, pod.Spec.NodeName)
		})
	}
}

func TestProgramThatIsNotThere(t *testing.T) {
	n := newNode(t)
	pod := n.run(corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "x", Command: []string{"no-such-program"}}}})
	require.Equal(t, "StartError", terminated(pod).Reason)
	require.Equal(t, int32(128), terminated(pod).ExitCode)
	require.Contains(t, terminated(pod).Message, "executable file not found")
}

func TestInitContainersRunInARow(t *testing.T) {
	n := newNode(t)
	spec := only("cat /v/f")
	spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
	spec.InitContainers = []corev1.Container{shell("a", "echo a >>/v/f"), shell("b", "echo b >>/v/f")}
	for _, all := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range all {
			all[i].VolumeMounts = []corev1.VolumeMount{{Name: "v", MountPath: "/v"}}
		}
	}
	pod := n.run(spec)
	require.Equal(t, corev1.PodSucceeded, pod.Status.Phase)
	require.Equal(t, "a\nb\n", n.log("main"))
	require.NoDirExists(t, filepath.Join(n.dir, "pods", "team", "p", "volumes"))
}

func TestInitContainerFails(t *testing.T) {
	n := newNode(t)
	spec := only("echo never")
	spec.InitContainers = []corev1.Container{shell("a", "exit 4"), shell("b", ":")}
	pod := n.run(spec)
	require.Equal(t, corev1.PodFailed, pod.Status.Phase)
	require.Equal(t, int32(4), pod.Status.InitContainerStatuses[0].State.Terminated.ExitCode)
	require.Equal(t, "PodInitializing", pod.Status.InitContainerStatuses[1].State.Waiting.Reason)
	require.Equal(t, "PodInitializing", pod.Status.ContainerStatuses[0].State.Waiting.Reason)
}

// A sidecar goes on beside the others, and ends with them, even where it does
// not want to.
func TestNativeSidecar(t *testing.T) {
	n := newNode(t)
	second, always := int64(1), corev1.ContainerRestartPolicyAlways
	spec := only("until [ -s /v/up ]; do sleep 0.01; done; echo seen")
	sidecar := shell("side", "echo x >/v/up; while :; do sleep 0.01; done")
	sidecar.RestartPolicy = &always
	spec.InitContainers = []corev1.Container{sidecar}
	spec.TerminationGracePeriodSeconds = &second
	spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
	spec.InitContainers[0].VolumeMounts = []corev1.VolumeMount{{Name: "v", MountPath: "/v"}}
	spec.Containers[0].VolumeMounts = spec.InitContainers[0].VolumeMounts
	pod := n.run(spec)
	require.Equal(t, corev1.PodSucceeded, pod.Status.Phase)
	require.Equal(t, "seen\n", n.log("main"))
	require.Equal(t, int32(137), pod.Status.InitContainerStatuses[0].State.Terminated.ExitCode)
}

func TestRestartPolicy(t *testing.T) {
	n := newNode(t)
	spec := only("[ -e /v/once ] || { touch /v/once; exit 1; }")
	spec.RestartPolicy = corev1.RestartPolicyOnFailure
	spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
	spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "v", MountPath: "/v"}}
	pod := n.run(spec)
	require.Equal(t, corev1.PodSucceeded, pod.Status.Phase)
	require.Equal(t, int32(1), pod.Status.ContainerStatuses[0].RestartCount)
	require.Equal(t, int32(1), pod.Status.ContainerStatuses[0].LastTerminationState.Terminated.ExitCode)
}

func TestDeadline(t *testing.T) {
	seconds := int64(2)
	spec := only("trap 'exit 7' TERM; while :; do sleep 0.01; done")
	spec.ActiveDeadlineSeconds = &seconds
	pod := newNode(t).run(spec)
	require.Equal(t, corev1.PodFailed, pod.Status.Phase)
	require.Equal(t, "DeadlineExceeded", pod.Status.Reason)
	require.Equal(t, int32(7), terminated(pod).ExitCode)
}

// awaitLog waits until the program has written a text: before it has a handler
// for signals, they do nothing to the first process of a container.
func (n *node) awaitLog(text string) {
	n.t.Helper()
	n.await("its beginning", isRunning)
	require.Eventually(n.t, func() bool { return n.log("main") == text }, patience, 5*time.Millisecond)
}

func isRunning(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodRunning }

// A pod that is deleted has its time, and is gone after that.
func TestDeletion(t *testing.T) {
	for _, script := range []string{"trap 'exit 0' TERM; while :; do sleep 0.01; done", "while :; do sleep 0.01; done"} {
		n := newNode(t)
		n.start(only(script))
		n.await("its beginning", isRunning)
		second := int64(1)
		_, err := n.store.Delete(podKey, api.Deletion{Grace: &second})
		require.NoError(t, err)
		require.Eventually(t, func() bool { _, err := n.store.Get(podKey); return api.IsNotFound(err) }, patience, 5*time.Millisecond)
	}
}

func TestKillByExec(t *testing.T) {
	n := newNode(t)
	n.start(only("trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"))
	n.awaitLog("ready\n")
	require.Error(t, n.Exec(podKey, "main", []string{"ls"}))
	require.NoError(t, n.Exec(podKey, "main", []string{"/var/run/argo/argoexec", "kill", "15", "1"}))
	require.Equal(t, int32(5), terminated(n.await("its end", ended)).ExitCode)
}

// What a pod needs may come after it.
func TestWhatIsMissingMayCome(t *testing.T) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s"}, Data: map[string][]byte{"word": []byte("open")}}
	asVariable, asFile := only("echo $WORD"), only("cat /s/word")
	asVariable.Containers[0].Env = []corev1.EnvVar{{Name: "WORD", ValueFrom: &corev1.EnvVarSource{
		SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "s"}, Key: "word"}}}}
	asFile.Volumes = []corev1.Volume{{Name: "s", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "s"}}}}
	asFile.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "s", MountPath: "/s"}}
	for reason, spec := range map[string]corev1.PodSpec{"CreateContainerConfigError": asVariable, "ContainerCreating": asFile} {
		n := newNode(t)
		n.start(spec)
		n.await(reason, func(p *corev1.Pod) bool {
			s := p.Status.ContainerStatuses
			return len(s) > 0 && s[0].State.Waiting != nil && s[0].State.Waiting.Reason == reason
		})
		n.create("secrets", secret)
		n.await("its end", ended)
		require.Equal(t, "open", strings.TrimSpace(n.log("main")))
	}
}

func TestDownwardAPIAndExpansion(t *testing.T) {
	n := newNode(t)
	spec := only("")
	spec.Containers[0].Command = []string{"echo", "$(NAME)", "$(APP)", "$(MIX)", "$$(NAME)", "$(NONE)", "$(CPUS)"}
	field := func(path string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}
	}
	spec.Containers[0].Env = []corev1.EnvVar{
		{Name: "NAME", ValueFrom: field("metadata.name")}, {Name: "APP", ValueFrom: field("metadata.labels['app']")},
		{Name: "MIX", Value: "<$(NAME)>"},
		{Name: "CPUS", ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.cpu"}}},
	}
	n.run(spec)
	require.Equal(t, "p x <p> $(NAME) $(NONE) 2\n", n.log("main"))
}

func TestProjectedVolumeAndSubPath(t *testing.T) {
	n := newNode(t)
	n.create("configmaps", &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "m"}, Data: map[string]string{"k": "v"}})
	spec := only("cat /p/at/k /p/name; touch /p/x || echo read-only; echo kept >/c/file")
	spec.Volumes = []corev1.Volume{
		{Name: "p", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
			{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "m"}, Items: []corev1.KeyToPath{{Key: "k", Path: "at/k"}}}},
			{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{{Path: "name", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}}}},
		}}}},
		{Name: "c", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}},
	}
	spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "p", MountPath: "/p"}, {Name: "c", MountPath: "/c", SubPath: "deep/er"}}
	pod := n.run(spec)
	require.Equal(t, corev1.PodSucceeded, pod.Status.Phase)
	require.Contains(t, n.log("main"), "vp")
	require.Contains(t, n.log("main"), "read-only")
	require.FileExists(t, filepath.Join(n.dir, "claims", "team", "data", "deep", "er", "file"))
}

func TestNobodyHasWhatItNeeds(t *testing.T) {
	n := newNode(t)
	spec := only(":")
	spec.Containers[0].Resources.Limits = corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("1")}
	n.start(spec)
	pod := n.await("its condition", func(p *corev1.Pod) bool { return len(p.Status.Conditions) > 0 })
	require.Equal(t, corev1.PodReasonUnschedulable, pod.Status.Conditions[0].Reason)
	require.Equal(t, "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.", pod.Status.Conditions[0].Message)
}
