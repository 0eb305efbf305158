//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"testing"

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

// status is KFP's PipelineTaskFinalStatus.
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

func TestExitTaskFails(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"exit_task_fails.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 1)
	require.Equal(t, wfv1.NodeSucceeded, r.node("exit-handler-1").Phase)
	require.Contains(t, r.node("clean-up").Message, "exit code 4")
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
