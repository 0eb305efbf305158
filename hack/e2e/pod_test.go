//go:build e2e

package e2e

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate"
)

// The objects of a name that pipelines use: a Secret, a ConfigMap and a claim
// whose volume holds a file.
func (c cluster) makeObjects(t *testing.T, namespace, name string) {
	t.Helper()
	meta := metav1.ObjectMeta{Name: name, Namespace: namespace}
	core := c.kubernetes.CoreV1()
	_, err := core.Secrets(namespace).Create(t.Context(), &corev1.Secret{
		ObjectMeta: meta, StringData: map[string]string{"password": "p{{x}}ss", "user": "me"},
	}, metav1.CreateOptions{})
	requireMade(t, err)
	_, err = core.ConfigMaps(namespace).Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: meta, Data: map[string]string{"level": "debug"},
	}, metav1.CreateOptions{})
	requireMade(t, err)
	c.makeClaim(t, namespace, name)
}

// makeClaim makes a claim whose volume holds a file. It stays: Kubernetes does
// not let go of a claim while there are pods that had it.
func (c cluster) makeClaim(t *testing.T, namespace, name string) {
	t.Helper()
	volume := namespace + "-" + name
	directory := filepath.Join(os.TempDir(), "kfp2argo-e2e", volume)
	require.NoError(t, os.MkdirAll(directory, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(directory, "greeting"), []byte("hello"), 0o644))
	size := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Mi")}
	modes := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	core := c.kubernetes.CoreV1()
	_, err := core.PersistentVolumes().Create(t.Context(), &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: volume},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:               size,
			AccessModes:            modes,
			StorageClassName:       volume,
			PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: directory}},
		},
	}, metav1.CreateOptions{})
	requireMade(t, err)
	_, err = core.PersistentVolumeClaims(namespace).Create(t.Context(), &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      modes,
			StorageClassName: &volume,
			VolumeName:       volume,
			Resources:        corev1.VolumeResourceRequirements{Requests: size},
		},
	}, metav1.CreateOptions{})
	requireMade(t, err)
}

func requireMade(t *testing.T, err error) {
	t.Helper()
	if !apierrors.IsAlreadyExists(err) {
		require.NoError(t, err)
	}
}

// requireSeen compares what a program wrote, a line each.
func requireSeen(t *testing.T, seen, want string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	require.Equal(t, lines, strings.Split(strings.TrimSpace(seen), "\n"))
}

// TestPodFixed compares the pod that ran, and what its program saw, with the
// settings of a pipeline that fixes them all.
func TestPodFixed(t *testing.T) {
	t.Parallel()
	for _, namespace := range []string{namespace, restrictedNamespace} {
		t.Run(namespace, func(t *testing.T) {
			t.Parallel()
			testPodFixed(t, namespace)
		})
	}
}

func testPodFixed(t *testing.T, namespace string) {
	connect(t).makeObjects(t, namespace, "pod-fixed")
	r := runPipeline(t, cases+"pod_fixed.yaml", in(namespace))
	r.requirePhase(wfv1.WorkflowSucceeded, 1)
	pod := r.pod("pod-fixed.see")
	requireSeen(t, r.result("seen"), `
		password p{{x}}ss
		user me
		optional unset
		level debug
		name `+pod.Name+`
		team ml
		template {{workflow.name}} {{{x}}} {{$.inputs.parameters["a"]}}
		doubled {{workflow.name}} {{{x}}} {{$.inputs.parameters["a"]}}
		secret p{{x}}ss
		missing 0
		settings debug
		claim hello hello
		warm up
		beside yes
		shm tmpfs 16
		memory tmpfs
		big 1
		id 1234 2345
		token 0
	`)
	requirePodFixed(t, pod)
}

