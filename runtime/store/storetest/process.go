package storetest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// buildTool returns a program, which it builds where Go's cache lacks it. Its
// version is pinned in the module of its name beside this file.
func buildTool(t testing.TB, name string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "tool", "-n", name)
	command.Dir = filepath.Join(here(t), strings.ReplaceAll(name, "-", ""))
	command.Stderr = os.Stderr
	output, err := command.Output()
	require.NoError(t, err, "building %s", name)
	return strings.TrimSpace(string(output))
}

// here returns the directory of this file.
func here(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	require.True(t, ok)
	return filepath.Dir(file)
}

// startProcess starts a server for the test and waits until it takes
// connections. Where the test fails it logs what the server said.
func startProcess(t testing.TB, command *exec.Cmd, address string) {
	t.Helper()
	name := filepath.Base(command.Path)
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	require.NoError(t, err)
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, command.Start())
	exited := make(chan error, 1)
	go func() { exited <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		err := <-exited
		_ = output.Close()
		if t.Failed() {
			log, _ := os.ReadFile(output.Name())
			t.Logf("%s ended with %v and said:\n%s", name, err, log)
		}
	})
	await(t, name, address, exited)
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// await waits until a server takes connections.
func await(t testing.TB, name, address string, exited chan error) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			require.NoError(t, connection.Close())
			return
		}
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("%s ended: %v", name, err)
		default:
		}
	}
	t.Fatalf("%s takes no connections", name)
}
