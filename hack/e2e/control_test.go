//go:build e2e

package e2e

import (
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
)

func TestConditions(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"conditions.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 7)
	r.requireRecorded(nil)
	require.Equal(t, "medium left", r.result("Output"))
	phases := r.phases("conditions")
	for task, phase := range map[string]wfv1.NodePhase{
		"condition-1":                                   wfv1.NodeSucceeded,
		"condition-1.condition-2":                       wfv1.NodeSucceeded,
		"condition-1.condition-3":                       wfv1.NodeSkipped,
		"condition-branches-4.condition-5":              wfv1.NodeSucceeded,
		"condition-branches-4.condition-6":              wfv1.NodeSkipped,
		"branch.condition-branches-1.condition-2":       wfv1.NodeSkipped,
		"branch.condition-branches-1.condition-3":       wfv1.NodeSucceeded,
		"branch.condition-branches-1.condition-4":       wfv1.NodeSkipped,
		"branch.condition-branches-1.condition-3.say-2": wfv1.NodeSucceeded,
	} {
		require.Equal(t, phase, phases[task], task)
	}
}

// TestConditionsElse takes the other branches: a text with a quote is not
// another one, and a number that is not above any bound.
func TestConditionsElse(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"conditions.yaml", submitting("n", "-3"), submitting("mode", "it's \"off\""))
	r.requirePhase(wfv1.WorkflowSucceeded, 6)
	r.requireRecorded(nil)
	require.Equal(t, "small left", r.result("Output"))
	require.Equal(t, wfv1.NodeSkipped, r.node("conditions.condition-1").Phase)
}

func TestLoops(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"loops.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 35)
	r.requireRecorded(nil)
	require.Equal(t, "1.0,true,a \"quoted\" one,{{item}},|done", r.result("Output"))
	require.Contains(t, r.log("loops.total"), "[0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]")
	require.Equal(t, "132", r.output("loops.total", "Output"))
	require.Equal(t, "0", r.output("loops.total-2", "Output"))
	require.Equal(t, "a:0.5:[1]", r.text("loops.for-loop-3.iteration(0:0).label", "Output"))
	require.Equal(t, "b:1.0:[]", r.text("loops.for-loop-3.iteration(1:1).label", "Output"))
	require.Equal(t, "0.0000003", r.output("loops.for-loop-10.iteration(1:1).scale", "Output"))
	require.Equal(t, "y3", r.text("loops.for-loop-6.iteration(1:1).for-loop-8.cell(2:2)", "Output"))
	require.Equal(t, wfv1.NodeSkipped, r.node("loops.for-loop-13.iteration(0:0).condition-14").Phase)
	require.Equal(t, "6", r.output("loops.for-loop-13.iteration(2:2).condition-14.double-3", "Output"))
}

func TestExitHandler(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"exit_handler.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 4)
	r.requireRecorded(nil)
	r.requireLabels("exit-handler", "exit-handler-1.after ", "exit-handler-1.work ", "prepare ", "report ")
	log := r.log("exit-handler.report")
	require.Contains(t, log, "state COMPLETE\njob "+r.workflow.Name+"\ntask exit-handler-1\n")
	require.Contains(t, log, "all done")
}

func TestExitHandlerOfFailure(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"exit_handler.yaml", submitting("fail", "true"))
	r.requirePhase(wfv1.WorkflowFailed, 3)
	r.requireRecorded(nil)
	require.Contains(t, r.log("exit-handler.report"), "state FAILED\n")
	require.Contains(t, r.log("exit-handler.report"), "error 3 the program ended with exit code 3\n")
	require.Equal(t, wfv1.NodeOmitted, r.node("exit-handler.exit-handler-1.after").Phase)
}

func TestFailurePolicies(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"failure_policies.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 4)
	r.requireRecorded(nil)
	require.Contains(t, r.log("flaky(0)"), "attempt {{retries}}")
	require.Equal(t, wfv1.NodeFailed, r.node("broken(1)").Phase)
	require.Contains(t, r.log("clean-up"), "FAILED")
}

func TestImporters(t *testing.T) {
	t.Parallel()
	connect(t).putObject(t, "pipelines", "raw/data.csv", "0123456789")
	r := runPipeline(t, examples+"importers.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 3)
	r.requireRecorded(nil)
	require.Equal(t, "10", r.output("importers.size", "Output"))
	require.Equal(t, "10", r.output("importers.size-2", "Output"))
	dynamic := r.artifact("importers.importer-2", "artifact")
	require.Equal(t, "s3://pipelines/raw/data.csv", dynamic.URI)
	require.JSONEq(t, `"v1"`, string(dynamic.Metadata["version"]))
	require.JSONEq(t, `{"nested": ["a", 1]}`, string(dynamic.Metadata["source"]))
}

func TestTraining(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"training.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 8)
	r.requireRecorded(nil)
	require.Contains(t, r.log("training.clean-up"), "COMPLETE")
}
