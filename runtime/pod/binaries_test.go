package pod_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// programs holds the two names of the pods' program as it is shipped, built
// once for all tests.
type programs struct{ driver, launcher string }

// Building takes seconds, so the tests share it.
var buildPrograms = sync.OnceValues(func() (programs, error) {
	dir, err := os.MkdirTemp("", "kfp2argo-programs-")
	if err != nil {
		return programs{}, err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return programs{}, err
	}
	p := programs{filepath.Join(dir, "driver"), filepath.Join(dir, "launcher")}
	command := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", p.driver, module+"cmd/kfp2argo-pod")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return p, err
	}
	return p, os.Link(p.driver, p.launcher)
})

func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == "sdk" { // as the program of a component
		if err := sdk(os.Args[2], os.Args[3], os.Args[4]); err != nil {
			panic(err)
		}
		return
	}
	if len(os.Args) == 3 && os.Args[1] == "thief" {
		steal(os.Args[2])
		return
	}
	code := m.Run()
	if p, err := buildPrograms(); err == nil {
		_ = os.RemoveAll(filepath.Dir(p.driver))
	}
	os.Exit(code)
}

func mustBuild(t *testing.T) programs {
	t.Helper()
	p, err := buildPrograms()
	require.NoError(t, err)
	return p
}

// TestSize holds the size of what every pod pulls and copies.
func TestSize(t *testing.T) {
	const most = 12 << 20
	info, err := os.Stat(mustBuild(t).driver)
	require.NoError(t, err)
	require.LessOrEqual(t, info.Size(), int64(most))
}

// TestNames calls the program by its names. Only the driver has a doctor.
func TestNames(t *testing.T) {
	p := mustBuild(t)
	at := func(name string) string { return filepath.Join(t.TempDir(), name) }
	own, copied := at("kfp2argo-pod"), at("kfp-launcher")
	require.NoError(t, os.Symlink(p.driver, own))
	require.NoError(t, os.Symlink(p.driver, copied))
	const (
		driver   = "0 Usage of doctor:"
		launcher = "1 kfp2argo: error: there is no /no/such/root/kfp/plan.json"
	)
	for _, c := range []struct {
		command []string
		want    string
	}{
		{[]string{p.driver, "doctor", "--help"}, driver},
		{[]string{p.launcher, "doctor", "--help"}, launcher},
		{[]string{copied, "driver", "doctor", "--help"}, launcher},
		{[]string{own, "driver", "doctor", "--help"}, driver},
		{[]string{own, "launcher", "driver", "doctor", "--help"}, launcher},
		{[]string{own, "doctor"}, "2 usage: kfp2argo-pod driver|launcher"},
		{[]string{own}, "2 usage: kfp2argo-pod driver|launcher"},
	} {
		command := exec.Command(c.command[0], c.command[1:]...)
		command.Env = []string{"KFP2ARGO_ROOT=/no/such/root"}
		output, _ := command.CombinedOutput()
		require.Contains(t, fmt.Sprintf("%d %s", command.ProcessState.ExitCode(), output), c.want, "%q", c.command)
	}
}

func TestVersion(t *testing.T) {
	p := mustBuild(t)
	for _, path := range []string{p.driver, p.launcher} {
		output, err := exec.Command(path, "--version").Output()
		require.NoError(t, err)
		require.Regexp(t, `^\S+\n$`, string(output))
	}
}