func requirePodFixed(t *testing.T, pod corev1.Pod) {
	t.Helper()
	main := containerOf(t, pod.Spec.Containers, "main")
	require.Equal(t, "ml", pod.Labels["team"])
	require.Equal(t, `a: "b" $(HOME)`, pod.Annotations["example.com/note"])
	require.Equal(t, `{{- with secret "db" -}}{{ .Data.password }}{{- end -}}`, pod.Annotations["example.com/template"])
	require.Equal(t, corev1.PullIfNotPresent, main.ImagePullPolicy)
	require.Equal(t, []corev1.LocalObjectReference{{Name: "registry"}}, pod.Spec.ImagePullSecrets)
	require.Equal(t, int64(600), *pod.Spec.ActiveDeadlineSeconds)
	require.Equal(t, map[string]string{"kubernetes.io/os": "linux"}, pod.Spec.NodeSelector)
	seconds := int64(60)
	require.Equal(t, []corev1.Toleration{
		{Key: "spot", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: &seconds},
		{Key: "dedicated", Operator: corev1.TolerationOpEqual, Value: "ml", Effect: corev1.TaintEffectNoSchedule},
	}, pod.Spec.Tolerations[:2])
	nodes := pod.Spec.Affinity.NodeAffinity
	require.Equal(t, []string{"linux", "other"},
		nodes.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchExpressions[0].Values)
	require.Equal(t, int32(7), nodes.PreferredDuringSchedulingIgnoredDuringExecution[0].Weight)
	require.Equal(t, map[string]string{"team": "other"},
		pod.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution[0].LabelSelector.MatchLabels)
	require.Equal(t, int32(3), pod.Spec.Affinity.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution[0].Weight)
	require.Equal(t, "500m", main.Resources.Limits.Cpu().String())
	require.Equal(t, "16Mi", main.Resources.Requests.Memory().String())
	require.Equal(t, int64(1234), *main.SecurityContext.RunAsUser)
	require.Equal(t, []corev1.Capability{"ALL"}, main.SecurityContext.Capabilities.Drop)
	beside := containerOf(t, pod.Spec.InitContainers, "beside")
	require.Equal(t, corev1.ContainerRestartPolicyAlways, *beside.RestartPolicy)
}

// TestPodOpen runs a pod whose settings are arguments and outputs of a task.
func TestPodOpen(t *testing.T) {
	t.Parallel()
	connect(t).makeObjects(t, namespace, "pod-open")
	r := runPipeline(t, cases+"pod_open.yaml",
		submitting("secret", "pod-open"), submitting("settings", "pod-open"), submitting("registry", "mine"),
		submitting("nodes", `{"kubernetes.io/os": "linux"}`),
		submitting("tolerations", `[{"key": "a", "operator": "Exists"}, {"key": "b", "value": "c", "effect": "NoSchedule"}]`),
		submitting("affinity", `{"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
			{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "Exists"}]}]}}`))
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	requireSeen(t, r.result("seen"), `
		password p{{x}}ss
		chosen p{{x}}ss
		optional unset
		level debug
		secret p{{x}}ss
		settings debug
		claim hello hello
	`)
	pod := r.pod("pod-open.see")
	main := containerOf(t, pod.Spec.Containers, "main")
	require.Equal(t, "python:3.11", main.Image)
	require.Equal(t, "500m", main.Resources.Limits.Cpu().String())
	require.Equal(t, "10m", main.Resources.Requests.Cpu().String())
	require.Equal(t, "128Mi", main.Resources.Limits.Memory().String())
	require.NotContains(t, main.Resources.Limits, corev1.ResourceName("example.com/dongle"))
	require.Equal(t, []corev1.LocalObjectReference{{Name: "mine"}}, pod.Spec.ImagePullSecrets)
	require.Equal(t, map[string]string{"kubernetes.io/os": "linux"}, pod.Spec.NodeSelector)
	require.Equal(t, []corev1.Toleration{
		{Key: "spot", Operator: corev1.TolerationOpExists},
		{Key: "a", Operator: corev1.TolerationOpExists},
		{Key: "b", Value: "c", Effect: corev1.TaintEffectNoSchedule},
		{Key: "fixed", Operator: corev1.TolerationOpExists},
	}, pod.Spec.Tolerations[:4])
	terms := pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	require.Len(t, terms, 2)
	require.Equal(t, "kubernetes.io/hostname", terms[1].MatchExpressions[0].Key)
}

// TestPodOpenAbsent runs the same pipeline without the arguments that may be
// left out: the pod has none of what they decide.
func TestPodOpenAbsent(t *testing.T) {
	t.Parallel()
	connect(t).makeObjects(t, namespace, "pod-absent")
	r := runPipeline(t, cases+"pod_open.yaml", submitting("claim", "pod-absent"), submitting("chosen", "pod-absent"))
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	requireSeen(t, r.result("seen"), `
		password unset
		chosen p{{x}}ss
		optional unset
		level unset
		secret none
		settings none
		claim hello hello
	`)
	pod := r.pod("pod-open.see")
	require.Empty(t, pod.Spec.ImagePullSecrets)
	require.Empty(t, pod.Spec.NodeSelector)
	require.Equal(t, []corev1.Toleration{
		{Key: "spot", Operator: corev1.TolerationOpExists}, {Key: "fixed", Operator: corev1.TolerationOpExists},
	}, pod.Spec.Tolerations[:2])
	require.Len(t, pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms, 1)
}

