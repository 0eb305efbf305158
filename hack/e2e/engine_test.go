//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/internal/faulttable"
)

// engineDir is a directory for runs on this machine. What serves it ends with the
// test.
func (p program) engineDir() string {
	p.t.Helper()
	dir := filepath.Join(p.t.TempDir(), "runs")
	p.t.Cleanup(func() {
		for _, pid := range processes("kfp2argo-local\x00--dir\x00" + dir + "\x00") {
			require.NoError(p.t, syscall.Kill(pid, syscall.SIGTERM))
			require.Eventually(p.t, func() bool { return syscall.Kill(pid, 0) != nil }, runTime, 10*time.Millisecond)
		}
	})
	return dir
}

// processes lists the processes whose command lines have a text.
func processes(text string) []int {
	var found []int
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(line), text) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && pid != os.Getpid() {
			found = append(found, pid)
		}
	}
	return found
}

// slow writes shell.yaml with a program that takes as long as it is told.
func slow(t *testing.T, seconds string) string {
	t.Helper()
	text, err := os.ReadFile(examples + "shell.yaml")
	require.NoError(t, err)
	const fast = `echo "$0!" | tr a-z A-Z`
	require.Contains(t, string(text), fast)
	file := filepath.Join(t.TempDir(), "slow.yaml")
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), fast, "sleep "+seconds, 1)), 0o600))
	return file
}

var shellRun = regexp.MustCompile(`shell-[a-z0-9]{5}`)

// TestTerminalClosed closes the terminal of a run on this machine, which goes on.
func TestTerminalClosed(t *testing.T) {
	t.Parallel()
	faulttable.GoesOn(t, faulttable.TerminalClosed, faulttable.Run)
	// Under nohup, programs inherit that the signal is ignored; a handler ends that.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	p := buildProgram(t)
	dir := p.engineDir()
	command := exec.CommandContext(t.Context(), p.path, "run", "--local", "--local-dir", dir, slow(t, "2"), "-p", "text=a b")
	out := &signalled{until: "running   for-loop-2-0.shout"}
	out.then = func() error { return command.Process.Signal(syscall.SIGHUP) }
	var errors bytes.Buffer
	command.Stdout, command.Stderr = out, &errors
	require.Error(t, command.Run(), "it has shown the run to its end:\n%s", out.text.String())
	run := shellRun.FindString(out.text.String())
	require.NotEmpty(t, run, errors.String())
	require.Contains(t, p.good("watch", "--local", "--local-dir", dir, run), "5 tasks: 4 succeeded, 1 skipped\n")
}

// TestOpen looks at runs of this machine in a browser, which here writes down
// what it is asked for.
func TestOpen(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	dir := t.TempDir()
	asked := filepath.Join(dir, "asked")
	browser := filepath.Join(dir, "browser")
	require.NoError(t, os.WriteFile(browser, []byte("#!/bin/sh\nprintf %s \"$1\" >"+asked+".new && mv "+asked+".new "+asked+"\n"), 0o700))
	local := []string{"--local", "--local-dir", p.engineDir()}
	start := func(args ...string) (*exec.Cmd, *signalled) {
		command := exec.CommandContext(t.Context(), p.path, append(args, local...)...)
		command.Env = append(os.Environ(), "BROWSER="+browser)
		said := &signalled{then: func() error { return command.Process.Signal(syscall.SIGINT) }}
		command.Stdout, command.Stderr = io.Discard, said
		return command, said
	}
	page := func() string {
		var address []byte
		require.Eventually(t, func() bool {
			var err error
			address, err = os.ReadFile(asked)
			return err == nil
		}, runTime, 10*time.Millisecond)
		require.NoError(t, os.Remove(asked))
		return readPage(t, string(address))
	}

	command, said := start("run", "--open", examples+"shell.yaml", "-p", "text=a")
	said.until = "the pages are there until Ctrl-C"
	require.NoError(t, command.Start())
	require.Regexp(t, shellRun, page())
	require.NoError(t, command.Wait(), said.text.String())

	command, said = start("open")
	said.done = true // nobody waits for a text
	require.NoError(t, command.Start())
	shown := page()
	require.Regexp(t, shellRun, shown)
	require.Contains(t, shown, "Succeeded")
	require.NoError(t, said.then())
	require.NoError(t, command.Wait(), said.text.String())
}

func readPage(t *testing.T, address string) string {
	t.Helper()
	answer, err := http.Get(address)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode, address)
	page, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(page)
}

