//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// program is the command kfp2argo, built for a test.
type program struct {
	t    *testing.T
	path string
	root string
	env  []string // beside that of the test
}

func buildProgram(t *testing.T) program {
	t.Helper()
	path, err := built()
	require.NoError(t, err)
	return program{t: t, path: path, root: connect(t).root(t)}
}

// built builds the program, once for all tests, unless it is there.
var built = sync.OnceValues(func() (string, error) {
	if programs := os.Getenv(programsVariable); programs != "" {
		return filepath.Join(programs, "kfp2argo"), nil
	}
	path, err := filepath.Abs("../../bin/test/kfp2argo")
	if err != nil {
		return "", err
	}
	text, err := exec.Command("go", "build", "-o", path, "../../cmd/kfp2argo").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building kfp2argo: %w: %s", err, text)
	}
	return path, nil
})

// outcomes is the command line that runs the pipeline of all outcomes.
func (p program) outcomes(args ...string) []string {
	return append([]string{
		"run", cases + "outcomes.yaml", "-n", namespace, "--store-secret", storeSecret, "--pipeline-root", p.root,
	}, args...)
}

// run runs the program to its end and returns what it has printed to standard
// output, and its exit code.
func (p program) run(args ...string) (string, int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), runTime)
	defer cancel()
	command := exec.CommandContext(ctx, p.path, args...)
	command.Env = append(os.Environ(), p.env...)
	var out, errors bytes.Buffer
	command.Stdout, command.Stderr = &out, &errors
	err := command.Run()
	require.NoError(p.t, ctx.Err(), "%v hangs:\n%s", args, out.String())
	p.t.Logf("%v: %v\n%s%s", args, err, out.String(), errors.String())
	return out.String(), command.ProcessState.ExitCode()
}

// good runs the program, which must succeed.
func (p program) good(args ...string) string {
	p.t.Helper()
	text, code := p.run(args...)
	require.Zero(p.t, code, "%v", args)
	return text
}

// discard deletes the run that a text names, once nobody will look at it.
func (p program) discard(text string) {
	c := connect(p.t)
	name := runName.FindString(text)
	p.t.Cleanup(func() {
		if p.t.Failed() {
			return
		}
		background := metav1.DeletePropagationBackground
		deleted(p.t, c.workflows.ArgoprojV1alpha1().Workflows(namespace).
			Delete(context.Background(), name, metav1.DeleteOptions{PropagationPolicy: &background}))
	})
}

var runName = regexp.MustCompile(`outcomes-[a-z0-9]{5}`)

// TestRunCommandSucceeds runs a pipeline with all its logs and looks at what it
// has left. The tasks of a second run are cached.
func TestRunCommandSucceeds(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	text := p.good(p.outcomes("-p", "bad=-1", "--logs")...)
	require.Contains(t, text, "all.prepare | preparing none\n")
	require.Contains(t, text, "all.train-all-1.fit | fitting 1\n")
	require.Contains(t, text, "7 tasks: 6 succeeded, 1 skipped\n")
	run := runName.FindString(text)
	p.discard(run)

	require.Contains(t, p.good("outputs", run, "-n", namespace), "count  2\ndata   s3://")
	var outputs map[string]struct{ Parameter json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(p.good("outputs", run, "-n", namespace, "-o", "json")), &outputs))
	require.JSONEq(t, "2", string(outputs["count"].Parameter))
	require.Contains(t, p.good("get", run+"/all.prepare", "-n", namespace), "seed  none\n")
	require.Equal(t, strings.Repeat("x", 40000)+"\n", p.good("get", run+"/all.prepare/text", "-n", namespace), "it lies in the store")
	place := filepath.Join(t.TempDir(), "data")
	require.Equal(t, place+"\n", p.good("get", run+"/all.prepare/data", place, "-n", namespace))
	two, err := os.ReadFile(filepath.Join(place, "two.txt"))
	require.NoError(t, err)
	require.Equal(t, "two\n", string(two))
	require.Equal(t, "preparing none\n", p.good("logs", run, "all.prepare", "-n", namespace))
	require.Contains(t, p.good("logs", run, "all.prepare", "--driver", "-n", namespace), "cache: miss")

	text = p.good(p.outcomes("-p", "bad=-1")...)
	require.Contains(t, text, "7 tasks: 6 succeeded (4 cached), 1 skipped\n")
	p.discard(text)
}

// TestRunCommandFails starts a run that fails, and watches it.
func TestRunCommandFails(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	run := strings.TrimSpace(p.good(p.outcomes("--detach")...))
	require.Regexp(t, "^"+runName.String()+"$", run)
	p.discard(run)
	text, code := p.run("watch", run, "-n", namespace)
	require.Equal(t, 1, code)
	require.Contains(t, text, "all.train-all-1.fit | no good: row 1\n")
	require.Contains(t, text, "all.train-all-1.fit (attempt 2) | no good: row 1\n")
	require.Contains(t, text, "main: Error (exit code 3)")
	require.Contains(t, text, "7 tasks: 4 succeeded, 1 failed, 1 skipped, 1 omitted\n")
	text, code = p.run("watch", run, "-n", namespace, "-o", "json")
	require.Equal(t, 1, code)
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		require.True(t, json.Valid([]byte(line)), line)
	}
}

