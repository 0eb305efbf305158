//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// postedSpec reads a pipeline with its platform spec, as the SDK posts them.
func postedSpec(t *testing.T, file string) any {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	d := yaml.NewDecoder(bytes.NewReader(text))
	var spec, platform map[string]any
	require.NoError(t, d.Decode(&spec))
	require.NoError(t, d.Decode(&platform))
	require.ErrorIs(t, d.Decode(&spec), io.EOF)
	return map[string]any{"pipeline_spec": spec, "platform_spec": platform}
}

// taskDetails are the tasks of a run by their display names.
func taskDetails(t *testing.T, run map[string]any) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for _, task := range run["run_details"].(map[string]any)["task_details"].([]any) {
		detail := task.(map[string]any)
		all[detail["display_name"].(string)] = detail
	}
	return all
}

// TestServeRetry lets a run fail and retries it: it keeps its ID, and what has
// succeeded is not run again.
func TestServeRetry(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	s := p.serve("-n", namespace, "--pipeline-root", p.root)
	kubernetes := connect(t).kubernetes.CoreV1()
	mood, err := kubernetes.ConfigMaps(namespace).Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "mood-"}, Data: map[string]string{"code": "7"},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = kubernetes.ConfigMaps(namespace).Delete(context.WithoutCancel(t.Context()), mood.Name, metav1.DeleteOptions{})
	})

	id := s.start("retried", postedSpec(t, "testdata/retried.yaml"), map[string]any{"mood": mood.Name})
	status, answer := s.ask(s.request(http.MethodPost, "/runs/"+id+":retry", nil))
	require.Equal(t, http.StatusBadRequest, status, "it has not ended: %v", answer)
	run := s.wait(id)
	require.Equal(t, "FAILED", run["state"], "%v", run)
	require.Contains(t, run["error"].(map[string]any)["message"], "inner.decide")
	before := taskDetails(t, run)
	uid := func(pod any) types.UID {
		found, err := kubernetes.Pods(namespace).Get(t.Context(), pod.(string), metav1.GetOptions{})
		require.NoError(t, err)
		return found.UID
	}
	first, beside, decide := uid(before["first"]["pod_name"]), uid(before["beside"]["pod_name"]), uid(before["decide"]["pod_name"])

	patch := []byte(`{"data":{"code":"0"}}`)
	_, err = kubernetes.ConfigMaps(namespace).Patch(t.Context(), mood.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	require.NoError(t, err)
	s.good(http.MethodPost, "/runs/"+id+":retry", nil)
	require.NotEqual(t, "FAILED", s.good(http.MethodGet, "/runs/"+id, nil)["state"])
	run = s.wait(id)
	require.Equal(t, "SUCCEEDED", run["state"], "%v", run)
	after := taskDetails(t, run)
	require.Len(t, after, 5)
	for name, task := range after {
		require.Equal(t, "SUCCEEDED", task["state"], name)
	}
	require.Equal(t, before["first"], after["first"])
	require.Equal(t, first, uid(after["first"]["pod_name"]))
	require.Equal(t, beside, uid(after["beside"]["pod_name"]))
	require.NotEqual(t, decide, uid(after["decide"]["pod_name"]))
	status, _ = s.ask(s.request(http.MethodPost, "/runs/"+id+":retry", nil))
	require.Equal(t, http.StatusBadRequest, status, "it has succeeded")

	s.good(http.MethodDelete, "/runs/"+id, nil)
	status, _ = s.ask(s.request(http.MethodPost, "/runs/"+id+":retry", nil))
	require.Equal(t, http.StatusNotFound, status)
}

// TestServeRetryTerminated retries a run that somebody has terminated.
func TestServeRetryTerminated(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	s := p.serve("-n", namespace, "--pipeline-root", p.root)
	id := s.start("terminated", pipelineSpec(t, examples+"hello.yaml"), nil)
	s.good(http.MethodPost, "/runs/"+id+":terminate", nil)
	require.Equal(t, "FAILED", s.wait(id)["state"])
	s.good(http.MethodPost, "/runs/"+id+":retry", nil)
	run := s.wait(id)
	require.Equal(t, "SUCCEEDED", run["state"], "%v", run)
	s.good(http.MethodDelete, "/runs/"+id, nil)
}
