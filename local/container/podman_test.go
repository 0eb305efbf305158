//go:build podman

package container

import (
	"archive/tar"
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/kfp2argo/kfp2argo/local/kubelet"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

const shellImage = "localhost/kfp2argo-test-shell:1"

// podman returns a runtime with an image that has a shell and a few programs,
// those of this machine.
func podman(t *testing.T) *Runtime {
	t.Helper()
	r := &Runtime{Command: "podman", Owner: t.TempDir(), IsOurs: ours}
	require.NoError(t, r.Check(t.Context()))
	require.NoError(t, r.Reset(t.Context()))
	t.Cleanup(func() { require.NoError(t, r.Reset(context.Background())) })
	if _, err := r.call(t.Context(), "image", "inspect", shellImage); err == nil {
		return r
	}
	var files bytes.Buffer
	w := tar.NewWriter(&files)
	added := map[string]bool{}
	add := func(file string) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if added[file] {
			return
		}
		added[file] = true
		require.NoError(t, w.WriteHeader(&tar.Header{Name: strings.TrimPrefix(file, "/"), Mode: 0o755, Size: int64(len(text))}))
		_, err = w.Write(text)
		require.NoError(t, err)
	}
	for _, program := range []string{"/bin/sh", "/bin/cat", "/bin/sleep", "/bin/touch", "/bin/ls", "/usr/bin/id"} {
		add(program)
		libraries, err := exec.Command("ldd", program).Output()
		require.NoError(t, err)
		for _, word := range strings.Fields(string(libraries)) {
			if fs.ValidPath(strings.TrimPrefix(word, "/")) && strings.HasPrefix(word, "/") {
				add(word)
			}
		}
	}
	require.NoError(t, w.Close())
	command := r.command(t.Context(), "import", "-", shellImage)
	command.Stdin = &files
	_, err := output(command)
	require.NoError(t, err)
	return r
}

// started is a container of a test that runs.
type started struct {
	kubelet.Process
	out *os.File
}

func shell(script string) *kubelet.Container {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", UID: "test"}}
	return &kubelet.Container{Pod: pod, Spec: &corev1.Container{Name: "c" + rand.String(8), Image: shellImage, Command: []string{"sh"}}, Args: []string{"/bin/sh", "-c", script}}
}

func start(t *testing.T, r *Runtime, c *kubelet.Container) started {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	p, err := r.Start(c, out)
	require.NoError(t, err)
	return started{p, out}
}

func (s started) text(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.out.Name())
	require.NoError(t, err)
	return string(text)
}

// TestPodman runs programs in an image, as a pod says.
func TestPodman(t *testing.T) {
	r := podman(t)
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o777))
	c := shell(`printf '%s|' "$K" "$PATH"; id -u; id -g; cat /in/x && echo out >/out/y; touch /no; touch /in/no; exit 3`)
	c.Spec.WorkingDir = "/out"
	c.Env = []string{"K=a\n$(b) 'c'", "PATH=/bin:/usr/bin"}
	c.Mounts = []sandbox.Mount{{Source: dir, Target: "/in", ReadOnly: true}, {Source: dir, Target: "/out"}}
	c.Spec.SecurityContext = &corev1.SecurityContext{RunAsUser: pointer(int64(1234)), RunAsGroup: pointer(int64(5)), ReadOnlyRootFilesystem: pointer(true),
		AllowPrivilegeEscalation: pointer(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x"), []byte("x\n"), 0o644))
	p := start(t, r, c)
	require.Equal(t, sandbox.Exit{Code: 3}, p.Wait())
	text := p.text(t)
	require.Contains(t, text, "a\n$(b) 'c'|/bin:/usr/bin|1234\n5\nx\n")
	require.Equal(t, 2, strings.Count(text, "Read-only file system"), text)
	written, err := os.ReadFile(filepath.Join(dir, "y"))
	require.NoError(t, err)
	require.Equal(t, "out\n", string(written))
	list, err := r.call(t.Context(), "ps", "--all", "--quiet", "--filter", "label="+ownerLabel+"="+r.Owner)
	require.NoError(t, err)
	require.Empty(t, list, "a container that has ended is removed")
}

// TestPodmanSignals ends programs by signals, also one that ignores the first.
func TestPodmanSignals(t *testing.T) {
	r := podman(t)
	p := start(t, r, shell(`trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done`))
	require.Eventually(t, func() bool { return strings.Contains(p.text(t), "ready") }, time.Minute, 50*time.Millisecond)
	p.Signal(syscall.SIGTERM)
	require.Equal(t, 7, p.Wait().Code)
	p = start(t, r, shell(`trap '' TERM; echo ready; while :; do sleep 0.05; done`))
	require.Eventually(t, func() bool { return strings.Contains(p.text(t), "ready") }, time.Minute, 50*time.Millisecond)
	p.Signal(syscall.SIGTERM)
	p.Signal(syscall.SIGKILL)
	require.Equal(t, 137, p.Wait().Code)
}

// TestPodmanLimits gives a program no more CPU than it may have, and kills one that
// uses more memory.
func TestPodmanLimits(t *testing.T) {
	r := podman(t)
	var err error
	r.Enforces, err = r.Limits(t.Context())
	require.NoError(t, err)
	require.Equal(t, []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}, r.Enforces)
	c := shell(`cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us; exit 3`) // one of them, by the version
	c.Spec.Resources = limited()
	p := start(t, r, c)
	require.Equal(t, sandbox.Exit{Code: 3}, p.Wait())
	require.Regexp(t, `(?m)^150000( 100000)?$`, p.text(t))
	c = shell(`x=0123456789; while :; do x=$x$x; done`)
	c.Spec.Resources = limited()
	p = start(t, r, c)
	// podman 4.3 does not say why with control groups of version 1.
	require.Equal(t, 137, p.Wait().Code, p.text(t))
}

// TestPodmanFails says what is wrong with a program or an image.
func TestPodmanFails(t *testing.T) {
	r := podman(t)
	c := shell("")
	c.Args = []string{"/bin/nothing"}
	_, err := r.Start(c, os.Stderr)
	require.ErrorIs(t, err, sandbox.ErrStart)
	require.ErrorContains(t, err, "/bin/nothing")
	image := &corev1.Container{Image: "127.0.0.1:1/nothing:1"}
	require.ErrorContains(t, r.Pull(t.Context(), image), "127.0.0.1:1")
	image.ImagePullPolicy = corev1.PullNever
	require.ErrorIs(t, r.Pull(t.Context(), image), kubelet.ErrNeverPull)
	require.NoError(t, r.Pull(t.Context(), &corev1.Container{Image: shellImage}))
	require.NoError(t, r.Pull(t.Context(), &corev1.Container{Image: "ours"}))
}

// TestPodmanReset removes what an engine that was killed has left, and nothing of
// another one.
func TestPodmanReset(t *testing.T) {
	r := podman(t)
	other := podman(t)
	p := start(t, r, shell("sleep 1000"))
	q := start(t, other, shell("sleep 1000"))
	require.NoError(t, (&Runtime{Command: r.Command, Owner: r.Owner}).Reset(t.Context()))
	require.NotZero(t, p.Wait().Code)
	list, err := other.call(t.Context(), "ps", "--quiet", "--filter", "label="+ownerLabel+"="+other.Owner)
	require.NoError(t, err)
	require.Len(t, strings.Fields(list), 1)
	q.Signal(syscall.SIGKILL)
	require.Equal(t, 137, q.Wait().Code)
}
