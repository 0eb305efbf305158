//go:build e2e

package e2e

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestServeGone deletes the Workflow of a run as Argo does some time after its
// end. The run is answered from its record by the server that has seen the end,
// and by one that has not.
func TestServeGone(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	first := p.serve("-n", namespace, "--pipeline-root", p.root)
	spec := pipelineSpec(t, examples+"artifacts.yaml")
	id := first.start("to be gone", spec, nil)
	require.Equal(t, "SUCCEEDED", first.wait(id)["state"])
	var before map[string]any
	recorded := func() bool {
		before = first.good(http.MethodGet, "/runs/"+id, nil)
		for _, task := range taskDetails(t, before) {
			if task["outputs"] != nil {
				return true
			}
		}
		return false
	}
	require.Eventually(t, recorded, 2*time.Minute, time.Second, "nobody records the run")

	workflows := connect(t).workflows.ArgoprojV1alpha1().Workflows(namespace)
	all, err := workflows.List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	for _, w := range all.Items {
		if string(w.UID) == id {
			require.NoError(t, workflows.Delete(t.Context(), w.Name, metav1.DeleteOptions{}))
		}
	}
	for _, s := range []served{first, p.serve("-n", namespace, "--pipeline-root", p.root)} {
		found := func() bool {
			status, _ := s.ask(s.request(http.MethodGet, "/runs/"+id, nil))
			return status == http.StatusOK
		}
		require.Eventually(t, found, time.Minute, time.Second)
		gone := s.good(http.MethodGet, "/runs/"+id, nil)
		for _, field := range []string{"run_id", "display_name", "state", "experiment_id", "runtime_config", "pipeline_spec", "finished_at", "run_details"} {
			require.Equal(t, before[field], gone[field], field)
		}
		filter := url.QueryEscape(`{"predicates": [{"operation": "EQUALS", "key": "run_id", "string_value": "` + id + `"}]}`)
		require.InDelta(t, 1, s.good(http.MethodGet, "/runs?filter="+filter, nil)["total_size"], 0)
		for call, want := range map[string]int{":terminate": http.StatusBadRequest, ":retry": http.StatusBadRequest, ":archive": http.StatusOK, ":unarchive": http.StatusOK} {
			status, answer := s.ask(s.request(http.MethodPost, "/runs/"+id+call, nil))
			require.Equal(t, want, status, "%s: %v", call, answer)
		}
		s.good(http.MethodPost, "/runs/"+id+":archive", nil)
		require.Equal(t, "ARCHIVED", s.good(http.MethodGet, "/runs/"+id, nil)["storage_state"])
	}
	first.good(http.MethodDelete, "/runs/"+id, nil)
	status, _ := first.ask(first.request(http.MethodGet, "/runs/"+id, nil))
	require.Equal(t, http.StatusNotFound, status)
}
