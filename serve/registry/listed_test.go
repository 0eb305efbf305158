package registry

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
)

// TestListedRun finds runs by their IDs without reading whole Workflows of others: by
// the metadata of all, once, and then by name.
func TestListedRun(t *testing.T) {
	const (
		first, second = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
		gone, unknown = "00000000-0000-4000-8000-000000000003", "00000000-0000-4000-8000-000000000004"
		list          = "/apis/argoproj.io/v1alpha1/namespaces/team/workflows"
	)
	answers := map[string]string{
		list + "?limit=250":               `{"metadata": {"continue": "next"}, "items": [{"metadata": {"name": "a-1", "uid": "` + first + `"}}]}`,
		list + "?continue=next&limit=250": `{"metadata": {}, "items": [{"metadata": {"name": "a-2", "uid": "` + second + `"}}]}`,
		list + "/a-2?": `{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "a-2", "namespace": "team", "uid": "` + second + `",
			"annotations": {"` + PipelineAnnotation + `": "a", "` + TitleAnnotation + `": "The second"}}}`,
	}
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := r.URL.Path + "?" + r.URL.Query().Encode()
		asked = append(asked, strings.TrimPrefix(at, list))
		if r.URL.Path == list && !strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadataList") {
			t.Errorf("%s asks for whole Workflows", at)
		}
		w.Header().Set("Content-Type", "application/json")
		if answers[at] == "" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}`))
			return
		}
		_, _ = w.Write([]byte(answers[at]))
	}))
	t.Cleanup(server.Close)
	history := NewHistory(nil)
	history.Note(runs.Summary{Identity: runs.Identity{Pipeline: "a", Name: "a-3", Namespace: "team", UID: gone}})
	v, err := (&Registry{Namespaces: []string{"team"}, History: history}).View(&rest.Config{Host: server.URL}, nil)
	require.NoError(t, err)

	r, err := v.ListedRun(t.Context(), second)
	require.NoError(t, err)
	require.Equal(t, "The second", r.DisplayName)
	require.Equal(t, []string{"?limit=250", "?continue=next&limit=250", "/a-2?"}, asked)

	r, err = v.ListedRun(t.Context(), gone)
	require.NoError(t, err)
	require.True(t, r.Gone)

	asked = nil
	var missing *NotFoundError
	for id, why := range map[string]string{first: "deleted meanwhile", unknown: "never there", "a-2": "a name, and no ID", "no/name": "neither"} {
		_, err = v.ListedRun(t.Context(), id)
		require.ErrorAs(t, err, &missing, why)
	}
	require.ElementsMatch(t, []string{"/a-1?", "?limit=250", "?continue=next&limit=250", "/a-2?"}, asked)
}
