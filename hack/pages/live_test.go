//go:build live

package pages

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Where the runs of the test are, as hack/cluster makes it.
const (
	namespace   = "kfp"
	storeSecret = "kfp-s3"
)

// TestLive starts kfp2argo serve for the cluster of KUBECONFIG and lets live.test.js
// look at it. What that starts there has a name with TAG, and is deleted in the end.
func TestLive(t *testing.T) {
	tag := fmt.Sprintf("pages-%d", time.Now().UnixMilli())
	base := serve(t, tag)
	spec, err := os.ReadFile("../../examples/hello.yaml")
	require.NoError(t, err)
	stuck := filepath.Join(t.TempDir(), "stuck.yaml")
	require.Contains(t, string(spec), "image: python:3.11")
	require.NoError(t, os.WriteFile(stuck, bytes.ReplaceAll(spec, []byte("image: python:3.11"), []byte("image: registry.invalid/none:1")), 0o600))
	look(t, "live.test.js", "PAGES="+base, "TAG="+tag, "STUCK="+stuck)
}

// serve starts a server with a pipeline root of its own and returns its address.
func serve(t *testing.T, tag string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "kfp2argo")
	text, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/kfp2argo").CombinedOutput()
	require.NoError(t, err, "%s", text)
	root := fmt.Sprintf("s3://%s/pages/%s?endpoint=%s&region=us-east-1&s3ForcePathStyle=true", variable(t, "KFP2ARGO_S3_BUCKET"), tag, variable(t, "KFP2ARGO_S3_ENDPOINT"))
	arguments := []string{"serve", "--listen", "127.0.0.1:0", "-n", namespace, "--pipeline-root", root, "--store-secret", storeSecret}
	if image := os.Getenv("KFP2ARGO_IMAGE"); image != "" {
		arguments = append(arguments, "--image", image)
	}
	command := exec.CommandContext(context.WithoutCancel(t.Context()), program, arguments...)
	command.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+variable(t, "KFP2ARGO_S3_ACCESS_KEY"), "AWS_SECRET_ACCESS_KEY="+variable(t, "KFP2ARGO_S3_SECRET_KEY"))
	var log bytes.Buffer
	command.Stderr = &log
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, command.Process.Signal(syscall.SIGTERM))
		require.NoError(t, command.Wait(), "it does not end well: %s", &log)
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "it does not serve: %s", &log)
	return strings.TrimSpace(line)
}

func variable(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	require.NotEmpty(t, value, "%s is not set: see hack/pages/run", name)
	return value
}
