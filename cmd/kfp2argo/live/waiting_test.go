package live_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
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
		Pace: time.Millisecond, Unseen: time.Millisecond, FailFastPending: 5 * time.Millisecond,
	})
	var up *live.GivenUpError
	require.True(t, errors.As(err, &up), "%v", err)
	return up, text.String(), s
}

// TestGivesUpUnseen gives up a run that no controller looks at, and does not wait
// for its end either.
func TestGivesUpUnseen(t *testing.T) {
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
