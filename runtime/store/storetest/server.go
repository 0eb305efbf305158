package storetest

import (
	"fmt"
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

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// Server is a running S3 server.
type Server struct {
	// Address is its host and port.
	Address string
	buckets string
}

// The server's only user.
const (
	AccessKey = "storetest"
	SecretKey = "storetest-secret"
)

// StartServer starts versitygw for the test, with the arguments that a test
// has to add.
//
// Its version is pinned in the module beside this file. Go builds it at first
// use, which takes a few minutes, and keeps it in its cache.
func StartServer(t testing.TB, arguments ...string) Server {
	t.Helper()
	program := buildServer(t)
	dir := t.TempDir()
	for _, d := range []string{"buckets", "metadata"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, d), 0o777))
	}
	s := Server{Address: freeAddress(t), buckets: filepath.Join(dir, "buckets")}
	arguments = append([]string{"--port", s.Address, "--access", AccessKey, "--secret", SecretKey, "--quiet"}, arguments...)
	arguments = append(arguments, "posix", "--sidecar", filepath.Join(dir, "metadata"), s.buckets)
	command := exec.Command(program, arguments...)
	output, err := os.Create(filepath.Join(dir, "output"))
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
			t.Logf("versitygw ended with %v and said:\n%s", err, log)
		}
	})
	s.await(t, exited)
	return s
}

// buildServer returns the program, which it builds where Go's cache lacks it.
func buildServer(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	require.True(t, ok)
	command := exec.CommandContext(t.Context(), "go", "tool", "-n", "versitygw")
	command.Dir = filepath.Join(filepath.Dir(file), "versitygw")
	command.Stderr = os.Stderr
	output, err := command.Output()
	require.NoError(t, err, "building versitygw")
	return strings.TrimSpace(string(output))
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// await waits until the server takes connections.
func (s Server) await(t testing.TB, exited chan error) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		connection, err := net.Dial("tcp", s.Address)
		if err == nil {
			require.NoError(t, connection.Close())
			return
		}
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("versitygw ended: %v", err)
		default:
		}
	}
	t.Fatal("versitygw takes no connections")
}

// MakeBucket makes a bucket.
func (s Server) MakeBucket(t testing.TB, name string) {
	t.Helper()
	require.NoError(t, os.Mkdir(filepath.Join(s.buckets, name), 0o777))
}

// Write makes an object as the server itself keeps it, which is faster than
// storing it. The bucket is made if need be.
func (s Server) Write(t testing.TB, bucket, key, content string) {
	t.Helper()
	path := filepath.Join(s.buckets, bucket, key)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o666))
}

// Environment returns the environment of a pod that uses the server.
func (s Server) Environment() []string {
	return []string{contract.AccessKeyVariable + "=" + AccessKey, contract.SecretKeyVariable + "=" + SecretKey}
}

// Getenv looks a variable up in Environment.
func (s Server) Getenv(name string) string {
	for _, variable := range s.Environment() {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}

// Root returns the pipeline root for a place in a bucket.
func (s Server) Root(scheme, place string) string {
	return fmt.Sprintf("%s://%s?endpoint=http://%s&s3ForcePathStyle=true", scheme, place, s.Address)
}
