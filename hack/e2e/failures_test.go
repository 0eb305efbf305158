//go:build e2e

package e2e

import (
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
)

func TestExitCode(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"exit_code.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 1)
	node := r.node("exit-code.fail")
	require.Equal(t, wfv1.NodeFailed, node.Phase)
	require.Equal(t, "7", *node.Outputs.ExitCode)
	require.Contains(t, node.Message, "exit code 7")
	require.Empty(t, r.output("exit-code.fail", "text"), "a failed program's outputs are not recorded")
}

func TestKilled(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"killed.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 1)
	require.Equal(t, "143", *r.node("kill").Outputs.ExitCode)
	require.Contains(t, r.log("kill"), "before")
	require.NotContains(t, r.log("kill"), "after")
}

func TestMissingOutput(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"missing_output.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 1)
	require.Contains(t, r.node("forget").Message, `output parameter "text"`)
	require.Contains(t, r.node("forget").Message, "/tmp/kfp/outputs/text")
}

func TestLargeParameter(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"large_parameter.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 1)
	require.Contains(t, r.node("large-parameter.make").Message, `output parameter "text"`)
	require.Contains(t, r.node("large-parameter.make").Message, "1000002 bytes")
}

// TestLargeValues passes on values that are too large for a Workflow, and finds
// them again if the task that made them is cached.
func TestLargeValues(t *testing.T) {
	t.Parallel()
	cached := option{translate: func(o *translate.Options) { o.Cache.Off = false }}
	for range 2 {
		r := runPipeline(t, cases+"large_values.yaml", cached)
		r.requirePhase(wfv1.WorkflowSucceeded, 4)
		require.Less(t, len(r.output("make", "text")), 1000)
		require.Less(t, len(r.output("make", "data")), 1000)
		require.Greater(t, len(r.output("make", "read")), 20000, "a condition reads it")
		require.Equal(t, r.output("make", "digest"), r.output("nested.use", "digest"))
		require.Equal(t, r.output("check-text", "digest"), r.output("check", "digest"))
	}
}

// TestWrongArgument submits what is not JSON for a number: the first task that
// takes it says so, by name.
func TestWrongArgument(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"artifacts.yaml", submitting("rows", "{{many"))
	r.requirePhase(wfv1.WorkflowFailed, 1)
	require.Contains(t, r.node("artifacts.make-data").Message, `input parameter "rows"`)
}

func TestAfter(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"after.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	finished := r.node("first").FinishedAt
	require.False(t, ptr(r.node("second-step").StartedAt).Before(&finished))
}

func ptr[T any](v T) *T { return &v }
