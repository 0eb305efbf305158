//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// patching translates with a patch.
func patching(text string) option {
	return option{translate: func(o *translate.Options) {
		o.Overlays = append(o.Overlays, diag.Source{Name: "patch.yaml", Text: []byte(text)})
	}}
}

// TestOverlay patches one of two tasks, and looks at the pods that really ran.
func TestOverlay(t *testing.T) {
	t.Parallel()
	priorityClass(t, "patched")
	r := runPipeline(t, examples+"hello.yaml", patching(`
workflow:
  metadata: {labels: {team: ml}}
  spec:
    podMetadata: {labels: {team: ml}}
    templateDefaults: {initContainers: [{name: driver, resources: {limits: {memory: 300Mi}}}]}
tasks:
  "*": {metadata: {annotations: {run: "{{workflow.name}}"}}}
  shout:
    metadata: {labels: {patched: "yes"}}
    priorityClassName: patched
    container:
      env: [{name: A, value: b}, {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]
      securityContext: null
      volumeMounts: [{mountPath: /gcs, $patch: delete}]
    podSpecPatch: {terminationGracePeriodSeconds: 7}
`))
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	require.Equal(t, "HELLO, WORLD!", r.result("Output"))
	require.Equal(t, "ml", r.workflow.Labels["team"])

	shout, greet := r.pod("hello.shout"), r.pod("hello.greet")
	for _, p := range []corev1.Pod{shout, greet} {
		require.Equal(t, "ml", p.Labels["team"])
		require.Equal(t, r.workflow.Name, p.Annotations["run"])
		limits := containerOf(t, p.Spec.InitContainers, "driver").Resources.Limits
		require.Equal(t, "300Mi", limits.Memory().String())
	}

	require.Equal(t, "yes", shout.Labels["patched"])
	require.Equal(t, "patched", shout.Spec.PriorityClassName)
	require.EqualValues(t, 1000, *shout.Spec.Priority)
	require.EqualValues(t, 7, *shout.Spec.TerminationGracePeriodSeconds)
	main := containerOf(t, shout.Spec.Containers, "main")
	require.Contains(t, main.Env, corev1.EnvVar{Name: "A", Value: "b"})
	require.True(t, slices.ContainsFunc(main.Env, func(v corev1.EnvVar) bool { return v.Name == "NODE" && v.ValueFrom != nil }))
	require.Nil(t, main.SecurityContext)
	require.False(t, mounts(main, "/gcs"))
	require.True(t, mounts(main, "/kfp"))

	require.Empty(t, greet.Labels["patched"])
	require.Empty(t, greet.Spec.PriorityClassName)
	require.NotEqualValues(t, 7, *greet.Spec.TerminationGracePeriodSeconds)
	main = containerOf(t, greet.Spec.Containers, "main")
	require.True(t, *main.SecurityContext.ReadOnlyRootFilesystem)
	require.True(t, mounts(main, "/gcs"))
	require.False(t, slices.ContainsFunc(main.Env, func(v corev1.EnvVar) bool { return v.Name == "A" }))
}

// priorityClass makes a priority class, which it leaves: other runs may use it.
func priorityClass(t *testing.T, name string) {
	t.Helper()
	class := &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Value: 1000}
	_, err := connect(t).kubernetes.SchedulingV1().PriorityClasses().Create(t.Context(), class, metav1.CreateOptions{})
	if !errors.IsAlreadyExists(err) {
		require.NoError(t, err)
	}
}

// pod returns the pod of a task.
func (r *run) pod(task string) corev1.Pod {
	r.t.Helper()
	id := r.node(task).ID
	for _, p := range r.pods() {
		if p.Annotations["workflows.argoproj.io/node-id"] == id {
			return p
		}
	}
	require.Fail(r.t, "no pod of task "+task)
	return corev1.Pod{}
}

func containerOf(t *testing.T, all []corev1.Container, name string) corev1.Container {
	t.Helper()
	for _, c := range all {
		if c.Name == name {
			return c
		}
	}
	require.Fail(t, "no container "+name)
	return corev1.Container{}
}

func mounts(c corev1.Container, path string) bool {
	return slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool {
		return strings.TrimSuffix(m.MountPath, "/") == path
	})
}
