//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/internal/faulttable"
	"github.com/kfp2argo/kfp2argo/translate"
)

// driverMemory bounds the driver's memory.
func driverMemory(amount string) option {
	return option{translate: func(o *translate.Options) {
		o.Pods.Driver.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(amount)}
	}}
}

// TestLargeArtifacts moves a file that is larger than the memory of each container,
// 128 MiB, and a directory of more files than an answer of the store has.
func TestLargeArtifacts(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"large_artifacts.yaml", driverMemory("128Mi"), submitting("megabytes", "150"), submitting("files", "1500"))
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	r.requireArrived("1500")
}

// requireArrived requires that both tasks have seen the same files.
func (r *run) requireArrived(files string) {
	r.t.Helper()
	digests := r.output("large-artifacts.read", "digests")
	require.Equal(r.t, r.output("large-artifacts.make", "digests"), digests)
	require.True(r.t, strings.HasSuffix(digests, files+`"`), digests)
}

// runThrough runs the pipeline with large artifacts, in small, through a proxy: the
// file takes three parts. It returns the run when it has ended, well or not.
func runThrough(t *testing.T, c cluster, p *proxy) *run {
	t.Helper()
	r := startPipeline(t, cases+"large_artifacts.yaml", p.through(c, t), submitting("megabytes", "40"), submitting("files", "100"))
	r.wait()
	return r
}

// requireWhole requires a run that ended right, in which one of the two tasks has
// taken so many attempts, and a store that holds nothing but what successful
// attempts have made.
func (r *run) requireWhole(attempts int) {
	r.t.Helper()
	r.requirePhase(wfv1.WorkflowSucceeded, attempts+1)
	r.requireArrived("100")
	made := r.uris(r.output("large-artifacts.make", "file"))[0]
	prefix := strings.TrimPrefix(r.root(r.t), "s3://"+r.bucket+"/")
	prefix, _, _ = strings.Cut(prefix, "?")
	for o := range r.objects.ListObjects(context.Background(), r.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		require.NoError(r.t, o.Err)
		if strings.HasSuffix(o.Key, "/file") {
			require.Equal(r.t, made, "s3://"+r.bucket+"/"+o.Key, "only one attempt has stored its file")
			require.EqualValues(r.t, 40_000_000, o.Size)
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
	runThrough(t, c, p).requireWhole(faulttable.Of(t, faulttable.StoreAway, faulttable.Store).Attempts)
}

// TestStoreOverloaded lets the store answer a third of all requests with 503.
func TestStoreOverloaded(t *testing.T) {
	t.Parallel()
	faulttable.GoesOn(t, faulttable.StoreBusy, faulttable.Fetch, faulttable.Store)
	c := connect(t)
	runThrough(t, c, startProxy(t, c, overloaded())).requireWhole(1)
}

// TestStoreWrong has a store that answers wrongly or slowly, in each direction.
func TestStoreWrong(t *testing.T) {
	t.Parallel()
	faulttable.GoesOn(t, faulttable.DownloadCut, faulttable.Fetch)
	faulttable.GoesOn(t, faulttable.DownloadDocument, faulttable.Fetch)
	faulttable.GoesOn(t, faulttable.CompletionDocument, faulttable.Store)
	faulttable.GoesOn(t, faulttable.StoreSlow, faulttable.Fetch, faulttable.Store)
	c := connect(t)
	var cutting *proxy
	cutting = startProxy(t, c, first(6, isDownload, func(w http.ResponseWriter, r *http.Request) {
		cutting.store.ServeHTTP(&cut{w, 1 << 20}, r)
	}))
	for name, through := range map[string]*proxy{
		string(faulttable.DownloadCut):        cutting,
		string(faulttable.DownloadDocument):   startProxy(t, c, first(1, isDownload, errorDocument)),
		string(faulttable.CompletionDocument): startProxy(t, c, first(2, isCompletion, errorDocument)),
		string(faulttable.StoreSlow): startProxy(t, c, func(_ http.ResponseWriter, r *http.Request) bool {
			if isPart(r) || isDownload(r) || isCompletion(r) {
				time.Sleep(time.Second)
			}
			return false
		}),
	} {
		t.Run(name, func(t *testing.T) { runThrough(t, c, through).requireWhole(1) })
	}
}

// TestPodDeleted deletes a pod in the middle of an upload, or has it evicted as
// `kubectl drain` does: the next attempt starts again.
func TestPodDeleted(t *testing.T) {
	t.Parallel()
	deleted := faulttable.Of(t, faulttable.PodDeleted, faulttable.Store)
	evicted := faulttable.Of(t, faulttable.PodEvicted, faulttable.Store)
	pods := connect(t).kubernetes.CoreV1().Pods(namespace)
	t.Run(string(faulttable.PodDeleted), func(t *testing.T) {
		t.Parallel()
		losePod(t, func(pod string) error { return pods.Delete(context.Background(), pod, metav1.DeleteOptions{}) }).requireWhole(deleted.Attempts)
	})
	t.Run(string(faulttable.PodEvicted), func(t *testing.T) {
		t.Parallel()
		losePod(t, func(pod string) error {
			return pods.EvictV1(context.Background(), &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pod, Namespace: namespace}})
		}).requireWhole(evicted.Attempts)
	})
}

