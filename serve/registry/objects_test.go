package registry

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
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
	require.ErrorContains(t, v.DeleteVersion(t.Context(), VersionRef{VersionID: "uid-a1"}), "change it with kubectl")
	_, err = v.CreateVersion(t.Context(), Version{PipelineID: "uid-a", Name: "x"})
	require.ErrorContains(t, err, "change it with kubectl")

	_, err = open("elsewhere").Pipeline(t.Context(), "uid-a")
	require.True(t, isNotFound(err), "where one may not see them there are none: %v", err)
}

// objectStore answers as an API server that has KFP's resource definitions, or
// not, and keeps what is created.
type objectStore struct {
	mu      sync.Mutex
	missing bool
	objects map[string]map[string]any // by path
}

func (s *objectStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	kfp := strings.HasPrefix(r.URL.Path, "/apis/pipelines.kubeflow.org/v2beta1/namespaces/team/")
	status, answer := http.StatusNotFound, any(map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404})
	switch {
	case r.URL.Path == "/api/v1/namespaces/team/configmaps":
		status, answer = http.StatusOK, map[string]any{"kind": "ConfigMapList", "apiVersion": "v1", "metadata": map[string]any{}, "items": []any{}}
	case !kfp || s.missing:
	case r.Method == http.MethodGet:
		items := []any{}
		for _, path := range slices.Sorted(maps.Keys(s.objects)) {
			if strings.HasPrefix(path, r.URL.Path+"/") {
				items = append(items, s.objects[path])
			}
		}
		status, answer = http.StatusOK, map[string]any{"kind": "List", "apiVersion": "pipelines.kubeflow.org/v2beta1", "metadata": map[string]any{}, "items": items}
	case r.Method == http.MethodDelete:
		if s.objects[r.URL.Path] != nil {
			delete(s.objects, r.URL.Path)
			status, answer = http.StatusOK, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Success"}
		}
	default:
		var object map[string]any
		_ = json.NewDecoder(r.Body).Decode(&object) // of this test
		meta := object["metadata"].(map[string]any)
		path := r.URL.Path + "/" + meta["name"].(string)
		if s.objects[path] != nil {
			status, answer = http.StatusConflict, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "AlreadyExists", "code": 409}
			break
		}
		meta["uid"] = "uid-of-" + meta["name"].(string)
		s.objects[path] = object
		status, answer = http.StatusCreated, object
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the client has gone
}

// TestObjectStore writes pipelines and versions as KFP's own objects, and reads
// and deletes them.
func TestObjectStore(t *testing.T) {
	objects := &objectStore{objects: map[string]map[string]any{}}
	kubernetes := httptest.NewServer(objects)
	t.Cleanup(kubernetes.Close)
	v, err := (&Registry{Namespaces: []string{"team"}, PipelineObjects: true}).View(&rest.Config{Host: kubernetes.URL}, nil)
	require.NoError(t, err)
	spec := []byte(`{"pipeline_spec": {"root": {}}, "platform_spec": {"platforms": {"kubernetes": {}}}}`)
	pipeline := Pipeline{Name: "mine", DisplayName: "My pipeline", Description: "of mine", Tags: map[string]string{"a": "b"}}
	first := Version{Name: "mine", DisplayName: "My pipeline", Spec: spec}
	for _, wrong := range []struct{ pipeline, version, problem string }{
		{"My pipeline", "v1", `the name "My pipeline" of the pipeline`},
		{"mine", "Version 1", `the name "Version 1" of the version`},
		{strings.Repeat("a", 200), strings.Repeat("b", 60), "of the version, with its pipeline's,"},
	} {
		_, err := v.CreatePipeline(t.Context(), Pipeline{Name: wrong.pipeline}, Version{Name: wrong.version, Spec: spec})
		require.ErrorContains(t, err, wrong.problem)
	}
	require.Empty(t, objects.objects)

	p, err := v.CreatePipeline(t.Context(), pipeline, first)
	require.NoError(t, err)
	require.Equal(t, "uid-of-mine", p.ID)
	require.Equal(t, pipeline.DisplayName, p.DisplayName)
	_, err = v.CreatePipeline(t.Context(), pipeline, first)
	require.Equal(t, &ExistsError{pipelineKind, "mine"}, err)
	version := Version{PipelineID: p.ID, Name: "v2", Description: "better", CodeSource: "https://example.com", Spec: []byte("root: {}\n")}
	second, err := v.CreateVersion(t.Context(), version)
	require.NoError(t, err)
	require.Equal(t, "uid-of-mine-v2", second.ID)
	_, err = v.CreateVersion(t.Context(), version)
	require.Equal(t, &ExistsError{versionKind, "v2"}, err)
	stored := objects.objects["/apis/pipelines.kubeflow.org/v2beta1/namespaces/team/pipelineversions/mine-v2"]
	require.Equal(t, map[string]any{
		"pipelineName": "mine", "versionName": "v2", "description": "better", "codeSourceURL": "https://example.com",
		"pipelineSpec": map[string]any{"root": map[string]any{}},
	}, stored["spec"])
	require.Equal(t, "PipelineVersion", stored["kind"])
	meta := stored["metadata"].(map[string]any)
	require.Equal(t, map[string]any{"pipelines.kubeflow.org/pipeline-id": "uid-of-mine"}, meta["labels"])
	require.Equal(t, "uid-of-mine", meta["ownerReferences"].([]any)[0].(map[string]any)["uid"])

	all, err := v.Versions(t.Context(), p.ID)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.JSONEq(t, string(spec), string(all[0].Spec))
	require.ErrorContains(t, v.DeletePipeline(t.Context(), p.ID, false), "has 2 versions")
	require.NoError(t, v.DeleteVersion(t.Context(), VersionRef{PipelineID: p.ID, VersionID: second.ID}))
	require.NoError(t, v.DeletePipeline(t.Context(), p.ID, true))
	require.Empty(t, objects.objects)

	objects.missing = true
	_, err = v.CreatePipeline(t.Context(), pipeline, first)
	require.ErrorContains(t, err, "the cluster has no pipelines.pipelines.kubeflow.org")
}
