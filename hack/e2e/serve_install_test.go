//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// TestServeInstalled applies the manifest to a namespace that admits restricted
// pods only, and asks through the Service as kfp.Client does that has a
// kubeconfig and no host.
func TestServeInstalled(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	own := p.runsNamespace()
	s := p.install("none", own, "--store-secret="+storeSecret, "--pipeline-root="+p.root, "--allowed-host="+apiServer(t))
	require.Contains(t, s.text("/metrics"), "kfp2argo_")
	replayAll(s, own, p.root)
	run := s.wait(s.start("installed", pipelineSpec(t, examples+"hello.yaml"), nil))
	require.Equal(t, "SUCCEEDED", run["state"], "%v", run)
}

// runsNamespace makes a namespace for the test alone in which pipelines run.
func (p program) runsNamespace() string {
	p.t.Helper()
	ctx, kube := p.t.Context(), connect(p.t).kubernetes
	own := p.namespace()
	labels := []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`)
	_, err := kube.CoreV1().Namespaces().Patch(ctx, own, "application/merge-patch+json", labels, metav1.PatchOptions{})
	require.NoError(p.t, err)
	secret, err := kube.CoreV1().Secrets(namespace).Get(ctx, storeSecret, metav1.GetOptions{})
	require.NoError(p.t, err)
	_, err = kube.CoreV1().Secrets(own).Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: storeSecret}, Data: secret.Data}, metav1.CreateOptions{})
	require.NoError(p.t, err)
	meta := metav1.ObjectMeta{Name: "executor"}
	_, err = kube.RbacV1().Roles(own).Create(ctx, &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"argoproj.io"}, Resources: []string{"workflowtaskresults"}, Verbs: []string{"create", "patch"}},
	}}, metav1.CreateOptions{})
	require.NoError(p.t, err)
	_, err = kube.RbacV1().RoleBindings(own).Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "executor"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: "default", Namespace: own}},
	}, metav1.CreateOptions{})
	require.NoError(p.t, err)
	return own
}

// install applies the manifest of a mode with further arguments of the server,
// waits for that and returns the way to it: the API server's, to the Service.
func (p program) install(mode, namespace string, args ...string) served {
	t := p.t
	t.Helper()
	dir := t.TempDir()
	manifest, err := filepath.Abs("../../deploy/server/" + mode)
	require.NoError(t, err)
	base, err := filepath.Rel(dir, manifest)
	require.NoError(t, err)
	if image := os.Getenv("KFP2ARGO_IMAGE"); image != "" {
		args = append(args, "--image="+image)
	}
	patch := ""
	for _, arg := range args {
		patch += fmt.Sprintf("      - {op: add, path: /spec/template/spec/containers/0/args/-, value: %q}\n", arg)
	}
	image := cmp.Or(os.Getenv("KFP2ARGO_SERVER_IMAGE"), "kfp2argo/server:dev")
	name, tag, _ := strings.Cut(image, ":")
	overlay := fmt.Sprintf("namespace: %s\nresources: [%s]\nimages: [{name: kfp2argo/server, newName: %s, newTag: %s}]\npatches:\n  - target: {kind: Deployment}\n    patch: |\n%s",
		namespace, base, name, tag, patch)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(overlay), 0o600))
	kubectl(t, nil, "apply", "-k", dir)
	t.Cleanup(func() { kubectl(t, nil, "delete", "-k", dir, "--wait=false", "--ignore-not-found") })
	kubectl(t, nil, "-n", namespace, "rollout", "status", "deployment/kfp2argo-server", "--timeout=5m")

	config, err := clientcmd.BuildConfigFromFlags("", variable(t, "KUBECONFIG"))
	require.NoError(t, err)
	client, err := rest.HTTPClientFor(config)
	require.NoError(t, err)
	s := served{t, config.Host + "/api/v1/namespaces/" + namespace + "/services/ml-pipeline:http/proxy/", client}
	// The pod is ready before the proxies of the cluster know that it is.
	reached := func(ctx context.Context) (bool, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"readyz", http.NoBody)
		require.NoError(t, err)
		answer, err := client.Do(r)
		if err != nil {
			return false, err
		}
		return answer.StatusCode == http.StatusOK, answer.Body.Close()
	}
	require.NoError(t, wait.PollUntilContextTimeout(t.Context(), 200*time.Millisecond, time.Minute, true, reached))
	return s
}

// apiServer is the name of the API server, which stands in the requests that it
// passes on.
func apiServer(t *testing.T) string {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", variable(t, "KUBECONFIG"))
	require.NoError(t, err)
	host, _, _ := strings.Cut(strings.TrimPrefix(config.Host, "https://"), ":")
	return host
}

// kubectl runs it with an input, which may be nil.
func kubectl(t *testing.T, input []byte, args ...string) string {
	t.Helper()
	command := exec.CommandContext(context.WithoutCancel(t.Context()), "kubectl", args...)
	command.Stdin = bytes.NewReader(input)
	out, err := command.CombinedOutput()
	require.NoError(t, err, "kubectl %q: %s", args, out)
	return string(out)
}

// text gets what is no JSON.
func (s served) text(path string) string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.base+path, http.NoBody)
	require.NoError(s.t, err)
	answer, err := s.client.Do(r)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	require.Equal(s.t, http.StatusOK, answer.StatusCode, "%s", text)
	return string(text)
}
