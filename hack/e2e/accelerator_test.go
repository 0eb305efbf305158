//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const gpu = corev1.ResourceName("nvidia.com/gpu")

// prepareNode gives the cluster's node two accelerators, as a device plugin
// does, and the labels that pipelines look for.
func (c cluster) prepareNode(t *testing.T) {
	t.Helper()
	nodes, err := c.kubernetes.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	require.Len(t, nodes.Items, 1)
	patch := func(text string, subresources ...string) {
		_, err := c.kubernetes.CoreV1().Nodes().Patch(t.Context(), nodes.Items[0].Name,
			types.StrategicMergePatchType, []byte(text), metav1.PatchOptions{}, subresources...)
		require.NoError(t, err)
	}
	patch(`{"status": {"capacity": {"nvidia.com/gpu": "2"}}}`, "status")
	patch(`{"metadata": {"labels": {"accelerator": "nvidia-tesla-v100", "pool": "gpu-pool", "disktype": "ssd"}}}`)
}

// TestAccelerators runs three tasks that need all accelerators there are: one
// after the other gets them, uses them, and lets go of them.
func TestAccelerators(t *testing.T) {
	t.Parallel()
	connect(t).prepareNode(t)
	r := startPipeline(t, cases+"accelerators.yaml")
	r.follow(runTime, "a task that waits", func(w *wfv1.Workflow) bool {
		for _, n := range w.Status.Nodes {
			if n.Phase == wfv1.NodePending && strings.Contains(n.Message, "Insufficient nvidia.com/gpu") {
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
		two := containerOf(t, p.Spec.Containers, "main").Resources.Limits[gpu]
		require.Equal(t, "2", two.String())
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

// TestResources runs the pipeline that says what its tasks need, and lets the
// run say it.
func TestResources(t *testing.T) {
	t.Parallel()
	connect(t).prepareNode(t)
	r := runPipeline(t, examples+"resources.yaml", submitting("cpu", "300m"),
		submitting("placement", `{"pool": "gpu-pool", "disktype": "ssd"}`))
	r.requirePhase(wfv1.WorkflowSucceeded, 3)
	r.requireRecorded(nil)
	fixed, open := r.pod("resources.train"), r.pod("resources.train-2")
	main := containerOf(t, fixed.Spec.Containers, "main")
	require.Equal(t, corev1.ResourceList{
		"cpu": resource.MustParse("4"), "memory": resource.MustParse("16G"), gpu: resource.MustParse("2"),
	}, main.Resources.Limits)
	require.Equal(t, "100m", main.Resources.Requests.Cpu().String())
	require.Contains(t, main.Env, corev1.EnvVar{Name: "NCCL_DEBUG", Value: "INFO"})
	require.Equal(t, map[string]string{"accelerator": "nvidia-tesla-v100"}, fixed.Spec.NodeSelector)
	require.Equal(t, "ml-workload", fixed.Spec.Tolerations[0].Key)
	require.Equal(t, int64(60), *fixed.Spec.Tolerations[1].TolerationSeconds)

	main = containerOf(t, open.Spec.Containers, "main")
	require.Equal(t, corev1.ResourceList{
		"cpu": resource.MustParse("300m"), "memory": resource.MustParse("256Mi"), gpu: resource.MustParse("1"),
	}, main.Resources.Limits)
	require.Equal(t, map[string]string{"pool": "gpu-pool", "disktype": "ssd"}, open.Spec.NodeSelector)
	require.Equal(t, corev1.Toleration{
		Key: "spot", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule,
	}, open.Spec.Tolerations[0])
}
