//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/wait"
)

// definitions are the resource definitions of KFP's native mode, as far as they
// matter.
const definitions = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: pipelines.pipelines.kubeflow.org}
spec:
  group: pipelines.kubeflow.org
  scope: Namespaced
  names: {kind: Pipeline, listKind: PipelineList, plural: pipelines, singular: pipeline}
  versions:
    - {name: v2beta1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: pipelineversions.pipelines.kubeflow.org}
spec:
  group: pipelines.kubeflow.org
  scope: Namespaced
  names: {kind: PipelineVersion, listKind: PipelineVersionList, plural: pipelineversions, singular: pipelineversion}
  versions:
    - {name: v2beta1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`

// TestServeKFPObjects runs a pipeline that kubectl has made as KFP's own objects.
func TestServeKFPObjects(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	s := p.serve("-n", namespace, "--pipeline-root", p.root)
	kubectl(t, []byte(definitions), "apply", "-f", "-")
	t.Cleanup(func() { kubectl(t, []byte(definitions), "delete", "--wait=false", "-f", "-") })
	kubectl(t, nil, "wait", "--for=condition=Established", "--timeout=1m",
		"customresourcedefinition/pipelines.pipelines.kubeflow.org", "customresourcedefinition/pipelineversions.pipelines.kubeflow.org")
	spec, err := json.Marshal(pipelineSpec(t, examples+"hello.yaml"))
	require.NoError(t, err)
	objects := `{"apiVersion": "v1", "kind": "List", "items": [
		{"apiVersion": "pipelines.kubeflow.org/v2beta1", "kind": "Pipeline", "metadata": {"name": "own", "namespace": "` + namespace + `"}, "spec": {"displayName": "KFP's own"}},
		{"apiVersion": "pipelines.kubeflow.org/v2beta1", "kind": "PipelineVersion", "metadata": {"name": "own-1", "namespace": "` + namespace + `"},
		 "spec": {"pipelineName": "own", "pipelineSpec": ` + string(spec) + `}}]}`
	kubectl(t, []byte(objects), "apply", "--validate=false", "-f", "-")

	var id string
	listed := func(context.Context) (bool, error) {
		for _, one := range s.good(http.MethodGet, "/pipelines?page_size=200", nil)["pipelines"].([]any) {
			if one.(map[string]any)["display_name"] == "KFP's own" {
				id = one.(map[string]any)["pipeline_id"].(string)
			}
		}
		return id != "", nil
	}
	require.NoError(t, wait.PollUntilContextTimeout(t.Context(), time.Second, time.Minute, true, listed))
	require.Len(t, s.good(http.MethodGet, "/pipelines/"+id+"/versions", nil)["pipeline_versions"], 1)
	run := s.good(http.MethodPost, "/runs", map[string]any{"display_name": "of KFP's own", "pipeline_version_reference": map[string]any{"pipeline_id": id}})
	require.Equal(t, "SUCCEEDED", s.wait(run["run_id"].(string))["state"])
	status, answer := s.ask(s.request(http.MethodDelete, "/pipelines/"+id, nil))
	require.Equal(t, http.StatusBadRequest, status, "%v", answer)
	s.good(http.MethodDelete, "/runs/"+run["run_id"].(string), nil)

	writing := p.serve("-n", namespace, "--pipeline-root", p.root, "--pipeline-store", "kubernetes")
	upload := func(path, id string) string {
		status, answer := writing.ask(writing.upload(path, examples+"hello.yaml"))
		require.Equal(t, http.StatusOK, status, "%v", answer)
		return answer[id].(string)
	}
	status, answer = writing.ask(writing.upload("/pipelines/upload?name=No%20object", examples+"hello.yaml"))
	require.Equal(t, http.StatusBadRequest, status, "%v", answer)
	id = upload("/pipelines/upload?name=written&display_name=Written%20here", "pipeline_id")
	upload("/pipelines/upload_version?name=second&pipelineid="+id, "pipeline_version_id")
	kubectl(t, nil, "get", "-n", namespace, "pipelines.pipelines.kubeflow.org/written", "pipelineversions.pipelines.kubeflow.org/written", "pipelineversions.pipelines.kubeflow.org/written-second")
	require.Len(t, s.good(http.MethodGet, "/pipelines/"+id+"/versions", nil)["pipeline_versions"], 2)
	run = writing.good(http.MethodPost, "/runs", map[string]any{"display_name": "of a written one", "pipeline_version_reference": map[string]any{"pipeline_id": id}})
	require.Equal(t, "SUCCEEDED", writing.wait(run["run_id"].(string))["state"])
	writing.good(http.MethodDelete, "/runs/"+run["run_id"].(string), nil)
	writing.good(http.MethodDelete, "/pipelines/"+id+"?cascade=true", nil)
	status, _ = s.ask(s.request(http.MethodGet, "/pipelines/"+id, nil))
	require.Equal(t, http.StatusNotFound, status)
}
