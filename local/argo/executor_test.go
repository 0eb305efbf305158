package argo

import (
	"encoding/json"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/common"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/local/api"
	"github.com/kfp2argo/kfp2argo/local/kubelet"
)

// TestReport reports twice for a node, as pods do of which the first was lost:
// what the last one says counts.
func TestReport(t *testing.T) {
	e := Executor{Store: api.NewStore(10)}
	pod := &kubelet.Pod{Pod: &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace:       "n",
		Labels:          map[string]string{common.LabelKeyWorkflow: "w"},
		Annotations:     map[string]string{common.AnnotationKeyNodeID: "w-1"},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "argoproj.io/v1alpha1", Kind: "Workflow", Name: "w", UID: "u"}},
	}}}
	for _, outputs := range []*wfv1.Outputs{
		{Parameters: []wfv1.Parameter{{Name: "a", Value: wfv1.AnyStringPtr("1")}, {Name: "b", Value: wfv1.AnyStringPtr("1")}}},
		{Parameters: []wfv1.Parameter{{Name: "a", Value: wfv1.AnyStringPtr("2")}}},
		nil,
	} {
		require.NoError(t, e.report(pod, outputs))
		o, err := e.Store.Get(api.Key{Resource: "workflowtaskresults", Namespace: "n", Name: "w-1"})
		require.NoError(t, err)
		var got wfv1.WorkflowTaskResult
		require.NoError(t, json.Unmarshal(o.JSON, &got))
		require.Equal(t, outputs, got.Outputs)
		require.Equal(t, map[string]string{
			common.LabelKeyWorkflow: "w", common.LabelKeyReportOutputsCompleted: "true",
		}, got.Labels)
		require.Len(t, got.OwnerReferences, 1)
	}
}
