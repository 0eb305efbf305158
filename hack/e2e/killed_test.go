//go:build e2e

package e2e

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/internal/faulttable"
	"github.com/kfp2argo/kfp2argo/runtime/place"
)

// holding never answers the first request of a kind, and tells that it is there.
func holding(held chan<- struct{}, isKind func(*http.Request) bool) fault {
	var seen atomic.Int64
	return func(_ http.ResponseWriter, r *http.Request) bool {
		if !isKind(r) || seen.Add(1) > 1 {
			return false
		}
		close(held)
		untilGone(r)
		return true
	}
}

// untilGone waits until who has made a request goes.
func untilGone(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then is it noticed
	<-r.Context().Done()
}

// again lets Argo try the task again when its pod is lost.
const again = `
    retryStrategy: {limit: "2", retryPolicy: Always}
`

// killPods kills all pods of a run at once when a request is held, and tells
// nobody in them. It returns how many there were.
func (r *run) killPods(held <-chan struct{}) int {
	r.t.Helper()
	select {
	case <-held:
	case <-time.After(runTime):
		require.Fail(r.t, "the pod does not come so far")
	}
	pods := r.pods()
	require.NotEmpty(r.t, pods)
	none := int64(0)
	for _, p := range pods {
		require.NoError(r.t, r.kubernetes.CoreV1().Pods(p.Namespace).Delete(r.t.Context(), p.Name, metav1.DeleteOptions{GracePeriodSeconds: &none}))
	}
	return len(pods)
}

// requireKeysHidden requires that the attempt that ended well had the keys of the
// store, but its program could not see them, and that all that is left is its own.
func (r *run) requireKeysHidden() {
	r.t.Helper()
	require.Equal(r.t, wfv1.WorkflowSucceeded, r.workflow.Status.Phase, r.workflow.Status.Message)
	left := r.artifact("hidden-keys.thief", "left").URI
	require.Equal(r.t, "left", r.object(left))
	attempt := strings.TrimSuffix(left, "/left")
	require.Equal(r.t, "launcher, environment: refused\nlauncher, memory: refused\nlauncher, ptrace: refused\nelsewhere: nothing\n",
		r.object(attempt+"/"+place.ExecutorLogs))

	prefix := strings.TrimPrefix(r.root(r.t), "s3://"+r.bucket+"/")
	prefix, _, _ = strings.Cut(prefix, "?")
	logs := 0
	for o := range r.objects.ListObjects(r.t.Context(), r.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		require.NoError(r.t, o.Err)
		if strings.HasSuffix(o.Key, "/"+place.ExecutorLogs) {
			logs++
		}
	}
	require.Equal(r.t, 1, logs, "of the attempt that stored its log")
}

// TestKilledBeforeProgram kills a pod that has the keys of the store, when its
// program has not begun: an init container behind the driver waits.
func TestKilledBeforeProgram(t *testing.T) {
	t.Parallel()
	cell := faulttable.Of(t, faulttable.PodKilled, faulttable.Fetch)
	c := connect(t)
	held := make(chan struct{})
	p := startProxy(t, c, holding(held, func(r *http.Request) bool { return r.URL.Path == gatePath }))
	r := startPipeline(t, cases+"hidden_keys.yaml", patching(`
tasks:
  thief:`+again+`
    initContainers:
    - name: gate
      image: python:3.11
      command: [python3, -c, "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])", "http://`+p.address+gatePath+`"]
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`))
	killed := r.killPods(held)
	r.wait()
	require.GreaterOrEqual(t, killed+len(r.pods()), cell.Attempts, "Argo may make the killed one again, and that may fail")
	r.requireKeysHidden()
}

// TestKilledBeforeLog kills a pod whose program has ended, while its log is on its
// way to the store.
func TestKilledBeforeLog(t *testing.T) {
	t.Parallel()
	cell := faulttable.Of(t, faulttable.PodKilled, faulttable.Store)
	c := connect(t)
	held := make(chan struct{})
	p := startProxy(t, c, holding(held, func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/"+place.ExecutorLogs)
	}))
	r := startPipeline(t, cases+"hidden_keys.yaml", p.through(c, t), patching("tasks:\n  thief:"+again))
	killed := r.killPods(held)
	r.wait()
	require.GreaterOrEqual(t, killed+len(r.pods()), cell.Attempts, "Argo may make the killed one again, and that may fail")
	r.requireKeysHidden()
}
