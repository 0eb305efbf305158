package storetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
	program := buildTool(t, "versitygw")
	dir := t.TempDir()
	for _, d := range []string{"buckets", "metadata"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, d), 0o777))
	}
	s := Server{Address: freeAddress(t), buckets: filepath.Join(dir, "buckets")}
	arguments = append([]string{"--port", s.Address, "--access", AccessKey, "--secret", SecretKey, "--quiet"}, arguments...)
	arguments = append(arguments, "posix", "--sidecar", filepath.Join(dir, "metadata"), s.buckets)
	startProcess(t, exec.Command(program, arguments...), s.Address)
	return s
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
