package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

// TestMain lets the test's own program be the helper.
func TestMain(m *testing.M) {
	if os.Args[0] == sandbox.HelperName {
		_ = sandbox.Main()
		os.Exit(128)
	}
	os.Exit(m.Run())
}

func newSandbox(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	s := sandbox.New(self)
	t.Cleanup(s.Close)
	return s
}

// base is a program without mounts.
func base(t *testing.T, args ...string) sandbox.Spec {
	return sandbox.Spec{Args: args, Root: t.TempDir(), UID: 1000, ReadOnly: true, NoNewPrivileges: true, Env: []string{"PATH=/usr/bin:/bin"}}
}

// run runs a program to its end and returns what it has written.
func run(t *testing.T, spec sandbox.Spec) (string, sandbox.Exit) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "log")
	out, err := os.Create(file)
	require.NoError(t, err)
	defer out.Close()
	p, err := newSandbox(t).Start(spec, out)
	require.NoError(t, err)
	exit := p.Wait()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text), exit
}

func script(t *testing.T, text string) sandbox.Spec { return base(t, "sh", "-c", text) }

func TestCheck(t *testing.T) { require.NoError(t, newSandbox(t).Check()) }

func TestExit(t *testing.T) {
	for text, want := range map[string]int{":": 0, "exit 7": 7} {
		_, exit := run(t, script(t, text))
		require.Equal(t, want, exit.Code, text)
	}
}

func TestWhoAndWhere(t *testing.T) {
	spec := script(t, "id -u; id -g; echo $$; hostname; pwd; tr '\\0' ' ' </proc/1/cmdline")
	spec.Hostname, spec.Dir, spec.GID = "hello-pod", "/usr", 5
	text, _ := run(t, spec)
	require.Equal(t, "1000\n5\n1\nhello-pod\n/usr\nsh -c id -u; id -g; echo $$; hostname; pwd; tr '\\0' ' ' </proc/1/cmdline ", text)
}

func TestCapabilities(t *testing.T) {
	for _, c := range []struct {
		name       string
		uid        int
		privileged bool
		want       bool
	}{{"user", 1000, true, false}, {"root without", 0, false, false}, {"root with", 0, true, true}} {
		t.Run(c.name, func(t *testing.T) {
			spec := script(t, "grep CapEff /proc/self/status")
			spec.UID, spec.Privileged, spec.NoNewPrivileges = c.uid, c.privileged, false
			text, _ := run(t, spec)
			require.Equal(t, c.want, !strings.Contains(text, "0000000000000000"), text)
		})
	}
}

// The machine's files are there, and stay as they are.
func TestMachineIsReadOnly(t *testing.T) {
	here := t.TempDir()
	spec := script(t, fmt.Sprintf("ls /usr/bin/env; touch %s/f /etc/f /f /usr/f; ls -A %s", here, here))
	spec.UID = 0
	text, _ := run(t, spec)
	require.Contains(t, text, "/usr/bin/env")
	require.NoFileExists(t, filepath.Join(here, "f"))
	require.NoFileExists(t, "/etc/f")
	require.Contains(t, text, "Read-only file system")
}

