//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestServeUI asks what KFP's web UI asks of the old API, for logs, and for tasks
// in the form of the release after 2.17.
func TestServeUI(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	s := p.serve("-n", namespace, "--pipeline-root", p.root)
	spec := pipelineSpec(t, examples+"hello.yaml")
	id := s.start("shown", spec, map[string]any{"recipient": "UI"})
	run := s.wait(id)
	require.Equal(t, "SUCCEEDED", run["state"])
	old := served{t, strings.TrimSuffix(s.base, "/"), s.client}
	ask := func(path string) map[string]any {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, old.base+"/apis/v1beta1"+path, http.NoBody)
		require.NoError(t, err)
		status, answer := old.ask(r)
		require.Equal(t, http.StatusOK, status, "%s: %v", path, answer)
		return answer
	}
	shown := ask("/runs/" + id)["run"].(map[string]any)
	require.Equal(t, "shown", shown["name"])
	var manifest any
	require.NoError(t, json.Unmarshal([]byte(shown["pipeline_spec"].(map[string]any)["pipeline_manifest"].(string)), &manifest))
	require.Equal(t, spec, manifest)
	require.Empty(t, ask("/pipeline_versions?resource_key.type=PIPELINE&resource_key.id=x&page_size=50&sort_by=created_at%20desc")["versions"])

	pod := taskDetails(t, run)["shout"]["pod_name"].(string)
	log := "/apis/v1beta1/runs/" + id + "/nodes/" + pod + "/log"
	require.Contains(t, s.text(log), "HELLO, UI!")
	require.Contains(t, s.text(log+"?follow=true"), "HELLO, UI!")

	tasks := func() map[string]map[string]any {
		all := map[string]map[string]any{}
		for _, task := range s.good(http.MethodGet, "/runs/"+id+"/tasks", nil)["tasks"].([]any) {
			all[task.(map[string]any)["name"].(string)] = task.(map[string]any)
		}
		return all
	}
	require.Eventually(t, func() bool { return tasks()["shout"]["outputs"] != nil }, 2*time.Minute, time.Second, "nobody records the run")
	all := tasks()
	require.Equal(t, "ROOT", all["ROOT"]["type"])
	require.Len(t, all["ROOT"]["child_tasks"], 2)
	require.Equal(t, all["ROOT"]["task_id"], all["greet"]["parent_task_id"])
	require.Contains(t, []any{"SUCCEEDED", "CACHED"}, all["greet"]["state"])
	require.Equal(t, map[string]any{"parameters": []any{map[string]any{"value": "HELLO, UI!", "type": "OUTPUT", "parameter_key": "Output"}}}, all["shout"]["outputs"])
	one := s.good(http.MethodGet, "/runs/"+id+"/tasks/"+all["shout"]["task_id"].(string), nil)
	require.Equal(t, all["shout"], one)

	// The log of a pod that is gone.
	require.NoError(t, connect(t).kubernetes.CoreV1().Pods(namespace).Delete(t.Context(), pod, metav1.DeleteOptions{}))
	require.Eventually(t, func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+log, http.NoBody)
		require.NoError(t, err)
		answer, err := s.client.Do(r)
		require.NoError(t, err)
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, time.Minute, time.Second)
	require.Contains(t, s.text(log), "HELLO, UI!")
	s.good(http.MethodDelete, "/runs/"+id, nil)
}

// TestServeArtifacts asks for the artifacts of a run, in the form of the release
// after 2.17, and of ML Metadata for that of those before.
func TestServeArtifacts(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	s := p.serve("-n", namespace, "--pipeline-root", p.root)
	id := s.start("has artifacts", pipelineSpec(t, examples+"artifacts.yaml"), nil)
	require.Equal(t, "SUCCEEDED", s.wait(id)["state"])
	full := s.good(http.MethodGet, "/runs/"+id+"?view=FULL", nil)
	require.Len(t, full["tasks"], int(full["task_count"].(float64)))

	links := s.good(http.MethodGet, "/artifact_tasks?run_ids="+id, nil)["artifact_tasks"].([]any)
	require.NotEmpty(t, links, "the records are there when the tasks have ended")
	made := map[string]bool{}
	for _, link := range links {
		l := link.(map[string]any)
		artifact := s.good(http.MethodGet, "/artifacts/"+l["artifact_id"].(string), nil)
		require.Equal(t, l["artifact_id"], artifact["artifact_id"])
		require.Equal(t, namespace, artifact["namespace"])
		require.Equal(t, id, s.good(http.MethodGet, "/runs/"+id+"/tasks/"+l["task_id"].(string), nil)["run_id"])
		made[l["artifact_id"].(string)] = true
	}
	listed := s.good(http.MethodGet, "/artifacts?page_size=200&sort_by=created_at%20desc", nil)["artifacts"].([]any)
	for _, a := range listed {
		delete(made, a.(map[string]any)["artifact_id"].(string))
	}
	require.Empty(t, made, "they are among those of the newest runs")

	// A frame that asks for the context of the run: its type, and its name.
	body := "\x00\x00\x00\x00\x3a\x0a\x12system.PipelineRun\x12\x24" + id
	require.Len(t, body, 5+0x3a)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/ml_metadata.MetadataStoreService/GetContextByTypeAndName", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/grpc-web+proto")
	answer, err := s.client.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), id)
	require.True(t, strings.HasSuffix(string(text), "grpc-status:0\r\n"), "%q", text)
	s.good(http.MethodDelete, "/runs/"+id, nil)
}
