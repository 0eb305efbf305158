//go:build e2e

package e2e

import (
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/faulttable"
)

// TestOutOfMemory gives a program less memory than it needs.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	cell := faulttable.Of(t, faulttable.OutOfMemory, faulttable.Run)
	r := runPipeline(t, "testdata/hungry.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 1)
	node := r.node("eat")
	require.Equal(t, wfv1.NodeFailed, node.Phase)
	require.Contains(t, node.Message, cell.Message)
	require.Empty(t, r.output("eat", "said"))
}

// TestVolumeFull gives one of two tasks a volume that is too small for what it
// makes, or for what it reads.
func TestVolumeFull(t *testing.T) {
	t.Parallel()
	for task, cell := range map[string]faulttable.Cell{
		"read": faulttable.Of(t, faulttable.VolumeFull, faulttable.Fetch),
		"make": faulttable.Of(t, faulttable.VolumeFull, faulttable.Run),
	} {
		t.Run(task, func(t *testing.T) {
			t.Parallel()
			// The launcher needs 12 MiB of it.
			r := runPipeline(t, cases+"large_artifacts.yaml", submitting("megabytes", "30"), submitting("files", "1"), patching(`
tasks:
  `+task+`:
    retryStrategy: null
    volumes: [{name: kfp, emptyDir: {medium: Memory, sizeLimit: 24Mi}}]
`))
			require.Equal(t, wfv1.WorkflowFailed, r.workflow.Status.Phase, r.workflow.Status.Message)
			node := r.node("large-artifacts." + task)
			require.Equal(t, wfv1.NodeFailed, node.Phase)
			require.Contains(t, node.Message, cell.Message)
			if task == "make" {
				require.Contains(t, r.log("large-artifacts.make"), "No space left on device")
				require.Empty(t, r.output("large-artifacts.make", "digests"))
			}
		})
	}
}
