//go:build e2e

package e2e

import (
	"slices"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const gpu = corev1.ResourceName("nvidia.com/gpu")

// giveGPU gives the cluster's node one accelerator, as a device plugin does.
func (c cluster) giveGPU(t *testing.T) {
	t.Helper()
	nodes, err := c.kubernetes.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	require.Len(t, nodes.Items, 1)
	_, err = c.kubernetes.CoreV1().Nodes().Patch(t.Context(), nodes.Items[0].Name, types.StrategicMergePatchType,
		[]byte(`{"status": {"capacity": {"nvidia.com/gpu": "1"}}}`), metav1.PatchOptions{}, "status")
	require.NoError(t, err)
}

// TestAccelerators runs three tasks that need the only accelerator there is:
// one after the other gets it, uses it, and lets go of it.
func TestAccelerators(t *testing.T) {
	t.Parallel()
	connect(t).giveGPU(t)
	r := startPipeline(t, cases+"accelerators.yaml")
	r.follow(runTime, "a task that waits", func(w *wfv1.Workflow) bool {
		for _, n := range w.Status.Nodes {
			if n.Phase == wfv1.NodePending && n.Message != "" {
				require.Contains(t, n.Message, "Insufficient nvidia.com/gpu")
				return true
			}
		}
		return w.Status.Phase.Completed()
	})
	require.False(t, r.workflow.Status.Phase.Completed(), "no task has waited")
	r.wait()
	r.requirePhase(wfv1.WorkflowSucceeded, 3)
	var uses []metav1.Time // when each begins and ends, in their order
	pods := r.pods()
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return ended(a).FinishedAt.Compare(ended(b).FinishedAt.Time) })
	for _, p := range pods {
		one := containerOf(t, p.Spec.Containers, "main").Resources.Limits[gpu]
		require.Equal(t, "1", one.String())
		uses = append(uses, ended(p).StartedAt, ended(p).FinishedAt)
	}
	require.True(t, slices.IsSortedFunc(uses, func(a, b metav1.Time) int { return a.Compare(b.Time) }), "uses overlap: %v", uses)
}

// ended tells how the main container of a pod ended.
func ended(p corev1.Pod) corev1.ContainerStateTerminated {
	for _, s := range p.Status.ContainerStatuses {
		if s.Name == "main" && s.State.Terminated != nil {
			return *s.State.Terminated
		}
	}
	return corev1.ContainerStateTerminated{}
}
