package live_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// given watches a run that stays as it is until it is given up.
func given(t *testing.T, w *wfv1.Workflow, before func(http.ResponseWriter, *http.Request) bool) (*live.GivenUpError, string, *apiServer) {
	t.Helper()
	s := &apiServer{t: t, states: []*wfv1.Workflow{w}, logs: programs(), before: before}
	var text bytes.Buffer
	_, err := live.Watch(t.Context(), s.cluster(), w.Name, live.JSONLines(&text, clock(recorded(t), 100)), live.Options{
		Pace: time.Millisecond, ReconcileTime: time.Millisecond, FailFastPending: 5 * time.Millisecond,
	})
	var up *live.GivenUpError
	require.True(t, errors.As(err, &up), "%v", err)
	return up, text.String(), s
}

// listing answers with a pod where pods are listed.
func listing(t *testing.T, pod corev1.Pod) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/pods") {
			return false
		}
		if err := json.NewEncoder(w).Encode(corev1.PodList{Items: []corev1.Pod{pod}}); err != nil {
			t.Error(err)
		}
		return true
	}
}

// TestGivesUpUnreconciled gives up a run that no controller looks at, and does not wait
// for its end either.
func TestGivesUpUnreconciled(t *testing.T) {
	w := at(recorded(t), 0)
	w.Status = wfv1.WorkflowStatus{}
	up, text, s := given(t, w, nil)
	require.Equal(t, []string{`{"spec":{"shutdown":"Terminate"}}`}, s.patches)
	require.ErrorContains(t, up, "the run does not begin: Argo has not taken up the run for")
	require.ErrorContains(t, up, "the run is asked to end, and has not yet")
	require.Equal(t, 1, strings.Count(text, `"state":"Waiting","message":"Argo has not taken up the run for`), text)
	require.Contains(t, text, `"message":"terminating"`)
}

// TestGivesUpBlind knows from Argo alone what pods wait for, as it may not list
// them.
func TestGivesUpBlind(t *testing.T) {
	w := at(recorded(t), 3)
	for id, n := range w.Status.Nodes {
		if n.Type == wfv1.NodeTypePod && n.Phase == wfv1.NodeRunning {
			n.Phase, n.Message = wfv1.NodePending, "Unschedulable: 0/1 nodes are available: 1 Insufficient memory."
			w.Status.Nodes[id] = n
		}
	}
	lists := 0
	up, text, _ := given(t, w, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/pods") {
			return false
		}
		lists++
		refuse(w, metav1.Status{Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden, Message: "you may not"})
		return true
	})
	require.ErrorContains(t, up, "task all.prepare cannot be scheduled: 0/1 nodes are available")
	require.Contains(t, text, `"task":"all.prepare","state":"Pending","message":"cannot be scheduled: 0/1 nodes are available: 1 Insufficient memory."`)
	require.Equal(t, 1, lists, "it does not ask again")
}

// TestGivesUpLeft gives up a run whose pod has ended and whose controller does not
// take note of that.
func TestGivesUpLeft(t *testing.T) {
	w := at(recorded(t), 3)
	var ended corev1.Pod
	for id, n := range w.Status.Nodes {
		if n.Type == wfv1.NodeTypePod && n.Phase == wfv1.NodeRunning {
			ended.Name, ended.Annotations = "p", map[string]string{"workflows.argoproj.io/node-id": id}
		}
	}
	ended.Status.Phase = corev1.PodSucceeded
	up, text, _ := given(t, w, listing(t, ended))
	require.ErrorContains(t, up, "task all.prepare has ended, and Argo has not taken note of it: is its controller at work?")
	require.Contains(t, text, `"task":"all.prepare","state":"Running","message":"has ended, and Argo has not taken note of it: is its controller at work?"`)
}

// TestNudges has Argo look again at a run in which it waits for the results of a pod
// that has failed and will report none.
func TestNudges(t *testing.T) {
	w := at(recorded(t), 3)
	no := false
	var ended corev1.Pod
	for id, n := range w.Status.Nodes {
		if n.Type == wfv1.NodeTypePod && n.Phase == wfv1.NodeRunning {
			n.Phase, n.Message, n.TaskResultSynced = wfv1.NodeFailed, "main: Unknown (exit code 255)", &no
			w.Status.Nodes[id] = n
			ended.Name, ended.Annotations = "p", map[string]string{"workflows.argoproj.io/node-id": id}
		}
	}
	ended.Status.Phase = corev1.PodFailed
	up, text, s := given(t, w, listing(t, ended))
	require.Contains(t, s.patches[0], `{"metadata":{"annotations":{"kfp2argo.dev/nudged":"`)
	require.ErrorContains(t, up, "task all.prepare has failed, and Argo still waits for the results of its pod")
	require.Contains(t, text, `"state":"Running","message":"task all.prepare has failed, and Argo still waits for the results of its pod: without them it goes on after some minutes, at most 20"`)
	require.Contains(t, text, `"main: Unknown (exit code 255)"`)
}

