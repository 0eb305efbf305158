package budget

import (
	"encoding/json"
	"os"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
)

// TestManagedFields compares with what the API server of Kubernetes 1.34 had noted
// of the nodes of a run in Argo 3.7, which was under way.
func TestManagedFields(t *testing.T) {
	text, err := os.ReadFile("testdata/managed.json")
	require.NoError(t, err)
	var workflow wfv1.Workflow
	require.NoError(t, json.Unmarshal(text, &workflow))
	require.Len(t, workflow.ManagedFields, 1)
	var noted struct {
		Status struct {
			Nodes map[string]json.RawMessage `json:"f:nodes"`
		} `json:"f:status"`
	}
	require.NoError(t, json.Unmarshal(workflow.ManagedFields[0].FieldsV1.Raw, &noted))

	var s Status
	want := 0
	for id, node := range workflow.Status.Nodes {
		entry := len(`"f:":,`) + len(id) + len(noted.Status.Nodes["f:"+id])
		alone := Status{records: []*record{{node: node, weight: 1}}}
		require.Equal(t, entry, alone.ManagedFields(), id)
		s.records = append(s.records, &record{node: node, weight: 2})
		want += 2 * entry
	}
	require.Len(t, noted.Status.Nodes, 1+len(workflow.Status.Nodes), "and the mapping itself")
	require.Greater(t, want, 2*250*len(workflow.Status.Nodes))
	require.Equal(t, want, s.ManagedFields())
}
