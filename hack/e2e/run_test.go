//go:build e2e

package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// runTime bounds how long one run may take on a busy machine of two cores. A
// run that is not over by then hangs.
const runTime = 8 * time.Minute

// run is a Workflow that has ended.
type run struct {
	cluster
	t        *testing.T
	file     string // of the pipeline, below the repository or beside it
	workflow *wfv1.Workflow
}

// option changes how a pipeline is translated, or what is submitted.
type option struct {
	translate func(*translate.Options)
	submit    func(*wfv1.Workflow)
}

// in runs a pipeline in another namespace.
func in(namespace string) option {
	return option{translate: func(o *translate.Options) { o.Namespace = namespace }}
}

// submitting sets an argument as `argo submit -p` does.
func submitting(name, value string) option {
	return option{submit: func(w *wfv1.Workflow) {
		for i, p := range w.Spec.Arguments.Parameters {
			if p.Name == name {
				w.Spec.Arguments.Parameters[i].Value = wfv1.AnyStringPtr(value)
				return
			}
		}
		panic("the Workflow has no argument " + name)
	}}
}

// runPipeline translates a pipeline, runs it and waits for its end.
func runPipeline(t *testing.T, file string, options ...option) *run {
	t.Helper()
	r := startPipeline(t, file, options...)
	r.wait()
	r.requireOnePodPerTask()
	return r
}

// startPipeline translates a pipeline and starts to run it. A test that fails
// prints what has become of the run.
func startPipeline(t *testing.T, file string, options ...option) *run {
	t.Helper()
	r := submit(t, file, options...)
	t.Cleanup(r.reportFailure)
	return r
}

// submit translates a pipeline and starts to run it.
func submit(t *testing.T, file string, options ...option) *run {
	t.Helper()
	c := connect(t)
	workflow := translated(t, file, c.root(t), options)
	for _, o := range options {
		if o.submit != nil {
			o.submit(workflow)
		}
	}
	created, err := c.workflows.ArgoprojV1alpha1().Workflows(workflow.Namespace).Create(t.Context(), workflow, metav1.CreateOptions{})
	require.NoError(t, err)
	r := &run{cluster: c, t: t, file: strings.TrimLeft(path.Clean(file), "./"), workflow: created}
	t.Cleanup(r.discard)
	return r
}

// discard deletes a run that nobody will look at, with its pods: the node of
// the cluster works for every pod that it remembers.
func (r *run) discard() {
	if r.t.Failed() && !goldentest.Updating() {
		return
	}
	background := metav1.DeletePropagationBackground
	err := r.workflows.ArgoprojV1alpha1().Workflows(r.workflow.Namespace).
		Delete(context.Background(), r.workflow.Name, metav1.DeleteOptions{PropagationPolicy: &background})
	if err != nil && !apierrors.IsNotFound(err) {
		r.t.Log(err)
	}
}

func translated(t *testing.T, file, root string, options []option) *wfv1.Workflow {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	// What runs is not to depend on which of two tasks of the same work is first.
	o := translate.Options{
		Namespace: namespace,
		Store:     translate.Store{Root: root, Secret: storeSecret},
		Cache:     translate.Cache{Off: true},
		Pods:      translate.Pods{Image: os.Getenv("KFP2ARGO_IMAGE")},
	}
	for _, option := range options {
		if option.translate != nil {
			option.translate(&o)
		}
	}
	workflow, found, err := translate.Translate(diag.Source{Name: file, Text: text}, o)
	require.NoError(t, err)
	require.NotNil(t, workflow, "%v", found)
	var printed bytes.Buffer
	require.NoError(t, translate.Print(&printed, workflow, path.Base(file)))
	return reread(t, printed.Bytes())
}

// wait follows the Workflow until it ends.
func (r *run) wait() {
	r.t.Helper()
	r.waitFor(runTime)
}

// waitFor follows the Workflow, for as long as it may take, until it ends.
func (r *run) waitFor(bound time.Duration) {
	r.t.Helper()
	r.follow(bound, "its end", func(w *wfv1.Workflow) bool { return w.Status.Phase.Completed() })
}

// follow follows the Workflow until something is true of it.
func (r *run) follow(bound time.Duration, until string, reached func(*wfv1.Workflow) bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), bound)
	defer cancel()
	require.True(r.t, r.reaches(ctx, reached), "the run of %s hangs before %s", r.workflow.Name, until)
}