// losePod ends the pod of a task in the middle of an upload, which cannot end before
// the pod does: one of its parts is never stored. It returns the run when that has
// ended.
func losePod(t *testing.T, end func(pod string) error) *run {
	t.Helper()
	c := connect(t)
	lost := make(chan struct{})
	p := startProxy(t, c, secondPart(func(_ http.ResponseWriter, r *http.Request) bool {
		defer close(lost)
		endPods(t, c, end)
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			<-r.Context().Done()
		}
		return true
	}))
	r := runThrough(t, c, p)
	<-lost
	return r
}

// recently is how long after the start of a node Argo makes a pod again that is gone,
// as the same attempt: 10 seconds (RECENTLY_STARTED_POD_DURATION), and some for clocks
// that count whole seconds.
const recently = 13 * time.Second

// endPods ends the pods of a test that make artifacts, when Argo takes their end for
// that of the attempt.
func endPods(t *testing.T, c cluster, end func(pod string) error) {
	pods, err := c.kubernetes.CoreV1().Pods(namespace).List(context.Background(), metav1.ListOptions{LabelSelector: "workflows.argoproj.io/completed=false"})
	if err != nil {
		t.Error(err)
		return
	}
	for _, pod := range pods.Items {
		if strings.HasPrefix(pod.Name, "large-artifacts-") && strings.Contains(pod.Name, "-make-") && usesStore(pod, t.Name()) {
			time.Sleep(time.Until(pod.CreationTimestamp.Add(recently)))
			if err := end(pod.Name); err != nil {
				t.Error(err)
			}
		}
	}
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
	for part, cell := range map[string]faulttable.Cell{
		"kubelet":             faulttable.Of(t, faulttable.KubeletRestarts, faulttable.Store),
		"workflow-controller": faulttable.Of(t, faulttable.ControllerRestarts, faulttable.Store),
	} {
		t.Run(part, func(t *testing.T) {
			c := connect(t)
			p := startProxy(t, c, atPart(func() {
				if err := tellCluster("restart", part); err != nil {
					t.Error(err)
				}
			}))
			runThrough(t, c, p).requireWhole(cell.Attempts)
		})
	}
}

// TestAPIServerHangs lets the API server answer nobody for 20 seconds in the middle
// of an upload, when etcd has just forgotten all versions of objects but the newest.
// It is not parallel.
func TestAPIServerHangs(t *testing.T) {
	faulttable.GoesOn(t, faulttable.EtcdCompacted, faulttable.Store)
	cell := faulttable.Of(t, faulttable.APIServerHangs, faulttable.Store)
	const server = "kube-apiserver"
	resumed := make(chan error, 1)
	resume := func() { resumed <- tellCluster("resume", server) }
	c := connect(t)
	p := startProxy(t, c, atPart(func() {
		if err := errors.Join(tellCluster("compact"), tellCluster("pause", server)); err != nil {
			t.Error(err)
		}
		time.AfterFunc(20*time.Second, resume)
	}))
	r := runThrough(t, c, p)
	require.NoError(t, <-resumed)
	r.requireWhole(cell.Attempts)
}

// tellCluster has hack/cluster do something with the cluster that it has brought up.
func tellCluster(command ...string) error {
	program := exec.Command("go", append([]string{"run", "."}, command...)...)
	program.Dir = filepath.Join("..", "cluster")
	if output, err := program.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", command, err, output)
	}
	return nil
}

// TestControllerHangs lets Argo's controller do nothing while a task ends: the run
// says so, and goes on when the controller does. It is not parallel.
func TestControllerHangs(t *testing.T) {
	cell := faulttable.Of(t, faulttable.ControllerHangs, faulttable.Run)
	p := buildProgram(t)
	ctx, cancel := context.WithTimeout(t.Context(), runTime)
	defer cancel()
	const controller = "workflow-controller"
	t.Cleanup(func() { require.NoError(t, tellCluster("resume", controller)) })
	command := exec.CommandContext(ctx, p.path, p.outcomes("-p", "seconds=12", "-p", "bad=-1", "--no-cache")...)
	out := &signalled{until: "running   all.wait"}
	out.then = func() error {
		out.until, out.done = "all.wait  "+cell.Message, false
		out.then = func() error { return tellCluster("resume", controller) }
		return tellCluster("pause", controller)
	}
	command.Stdout = out
	err := command.Run()
	p.discard(out.text.String())
	require.Equal(t, cell.Fails(), err != nil, out.text.String())
	require.Contains(t, out.text.String(), out.until)
	require.Contains(t, out.text.String(), "succeeded all.wait")
}