// TestPodOpenWrong gives a pod settings that Kubernetes refuses, or that are
// not there. Each run ends, and says which input is wrong.
func TestPodOpenWrong(t *testing.T) {
	t.Parallel()
	connect(t).makeObjects(t, namespace, "pod-wrong")
	for name, tc := range map[string]struct{ argument, value, message string }{
		"secret name":    {"secret", "Not A Name", `the name of a Secret, from input "secret" of the pipeline: "Not A Name" is not one that Kubernetes takes`},
		"missing secret": {"secret", "pod-nowhere", `the Secret "pod-nowhere", named by input "secret" of the pipeline, does not exist`},
		"missing map":    {"settings", "pod-nowhere", `the ConfigMap "pod-nowhere", named by input "settings" of the pipeline, does not exist`},
		"tag":            {"secret", "{{x}}", `from input "secret" of the pipeline: "{{x}}" is not one`},
		"quantity":       {"memory", "-1", `the memory limit, from input "memory" of the pipeline: "-1Mi" is not one that Kubernetes takes`},
		"image":          {"image", "not an image", `the image, from input "image" of the pipeline: "not an image" is not one that Kubernetes takes`},
		"chosen":         {"chosen", "pod-nowhere", `the Secret "pod-nowhere", named by output "secret" of task "choose", does not exist or has no key "password"`},
		"claim":          {"claim", "", `the name of a PersistentVolumeClaim, from input "claim" of the pipeline: "" is not one that Kubernetes takes`},
		"order":          {"nodes", `{"$patch": "replace"}`, `the node selector, from input "nodes" of the pipeline: it holds characters that are not for Kubernetes`},
		"list":           {"nodes", `["a"]`, `the node selector, from input "nodes" of the pipeline`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := []option{submitting("claim", "pod-wrong"), submitting("chosen", "pod-wrong")}
			r := runPipeline(t, cases+"pod_open.yaml", append(options, submitting(tc.argument, tc.value))...)
			r.requirePhase(wfv1.WorkflowFailed, 2)
			require.Contains(t, r.node("pod-open.see").Message, tc.message)
		})
	}
}

// TestTaskConfig runs a component that takes the settings of its pod as a
// value.
func TestTaskConfig(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"task_config.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 1)
	require.JSONEq(t, `{
		"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
			{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}]}]}}},
		"env": [
			{"name": "TEMPLATE", "value": "{{x}} $(y)"},
			{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "task-config", "key": "password", "optional": true}}}
		],
		"nodeSelector": {"pool": "training"},
		"resources": {"limits": {"cpu": "64", "memory": "512Gi", "nvidia.com/gpu": "8"}},
		"tolerations": [{"key": "spot", "operator": "Exists"}],
		"volumeMounts": [{"mountPath": "/data", "name": "pvc"}],
		"volumes": [{"name": "pvc", "persistentVolumeClaim": {"claimName": "training-data"}}]
	}`, r.result("config"))
	pod := r.pod("task-config.launch")
	require.Equal(t, corev1.Toleration{Key: "spot", Operator: corev1.TolerationOpExists}, pod.Spec.Tolerations[0])
	require.Empty(t, pod.Spec.NodeSelector)
	require.Empty(t, containerOf(t, pod.Spec.Containers, "main").Resources.Limits)
}

// openVolumes lets everyone into the volumes that the cluster makes, as long as
// the test runs. Volumes of real clusters belong to the pod's fsGroup; those of
// this one are directories of its node.
func openVolumes(t *testing.T) {
	t.Helper()
	go func() {
		for t.Context().Err() == nil {
			directories, err := filepath.Glob("/tmp/hostpath_pv/*")
			for _, directory := range directories {
				err = errors.Join(err, os.Chmod(directory, 0o777))
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Log(err)
			}
			time.Sleep(200 * time.Millisecond)
		}
	}()
}

