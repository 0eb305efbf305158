package main

import (
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestSummarize(t *testing.T) {
	at := func(second int) metav1.Time { return metav1.NewTime(time.Date(2026, 1, 1, 12, 0, second, 0, time.UTC)) }
	workflow := &wfv1.Workflow{ObjectMeta: metav1.ObjectMeta{Name: "run-1"}}
	workflow.Status = wfv1.WorkflowStatus{
		Phase: wfv1.WorkflowFailed, StartedAt: at(0), FinishedAt: at(20),
		Nodes: wfv1.Nodes{
			"run-1": {ID: "run-1", Name: "run-1", Type: wfv1.NodeTypeDAG, Outputs: &wfv1.Outputs{Parameters: []wfv1.Parameter{
				{Name: "Output", Value: wfv1.AnyStringPtr("42")}, {Name: "absent"},
			}}},
			"run-1-1": {ID: "run-1-1", BoundaryID: "run-1", Name: "run-1.all", Type: wfv1.NodeTypeDAG, Phase: wfv1.NodeFailed, StartedAt: at(0), FinishedAt: at(19)},
			"run-1-2": {ID: "run-1-2", BoundaryID: "run-1-1", Name: "run-1.all.second", Type: wfv1.NodeTypePod, Phase: wfv1.NodeFailed, StartedAt: at(10), FinishedAt: at(18), Message: "no disk"},
			"run-1-3": {ID: "run-1-3", BoundaryID: "run-1-1", Name: "run-1.all.first", Type: wfv1.NodeTypePod, Phase: wfv1.NodeSucceeded, StartedAt: at(1), FinishedAt: at(9)},
			"run-1-4": {ID: "run-1-4", BoundaryID: "run-1-1", Name: "run-1.all.third", Type: wfv1.NodeTypeSkipped, Phase: wfv1.NodeOmitted, StartedAt: at(19), FinishedAt: at(19)},
		},
	}
	var text strings.Builder
	require.NoError(t, summarize(&text, workflow))
	require.Equal(t, `run-1: Failed in 20s; pods: 2

  all       Failed     19s
    first   Succeeded  8s
    second  Failed     8s  no disk
    third   Omitted    0s

Output: 42
`, text.String())
}