// TestLife stops a run, retries it, and deletes it.
func TestLife(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	local := []string{"--local", "--local-dir", p.engineDir()}
	do := func(command string, run ...string) (string, int) {
		return p.run(append(append([]string{command}, run...), local...)...)
	}
	seconds := "5." + strconv.Itoa(os.Getpid())
	run := strings.TrimSpace(p.good(append([]string{"run", "--detach", slow(t, seconds), "-p", "text=a"}, local...)...))
	_, code := do("retry", run)
	require.Equal(t, 1, code, "it has not failed")
	require.Eventually(t, func() bool { return len(processes("sleep\x00"+seconds+"\x00")) > 0 }, runTime, 10*time.Millisecond, "the program does not begin")
	text, code := do("stop", run)
	require.Equal(t, "run "+run+" is asked to stop\n", text)
	require.Zero(t, code)
	_, code = do("watch", run)
	require.Equal(t, 1, code)
	_, code = do("terminate", run)
	require.Equal(t, 1, code, "it has ended")
	text, code = do("retry", run)
	require.Equal(t, "run "+run+" goes on\n", text)
	require.Zero(t, code)
	_, code = do("watch", run)
	require.Zero(t, code)
	_, code = do("delete", run)
	require.Zero(t, code)
	_, code = do("delete", run)
	require.Equal(t, 1, code, "it is gone")
}

// TestEngineKilled kills what runs pipelines in the middle of a run. Its programs
// end with it. What comes after it ends the run, and has what went before.
func TestEngineKilled(t *testing.T) {
	t.Parallel()
	require.True(t, faulttable.Of(t, faulttable.EngineKilled, faulttable.Run).Fails())
	p := buildProgram(t)
	dir := p.engineDir()
	local := []string{"--local", "--local-dir", dir}
	seconds := "98765." + strconv.Itoa(os.Getpid())
	run := strings.TrimSpace(p.good(append([]string{"run", "--detach", slow(t, seconds), "-p", "text=a"}, local...)...))
	programs := func() []int { return processes("sleep\x00" + seconds + "\x00") }
	require.Eventually(t, func() bool { return len(programs()) > 0 }, runTime, 10*time.Millisecond, "the program does not begin")
	// A pod that is lost in the first ten seconds of its node, or while the node is
	// pending, Argo makes again.
	require.Eventually(t, func() bool {
		started, running := runningSince(t, dir, run, ".shout(")
		return running && time.Since(started) > 12*time.Second
	}, runTime, 100*time.Millisecond)
	for _, pid := range processes("kfp2argo-local\x00--dir\x00" + dir + "\x00") {
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	}
	require.Eventually(t, func() bool { return len(programs()) == 0 }, runTime, 10*time.Millisecond, "a program outlives the engine")
	text, code := p.run(append([]string{"watch", run}, local...)...)
	require.Equal(t, 1, code)
	require.Contains(t, text, "1 failed")
	require.Contains(t, p.good(append([]string{"get", run + "/split"}, local...)...), "count  1\n")
}

// runningSince says whether a pod whose node has a text in its name is running, as the
// files of an engine have the run, and since when its node has been there.
func runningSince(t *testing.T, dir, run, node string) (time.Time, bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "objects", "workflows", "local", run+".json"))
	if err != nil {
		return time.Time{}, false
	}
	var wf wfv1.Workflow
	require.NoError(t, json.Unmarshal(text, &wf))
	for _, n := range wf.Status.Nodes {
		if n.Type == wfv1.NodeTypePod && strings.Contains(n.Name, node) {
			return n.StartedAt.Time, n.Phase == wfv1.NodeRunning
		}
	}
	return time.Time{}, false
}

// TestEnginesAtOnce starts two runs at once where nothing serves yet: one engine
// serves both.
func TestEnginesAtOnce(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	dir := p.engineDir()
	var both errgroup.Group
	for range 2 {
		both.Go(func() error {
			return exec.CommandContext(t.Context(), p.path, "run", "--local", "--local-dir", dir, examples+"shell.yaml").Run()
		})
	}
	require.NoError(t, both.Wait())
	require.Len(t, processes("kfp2argo-local\x00--dir\x00"+dir+"\x00"), 1)
	require.Len(t, strings.Split(strings.TrimSpace(p.good("runs", "--local", "--local-dir", dir)), "\n"), 3)
}
