//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"path"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate"
)

// TestWorkspace shares a volume between tasks and fetches an artifact into it.
func TestWorkspace(t *testing.T) {
	t.Parallel()
	c := connect(t)
	key := "e2e/" + t.Name() + "/data"
	c.putObject(t, c.bucket, key+"/one", "1")
	c.putObject(t, c.bucket, key+"/sub/two", "2")
	uri := "s3://" + c.bucket + "/" + key
	r := runPipeline(t, cases+"workspace.yaml", withLeastRights(t), asRoot(), submitting("uri", uri))
	r.requirePhase(wfv1.WorkflowSucceeded, 7)
	require.Equal(t, "shared\n", r.result("found"))
	require.Equal(t, `"shared\n"`, r.output("workspace.default", "text"))
	require.Equal(t, `"shared\n"`, r.output("workspace.nested.each.iteration(0:0)", "text"))
	require.Equal(t, "first: not here", r.result("bystander"))

	var imported struct {
		URI      string
		Metadata map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(r.output("workspace.importer", "data")), &imported))
	require.Equal(t, uri, imported.URI)
	metadata := map[string]any{
		"_kfp_workspace": true, "display_name": "data", "of first": map[string]any{"by": []any{r.workflow.Name}},
	}
	require.Equal(t, metadata, imported.Metadata)
	var seen struct {
		Path     string
		Files    map[string]string
		Artifact map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(r.output("workspace.use", "seen")), &seen))
	require.Equal(t, path.Join("/kfp-workspace/.artifacts/s3", c.bucket, key), seen.Path)
	require.Equal(t, map[string]string{"one": "1", "sub/two": "2"}, seen.Files)
	require.Equal(t, metadata, seen.Artifact)
	require.Nil(t, r.claim(r.workflow.Name+"-kfp-workspace"), "the workspace outlives the run")
}

// asRoot runs everything as root: what the test cluster's provisioner makes is
// for root only, and Kubernetes gives no such volume to a group.
func asRoot() option {
	return setting(func(s *wfv1.WorkflowSpec) {
		root, no := int64(0), false
		s.SecurityContext.RunAsUser, s.SecurityContext.RunAsNonRoot = &root, &no
	})
}

// TestWorkspaceOfRoot shares a volume that belongs to root between programs that
// are root as their images have it, and with what imports into it.
func TestWorkspaceOfRoot(t *testing.T) {
	t.Parallel()
	c := connect(t)
	for name, level := range map[string]translate.PodSecurity{"baseline": translate.Baseline, "off": translate.Off} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := "e2e/" + t.Name() + "/data"
			c.putObject(t, c.bucket, key, "1")
			r := runPipeline(t, cases+"workspace.yaml", submitting("uri", "s3://"+c.bucket+"/"+key),
				option{translate: func(o *translate.Options) { o.Pods.Security = level }})
			r.requirePhase(wfv1.WorkflowSucceeded, 7)
			require.Equal(t, "shared\n", r.result("found"))
		})
	}
}

// TestWorkspaceImportFails imports what is not there.
func TestWorkspaceImportFails(t *testing.T) {
	t.Parallel()
	c := connect(t)
	r := runPipeline(t, cases+"workspace.yaml", asRoot(), submitting("uri", "s3://"+c.bucket+"/nothing/here"))
	r.requirePhase(wfv1.WorkflowFailed, 6)
	require.Contains(t, r.node("workspace.importer").Message, "nothing/here: there is nothing")
	r.forgetWorkflow()
}

// forgetWorkflow deletes the Workflow when the test ends, and what it owns.
func (r *run) forgetWorkflow() {
	r.t.Cleanup(func() {
		_ = r.workflows.ArgoprojV1alpha1().Workflows(r.workflow.Namespace).Delete(context.Background(), r.workflow.Name, metav1.DeleteOptions{})
	})
}

// setting changes a setting of the run, as a pipeline of other settings would.
func setting(change func(*wfv1.WorkflowSpec)) option {
	return option{submit: func(w *wfv1.Workflow) { change(&w.Spec) }}
}

// alone keeps a run apart from those of other tests.
func alone() option {
	return setting(func(s *wfv1.WorkflowSpec) { s.Synchronization = nil })
}

// unhurried gives a run that is to succeed a deadline that a slow machine keeps,
// too.
func unhurried() option {
	return setting(func(s *wfv1.WorkflowSpec) { *s.ActiveDeadlineSeconds = 600 })
}

// TestTTL waits until a Workflow that has succeeded is deleted.
func TestTTL(t *testing.T) {
	t.Parallel()
	r := startPipeline(t, cases+"run_settings.yaml", alone(), unhurried())
	r.wait()
	r.requirePhase(wfv1.WorkflowSucceeded, 1)
	require.Eventually(t, func() bool {
		_, err := r.workflows.ArgoprojV1alpha1().Workflows(namespace).Get(t.Context(), r.workflow.Name, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	}, 2*time.Minute, time.Second, "it is kept for longer than 5 seconds")
}

// TestDeadline ends a run that takes too long.
func TestDeadline(t *testing.T) {
	t.Parallel()
	r := startPipeline(t, cases+"run_settings.yaml", alone(), submitting("script", "sleep 1000"))
	r.waitFor(3 * time.Minute)
	r.requirePhase(wfv1.WorkflowFailed, 1)
	require.Contains(t, r.node("run-settings.work").Message, "deadline")
}

// TestMutex starts two runs of one mutex, which must not be at work at once.
func TestMutex(t *testing.T) {
	t.Parallel()
	mutex, semaphore := unique("mutex"), makeSemaphore(t)
	most := mostAtOnce(t, 2, func(s *wfv1.WorkflowSpec) {
		s.Synchronization.Mutexes[0].Name = mutex
		s.Synchronization.Semaphores[0].ConfigMapKeyRef.Name = semaphore
	})
	require.Equal(t, 1, most)
}

// TestSemaphore starts three runs of which two may be at work at once.
func TestSemaphore(t *testing.T) {
	t.Parallel()
	semaphore := makeSemaphore(t)
	most := mostAtOnce(t, 3, func(s *wfv1.WorkflowSpec) {
		s.Synchronization.Mutexes = nil
		s.Synchronization.Semaphores[0].ConfigMapKeyRef.Name = semaphore
	})
	require.Equal(t, 2, most)
}

// makeSemaphore makes a semaphore of the test's own: Argo may take runs that
// other tests have deleted for holders of theirs.
func makeSemaphore(t *testing.T) string {
	t.Helper()
	name := unique("semaphore")
	_, err := connect(t).kubernetes.CoreV1().ConfigMaps(namespace).Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{"few": "2"},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	return name
}

// mostAtOnce starts runs that do something for a while, and counts how many are
// at work at once at most.
func mostAtOnce(t *testing.T, count int, change func(*wfv1.WorkflowSpec)) int {
	t.Helper()
	var runs []*run
	for range count {
		runs = append(runs, startPipeline(t, cases+"run_settings.yaml", submitting("script", "sleep 10"),
			setting(change), unhurried(), setting(func(s *wfv1.WorkflowSpec) { s.TTLStrategy = nil })))
	}
	var all []wfv1.NodeStatus
	for _, r := range runs {
		r.wait()
		r.requirePhase(wfv1.WorkflowSucceeded, 1)
		all = append(all, r.node("run-settings.work"))
	}
	return atOnce(all)
}
