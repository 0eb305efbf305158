package argoserver_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/argoserver"
)

// offloaded is a Workflow whose nodes are elsewhere.
func offloaded() *wfv1.Workflow {
	w := &wfv1.Workflow{}
	w.Name, w.Namespace, w.UID = "run", "team", "u1"
	w.Status.OffloadNodeStatusVersion = "fnv:1"
	return w
}

// environment names a server by variables.
func environment(server *httptest.Server, more ...string) func(string) string {
	host := strings.TrimPrefix(strings.TrimPrefix(server.URL, "http://"), "https://")
	all := map[string]string{"ARGO_SERVER": host, "ARGO_SECURE": "false"}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return func(name string) string { return all[name] }
}

func TestComplete(t *testing.T) {
	whole := offloaded()
	whole.Status.Nodes, whole.Status.OffloadNodeStatusVersion = wfv1.Nodes{"a": {ID: "a", Name: "run"}}, ""
	var asked *http.Request
	answer := func(w http.ResponseWriter, r *http.Request) {
		asked = r
		_ = json.NewEncoder(w).Encode(whole)
	}
	server := httptest.NewServer(http.HandlerFunc(answer))
	defer server.Close()
	s, err := argoserver.FromEnvironment(environment(server, "ARGO_TOKEN", "Bearer secret", "ARGO_BASE_HREF", "/argo/"))
	require.NoError(t, err)
	w := offloaded()
	require.NoError(t, s.Complete(t.Context(), w))
	require.Equal(t, whole, w)
	require.Equal(t, "/argo/api/v1/workflows/team/run", asked.URL.Path)
	require.Equal(t, "Bearer secret", asked.Header.Get("Authorization"))

	asked = nil
	require.NoError(t, s.Complete(t.Context(), w))
	require.Nil(t, asked, "it has its nodes")

	secure := httptest.NewTLSServer(http.HandlerFunc(answer))
	defer secure.Close()
	s, err = argoserver.FromEnvironment(environment(secure, "ARGO_SECURE", ""))
	require.NoError(t, err)
	require.ErrorContains(t, s.Complete(t.Context(), offloaded()), "certificate")
	s, err = argoserver.FromEnvironment(environment(secure, "ARGO_SECURE", "", "ARGO_INSECURE_SKIP_VERIFY", "true"))
	require.NoError(t, err)
	require.NoError(t, s.Complete(t.Context(), offloaded()))
}

// TestNone leaves Workflows as they are.
func TestNone(t *testing.T) {
	none, err := argoserver.FromEnvironment(func(string) string { return "" })
	require.NoError(t, err)
	w := offloaded()
	require.NoError(t, none.Complete(t.Context(), w))
	require.Equal(t, offloaded(), w)
	for _, bad := range []string{"http://host:1", "host:1/path", "user@host:1", "host:x"} {
		_, err := argoserver.FromEnvironment(func(name string) string { return map[string]string{"ARGO_SERVER": bad}[name] })
		require.ErrorContains(t, err, "HOST:PORT", bad)
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		text   string
		wrong  string
	}{
		"forbidden":   {http.StatusForbidden, `{"code":7,"message":"not allowed"}`, "403 Forbidden: not allowed"},
		"a proxy":     {http.StatusBadGateway, "<html>", "502 Bad Gateway"},
		"no workflow": {http.StatusOK, "<html>", "it is no Workflow"},
		"another one": {http.StatusOK, `{"metadata":{"uid":"u2"}}`, "another one of this name"},
		"no database": {http.StatusOK, `{"metadata":{"uid":"u1"},"status":{"offloadNodeStatusVersion":"fnv:1"}}`, "no access to the database"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.text))
			}))
			defer server.Close()
			s, err := argoserver.FromEnvironment(environment(server, "ARGO_TOKEN", "Bearer secret"))
			require.NoError(t, err)
			w := offloaded()
			err = s.Complete(t.Context(), w)
			require.ErrorContains(t, err, `reading the nodes of Workflow "run" from Argo's server `)
			require.ErrorContains(t, err, c.wrong)
			require.NotContains(t, err.Error(), "secret")
			var refused *argoserver.RefusedError
			require.Equal(t, c.status == http.StatusForbidden, errors.As(err, &refused))
			require.Equal(t, offloaded(), w)
		})
	}
}
