package registry

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
)

// kfpObjects answers as an API server that has nothing but KFP's objects.
func kfpObjects(w http.ResponseWriter, r *http.Request) {
	answers := map[string]string{
		"/apis/pipelines.kubeflow.org/v2beta1/namespaces/team/pipelines": `{"kind": "PipelineList", "apiVersion": "pipelines.kubeflow.org/v2beta1", "metadata": {}, "items": [
			{"apiVersion": "pipelines.kubeflow.org/v2beta1", "kind": "Pipeline", "metadata": {"name": "a", "namespace": "team", "uid": "uid-a"}, "spec": {"displayName": "A", "tags": {"x": "y"}}},
			{"apiVersion": "pipelines.kubeflow.org/v2beta1", "kind": "Pipeline", "metadata": {"name": "b", "namespace": "team", "uid": "uid-b"}, "spec": {}}]}`,
		"/apis/pipelines.kubeflow.org/v2beta1/namespaces/team/pipelineversions": `{"kind": "PipelineVersionList", "apiVersion": "pipelines.kubeflow.org/v2beta1", "metadata": {}, "items": [
			{"apiVersion": "pipelines.kubeflow.org/v2beta1", "kind": "PipelineVersion", "metadata": {"name": "a-1", "namespace": "team", "uid": "uid-a1", "creationTimestamp": "2026-01-01T00:00:00Z"},
			 "spec": {"pipelineName": "a", "versionName": "1", "pipelineSpec": {"root": {}}}},
			{"apiVersion": "pipelines.kubeflow.org/v2beta1", "kind": "PipelineVersion", "metadata": {"name": "a-2", "namespace": "team", "uid": "uid-a2", "creationTimestamp": "2026-01-02T00:00:00Z", "labels": {"pipelines.kubeflow.org/pipeline-id": "uid-a"}},
			 "spec": {"pipelineName": "other", "pipelineSpec": {"root": {}}, "platformSpec": {"platforms": {}}}}]}`,
		"/api/v1/namespaces/team/configmaps": `{"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {}, "items": []}`,
	}
	w.Header().Set("Content-Type", "application/json")
	answer, ok := answers[r.URL.Path]
	switch {
	case ok:
		_, _ = w.Write([]byte(answer))
	case strings.Contains(r.URL.Path, "/apis/pipelines.kubeflow.org/"):
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}`))
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}`))
	}
}

// TestKFPObjects reads KFP's own pipelines and versions, and changes none.
func TestKFPObjects(t *testing.T) {
	kubernetes := httptest.NewServer(http.HandlerFunc(kfpObjects))
	t.Cleanup(kubernetes.Close)
	open := func(namespace string) *View {
		v, err := (&Registry{Namespaces: []string{namespace}}).View(&rest.Config{Host: kubernetes.URL}, nil)
		require.NoError(t, err)
		return v
	}
	v := open("team")
	all, err := v.Pipelines(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, all, 2)
	p, err := v.Pipeline(t.Context(), "uid-a")
	require.NoError(t, err)
	require.Equal(t, "A", p.DisplayName)
	require.Equal(t, "y", p.Tags["x"])
	versions, err := v.Versions(t.Context(), "uid-a")
	require.NoError(t, err)
	require.Len(t, versions, 2, "one by its label, one by the name of its pipeline")
	none, err := v.Versions(t.Context(), "uid-b")
	require.NoError(t, err)
	require.Empty(t, none)
	newest, err := v.Version(t.Context(), VersionRef{PipelineID: "uid-a"})
	require.NoError(t, err)
	require.Equal(t, "uid-a2", newest.ID)
	require.JSONEq(t, `{"pipeline_spec": {"root": {}}, "platform_spec": {"platforms": {}}}`, string(newest.Spec))
	first, err := v.Version(t.Context(), VersionRef{VersionID: "uid-a1"})
	require.NoError(t, err)
	require.Equal(t, "1", first.Name)
	require.JSONEq(t, `{"root": {}}`, string(first.Spec))
	_, err = v.Version(t.Context(), VersionRef{PipelineID: "uid-b", VersionID: "uid-a1"})
	require.True(t, isNotFound(err), err)
	require.ErrorContains(t, v.DeletePipeline(t.Context(), "uid-a", true), "change it with kubectl")
	require.ErrorContains(t, v.DeleteVersion(t.Context(), VersionRef{VersionID: "uid-a1"}), "delete it with kubectl")
	_, err = v.CreateVersion(t.Context(), Version{PipelineID: "uid-a", Name: "x"})
	require.ErrorContains(t, err, "change it with kubectl")

	_, err = open("elsewhere").Pipeline(t.Context(), "uid-a")
	require.True(t, isNotFound(err), "where one may not see them there are none: %v", err)
}