// reaches follows the Workflow until something is true of it, or until the
// context ends, and reports which.
func (r *run) reaches(ctx context.Context, reached func(*wfv1.Workflow) bool) bool {
	r.t.Helper()
	client := r.workflows.ArgoprojV1alpha1().Workflows(r.workflow.Namespace)
	for !reached(r.workflow) {
		watch, err := client.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + r.workflow.Name})
		if ctx.Err() != nil {
			return false
		}
		require.NoError(r.t, err)
		for event := range watch.ResultChan() {
			workflow, ok := event.Object.(*wfv1.Workflow)
			if !ok {
				break
			}
			require.NoError(r.t, inflate(workflow))
			r.workflow = workflow
			if reached(workflow) {
				break
			}
		}
		watch.Stop()
	}
	return true
}

// patch changes the Workflow by a merge patch.
func (r *run) patch(text string) {
	r.t.Helper()
	_, err := r.workflows.ArgoprojV1alpha1().Workflows(r.workflow.Namespace).
		Patch(r.t.Context(), r.workflow.Name, types.MergePatchType, []byte(text), metav1.PatchOptions{})
	require.NoError(r.t, err)
}

// inflate restores the nodes of a Workflow that is so large that Argo keeps
// them compressed.
func inflate(workflow *wfv1.Workflow) error {
	if workflow.Status.CompressedNodes == "" {
		return nil
	}
	text := base64.NewDecoder(base64.StdEncoding, strings.NewReader(workflow.Status.CompressedNodes))
	nodes, err := gzip.NewReader(text)
	if err != nil {
		return err
	}
	return json.NewDecoder(nodes).Decode(&workflow.Status.Nodes)
}

// requireOnePodPerTask checks what people come for: as many pods as tasks ran,
// or attempts at a task.
func (r *run) requireOnePodPerTask() {
	r.t.Helper()
	require.Len(r.t, r.pods(), len(r.tasks()), "pods of %s", r.workflow.Name)
}

// tasks lists the nodes that stand for container tasks, or for attempts at one.
func (r *run) tasks() []wfv1.NodeStatus {
	var all []wfv1.NodeStatus
	for _, n := range r.workflow.Status.Nodes {
		if n.Type == wfv1.NodeTypePod {
			all = append(all, n)
		}
	}
	return all
}

func (r *run) pods() []corev1.Pod {
	r.t.Helper()
	pods, err := r.kubernetes.CoreV1().Pods(r.workflow.Namespace).List(context.Background(), metav1.ListOptions{
		LabelSelector: "workflows.argoproj.io/workflow=" + r.workflow.Name,
	})
	require.NoError(r.t, err)
	return pods.Items
}

// requireLabels requires that each pod says of which task and iteration it is, and
// all of which pipeline.
func (r *run) requireLabels(pipeline string, want ...string) {
	r.t.Helper()
	var got []string
	for _, p := range r.pods() {
		got = append(got, p.Labels[contract.TaskLabel]+" "+p.Labels[contract.IterationLabel])
		require.Equal(r.t, pipeline, p.Labels[contract.PipelineLabel])
		require.Equal(r.t, "kfp2argo", p.Labels["app.kubernetes.io/managed-by"])
	}
	slices.Sort(got)
	require.Equal(r.t, want, slices.Compact(got))
	require.Equal(r.t, pipeline, r.workflow.Labels[contract.PipelineLabel])
}

// requirePhase checks how the run ended and how many tasks it took.
func (r *run) requirePhase(phase wfv1.WorkflowPhase, tasks int) {
	r.t.Helper()
	require.Equal(r.t, phase, r.workflow.Status.Phase, r.workflow.Status.Message)
	require.Len(r.t, r.tasks(), tasks)
}

// node returns the node of a task by the names of the tasks that lead to it,
// such as `nested.middle.save`.
func (r *run) node(task string) wfv1.NodeStatus {
	r.t.Helper()
	var names []string
	for _, n := range r.workflow.Status.Nodes {
		if n.Name == r.workflow.Name+"."+task {
			return n
		}
		names = append(names, n.Name)
	}
	slices.Sort(names)
	require.Fail(r.t, "no node of task "+task, "nodes: %v", names)
	return wfv1.NodeStatus{}
}

// output returns the parameter text of a task's output.
func (r *run) output(task, name string) string {
	r.t.Helper()
	return outputOf(r.t, r.node(task), name)
}

// result returns an output of the pipeline as its user sees it.
func (r *run) result(name string) string {
	r.t.Helper()
	for _, n := range r.workflow.Status.Nodes {
		if n.Name == r.workflow.Name {
			return outputOf(r.t, n, name)
		}
	}
	require.Fail(r.t, "the run has no root node")
	return ""
}

