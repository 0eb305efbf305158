//go:build e2e

package e2e

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// sleeper is a pipeline of one task that takes its time.
func sleeper(description string) any {
	return map[string]any{
		"pipelineInfo": map[string]any{"name": "sleeper", "description": description},
		"root": map[string]any{"dag": map[string]any{"tasks": map[string]any{"sleep": map[string]any{
			"taskInfo": map[string]any{"name": "sleep"}, "componentRef": map[string]any{"name": "comp-sleep"},
		}}}},
		"components": map[string]any{"comp-sleep": map[string]any{"executorLabel": "exec-sleep"}},
		"deploymentSpec": map[string]any{"executors": map[string]any{"exec-sleep": map[string]any{
			"container": map[string]any{"image": "python:3.11", "command": []string{"sleep", "15"}},
		}}},
		"schemaVersion": "2.1.0", "sdkVersion": "kfp-2.15.2",
	}
}

// recurring creates a recurring run that starts a run every ten seconds.
func (s served) recurring(name string, concurrency int, window map[string]any) string {
	s.t.Helper()
	schedule := map[string]any{"interval_second": 10}
	for bound, at := range window {
		schedule[bound] = at
	}
	return s.good(http.MethodPost, "/recurringruns", map[string]any{
		"display_name": name, "pipeline_spec": sleeper(name), "max_concurrency": concurrency, "mode": "ENABLE",
		"trigger": map[string]any{"periodic_schedule": schedule},
	})["recurring_run_id"].(string)
}

// runsOf lists the runs of a recurring run.
func (s served) runsOf(id string) []map[string]any {
	s.t.Helper()
	filter := url.QueryEscape(`{"predicates": [{"operation": "EQUALS", "key": "recurring_run_id", "string_value": "` + id + `"}]}`)
	var all []map[string]any
	for _, run := range s.good(http.MethodGet, "/runs?page_size=200&filter="+filter, nil)["runs"].([]any) {
		all = append(all, run.(map[string]any))
	}
	return all
}

// TestServeRecurring lets recurring runs start runs: inside their window only, and
// no more at once than they may.
func TestServeRecurring(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	s := p.serve("-n", namespace, "--pipeline-root", p.root)
	end := time.Now().Add(80 * time.Second).UTC().Truncate(time.Second)
	allowed := map[string]int{
		s.recurring("one at a time", 1, map[string]any{"end_time": end}):            1,
		s.recurring("two at a time", 2, map[string]any{"end_time": end}):            2,
		s.recurring("later", 1, map[string]any{"start_time": end.AddDate(0, 0, 1)}): 0,
	}
	atOnce := map[string]int{}
	for over := false; !over; {
		over = time.Now().After(end.Add(30 * time.Second))
		for id := range allowed {
			running := 0
			for _, run := range s.runsOf(id) {
				if run["state"] == "RUNNING" {
					running++
				}
			}
			atOnce[id] = max(atOnce[id], running)
		}
		timer := time.NewTimer(time.Second)
		select {
		case <-timer.C:
		case <-t.Context().Done():
			t.Fatal("the test ends")
		}
	}
	for id, most := range allowed {
		all := s.runsOf(id)
		require.LessOrEqual(t, atOnce[id], most)
		require.Equal(t, most > 0, len(all) > 0, "%v", all)
		for _, run := range all {
			created, err := time.Parse(time.RFC3339, run["created_at"].(string))
			require.NoError(t, err)
			require.False(t, created.After(end.Add(5*time.Second)), "%v after %v", created, end)
		}
		if most == 2 {
			require.GreaterOrEqual(t, len(all), 2)
		}
		s.good(http.MethodPost, "/recurringruns/"+id+":disable", nil)
		require.Equal(t, "DISABLED", s.good(http.MethodGet, "/recurringruns/"+id, nil)["status"])
		s.good(http.MethodDelete, "/recurringruns/"+id+"?propagation_policy=BACKGROUND", nil)
	}
}

// TestServeMacros lets a recurring run fill in when each of its runs was due, and
// which it is.
func TestServeMacros(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	s := p.serve("-n", namespace, "--pipeline-root", p.root)
	schedule := func(recipient string) map[string]any {
		return map[string]any{
			"display_name": "macros", "pipeline_spec": pipelineSpec(t, examples+"hello.yaml"), "max_concurrency": 1, "mode": "ENABLE",
			"trigger":        map[string]any{"periodic_schedule": map[string]any{"interval_second": 10}},
			"runtime_config": map[string]any{"parameters": map[string]any{"recipient": recipient}},
		}
	}
	status, answer := s.ask(s.request(http.MethodPost, "/recurringruns", schedule("[[Index]]")))
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, answer["message"], "the macro [[Index]] is not supported")

	given := "[[ScheduledTime.2006-01-02 15:04:05]] {{$.currentTime.strftime('%F %T')}} [[RunUUID]]"
	recurring := s.good(http.MethodPost, "/recurringruns", schedule(given))
	require.Equal(t, given, recurring["runtime_config"].(map[string]any)["parameters"].(map[string]any)["recipient"])
	id := recurring["recurring_run_id"].(string)
	require.Eventually(t, func() bool { return len(s.runsOf(id)) > 0 }, 2*time.Minute, time.Second, "it starts no run")
	s.good(http.MethodPost, "/recurringruns/"+id+":disable", nil)
	run := s.wait(s.runsOf(id)[0]["run_id"].(string))
	require.Equal(t, "SUCCEEDED", run["state"], "%v", run)
	const moment = "2006-01-02 15:04:05"
	at := func(field string) string {
		at, err := time.Parse(time.RFC3339, run[field].(string))
		require.NoError(t, err)
		return at.Format(moment)
	}
	filled := at("scheduled_at") + " " + at("created_at") + " " + run["run_id"].(string)
	require.Equal(t, filled, run["runtime_config"].(map[string]any)["parameters"].(map[string]any)["recipient"])
	all, err := connect(t).workflows.ArgoprojV1alpha1().Workflows(namespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	for _, w := range all.Items {
		if string(w.UID) == run["run_id"] {
			require.Contains(t, w.Status.Nodes[w.Name].Outputs.Parameters[0].Value.String(), strings.ToUpper(filled), "what its tasks got")
		}
	}
	s.good(http.MethodDelete, "/recurringruns/"+id+"?propagation_policy=BACKGROUND", nil)
}

