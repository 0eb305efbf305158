//go:build linux

package kubelet_test

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/internal/faulttable"
	"github.com/kfp2argo/kfp2argo/local/api"
)

// A program that is asked to end and does not, nor what it has started, is killed
// after the grace period.
func TestProgramThatIgnoresSignals(t *testing.T) {
	cell := faulttable.Of(t, faulttable.ProgramStays, faulttable.Run)
	seconds, grace := int64(2), int64(1)
	spec := only("(trap '' TERM; while :; do sleep 0.01; done) & trap 'echo asked' TERM; while :; do sleep 0.01; done")
	spec.ActiveDeadlineSeconds, spec.TerminationGracePeriodSeconds = &seconds, &grace
	n := newNode(t)
	pod := n.run(spec)
	require.Equal(t, cell.Fails(), pod.Status.Phase == corev1.PodFailed)
	require.Equal(t, cell.Message, pod.Status.Reason)
	require.Equal(t, int32(128+syscall.SIGKILL), terminated(pod).ExitCode)
	require.Equal(t, "asked\n", n.log("main"))
}

// diskVariable tells TestDiskFull that it is in namespaces of its own.
const diskVariable = "KFP2ARGO_TEST_DISK"

// A pod that fills the disk fails by what its program makes of it. The next pod
// has the room again.
func TestDiskFull(t *testing.T) {
	cell := faulttable.Of(t, faulttable.VolumeFull, faulttable.Run)
	dir := os.Getenv(diskVariable)
	if dir == "" {
		self, err := os.Executable()
		require.NoError(t, err)
		again := exec.CommandContext(t.Context(), self, "-test.run=^TestDiskFull$", "-test.v")
		again.Env = append(os.Environ(), diskVariable+"="+t.TempDir())
		again.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
		}
		text, err := again.CombinedOutput()
		require.NoError(t, err, "%s", text)
		require.Contains(t, string(text), "--- PASS: TestDiskFull")
		return
	}
	require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"))
	n := newNodeIn(t, dir)
	fill := func(bytes string) corev1.PodSpec {
		spec := only("head -c " + bytes + " /dev/zero >/v/zeros || exit 9")
		spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
		spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "v", MountPath: "/v"}}
		return spec
	}
	pod := n.run(fill("2000000"))
	require.Equal(t, cell.Fails(), pod.Status.Phase == corev1.PodFailed)
	require.Equal(t, int32(9), terminated(pod).ExitCode)
	zero := int64(0)
	_, err := n.store.Delete(podKey, api.Deletion{Grace: &zero})
	require.NoError(t, err)
	require.Equal(t, corev1.PodSucceeded, n.run(fill("500000")).Status.Phase)
}
