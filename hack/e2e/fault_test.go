//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
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
	"github.com/kfp2argo/kfp2argo/runtime/place"
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
	r := startPipeline(t, cases+"large_artifacts.yaml", p.through(c, t),
		submitting("megabytes", "40"), submitting("files", "100"), submitting("gate", "http://"+p.address+gatePath))
	r.wait()
	return r
}

// requireWhole requires a run that ended right, in which one of the two tasks has
// taken so many attempts, and a store that holds nothing but what successful
// attempts have made.
func (r *run) requireWhole(attempts int) {
	r.t.Helper()
	prefix := r.requireOneFile(attempts)
	for u := range r.objects.ListIncompleteUploads(context.Background(), r.bucket, prefix, true) {
		require.NoError(r.t, u.Err)
		require.Fail(r.t, "an upload was left behind", u.Key)
	}
}

// requireOneFile requires a run that ended right, in which one of the two tasks has
// taken so many attempts, and a store that shows the file of one attempt only. It
// returns where in the bucket the run has stored.
func (r *run) requireOneFile(attempts int) (prefix string) {
	r.t.Helper()
	r.requirePhase(wfv1.WorkflowSucceeded, attempts+1)
	r.requireArrived("100")
	made := r.uris(r.output("large-artifacts.make", "file"))[0]
	prefix = strings.TrimPrefix(r.root(r.t), "s3://"+r.bucket+"/")
	prefix, _, _ = strings.Cut(prefix, "?")
	for o := range r.objects.ListObjects(context.Background(), r.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		require.NoError(r.t, o.Err)
		if strings.HasSuffix(o.Key, "/file") {
			require.Equal(r.t, made, "s3://"+r.bucket+"/"+o.Key, "only one attempt has stored its file")
			require.EqualValues(r.t, 40_000_000, o.Size)
		}
	}
	return prefix
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

// TestPodDeleted deletes a pod at different moments, has it evicted as `kubectl
// drain` does, or kills it: the next attempt starts again.
func TestPodDeleted(t *testing.T) {
	t.Parallel()
	pods := connect(t).kubernetes.CoreV1().Pods(namespace)
	remove := func(seconds *int64) func(string) error {
		return func(pod string) error {
			return pods.Delete(context.Background(), pod, metav1.DeleteOptions{GracePeriodSeconds: seconds})
		}
	}
	evict := func(pod string) error {
		return pods.EvictV1(context.Background(), &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pod, Namespace: namespace}})
	}
	for _, c := range []struct {
		fault faulttable.Fault
		cell  faulttable.Cell
		end   func(pod string) error
	}{
		{faulttable.PodDeleted, faulttable.Of(t, faulttable.PodDeleted, faulttable.Fetch), remove(nil)},
		{faulttable.PodDeleted, faulttable.Of(t, faulttable.PodDeleted, faulttable.Run), remove(nil)},
		{faulttable.PodDeleted, faulttable.Of(t, faulttable.PodDeleted, faulttable.Store), remove(nil)},
		{faulttable.PodEvicted, faulttable.Of(t, faulttable.PodEvicted, faulttable.Fetch), evict},
		{faulttable.PodEvicted, faulttable.Of(t, faulttable.PodEvicted, faulttable.Run), evict},
		{faulttable.PodEvicted, faulttable.Of(t, faulttable.PodEvicted, faulttable.Store), evict},
		{faulttable.PodKilled, faulttable.Of(t, faulttable.PodKilled, faulttable.Run), remove(new(int64))},
	} {
		t.Run(fmt.Sprintf("%s, %s", c.fault, c.cell.Moment), func(t *testing.T) {
			t.Parallel()
			r, attempts := losePod(t, c.cell.Moment, c.end), c.cell.Attempts
			if (c.cell.Moment == faulttable.Fetch || c.fault == faulttable.PodKilled) && len(r.tasks()) == attempts {
				attempts-- // Argo has made the pod again
			}
			r.requireWhole(attempts)
		})
	}
}

// losePod ends the pod of a task at a moment, which cannot be over before the pod
// is: what it asks for is never answered. It returns the run when that has ended.
func losePod(t *testing.T, moment faulttable.Moment, end func(pod string) error) *run {
	t.Helper()
	c := connect(t)
	lost := make(chan struct{})
	p := startProxy(t, c, atMoments(func(m faulttable.Moment, r *http.Request) bool {
		if m != moment {
			return false
		}
		defer close(lost)
		endPods(t, c, moment, end)
		untilGone(r)
		return true
	}))
	r := runThrough(t, c, p)
	<-lost
	return r
}

// atMoments calls a function once at each moment of a run of the pipeline with
// large artifacts: in the middle of the first task's upload, at the end of its
// program, when it stores its log, which is the last that it does, and at the first
// download of the second. The function reports whether the request is not to be
// answered.
func atMoments(come func(faulttable.Moment, *http.Request) bool) fault {
	onces := map[faulttable.Moment]*atomic.Bool{}
	for _, m := range faulttable.Moments() {
		onces[m] = &atomic.Bool{}
	}
	var parts atomic.Int64
	return func(_ http.ResponseWriter, r *http.Request) bool {
		var moment faulttable.Moment
		switch {
		case r.URL.Path == gatePath:
			moment = faulttable.Run
		case isPart(r) && parts.Add(1) == 2:
			moment = faulttable.Store
		case r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/"+place.ExecutorLogs):
			moment = faulttable.Between
		case isDownload(r):
			moment = faulttable.Fetch
		default:
			return false
		}
		return onces[moment].CompareAndSwap(false, true) && come(moment, r)
	}
}