// TestBackoff says why a task that is retried does not run yet.
func TestBackoff(t *testing.T) {
	now := time.Unix(0, 0).UTC()
	var text bytes.Buffer
	d := live.Plain(&text, func() time.Time { return now })
	for _, message := range []string{"", "Backoff for 1 minute", "Backoff for 1 minute"} {
		task := &progress.Task{
			Path: "fit", NodeID: "1", Status: progress.Status{State: progress.Running, Message: message},
			Attempts: []*progress.Attempt{{NodeID: "2", Status: progress.Status{State: progress.Failed, Message: "exit code 3"}}},
		}
		require.NoError(t, d.Update(live.Snapshot{Run: &progress.Run{Name: "r", Status: progress.Status{State: progress.Running}, Tasks: []*progress.Task{task}}}))
	}
	require.Equal(t, "00:00:00 run       r  in namespace \n00:00:00 failed    fit  attempt 1, exit code 3\n00:00:00 running   fit\n"+
		"00:00:00 running   fit  Backoff for 1 minute\n", text.String())
}

// stopped returns the run as it is when a stop has ended what ran after some
// seconds.
func stopped(w *wfv1.Workflow, seconds int) *wfv1.Workflow {
	w = at(w, seconds)
	w.Spec.Shutdown = wfv1.ShutdownStrategyStop
	w.Status.Phase, w.Status.Message = wfv1.WorkflowFailed, "Stopped with strategy 'Stop'"
	for id, n := range w.Status.Nodes {
		if n.Phase == wfv1.NodeRunning {
			n.Phase = wfv1.NodeFailed
			if n.Type == wfv1.NodeTypePod {
				n.Message = "workflow shutdown with strategy:  Stop"
			}
			w.Status.Nodes[id] = n
		}
	}
	return w
}

// TestStopped calls what a stop has ended stopped, and does not complain that it
// has no log.
func TestStopped(t *testing.T) {
	s := &apiServer{t: t, states: []*wfv1.Workflow{at(recorded(t), 3), stopped(recorded(t), 3)}}
	for _, logs := range []bool{false, true} {
		s.states = []*wfv1.Workflow{at(recorded(t), 3), stopped(recorded(t), 3)}
		text, run, err := watch(t, s, live.Options{Tail: 2, Logs: logs})
		require.NoError(t, err)
		require.True(t, run.Stopped)
		require.Contains(t, text, "stopped   all.prepare")
		require.Contains(t, text, "stopped   outcomes-4hc2l")
		require.Contains(t, text, "1 stopped")
		require.NotContains(t, text, "no log")
		require.NotContains(t, text, " failed")
	}
}

// TestIterationsToCome counts the items of loops that Argo has not begun, given as a
// list in the Workflow and as an input.
func TestIterationsToCome(t *testing.T) {
	w := at(recorded(t), 12)
	for id, n := range w.Status.Nodes {
		if strings.Contains(n.Name, "iteration(1:1)") || strings.Contains(n.Name, "iteration(2:2)") {
			delete(w.Status.Nodes, id)
		}
	}
	count := func() string {
		var text bytes.Buffer
		d := live.Screen(&text, func() (int, int) { return 80, 24 }, live.Look{ASCII: true}, clock(w, 12))
		require.NoError(t, d.Update(snapshot(t, w)))
		return text.String()
	}
	require.Contains(t, count(), "0 of 3 done")
	require.Contains(t, count(), " of 7 tasks done")
	for i, template := range w.Spec.Templates {
		if template.Name == "train" {
			task := &w.Spec.Templates[i].DAG.Tasks[0]
			task.WithItems = nil
			task.WithParam = "{{=inputs.parameters['bad'] in ['', 'null'] ? '[]' : toJson(map(fromJSON(inputs.parameters['bad']), #index))}}"
		}
	}
	for id, n := range w.Status.Nodes {
		if strings.HasSuffix(n.Name, ".train-all") {
			for j, p := range n.Inputs.Parameters {
				if p.Name == "bad" {
					n.Inputs.Parameters[j].Value = wfv1.AnyStringPtr("[" + strings.Repeat("1,", 199) + "1]")
				}
			}
			w.Status.Nodes[id] = n
		}
	}
	require.Contains(t, count(), "0 of 200 done")
	require.Contains(t, count(), " of 204 tasks done")
}

// TestCachedLater says that a task is cached when that becomes known.
func TestCachedLater(t *testing.T) {
	now := time.Unix(0, 0).UTC()
	var text bytes.Buffer
	d := live.Plain(&text, func() time.Time { return now })
	for _, cached := range []bool{false, true, true} {
		task := &progress.Task{Path: "fit", Status: progress.Status{State: progress.Succeeded}, Cached: cached}
		require.NoError(t, d.Update(live.Snapshot{Run: &progress.Run{Name: "r", Namespace: "n", Tasks: []*progress.Task{task}}}))
	}
	require.Equal(t, "00:00:00 run       r  in namespace n\n00:00:00 succeeded fit\n00:00:00 cached    fit\n", text.String())
}
