//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pause is how long a test waits before it asks again.
const pause = time.Second

// TestLogsStay deletes the pods of a run, of which one has succeeded, one failed,
// one was killed, and one stopped, and reads their logs from the store; then the
// run is deleted as well.
func TestLogsStay(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	r := startPipeline(t, cases+"logs_stay.yaml")
	r.follow(runTime, "the ends of three tasks", func(w *wfv1.Workflow) bool {
		ended := 0
		for _, n := range w.Status.Nodes {
			if n.Type == wfv1.NodeTypePod && n.Fulfilled() {
				ended++
			}
		}
		return ended == 3
	})
	require.Eventually(t, func() bool { return r.said(".stopped", "in error") }, runTime, pause)
	r.patch(`{"spec":{"shutdown":"Stop"}}`)
	r.wait()
	require.Equal(t, wfv1.WorkflowFailed, r.workflow.Status.Phase)

	selector := metav1.ListOptions{LabelSelector: "workflows.argoproj.io/workflow=" + r.workflow.Name}
	require.NoError(t, r.kubernetes.CoreV1().Pods(namespace).DeleteCollection(t.Context(), metav1.DeleteOptions{}, selector))
	require.Eventually(t, func() bool { return len(r.pods()) == 0 }, runTime, pause)
	requireLogs := func(args ...string) {
		for task, more := range map[string]string{"succeeds": "", "fails": "", "killed": "", "stopped": "told"} {
			text := p.good(append([]string{"logs", r.workflow.Name, task, "-n", namespace}, args...)...)
			head, rest, _ := strings.Cut(text, "\n")
			require.Contains(t, head, "(the pod is gone; this log is from the store: s3://"+r.bucket)
			require.ElementsMatch(t, strings.Fields("to the end in error "+more), strings.Fields(rest))
		}
	}
	requireLogs()

	p.run("watch", r.workflow.Name, "-n", namespace) // keeps the record of the run
	require.NoError(t, r.workflows.ArgoprojV1alpha1().Workflows(namespace).Delete(t.Context(), r.workflow.Name, metav1.DeleteOptions{}))
	requireLogs("--pipeline-root", p.root)
}

// said reports whether the program of a task has written something.
func (r *run) said(task, text string) bool {
	for _, p := range r.pods() {
		if strings.HasSuffix(p.Annotations["workflows.argoproj.io/node-name"], task) {
			return strings.Contains(r.podLog(p.Name, "main"), text)
		}
	}
	return false
}