// TestKubernetesConfig runs the pipeline with one of each Kubernetes setting.
// Its pull policy is for images that can be pulled, which those of a cluster
// without the internet cannot.
func TestKubernetesConfig(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.prepareNode(t)
	openVolumes(t)
	c.makeObjects(t, namespace, "credentials")
	core := c.kubernetes.CoreV1()
	_, err := core.ConfigMaps(namespace).Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "settings"}, Data: map[string]string{"level": "debug"},
	}, metav1.CreateOptions{})
	requireMade(t, err)
	r := runPipeline(t, examples+"kubernetes_config.yaml", submitting("secret", "credentials"), withLeastRights(t),
		option{submit: func(w *wfv1.Workflow) {
			for i := range w.Spec.Templates {
				if main := w.Spec.Templates[i].Container; main != nil {
					require.Equal(t, corev1.PullAlways, main.ImagePullPolicy)
					main.ImagePullPolicy = corev1.PullIfNotPresent
				}
			}
		}})
	r.requirePhase(wfv1.WorkflowSucceeded, 3)
	r.requireRecorded(nil)
	pod := r.pod("kubernetes-config.show")
	main := containerOf(t, pod.Spec.Containers, "main")
	require.Equal(t, `""`, r.output("kubernetes-config.show", "Output")) // the claim is new, and empty
	claims := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		if v.PersistentVolumeClaim != nil {
			claims[`"`+v.PersistentVolumeClaim.ClaimName+`"`] = true
		}
	}
	require.Equal(t, map[string]bool{r.output("kubernetes-config.createpvc", "name"): true}, claims)
	names := map[string]bool{}
	for _, e := range main.Env {
		names[e.Name] = true
	}
	for _, name := range []string{"DB_PASSWORD", "LOG_LEVEL", "POD_NAME"} {
		require.True(t, names[name], name)
	}
	paths := map[string]bool{}
	for _, m := range main.VolumeMounts {
		paths[m.MountPath] = true
	}
	for _, path := range []string{"/data", "/etc/tls", "/etc/settings", "/scratch", "/tmp-big"} {
		require.True(t, paths[path], path)
	}
	require.Equal(t, "ml", pod.Labels["team"])
	require.Equal(t, "false", pod.Annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"])
	require.Equal(t, "ssd", pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.
		NodeSelectorTerms[0].MatchExpressions[0].Values[0])
	require.Equal(t, int64(2000), *main.SecurityContext.RunAsGroup)
	containerOf(t, pod.Spec.InitContainers, "warm-up")
}

// TestPodFlags gives all pods what flags give them.
func TestPodFlags(t *testing.T) {
	t.Parallel()
	c := connect(t)
	_, err := c.kubernetes.CoreV1().ConfigMaps(namespace).Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "company-ca"}, Data: map[string]string{"all.pem": "certificates"},
	}, metav1.CreateOptions{})
	requireMade(t, err)
	r := runPipeline(t, cases+"pod_flags.yaml", option{translate: func(o *translate.Options) {
		o.Pods.Env = []translate.EnvVar{{Name: "HTTPS_PROXY", Value: "http://proxy"}, {Name: "MODE", Value: "all"}}
		o.Pods.CABundle = translate.CABundle{ConfigMap: "company-ca", Key: "all.pem"}
		o.Pods.ServiceAccountToken = true
		o.Pods.Driver.Limits = corev1.ResourceList{"memory": resource.MustParse("64Mi")}
	}})
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	require.JSONEq(t, `"http://proxy own certificates token"`, r.output("own", "seen"))
	require.JSONEq(t, `"http://proxy all certificates token"`, r.output("shared", "seen"))
	driver := containerOf(t, r.pod("own").Spec.InitContainers, "driver")
	require.Equal(t, "64Mi", driver.Resources.Limits.Memory().String())
	require.Contains(t, driver.Env, corev1.EnvVar{Name: "HTTPS_PROXY", Value: "http://proxy"})
	require.Contains(t, driver.Env, corev1.EnvVar{Name: "SSL_CERT_FILE", Value: "/kfp/ca-bundle/all.pem"})
}

// TestTokenOfTask gives the token of the service account to the program of one of two
// tasks that are the same but for their names.
func TestTokenOfTask(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"pod_flags.yaml", option{translate: func(o *translate.Options) { o.Pods.TokenTasks = []string{"own"} }})
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	require.Contains(t, r.output("own", "seen"), "token")
	require.NotContains(t, r.output("shared", "seen"), "token")
}

// TestPodOutputs runs pods whose settings are outputs of a task, or parts of a
// loop's item.
func TestPodOutputs(t *testing.T) {
	t.Parallel()
	connect(t).makeObjects(t, namespace, "pod-outputs")
	r := runPipeline(t, cases+"pod_outputs.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 3)
	const inLoop = "for-loop-1.iteration(0:0).see-2"
	for _, task := range []string{"see", inLoop} {
		require.JSONEq(t, `"p{{x}}ss debug me debug hello\n"`, r.output(task, "seen"), task)
	}
	pod := r.pod("see")
	require.Equal(t, []corev1.LocalObjectReference{{Name: "pod-outputs"}}, pod.Spec.ImagePullSecrets)
	require.Equal(t, map[string]string{"kubernetes.io/os": "linux"}, pod.Spec.NodeSelector)
	require.Equal(t, corev1.Toleration{Key: "a", Operator: corev1.TolerationOpExists}, pod.Spec.Tolerations[0])
	require.Equal(t, int32(5), pod.Spec.Affinity.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution[0].Weight)
	require.Equal(t, corev1.Toleration{Key: "b", Operator: corev1.TolerationOpExists}, r.pod(inLoop).Spec.Tolerations[0])
}