// Mounts are seen wherever they are to be: on nothing, in what is the
// machine's, behind links, inside each other.
func TestMounts(t *testing.T) {
	volume, file := t.TempDir(), filepath.Join(t.TempDir(), "message")
	require.NoError(t, os.WriteFile(file, []byte("here\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(volume, "data"), []byte("data\n"), 0o600))
	for _, target := range []string{"/kfp", "/usr/share/kfp2argo-test/deep", "/var/run/secrets/account", "/tmp", "/dev/kfp", "/etc"} {
		t.Run(target, func(t *testing.T) {
			spec := script(t, fmt.Sprintf("cat %[1]s/data && echo more >%[1]s/new && cat /dev/termination-log && echo end >/dev/termination-log", target))
			spec.Mounts = []sandbox.Mount{{Source: file, Target: "/dev/termination-log"}, {Source: volume, Target: target}}
			require.NoError(t, os.WriteFile(file, []byte("here\n"), 0o600))
			text, exit := run(t, spec)
			require.Equal(t, "data\nhere\n", text)
			require.Zero(t, exit.Code)
			require.FileExists(t, filepath.Join(volume, "new"))
			require.NoError(t, os.Remove(filepath.Join(volume, "new")))
			said, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, "end\n", string(said))
		})
	}
}

func TestMountInMount(t *testing.T) {
	outer, inner := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(inner, "data"), []byte("data\n"), 0o600))
	spec := script(t, "cat /outer/a/b/data; touch /outer/mine; touch /outer/a/b/not")
	spec.Mounts = []sandbox.Mount{{Source: inner, Target: "/outer/a/b", ReadOnly: true}, {Source: outer, Target: "/outer"}}
	text, exit := run(t, spec)
	require.Contains(t, text, "data\n")
	require.Equal(t, 1, exit.Code)
	require.FileExists(t, filepath.Join(outer, "mine"))
	require.NoFileExists(t, filepath.Join(inner, "not"))
}

func TestStartFails(t *testing.T) {
	for _, c := range []struct {
		spec sandbox.Spec
		want string
	}{
		{base(t, "no-such-program"), `exec: "no-such-program": executable file not found in $PATH`},
		{base(t, "/no/such"), "exec /no/such: no such file or directory"},
		{base(t, "/etc"), "permission denied"},
		{base(t), "no program is given"},
		{func() sandbox.Spec { s := script(t, ":"); s.Dir = "/no/such"; return s }(), "working directory"},
		{func() sandbox.Spec {
			s := script(t, ":")
			s.Mounts = []sandbox.Mount{{Source: "/no/such", Target: "/x"}}
			return s
		}(), "mounting /x"},
	} {
		_, err := newSandbox(t).Start(c.spec, os.Stderr)
		require.ErrorIs(t, err, sandbox.ErrStart)
		require.ErrorContains(t, err, c.want)
	}
}

// follow starts a script and waits until it has written a word.
func follow(t *testing.T, spec sandbox.Spec, word string) *sandbox.Process {
	t.Helper()
	file := filepath.Join(t.TempDir(), "log")
	out, err := os.Create(file)
	require.NoError(t, err)
	t.Cleanup(func() { _ = out.Close() })
	p, err := newSandbox(t).Start(spec, out)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(text), word)
	}, 20*time.Second, 5*time.Millisecond)
	return p
}

func TestSignals(t *testing.T) {
	p := follow(t, script(t, "trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done"), "ready")
	p.Signal(syscall.SIGTERM)
	require.Equal(t, sandbox.Exit{Code: 3}, p.Wait())

	// As the first of its namespace a program without a handler is not ended.
	p = follow(t, script(t, "echo ready; while :; do sleep 0.01; done"), "ready")
	p.Signal(syscall.SIGTERM)
	p.Signal(syscall.SIGKILL)
	require.Equal(t, sandbox.Exit{Code: 137, Signal: syscall.SIGKILL}, p.Wait())
}

// All that a program has started ends with it.
func TestChildrenEnd(t *testing.T) {
	volume := t.TempDir()
	spec := script(t, "(while :; do echo x >>/v/beat; sleep 0.01; done) & while ! [ -s /v/beat ]; do sleep 0.01; done")
	spec.Mounts = []sandbox.Mount{{Source: volume, Target: "/v"}}
	_, exit := run(t, spec)
	require.Zero(t, exit.Code)
	// The namespace is gone when Wait returns: nobody writes any more.
	require.NoError(t, os.Remove(filepath.Join(volume, "beat")))
	require.Never(t, func() bool { _, err := os.Stat(filepath.Join(volume, "beat")); return err == nil }, 200*time.Millisecond, 20*time.Millisecond)
}
