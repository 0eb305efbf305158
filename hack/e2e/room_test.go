//go:build e2e

package e2e

import (
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/faulttable"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// TestOutOfMemory gives a program, a driver and Argo's own container less memory than
// they need.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	fetch := faulttable.Of(t, faulttable.OutOfMemory, faulttable.Fetch)
	run := faulttable.Of(t, faulttable.OutOfMemory, faulttable.Run)
	store := faulttable.Of(t, faulttable.OutOfMemory, faulttable.Store)
	t.Run("program", func(t *testing.T) {
		t.Parallel()
		r := runPipeline(t, "testdata/hungry.yaml")
		r.requirePhase(wfv1.WorkflowFailed, 1)
		node := r.node("eat")
		require.Equal(t, wfv1.NodeFailed, node.Phase)
		require.Contains(t, node.Message, run.Message)
		require.Empty(t, r.output("eat", "said"))
	})
	t.Run("driver", func(t *testing.T) {
		t.Parallel()
		// What is in the volume counts as memory of who has written it.
		r := runPipeline(t, cases+"large_artifacts.yaml", driverMemory("28Mi"), submitting("megabytes", "40"), submitting("files", "1"), patching(`
tasks:
  read:
    retryStrategy: null
    volumes: [{name: kfp, emptyDir: {medium: Memory}}]
`))
		require.Equal(t, wfv1.WorkflowError, r.workflow.Status.Phase)
		read, err := progress.Read(r.workflow, nil)
		require.NoError(t, err)
		require.Contains(t, read.Find([]string{"read"})[0].Message, fetch.Message)
	})
	t.Run("wait container", func(t *testing.T) {
		t.Parallel()
		r := runPipeline(t, examples+"hello.yaml", patching(`
tasks:
  greet:
    podSpecPatch: {containers: [{name: wait, resources: {requests: {memory: 1Mi}, limits: {memory: 12Mi}}}]}
`))
		require.Equal(t, wfv1.WorkflowError, r.workflow.Status.Phase)
		require.Contains(t, r.node("hello.greet").Message, store.Message)
	})
}

// TestVolumeFull gives one of two tasks a volume that is too small for what it
// makes, or for what it reads; and a program fills it and says nothing.
func TestVolumeFull(t *testing.T) {
	t.Parallel()
	store := faulttable.Of(t, faulttable.VolumeFull, faulttable.Store)
	t.Run("fill", func(t *testing.T) {
		t.Parallel()
		r := runPipeline(t, "testdata/full.yaml", patching(`
tasks:
  fill:
    volumes: [{name: kfp, emptyDir: {medium: Memory, sizeLimit: 24Mi}}]
`))
		require.Equal(t, wfv1.WorkflowFailed, r.workflow.Status.Phase, r.workflow.Status.Message)
		require.Contains(t, r.node("fill").Message, store.Message)
	})
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
