package oracle_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	wfv3 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	packer3 "github.com/argoproj/argo-workflows/v3/workflow/packer"
	wfv4 "github.com/argoproj/argo-workflows/v4/pkg/apis/workflow/v1alpha1"
	packer4 "github.com/argoproj/argo-workflows/v4/workflow/packer"
	"github.com/stretchr/testify/require"
)

// packed is what an Argo has made of a Workflow to keep it.
type packed struct {
	size       int // before
	compressed bool
	nodes      int // that are not compressed
	err        error
}

// packers are how each Argo packs a Workflow, with a limit.
func packers() map[string]func(t *testing.T, text []byte, limit int) packed {
	return map[string]func(*testing.T, []byte, int) packed{
		"3.7": func(t *testing.T, text []byte, limit int) packed {
			var w wfv3.Workflow
			require.NoError(t, json.Unmarshal(text, &w))
			size := length(t, w)
			defer packer3.SetMaxWorkflowSize(limit)()
			err := packer3.CompressWorkflowIfNeeded(&w)
			return packed{size, w.Status.CompressedNodes != "", len(w.Status.Nodes), err}
		},
		"4.0": func(t *testing.T, text []byte, limit int) packed {
			var w wfv4.Workflow
			require.NoError(t, json.Unmarshal(text, &w))
			size := length(t, w)
			defer packer4.SetMaxWorkflowSize(limit)()
			err := packer4.CompressWorkflowIfNeeded(argo4Context(t), &w)
			return packed{size, w.Status.CompressedNodes != "", len(w.Status.Nodes), err}
		},
	}
}

func length(t *testing.T, value any) int {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return len(text)
}

// TestSizeLimit holds against Argo's own code what package budget takes its limit
// to be: that of the JSON of the whole object, managedFields too, in which only the
// nodes can be compressed.
func TestSizeLimit(t *testing.T) {
	const nodes, fields = 200, 4000
	form := func(managed, description string) []byte {
		var all []string
		for i := range nodes {
			all = append(all, fmt.Sprintf(`"w-%d": {"id": "w-%d", "name": "w.each(%d)", "type": "Pod", "phase": "Succeeded"}`, i, i, i))
		}
		return fmt.Appendf(nil, `{"metadata": {"name": "w", "annotations": {"a": %q}, "managedFields": [{"manager": "m", "fieldsV1": {"f:%s": {}}}]},
			"spec": {}, "status": {"nodes": {%s}}}`, description, managed, strings.Join(all, ","))
	}
	with, without := form(strings.Repeat("f", fields), ""), form("", "")
	for name, pack := range packers() {
		t.Run(name, func(t *testing.T) {
			whole := pack(t, with, 1<<30)
			require.Equal(t, packed{size: whole.size, nodes: nodes}, whole)
			require.Equal(t, fields, whole.size-pack(t, without, 1<<30).size)

			require.False(t, pack(t, with, whole.size).compressed, "the limit itself is allowed")
			require.Equal(t, packed{size: whole.size, compressed: true}, pack(t, with, whole.size-1))
			require.False(t, pack(t, without, whole.size-1).compressed, "managedFields are counted")

			large := pack(t, form("", strings.Repeat("d", whole.size)), whole.size)
			require.True(t, packer3.IsTooLargeError(large.err), "%v", large.err)
			require.Equal(t, nodes, large.nodes, "they stay, and so does what is too large")
		})
	}
}
