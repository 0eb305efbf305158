//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// report is what the exit tasks of these tests hand out: what they were given.
type report struct {
	Note   string
	Status status
}

// status is KFP's PipelineTaskFinalStatus. It always has an error, empty where
// none is known: executors up to 2.13 read it without asking.
type status struct {
	State                   string
	PipelineJobResourceName string
	PipelineTaskName        string
	Error                   *statusError
}

type statusError struct {
	Code    int
	Message string
}

// requireReport compares what an exit task reports.
func (r *run) requireReport(task string, want report) {
	r.t.Helper()
	want.Status.PipelineJobResourceName = r.workflow.Name
	var got report
	require.NoError(r.t, json.Unmarshal([]byte(r.output(task, "seen")), &got))
	require.Equal(r.t, want, got, task)
}

// TestExitTasks has exit handlers side by side, and in nested pipelines.
func TestExitTasks(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"exit_tasks.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 6)
	r.requireTasks("exit-tasks", `
		clean-up                      Succeeded
		clean-up.report               Succeeded
		exit-handler-1                Skipped
		exit-handler-2                Failed
		exit-handler-2.work           Failed
		nested                        Succeeded
		nested.exit-handler-1         Succeeded
		nested.exit-handler-1.work    Skipped
		nested.report                 Succeeded
		nested-2                      Failed
		nested-2.exit-handler-1       Failed
		nested-2.exit-handler-1.work  Failed
		nested-2.report               Succeeded
		report                        Succeeded
	`)
	why := &statusError{Code: 3, Message: "the program ended with exit code 3"}
	for task, want := range map[string]report{
		"report":          {"no note", status{State: "CANCELED", PipelineTaskName: "exit-handler-1", Error: &statusError{}}},
		"clean-up.report": {"it is over", status{State: "FAILED", PipelineTaskName: "exit-handler-2", Error: why}},
		"nested.report":   {"no note", status{State: "COMPLETE", PipelineTaskName: "exit-handler-1", Error: &statusError{}}},
		"nested-2.report": {"no note", status{State: "FAILED", PipelineTaskName: "exit-handler-1", Error: why}},
	} {
		r.requireReport("exit-tasks."+task, want)
	}
}

// TestExitOfDriver has exit tasks of what has failed before its program ran.
func TestExitOfDriver(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"exit_of_driver.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 5)
	for task, message := range map[string]string{
		"fetch": `input artifact "file": gs://bucket/../file: the key "../file" has the segment ".."`,
		"need":  `input parameter "text": it has no value, no default, and is not optional`,
	} {
		r.requireReport("exit-of-driver.of-"+task, report{Status: status{
			State: "FAILED", PipelineTaskName: task, Error: &statusError{Code: 1, Message: message},
		}})
	}
}

func TestExitTaskFails(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"exit_task_fails.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 1)
	require.Equal(t, wfv1.NodeSucceeded, r.node("exit-handler-1").Phase)
	require.Contains(t, r.node("clean-up").Message, "exit code 4")
}

// stop stops the run, as `argo stop` does, and waits until Argo has noticed.
// Argo overlooks what somebody writes in the moment in which it writes the
// Workflow itself, until the next change; so it gets one.
func (r *run) stop() {
	r.t.Helper()
	const moment = 20 * time.Second
	for attempt := range int(runTime / moment) {
		r.patch(fmt.Sprintf(`{"metadata": {"annotations": {"stopped": "%d"}}, "spec": {"shutdown": "Stop"}}`, attempt))
		ctx, cancel := context.WithTimeout(r.t.Context(), moment)
		noticed := r.reaches(ctx, func(w *wfv1.Workflow) bool {
			return w.Status.Phase.Completed() || w.Status.Nodes.FindByName(w.Name+".onExit") != nil
		})
		cancel()
		if noticed {
			return
		}
	}
	require.Fail(r.t, "Argo does not stop the run")
}

// TestExitAfterStop stops a run, as `argo stop` does, when the first of two
// exit tasks has run and the second is still to come.
func TestExitAfterStop(t *testing.T) {
	t.Parallel()
	r := startPipeline(t, cases+"exit_after_stop.yaml")
	r.follow(runTime, "the first exit task's end", func(w *wfv1.Workflow) bool {
		phase := func(task string) wfv1.NodePhase {
			if n := w.Status.Nodes.FindByName(w.Name + ".exit-after-stop." + task); n != nil {
				return n.Phase
			}
			return ""
		}
		return phase("report") == wfv1.NodeSucceeded && phase("exit-handler-2.wait") == wfv1.NodeRunning
	})
	r.stop()
	r.wait()
	require.Equal(t, wfv1.WorkflowFailed, r.workflow.Status.Phase)
	require.Len(t, r.pods(), 3)
	r.requireLabels("exit-after-stop", "exit-handler-2.wait ", "report ", "report-2 ")
	r.requireReport("exit-after-stop.report", report{"first", status{State: "COMPLETE", PipelineTaskName: "exit-handler-1", Error: &statusError{}}})
	r.requireReport("onExit[0].report-2", report{"second {{item}} $(HOME) of " + r.workflow.Name, status{State: "CANCELED", PipelineTaskName: "exit-handler-2", Error: &statusError{}}})
	require.Equal(t, wfv1.NodeSkipped, r.node("onExit[0].report").Phase)
}

// TestIgnoreFailure hands outputs of what failed, and of what did not run, to
// tasks that do not mind.
func TestIgnoreFailure(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"ignore_failure.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 3)
	r.requireTasks("", `
		after                    Succeeded
		break                    Failed
		omitted                  Omitted
		pipeline                 Failed
		pipeline.break           Failed
		tolerant                 Succeeded
		tolerant-pipeline        Succeeded
		tolerant-pipeline.never  Skipped
	`)
	require.JSONEq(t, `{"text": "message", "number": 7, "omitted": "absent", "file": "absent"}`, r.output("tolerant", "seen"))
	require.Equal(t, `"message"`, r.input("tolerant-pipeline", "text"))
}

// TestRetries counts the pods of two programs that fail at first: one has a
// policy of its own, the other has that of the pipeline around it.
func TestRetries(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"retries.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 5)
	r.requireLabels("retries", "flaky ", "pipeline.inner.flaky ")
	r.requireTasks("retries", `
		flaky                       Succeeded
		flaky(0)                    Failed
		flaky(1)                    Failed
		flaky(2)                    Succeeded
		pipeline                    Succeeded
		pipeline.inner              Succeeded
		pipeline.inner.flaky        Succeeded
		pipeline.inner.flaky(0)     Failed
		pipeline.inner.flaky(1)     Succeeded
		see                         Succeeded
		see.import                  Succeeded
	`)
	require.Equal(t, "attempt 2", r.result("flaky"))
	require.Equal(t, "attempt 1", r.result("inherited"))
	require.Equal(t, `"attempt 2"`, r.input("retries.see", "attempt"))
}

// TestRetryInputs tries again what fails before the program runs.
func TestRetryInputs(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"retry_inputs.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 2)
	for _, attempt := range []string{"tell(0)", "tell(1)"} {
		require.Contains(t, r.node("retry-inputs."+attempt).Message, `input parameter "text": it has no value`)
	}
}

// TestRetriesFactor sees the warning about a factor that Argo cannot have.
func TestRetriesFactor(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(cases + "retries.yaml")
	require.NoError(t, err)
	_, found, err := translate.Translate(diag.Source{Name: "retries.yaml", Text: text}, translate.Options{})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, diag.RoundedFactor, found[0].Code)
}