// recently is how long after the start of a node Argo takes no pod for lost: 10
// seconds (RECENTLY_STARTED_POD_DURATION), and some for clocks that count whole
// seconds. Argo makes a pod again as the same attempt if it is gone from a node that is
// pending, as it is while the driver works, and if it was killed before Argo's own
// container had reported anything, unless Argo has seen it fail.
const recently = 13 * time.Second

// endPods ends the pods of a test that are at a moment: while the driver works at
// once, else when Argo takes their end for that of the attempt.
func endPods(t *testing.T, c cluster, moment faulttable.Moment, end func(pod string) error) {
	task := "make"
	if moment == faulttable.Fetch {
		task = "read"
	}
	pods, err := c.kubernetes.CoreV1().Pods(namespace).List(context.Background(), metav1.ListOptions{LabelSelector: "workflows.argoproj.io/completed=false"})
	if err != nil {
		t.Error(err)
		return
	}
	for _, pod := range pods.Items {
		if !strings.HasPrefix(pod.Name, "large-artifacts-") || !strings.Contains(pod.Name, "-"+task+"-") || !usesStore(pod, t.Name()) {
			continue
		}
		if moment != faulttable.Fetch {
			time.Sleep(time.Until(pod.CreationTimestamp.Add(recently)))
			c.awaitRunning(t, pod)
		}
		if err := end(pod.Name); err != nil {
			t.Error(err)
		}
	}
}

// awaitRunning waits until Argo says that a pod runs.
func (c cluster) awaitRunning(t *testing.T, pod corev1.Pod) {
	for range 60 {
		w, err := c.workflows.ArgoprojV1alpha1().Workflows(namespace).Get(context.Background(), pod.Labels["workflows.argoproj.io/workflow"], metav1.GetOptions{})
		if err == nil {
			err = inflate(w)
		}
		if err != nil {
			t.Error(err)
			return
		}
		if w.Status.Nodes[pod.Annotations["workflows.argoproj.io/node-id"]].Phase == wfv1.NodeRunning {
			return
		}
		time.Sleep(time.Second)
	}
	t.Error("Argo does not say that the pod runs", pod.Name)
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

// TestRestarts restarts the node's kubelet, and Argo's controller, at each moment of
// a run. It is not parallel: the other tests need both.
func TestRestarts(t *testing.T) {
	faulttable.GoesOn(t, faulttable.KubeletRestarts, faulttable.Fetch, faulttable.Run, faulttable.Store, faulttable.Between)
	faulttable.GoesOn(t, faulttable.ControllerRestarts, faulttable.Fetch, faulttable.Run, faulttable.Store, faulttable.Between)
	for _, part := range []string{"kubelet", "workflow-controller"} {
		t.Run(part, func(t *testing.T) {
			c := connect(t)
			p := startProxy(t, c, atMoments(func(faulttable.Moment, *http.Request) bool {
				if err := tellCluster("restart", part); err != nil {
					t.Error(err)
				}
				return false
			}))
			runThrough(t, c, p).requireWhole(1)
		})
	}
}

// TestHangs lets the API server answer nobody for 20 seconds at each moment of a
// run, and for a minute while its program runs, when etcd has just forgotten all
// versions of objects but the newest, and Argo's controller do nothing for 10. It is
// not parallel.
func TestHangs(t *testing.T) {
	faulttable.GoesOn(t, faulttable.EtcdCompacted, faulttable.Fetch, faulttable.Run, faulttable.Store, faulttable.Between)
	faulttable.GoesOn(t, faulttable.APIServerHangs, faulttable.Fetch, faulttable.Run, faulttable.Store, faulttable.Between)
	faulttable.GoesOn(t, faulttable.ControllerHangs, faulttable.Fetch, faulttable.Store, faulttable.Between)
	const apiServer = "kube-apiserver"
	for _, part := range []string{apiServer, "workflow-controller"} {
		t.Run(part, func(t *testing.T) {
			var hangs sync.Mutex // until the part goes on
			c := connect(t)
			p := startProxy(t, c, atMoments(func(m faulttable.Moment, _ *http.Request) bool {
				hangs.Lock()
				pause := 10 * time.Second
				if part == apiServer {
					pause = 20 * time.Second
					if m == faulttable.Run {
						pause = time.Minute
					}
				}
				if err := errors.Join(tellCluster("compact"), tellCluster("pause", part)); err != nil {
					t.Error(err)
				}
				time.AfterFunc(pause, func() {
					defer hangs.Unlock()
					if err := tellCluster("resume", part); err != nil {
						t.Error(err)
					}
				})
				return false
			}))
			r := runThrough(t, c, p)
			hangs.Lock()
			r.requireWhole(1)
		})
	}
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

// TestNodeRestarts kills the node with all its containers at different moments, and
// starts it again: the next attempt starts on it. Where Argo waits for the results of
// the pod that was killed, `watch` has it go on. It is not parallel.
func TestNodeRestarts(t *testing.T) {
	pods, program := connect(t).kubernetes.CoreV1().Pods(namespace), buildProgram(t)
	restart := func(name string) error {
		pod, err := pods.Get(context.Background(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		watch := exec.CommandContext(t.Context(), program.path, "watch", pod.Labels["workflows.argoproj.io/workflow"], "-n", namespace)
		if err := watch.Start(); err != nil {
			return err
		}
		t.Cleanup(func() { _ = watch.Wait() })
		return tellCluster("restart", "node")
	}
	for _, cell := range []faulttable.Cell{
		faulttable.Of(t, faulttable.NodeRestarts, faulttable.Fetch),
		faulttable.Of(t, faulttable.NodeRestarts, faulttable.Run),
		faulttable.Of(t, faulttable.NodeRestarts, faulttable.Store),
	} {
		t.Run(string(cell.Moment), func(t *testing.T) {
			losePod(t, cell.Moment, restart).requireOneFile(cell.Attempts)
		})
	}
}
