//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate"
)

// driverMemory bounds the driver's memory.
func driverMemory(amount string) option {
	return option{translate: func(o *translate.Options) {
		o.Pods.Driver.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(amount)}
	}}
}

// TestLargeArtifacts moves a file of 200 MB and a directory of 5,000 files with
// 128 MiB of memory for each container.
func TestLargeArtifacts(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"large_artifacts.yaml", driverMemory("128Mi"))
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	r.requireArrived("5000")
}

// requireArrived requires that both tasks have seen the same files.
func (r *run) requireArrived(files string) {
	r.t.Helper()
	digests := r.output("large-artifacts.read", "digests")
	require.Equal(r.t, r.output("large-artifacts.make", "digests"), digests)
	require.True(r.t, strings.HasSuffix(digests, files+`"`), digests)
}

// runThrough runs the pipeline with large artifacts, in small, through a proxy. It
// returns the run when it has ended, well or not.
func runThrough(t *testing.T, c cluster, p *proxy) *run {
	t.Helper()
	r := startPipeline(t, cases+"large_artifacts.yaml", p.through(c, t), submitting("megabytes", "100"), submitting("files", "100"))
	r.wait()
	return r
}

// requireWhole requires a run that ended right, with so many pods, and a store
// that holds nothing but what successful attempts have made.
func (r *run) requireWhole(pods int) {
	r.t.Helper()
	r.requirePhase(wfv1.WorkflowSucceeded, pods)
	r.requireArrived("100")
	made := r.uris(r.output("large-artifacts.make", "file"))[0]
	prefix := strings.TrimPrefix(r.root(r.t), "s3://"+r.bucket+"/")
	prefix, _, _ = strings.Cut(prefix, "?")
	for o := range r.objects.ListObjects(context.Background(), r.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		require.NoError(r.t, o.Err)
		if strings.HasSuffix(o.Key, "/file") {
			require.Equal(r.t, made, "s3://"+r.bucket+"/"+o.Key, "only one attempt has stored its file")
			require.EqualValues(r.t, 100_000_000, o.Size)
		}
	}
	for u := range r.objects.ListIncompleteUploads(context.Background(), r.bucket, prefix, true) {
		require.NoError(r.t, u.Err)
		require.Fail(r.t, "an upload was left behind", u.Key)
	}
}

// TestStoreRefuses breaks all connections with the store in the middle of an
// upload, and lets it take none for 20 seconds.
func TestStoreRefuses(t *testing.T) {
	t.Parallel()
	c := connect(t)
	var p *proxy
	p = startProxy(t, c, atPart(func() { go p.refuse(t, 20*time.Second) }))
	runThrough(t, c, p).requireWhole(2)
}

// TestStoreOverloaded lets the store answer a third of all requests with 503.
func TestStoreOverloaded(t *testing.T) {
	t.Parallel()
	c := connect(t)
	runThrough(t, c, startProxy(t, c, overloaded())).requireWhole(2)
}

// TestStoreWrong has a store that answers wrongly or slowly, in each direction.
func TestStoreWrong(t *testing.T) {
	t.Parallel()
	c := connect(t)
	var cutting *proxy
	cutting = startProxy(t, c, first(6, isDownload, func(w http.ResponseWriter, r *http.Request) {
		cutting.store.ServeHTTP(&cut{w, 1 << 20}, r)
	}))
	for name, through := range map[string]*proxy{
		"a download breaks off":            cutting,
		"a document for a download":        startProxy(t, c, first(1, isDownload, errorDocument)),
		"an upload is completed by errors": startProxy(t, c, first(2, isCompletion, errorDocument)),
		"each answer takes a second": startProxy(t, c, func(_ http.ResponseWriter, r *http.Request) bool {
			if isPart(r) || isDownload(r) || isCompletion(r) {
				time.Sleep(time.Second)
			}
			return false
		}),
	} {
		t.Run(name, func(t *testing.T) { runThrough(t, c, through).requireWhole(2) })
	}
}

// TestPodDeleted deletes a pod in the middle of an upload: the next attempt
// starts again.
func TestPodDeleted(t *testing.T) {
	t.Parallel()
	c := connect(t)
	deleted := make(chan struct{})
	p := startProxy(t, c, atPart(func() {
		defer close(deleted)
		pods, err := c.kubernetes.CoreV1().Pods(namespace).List(context.Background(), metav1.ListOptions{LabelSelector: "workflows.argoproj.io/completed=false"})
		if err != nil {
			t.Error(err)
			return
		}
		for _, pod := range pods.Items {
			if strings.HasPrefix(pod.Name, "large-artifacts-") && strings.Contains(pod.Name, "-make-") && usesStore(pod, t.Name()) {
				if err := c.kubernetes.CoreV1().Pods(namespace).Delete(context.Background(), pod.Name, metav1.DeleteOptions{}); err != nil {
					t.Error(err)
				}
			}
		}
	}))
	r := runThrough(t, c, p)
	<-deleted
	r.requireWhole(3)
}

// usesStore reports whether a pod belongs to a test: its root names that.
func usesStore(pod corev1.Pod, test string) bool {
	for _, container := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
		for _, v := range container.Env {
			if v.Name == "ARGO_TEMPLATE" && strings.Contains(v.Value, test) {
				return true
			}
		}
	}
	return false
}

// TestRestarts restarts the node's kubelet, and Argo's controller, in the middle
// of an upload. It is not parallel: the other tests need both.
func TestRestarts(t *testing.T) {
	for _, part := range []string{"kubelet", "workflow-controller"} {
		t.Run(part, func(t *testing.T) {
			c := connect(t)
			p := startProxy(t, c, atPart(func() {
				if err := tellCluster("restart", part); err != nil {
					t.Error(err)
				}
			}))
			runThrough(t, c, p).requireWhole(2)
		})
	}
}

// tellCluster has hack/cluster do something with a part of the cluster that it has
// brought up.
func tellCluster(what, part string) error {
	command := exec.Command("go", "run", ".", what, part)
	command.Dir = filepath.Join("..", "cluster")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", what, part, err, output)
	}
	return nil
}

// TestControllerHangs lets Argo's controller do nothing while a task ends: the run
// says so, and goes on when the controller does. It is not parallel.
func TestControllerHangs(t *testing.T) {
	p := buildProgram(t)
	ctx, cancel := context.WithTimeout(t.Context(), runTime)
	defer cancel()
	const controller = "workflow-controller"
	t.Cleanup(func() { require.NoError(t, tellCluster("resume", controller)) })
	command := exec.CommandContext(ctx, p.path, p.outcomes("-p", "seconds=20", "-p", "bad=-1", "--no-cache")...)
	out := &signalled{until: "running   all.wait"}
	out.then = func() error {
		out.until, out.done = "all.wait  has ended, and Argo has not taken note of it: is its controller at work?", false
		out.then = func() error { return tellCluster("resume", controller) }
		return tellCluster("pause", controller)
	}
	command.Stdout = out
	err := command.Run()
	p.discard(out.text.String())
	require.NoError(t, err, out.text.String())
	require.Contains(t, out.text.String(), out.until)
	require.Contains(t, out.text.String(), "succeeded all.wait")
}