func outputOf(t *testing.T, node wfv1.NodeStatus, name string) string {
	t.Helper()
	require.NotNil(t, node.Outputs, "%s has no outputs", node.Name)
	for _, p := range node.Outputs.Parameters {
		if p.Name == name {
			require.NotNil(t, p.Value, "output %s of %s has no value", name, node.Name)
			return p.Value.String()
		}
	}
	require.Fail(t, fmt.Sprintf("%s has no output %s", node.Name, name))
	return ""
}

// log returns what a task's program wrote.
func (r *run) log(task string) string {
	r.t.Helper()
	id := r.node(task).ID
	for _, p := range r.pods() {
		if p.Annotations["workflows.argoproj.io/node-id"] == id {
			text, err := r.readLog(p.Name, "main")
			require.NoError(r.t, err)
			return text
		}
	}
	require.Fail(r.t, "no pod of task "+task)
	return ""
}

// podLog returns what a container wrote, or why that cannot be read.
func (r *run) podLog(pod, container string) string {
	text, err := r.readLog(pod, container)
	if err != nil {
		return err.Error()
	}
	return text
}

func (r *run) readLog(pod, container string) (string, error) {
	stream, err := r.kubernetes.CoreV1().Pods(r.workflow.Namespace).
		GetLogs(pod, &corev1.PodLogOptions{Container: container}).Stream(context.Background())
	if err != nil {
		return "", err
	}
	defer stream.Close()
	text, err := io.ReadAll(stream)
	return string(text), err
}

// object returns the bytes of an object in the store.
func (r *run) object(uri string) string {
	r.t.Helper()
	key, ok := strings.CutPrefix(uri, "s3://"+r.bucket+"/")
	require.True(r.t, ok, "%s is not in the bucket %s", uri, r.bucket)
	object, err := r.objects.GetObject(context.Background(), r.bucket, key, minio.GetObjectOptions{})
	require.NoError(r.t, err)
	defer object.Close()
	text, err := io.ReadAll(object)
	require.NoError(r.t, err, uri)
	return string(text)
}

// putObject puts an object into a bucket, which it makes where it is missing.
func (c cluster) putObject(t *testing.T, bucket, key, text string) {
	t.Helper()
	if exists, err := c.objects.BucketExists(t.Context(), bucket); err != nil || !exists {
		require.NoError(t, err)
		require.NoError(t, c.objects.MakeBucket(t.Context(), bucket, minio.MakeBucketOptions{}))
	}
	_, err := c.objects.PutObject(t.Context(), bucket, key, strings.NewReader(text), int64(len(text)), minio.PutObjectOptions{})
	require.NoError(t, err)
}

// phases maps the tasks below a task, or below the Workflow itself, by their
// names from there on, to how they ended.
func (r *run) phases(below string) map[string]wfv1.NodePhase {
	all := map[string]wfv1.NodePhase{}
	prefix := strings.TrimSuffix(r.workflow.Name+"."+below, ".") + "."
	for _, n := range r.workflow.Status.Nodes {
		if name, ok := strings.CutPrefix(n.Name, prefix); ok && n.Type != wfv1.NodeTypeTaskGroup {
			all[name] = n.Phase
		}
	}
	return all
}

// keys lists the objects below a URI, relative to it.
func (r *run) keys(uri string) []string {
	prefix := strings.TrimPrefix(uri, "s3://"+r.bucket+"/") + "/"
	var all []string
	for o := range r.objects.ListObjects(context.Background(), r.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		require.NoError(r.t, o.Err)
		all = append(all, strings.TrimPrefix(o.Key, prefix))
	}
	return all
}

// reportFailure prints, for a test that failed, what became of each node and
// what its pods wrote.
func (r *run) reportFailure() {
	if !r.t.Failed() || goldentest.Updating() {
		return
	}
	r.t.Logf("workflow %s: %s %s", r.workflow.Name, r.workflow.Status.Phase, r.workflow.Status.Message)
	for _, n := range r.workflow.Status.Nodes {
		r.t.Logf("node %s: %s %s", n.Name, n.Phase, n.Message)
	}
	for _, p := range r.pods() {
		for _, container := range []string{"driver", "main", "wait"} {
			r.t.Logf("pod %s, %s:\n%s", p.Name, container, r.podLog(p.Name, container))
		}
	}
}

func hostOf(endpoint string) (host string, secure bool) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return endpoint, false
	}
	return u.Host, u.Scheme == "https"
}
