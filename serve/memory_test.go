package serve_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/pages/pagestest"
)

// client asks a server as a user, or as nobody.
type client struct {
	t          *testing.T
	base, user string
}

// ready waits until the server knows the runs of the cluster, and of those that are
// gone this one.
func (c client) ready(gone string) {
	c.t.Helper()
	for _, path := range []string{"/readyz", "/apis/v2beta1/runs/" + gone} {
		require.Eventually(c.t, func() bool {
			status, _ := c.get(path)
			return status == http.StatusOK
		}, time.Minute, 5*time.Millisecond, path)
	}
}

func (c client) get(path string) (int, string) { return c.do(http.MethodGet, path) }

func (c client) do(method, path string) (int, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, http.NoBody)
	require.NoError(c.t, err)
	if c.user != "" {
		r.Header.Set(access.UserHeader, c.user)
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(c.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(c.t, err)
	return answer.StatusCode, string(text)
}

// run returns a run, which must be there.
func (c client) run(id string) map[string]any {
	c.t.Helper()
	status, text := c.get("/apis/v2beta1/runs/" + id)
	require.Equal(c.t, http.StatusOK, status, text)
	var run map[string]any
	require.NoError(c.t, json.Unmarshal([]byte(text), &run))
	return run
}

// TestRunsInMemory asks for runs again: the API server and the store are asked
// only for what has changed.
func TestRunsInMemory(t *testing.T) {
	w := pagestest.New(t, "..")
	w.Fill()
	c := client{t: t, base: w.Serve(access.None)}
	live, gone := pagestest.ID("outcomes-live"), pagestest.ID("training-0003")
	c.ready(gone)
	for _, id := range []string{live, "outcomes-live", pagestest.ID("outcomes-ended"), gone} {
		// What the index has just been told of may be read once more.
		require.Eventually(t, func() bool {
			before := len(w.Reads())
			status, _ := c.get("/apis/v2beta1/runs/" + id)
			return status == http.StatusOK && len(w.Reads()) == before
		}, time.Minute, 5*time.Millisecond, id)
	}
	before := len(w.Reads())
	for range 10 {
		require.Equal(t, live, c.run("outcomes-live")["run_id"])
		require.Equal(t, "SUCCEEDED", c.run(gone)["state"])
		status, text := c.get("/runs/" + gone)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, text, "training-0003")
	}
	for _, path := range w.Reads()[before:] {
		require.NotContains(t, path, "/workflows", "nothing has changed")
	}

	require.Equal(t, "RUNNING", c.run(live)["state"])
	status, text := c.do(http.MethodPost, "/apis/v2beta1/runs/"+live+":terminate")
	require.Equal(t, http.StatusOK, status, text)
	require.Equal(t, "CANCELING", c.run(live)["state"], "this server has changed it")
	w.Run(w.Outcomes(), "outcomes-live", "Another title")
	require.Eventually(t, func() bool {
		status, text := c.get("/apis/v2beta1/runs/" + live)
		var run map[string]any
		return status == http.StatusOK && json.Unmarshal([]byte(text), &run) == nil && run["display_name"] == "Another title" && run["state"] == "FAILED" && run["run_details"] != nil
	}, time.Minute, 5*time.Millisecond, "another has changed it")
	status, text = c.do(http.MethodDelete, "/apis/v2beta1/runs/"+gone)
	require.Equal(t, http.StatusOK, status, text)
	status, _ = c.get("/apis/v2beta1/runs/" + gone)
	require.Equal(t, http.StatusNotFound, status)
}

// TestRightsInMemory asks for a run that another user has asked for before.
func TestRightsInMemory(t *testing.T) {
	w := pagestest.New(t, "..")
	w.Fill()
	base := w.Serve(access.Header)
	allowed, other := client{t, base, pagestest.Writer}, client{t, base, "bob@example.com"}
	allowed.ready(pagestest.ID("training-0003"))
	for _, id := range []string{pagestest.ID("outcomes-live"), pagestest.ID("training-0003")} {
		for range 3 {
			allowed.run(id)
			status, text := other.get("/apis/v2beta1/runs/" + id)
			require.Equal(t, http.StatusForbidden, status, text)
			status, _ = other.get("/runs/" + id)
			require.Equal(t, http.StatusForbidden, status)
		}
		status, _ := client{t: t, base: base}.get("/apis/v2beta1/runs/" + id)
		require.Equal(t, http.StatusUnauthorized, status)
	}
	var reviews int
	for _, change := range w.Changes() {
		if strings.Contains(change, "subjectaccessreviews") {
			reviews++
		}
	}
	require.GreaterOrEqual(t, reviews, 2*3*3, "one for each request")
}

// TestBase has a server below a path of a host: pages and the API.
func TestBase(t *testing.T) {
	w := pagestest.New(t, "..")
	w.Fill()
	w.Base = "/gate"
	c := client{t: t, base: w.Serve(access.None)}
	c.ready(pagestest.ID("training-0003"))
	for _, path := range []string{"/gate/apis/v2beta1/healthz", "/gate//apis/v2beta1/healthz", "/apis/v2beta1/healthz", "/gate/runs", "/runs", "/gate"} {
		status, text := c.get(path)
		require.Equal(t, http.StatusOK, status, "%s: %s", path, text)
	}
}
