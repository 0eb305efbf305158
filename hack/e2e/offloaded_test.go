//go:build e2e && offloaded

package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestOffloaded runs a pipeline where Argo keeps all nodes in a database, and
// looks at it without Argo's server and with it. It needs a cluster of its own:
//
//	KFP2ARGO_POSTGRES=1 hack/e2e/run -tags e2e,offloaded -run TestOffloaded -v
func TestOffloaded(t *testing.T) {
	server, token := os.Getenv("KFP2ARGO_ARGO_SERVER"), os.Getenv("KFP2ARGO_ARGO_TOKEN")
	require.NotEmpty(t, server, "the cluster has no database")
	p := buildProgram(t)
	in := func(command string, more ...string) []string {
		return append([]string{command, "-n", namespace}, more...)
	}
	workflows := connect(t).workflows.ArgoprojV1alpha1().Workflows(namespace)
	submit := func(name string, more ...string) string {
		t.Cleanup(func() { deleted(t, workflows.Delete(context.Background(), name, metav1.DeleteOptions{})) })
		return p.good(in("run", append(more, examples+"hello.yaml", "--no-cache", "--name", name, "--store-secret", storeSecret, "--pipeline-root", p.root)...)...)
	}

	run := fmt.Sprintf("offloaded-%d", os.Getpid())
	submit(run, "--detach")
	text, _ := p.run(in("watch", run)...)
	require.Contains(t, text, "name it in ARGO_SERVER")
	require.Contains(t, text, "succeeded")
	_, code := p.run(in("outputs", run)...)
	require.NotZero(t, code, "nobody can know them")

	t.Setenv("ARGO_SERVER", server)
	t.Setenv("ARGO_TOKEN", token)
	t.Setenv("ARGO_SECURE", "false")
	require.Contains(t, p.good(in("watch", run)...), "2 tasks: 2 succeeded")
	require.Contains(t, p.good(in("outputs", run)...), "HELLO, WORLD!")
	require.Contains(t, p.good(in("get", run+"/shout")...), "HELLO, WORLD!")
	require.Contains(t, p.good(in("logs", run)...), "HELLO, WORLD!")
	require.Contains(t, submit(run+"-2"), "2 tasks: 2 succeeded")
}
