package oracle_test

import (
	"os"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/util"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// TestPodNames compares the names of pods that progress reads with those that
// Argo gives.
func TestPodNames(t *testing.T) {
	const path = "../../../examples/failure_policies.yaml"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	workflow, _, err := translate.Translate(diag.Source{Name: path, Text: text}, translate.Options{Name: "run"})
	require.NoError(t, err)
	workflow.Status.Nodes = wfv1.Nodes{}
	for id, n := range map[string]wfv1.NodeStatus{
		"broken": {Name: "run.broken", TemplateName: "broken"},
		"long":   {Name: "run.clean-up", TemplateName: strings.Repeat("long-", 60)},
		"none":   {Name: "run.flaky(0)"},
	} {
		n.ID, n.Type = id, wfv1.NodeTypePod
		workflow.Status.Nodes[id] = n
	}
	workflow.Status.Nodes["retry"] = wfv1.NodeStatus{ID: "retry", Name: "run.flaky", Type: wfv1.NodeTypeRetry}
	for _, format := range []string{"", "v1", "v2"} {
		workflow.Annotations["workflows.argoproj.io/pod-name-format"] = format
		run, err := progress.Read(workflow, nil)
		require.NoError(t, err)
		pods := 0
		run.Walk(func(task *progress.Task, _ int) {
			for _, a := range task.Attempts {
				n := workflow.Status.Nodes[a.NodeID]
				want := util.GeneratePodName("run", n.Name, n.TemplateName, n.ID, util.GetWorkflowPodNameVersion(workflow))
				require.Equal(t, want, a.PodName, format)
				pods++
			}
		})
		require.Equal(t, 3, pods)
	}
}
