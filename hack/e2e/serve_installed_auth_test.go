//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestServeInstalledToken applies the manifest for callers with tokens: what it
// grants is enough for both kinds of them, and the server may do nothing by itself.
func TestServeInstalledToken(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	own := p.runsNamespace()
	p.install("token", own, "--store-secret="+storeSecret, "--pipeline-root="+p.root)
	s := p.forward(own)
	p.role(own, "reader", "get", "list")
	_, err := connect(t).kubernetes.CoreV1().ServiceAccounts(own).
		Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "reader"}}, metav1.CreateOptions{})
	require.NoError(t, err)
	for token, want := range map[string]int{
		"": http.StatusUnauthorized, "forged": http.StatusUnauthorized,
		p.token(own, "reader", ""):                       http.StatusOK,
		p.token(own, "reader", "pipelines.kubeflow.org"): http.StatusOK,
		p.token(own, "kfp2argo-server", ""):              http.StatusForbidden,
	} {
		r := s.request(http.MethodGet, "/runs", nil)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		status, answer := s.ask(r)
		require.Equal(t, want, status, "%v", answer)
	}
}

// TestServeInstalledHeader applies the manifest for users that a gateway names.
// What it grants is enough to run a pipeline for one of them.
func TestServeInstalledHeader(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	own := p.runsNamespace()
	p.install("header", own, "--store-secret="+storeSecret, "--pipeline-root="+p.root)
	s := p.forward(own)
	p.kubeflowRole(own, "alice", "alice@example.com", []string{"get", "list", "create"})
	as := func(user, method, path string, body any) (int, map[string]any) {
		r := s.request(method, path, body)
		r.Header.Set("kubeflow-userid", user)
		return s.ask(r)
	}
	status, _ := as("bob@example.com", http.MethodGet, "/runs", nil)
	require.Equal(t, http.StatusForbidden, status)
	status, run := as("alice@example.com", http.MethodPost, "/runs", map[string]any{
		"display_name": "hers", "pipeline_spec": pipelineSpec(t, examples+"hello.yaml"),
	})
	require.Equal(t, http.StatusOK, status, "%v", run)
	require.Eventually(t, func() bool {
		status, now := as("alice@example.com", http.MethodGet, "/runs/"+run["run_id"].(string), nil)
		require.Equal(t, http.StatusOK, status, "%v", now)
		require.NotEqual(t, "FAILED", now["state"], "%v", now)
		return now["state"] == "SUCCEEDED"
	}, runTime, time.Second)
}

// forward reaches the installed server past the API server, which keeps headers
// with tokens to itself.
func (p program) forward(namespace string) served {
	p.t.Helper()
	command := exec.CommandContext(context.WithoutCancel(p.t.Context()), "kubectl", "-n", namespace, "port-forward", "service/ml-pipeline", ":8888")
	out, err := command.StdoutPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, command.Start())
	p.t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait() // it ends by the signal
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(p.t, err)
	_, address, found := strings.Cut(line, "Forwarding from ")
	require.True(p.t, found, line)
	address, _, _ = strings.Cut(address, " ")
	return served{p.t, "http://" + address, http.DefaultClient}
}
