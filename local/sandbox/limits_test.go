//go:build cgroup

package sandbox_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/local/cgroup"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

// openGroups opens the groups of this process, as hack/limits lets it, and requires
// that nothing is left of them.
func openGroups(t *testing.T) *cgroup.Groups {
	t.Helper()
	g, err := cgroup.Open()
	require.NoError(t, err)
	require.Equal(t, []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}, g.Enforces)
	t.Cleanup(func() { require.NoError(t, g.Close()) })
	return g
}

// runLimited runs a script with limits and returns what it has written.
func runLimited(t *testing.T, g *cgroup.Groups, script string, l cgroup.Limits) (string, sandbox.Exit) {
	t.Helper()
	s := newSandbox(t)
	s.Groups = g
	spec := base(t, "sh", "-c", script)
	spec.Limits = l
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer out.Close()
	p, err := s.Start(spec, out)
	require.NoError(t, err)
	exit := p.Wait()
	text, err := os.ReadFile(out.Name())
	require.NoError(t, err)
	return string(text), exit
}

// The program that uses more memory than it may is killed, with all that it has
// started. The one beside it is not.
func TestLimitOfMemory(t *testing.T) {
	g := openGroups(t)
	const hungry = `(while :; do :; done) & x=$(head -c 20000000 /dev/zero | tr '\0' x); echo ${#x}`
	text, exit := runLimited(t, g, hungry, cgroup.Limits{Memory: 8 << 20})
	require.Equal(t, 137, exit.Code, text)
	require.True(t, exit.OutOfMemory)
	require.Empty(t, text)
	text, exit = runLimited(t, g, `x=$(head -c 20000000 /dev/zero | tr '\0' x); echo ${#x}`, cgroup.Limits{Memory: 200 << 20})
	require.Equal(t, sandbox.Exit{}, exit)
	require.Equal(t, "20000000\n", text)
}

// The program that wants more CPU than it may have has to wait.
func TestLimitOfCPU(t *testing.T) {
	const busy = `cd /sys/fs/cgroup/$(sed s/0::// /proc/self/cgroup); cat cpu.max; until grep -q 'nr_throttled [1-9]' cpu.stat; do :; done`
	text, exit := runLimited(t, openGroups(t), busy, cgroup.Limits{CPU: 50})
	require.Equal(t, "5000 100000\n", text)
	require.Equal(t, sandbox.Exit{}, exit)
}

// What an engine that was killed has left is removed.
func TestGroupsLeft(t *testing.T) {
	g := openGroups(t)
	left := filepath.Join(filepath.Dir(g.Dir()), "kfp2argo-local-4194304") // no process has this number
	require.NoError(t, os.MkdirAll(filepath.Join(left, "1"), 0o755))
	_, err := cgroup.Open()
	require.NoError(t, err)
	require.NoDirExists(t, left)
}
