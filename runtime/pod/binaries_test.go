package pod_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// programs holds the driver and the launcher as they are shipped, built once
// for all tests.
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
	command := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", dir,
		"github.com/kfp2argo/kfp2argo/cmd/driver", "github.com/kfp2argo/kfp2argo/cmd/launcher")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	return programs{filepath.Join(dir, "driver"), filepath.Join(dir, "launcher")}, command.Run()
})

func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == "sdk" { // as the program of a component
		if err := sdk(os.Args[2], os.Args[3], os.Args[4]); err != nil {
			panic(err)
		}
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
	const most = 24 << 20
	p := mustBuild(t)
	total := int64(0)
	for _, path := range []string{p.driver, p.launcher} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		total += info.Size()
	}
	require.Less(t, total, int64(most))
}

func TestVersion(t *testing.T) {
	p := mustBuild(t)
	for _, path := range []string{p.driver, p.launcher} {
		output, err := exec.Command(path, "--version").Output()
		require.NoError(t, err)
		require.Regexp(t, `^\S+\n$`, string(output))
	}
}
