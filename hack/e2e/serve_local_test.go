//go:build e2e

package e2e

import (
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestServeLocal sends what the real SDK sends to a server without a cluster, and
// runs a pipeline whose artifacts stay on this machine.
func TestServeLocal(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	dir := p.engineDir()
	s, end := p.startServer("--local", "--local-dir", dir)
	replayAll(s, "local", p.root)

	id := s.start("stays here", pipelineSpec(t, examples+"shell.yaml"), map[string]any{"text": "a b"})
	run := s.wait(id)
	require.Equal(t, "SUCCEEDED", run["state"], "%v", run)
	files, err := filepath.Glob(filepath.Join(dir, "claims", "local", "kfp2argo", "artifacts", "shell", id, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	end()
}

// TestServeLocalAgain ends a server and its engine. Those that come after have
// all that went before.
func TestServeLocalAgain(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	dir := p.engineDir()
	local := []string{"--local", "--local-dir", dir}
	s, end := p.startServer(local...)
	experiment := s.good(http.MethodPost, "/experiments", map[string]any{"display_name": "stays"})["experiment_id"]
	id := s.start("stays", pipelineSpec(t, examples+"shell.yaml"), map[string]any{"text": "a"})
	require.Equal(t, "SUCCEEDED", s.wait(id)["state"])
	end()
	engines := func() []int { return processes("kfp2argo-local\x00--dir\x00" + dir + "\x00") }
	for _, pid := range engines() {
		require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
	}
	require.Eventually(t, func() bool { return len(engines()) == 0 }, runTime, 10*time.Millisecond)

	s, end = p.startServer(local...)
	require.Equal(t, "stays", s.good(http.MethodGet, "/experiments/"+experiment.(string), nil)["display_name"])
	run := s.good(http.MethodGet, "/runs/"+id, nil)
	require.Equal(t, "SUCCEEDED", run["state"])
	require.NotEmpty(t, run["pipeline_spec"])
	end()
}