// TestRunCommandStops interrupts a run. Its exit task runs all the same.
func TestRunCommandStops(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	ctx, cancel := context.WithTimeout(t.Context(), runTime)
	defer cancel()
	command := exec.CommandContext(ctx, p.path, p.outcomes("-p", "seconds=3600", "-p", "bad=-1")...)
	out := &signalled{until: "running   all.wait"}
	out.then = func() error { return command.Process.Signal(syscall.SIGINT) }
	command.Stdout = out
	err := command.Run()
	require.NoError(t, ctx.Err(), "it hangs:\n%s", out.text.String())
	require.Error(t, err)
	require.Equal(t, 1, command.ProcessState.ExitCode())
	p.discard(out.text.String())
	require.Contains(t, out.text.String(), "stopping  outcomes-")
	require.Contains(t, out.text.String(), "exit tasks still run; Ctrl-C again to terminate the run at once")
	require.Contains(t, out.text.String(), "stopped   all.wait")
	require.NotContains(t, out.text.String(), "no log")
	require.Contains(t, out.text.String(), "succeeded report")
}

// TestRunCommandGivesUp runs a pipeline whose programs come in an image that is not
// there, and does not wait for it for ever: a minute, since a busy Argo may take some
// time to begin.
func TestRunCommandGivesUp(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	text, code := p.run(p.outcomes("--image", "kfp2argo.invalid/no:1", "--fail-fast-pending", "1m")...)
	require.Equal(t, 4, code)
	p.discard(text)
	require.Contains(t, text, "pending   all.prepare  the image kfp2argo.invalid/no:1 of its container driver cannot be pulled: ")
	require.Contains(t, text, "terminating outcomes-")
	require.Contains(t, text, "stopped   all.prepare")
}

// signalled sends a signal when a text has been written.
type signalled struct {
	text  bytes.Buffer
	until string
	then  func() error
	done  bool
}

func (s *signalled) Write(text []byte) (int, error) {
	s.text.Write(text)
	if !s.done && strings.Contains(s.text.String(), s.until) {
		s.done = true
		return len(text), s.then()
	}
	return len(text), nil
}

// TestRunCommandDraws runs a pipeline in a terminal, and compares what stands
// there at its end, without times.
func TestRunCommandDraws(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	socket := filepath.Join(t.TempDir(), "tmux")
	tmux := func(args ...string) string {
		text, err := exec.CommandContext(context.WithoutCancel(t.Context()), "tmux", append([]string{"-S", socket, "-f", "/dev/null"}, args...)...).CombinedOutput()
		require.NoError(t, err, "%v: %s", args, text)
		return string(text)
	}
	script := "'" + strings.Join(append([]string{p.path}, p.outcomes()...), "' '") + "'; tmux wait-for -S over; read forever"
	tmux("new-session", "-d", "-x", "100", "-y", "40", "-e", "LC_ALL=C.UTF-8", "sh", "-c", script)
	t.Cleanup(func() { tmux("kill-server") })
	drawn := ""
	for bound := time.Now().Add(runTime); !strings.Contains(drawn, " skipped, "); drawn = tmux("capture-pane", "-p") {
		require.True(t, time.Now().Before(bound), "it hangs:\n%s", drawn)
		if strings.Contains(drawn, "running") {
			require.Regexp(t, `(?m)^[○●✗] all `, drawn, "the tree stands there while it runs")
		}
	}
	tmux("wait-for", "over")
	picture := tmux("capture-pane", "-p")
	t.Log(picture)
	p.discard(picture)
	_, tree, found := strings.Cut(picture, "\n✗ all ")
	require.True(t, found, picture)
	tree = regexp.MustCompile(` +(\d+[hms])+\b`).ReplaceAllString(tree, " T")
	tree = runName.ReplaceAllString(strings.TrimRight("✗ all "+tree, "\n"), "NAME")
	require.Equal(t, strings.TrimSpace(`
✗ all              failed T
✓   prepare        succeeded T
✗   train-all      failed T  3 of 3 done, 1 failed
✗     train-all-1  failed T
✗       fit        failed T  attempt 2, main: Error (exit code 3), no retries are left
·   deploy         omitted
–   wait           skipped
✓ report           succeeded T
NAME  failed T  7 tasks: 4 succeeded, 1 failed, 1 skipped, 1 omitted`), tree)
	require.Contains(t, picture, "all.train-all-1.fit | no good: row 1\n", "the log stands above")
}
