package launcher

import (
	"context"
	"encoding/json"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/pod"
)

// start runs a shell script as the program of a task that has no outputs, and
// returns once it has said something.
func start(t *testing.T, ctx context.Context, script string) (signals chan<- os.Signal, done <-chan error) {
	t.Helper()
	root := contract.Root(t.TempDir())
	plan, err := json.Marshal(contract.Plan{
		Version:       contract.PlanVersion,
		ExecutorInput: contract.ExecutorInput{Outputs: contract.Outputs{OutputFile: root.Path("/out/file")}},
	})
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(root.Path(contract.Dir), 0o777))
	require.NoError(t, os.WriteFile(root.Path(contract.PlanFile), plan, 0o666))
	read, write, err := os.Pipe()
	require.NoError(t, err)
	sent := make(chan os.Signal, 10)
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, Options{
			Root: root, Command: []string{"sh", "-c", script}, Environ: os.Environ(),
			Stdout: write, Stderr: os.Stderr, Signals: sent, Grace: 200 * time.Millisecond, Log: pod.NewLogger(os.Stderr),
		})
	}()
	_, err = read.Read(make([]byte, 10))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, read.Close()); require.NoError(t, write.Close()) })
	return sent, ended
}

func requireCode(t *testing.T, want contract.ExitCode, err error) {
	t.Helper()
	var exit *ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, want, exit.Code)
}

// TestGrace stops a program that does not want to stop.
func TestGrace(t *testing.T) {
	signals, done := start(t, t.Context(), `trap '' TERM; echo ready; sleep 60; sleep 60`)
	signals <- syscall.SIGWINCH
	signals <- syscall.SIGTERM
	err := <-done
	requireCode(t, 137, err)
	require.EqualError(t, err, "the program was ended by signal 9 (killed) after the task was told to stop")
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, done := start(t, ctx, `echo ready; sleep 60`)
	cancel()
	requireCode(t, 143, <-done)
}

// TestStoppedAtTheEnd stops the task when its program has ended.
func TestStoppedAtTheEnd(t *testing.T) {
	signals := make(chan os.Signal, 2)
	ctx, stop := untilStopped(t.Context(), signals)
	defer stop()
	signals <- syscall.SIGHUP
	signals <- syscall.SIGTERM
	<-ctx.Done()
	require.EqualError(t, context.Cause(ctx), "the task was told to stop (terminated)")
}

func TestExitError(t *testing.T) {
	require.EqualError(t, &ExitError{Code: 7}, "the program exited with code 7")
}