// TestServeNewest has a recurring run without a version, and then versions: it is
// of the newest that its parameters fit.
func TestServeNewest(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	own := p.namespace()
	s := p.serve("-n", own, "--pipeline-root", p.root)
	upload := func(path, file, id string) string {
		status, answer := s.ask(s.upload(path, file))
		require.Equal(t, http.StatusOK, status, "%v", answer)
		return answer[id].(string)
	}
	pipeline := upload("/pipelines/upload?name=renewed", examples+"hello.yaml", "pipeline_id")
	id := s.good(http.MethodPost, "/recurringruns", map[string]any{
		"display_name": "newest", "pipeline_version_reference": map[string]any{"pipeline_id": pipeline}, "max_concurrency": 2, "mode": "DISABLE",
		"runtime_config": map[string]any{"parameters": map[string]any{"recipient": "you"}},
		"trigger":        map[string]any{"cron_schedule": map[string]any{"cron": "0 0 3 * * *"}},
	})["recurring_run_id"].(string)
	current := func() string {
		all, err := connect(t).workflows.ArgoprojV1alpha1().CronWorkflows(own).List(t.Context(), metav1.ListOptions{})
		require.NoError(t, err)
		require.Len(t, all.Items, 1)
		c := all.Items[0]
		require.NotNil(t, c.Spec.WorkflowSpec.Synchronization, "the limit is lost")
		require.True(t, c.Spec.Suspend)
		marked := c.Annotations["kfp2argo.dev/pipeline-version"]
		require.Equal(t, marked, c.Spec.WorkflowMetadata.Annotations["kfp2argo.dev/pipeline-version"])
		_, version, _ := strings.Cut(marked, "/")
		return version
	}
	shown := func() map[string]any { return s.good(http.MethodGet, "/recurringruns/"+id, nil) }
	version := "/pipelines/upload_version?pipelineid=" + pipeline + "&name="
	second := upload(version+"second", examples+"hello.yaml", "pipeline_version_id")
	require.Equal(t, second, current())
	require.Equal(t, map[string]any{"pipeline_id": pipeline}, shown()["pipeline_version_reference"])
	require.Nil(t, shown()["error"])

	other := upload(version+"other", examples+"artifacts.yaml", "pipeline_version_id")
	require.Equal(t, second, current())
	require.Contains(t, shown()["error"].(map[string]any)["message"], `version other: the pipeline has no input "recipient"`)
	s.good(http.MethodDelete, "/pipelines/"+pipeline+"/versions/"+other, nil)
	require.Nil(t, shown()["error"])
	s.good(http.MethodDelete, "/pipelines/"+pipeline+"/versions/"+second, nil)
	require.NotEqual(t, second, current())
	s.good(http.MethodDelete, "/recurringruns/"+id, nil)
}

// TestServeLeavesNothing starts runs of a pipeline that is too large for an
// annotation, as somebody who must not create Workflows.
func TestServeLeavesNothing(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	own := p.namespace()
	kube := connect(t).kubernetes
	p.role(own, "half", "get", "list")
	_, err := kube.CoreV1().ServiceAccounts(own).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "half"}}, metav1.CreateOptions{})
	require.NoError(t, err)
	role, err := kube.RbacV1().Roles(own).Get(t.Context(), "half", metav1.GetOptions{})
	require.NoError(t, err)
	role.Rules = append(role.Rules, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"create", "delete"}})
	_, err = kube.RbacV1().Roles(own).Update(t.Context(), role, metav1.UpdateOptions{})
	require.NoError(t, err)
	s := p.serve("-n", own, "--auth", "token", "--pipeline-root", p.root)
	token := p.token(own, "half", "")
	noise := make([]byte, 40<<10) // it cannot be compressed
	_, err = rand.Read(noise)
	require.NoError(t, err)
	spec := sleeper(hex.EncodeToString(noise))
	for call, body := range map[string]any{
		"/runs": map[string]any{"display_name": "x", "pipeline_spec": spec},
		"/recurringruns": map[string]any{
			"display_name": "x", "pipeline_spec": spec, "max_concurrency": 2, "mode": "ENABLE",
			"trigger": map[string]any{"periodic_schedule": map[string]any{"interval_second": 3600}},
		},
	} {
		r := s.request(http.MethodPost, call, body)
		r.Header.Set("Authorization", "Bearer "+token)
		status, answer := s.ask(r)
		require.Equal(t, http.StatusForbidden, status, "%s: %v", call, answer)
		left, err := kube.CoreV1().ConfigMaps(own).List(t.Context(), metav1.ListOptions{LabelSelector: "kfp2argo.dev/kind"})
		require.NoError(t, err)
		require.Empty(t, left.Items, call)
	}
}
