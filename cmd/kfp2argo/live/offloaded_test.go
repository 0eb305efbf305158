package live_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/internal/argoserver"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// offloadedStates are the states of a run whose nodes Argo keeps in a database.
func offloadedStates(t *testing.T) []*wfv1.Workflow {
	all := states(t)
	for _, w := range all {
		w.Status.Nodes, w.Status.CompressedNodes, w.Status.OffloadNodeStatusVersion = nil, "", "fnv:1"
	}
	return all
}

// argoServer starts a server of Argo's that has the end of the run with its nodes.
func argoServer(t *testing.T) *argoserver.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/workflows/"+recorded(t).Namespace+"/outcomes-4hc2l" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(recorded(t))
	}))
	t.Cleanup(server.Close)
	s, err := argoserver.FromEnvironment(func(name string) string {
		return map[string]string{"ARGO_SERVER": strings.TrimPrefix(server.URL, "http://"), "ARGO_SECURE": "false"}[name]
	})
	require.NoError(t, err)
	return s
}

// TestOffloaded follows and reads a run whose nodes only Argo's server can read.
func TestOffloaded(t *testing.T) {
	s := &apiServer{t: t, states: offloadedStates(t), logs: programs()}
	c := s.cluster()
	c.ArgoServer = argoServer(t)
	var text bytes.Buffer
	run, err := live.Watch(t.Context(), c, "outcomes-4hc2l", live.Plain(&text, clock(recorded(t), 100)), live.Options{Pace: time.Millisecond})
	require.NoError(t, err)
	require.Equal(t, progress.Failed, run.State)
	require.Contains(t, text.String(), "4 succeeded (1 cached), 1 failed")

	w, err := c.Get(t.Context(), "outcomes-4hc2l")
	require.NoError(t, err)
	require.Equal(t, recorded(t).Status.Nodes, w.Status.Nodes)

	// Argo reads the nodes in its database before those that a retry would write.
	var offloaded *progress.OffloadedError
	require.ErrorAs(t, c.Retry(t.Context(), "outcomes-4hc2l", time.Now()), &offloaded)
	require.Empty(t, s.patches)
}

// TestOffloadedRefused has a server that does not know the run: to wait is no use.
func TestOffloadedRefused(t *testing.T) {
	all := offloadedStates(t)
	for _, w := range all {
		w.Namespace = "elsewhere"
	}
	c := (&apiServer{t: t, states: all}).cluster()
	c.ArgoServer = argoServer(t)
	var text bytes.Buffer
	_, err := live.Watch(t.Context(), c, "outcomes-4hc2l", live.Plain(&text, clock(recorded(t), 100)), live.Options{Pace: time.Millisecond})
	require.ErrorContains(t, err, "404")
}

// TestOffloadedWithoutServer follows the same without the server: how it has ended is
// known, and what to do to see more.
func TestOffloadedWithoutServer(t *testing.T) {
	s := &apiServer{t: t, states: offloadedStates(t)}
	text, run, err := watch(t, s, live.Options{})
	require.NoError(t, err)
	require.Equal(t, progress.Failed, run.State)
	require.Empty(t, run.Tasks)
	require.Contains(t, text, "name it in ARGO_SERVER")
}
