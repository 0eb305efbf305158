package doctor

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/translate"
)

func waitingPod(reason, message string) corev1.Pod {
	return corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodPending, InitContainerStatuses: []corev1.ContainerStatus{{
		Name: "driver", Image: "image:1", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}},
	}}}}
}

func TestObstacles(t *testing.T) {
	unscheduled := corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/3 nodes are available: 3 Insufficient memory.",
	}}}}
	for name, c := range map[string]struct {
		pod     corev1.Pod
		final   bool
		message string
		advice  string
	}{
		"an image":              {waitingPod("ImagePullBackOff", "Back-off"), true, "container driver: ImagePullBackOff Back-off", "let the nodes pull image:1"},
		"an image, for now":     {waitingPod("ErrImagePull", "x"), false, "container driver: ErrImagePull x", "let the nodes pull image:1"},
		"a Secret":              {waitingPod("CreateContainerConfigError", `secret "s3" not found`), true, `secret "s3" not found`, "--store-secret"},
		"a key":                 {waitingPod("CreateContainerConfigError", "couldn't find key accesskey in Secret kfp/s3"), true, "accesskey", "accesskey and secretkey"},
		"a node":                {unscheduled, false, "Insufficient memory", "no node has room"},
		"a container that runs": {corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning}}, false, "", ""},
		"one that starts":       {waitingPod("PodInitializing", ""), false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := (&examiner{}).obstacleOf(&c.pod)
			if c.message == "" {
				require.Nil(t, o)
				return
			}
			require.NotNil(t, o)
			require.Contains(t, o.message, c.message)
			require.Contains(t, o.advice, c.advice)
			require.Equal(t, c.final, o.final)
		})
	}
}

// TestAdvice has messages as Kubernetes and Argo write them.
func TestAdvice(t *testing.T) {
	const violates = `pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (containers "init", "wait" must set securityContext.allowPrivilegeEscalation=false)`
	for message, want := range map[string]string{
		`wait: Error (exit code 64): workflowtaskresults.argoproj.io is forbidden: User "u" cannot create resource`: "kubectl -n team-a apply -f docs/rbac.yaml",
		violates: "workflow-controller-configmap",
		`pods "x" is forbidden: exceeded quota: q, requested: pods=1`:                         "raise the namespace's quota",
		`pods "x" is forbidden: failed quota: q: must specify limits.cpu for: driver`:         "--driver-limits",
		`error looking up service account kfp/x: serviceaccount "x" not found`:                "--service-account kfp2argo",
		`MountVolume.SetUp failed for volume "ca-bundle" : configmap "ca" not found`:          "--ca-bundle",
		`persistentvolumeclaim "artifacts" not found`:                                         "--store-volume",
		`admission webhook "validate.kyverno.svc-fail" denied the request: no`:                "policy",
		"0/3 nodes are available: 3 node(s) had untolerated taint {gpu: true}.":               "tolerations",
		`something that nobody has seen before, with a claim on the attention of its readers`: "",
	} {
		got := (&examiner{namespace: "team-a"}).advice(message)
		if want == "" {
			require.Empty(t, got, message)
		}
		require.Contains(t, got, want, message)
	}
	baseline := &examiner{Options: Options{Translation: translate.Options{Pods: translate.Pods{Security: translate.Baseline}}}}
	require.Contains(t, baseline.advice(violates), "--pod-security")
}

func TestRelease(t *testing.T) {
	for image, want := range map[string][3]int{
		"quay.io/argoproj/argoexec:v3.7.14":             {3, 7, 1},
		"host:5000/argoexec:4.0.1":                      {4, 0, 1},
		"argoexec:v4.1.0-rc1":                           {4, 1, 1},
		"argoexec:v3.7.2@sha256:0123456789abcdef012345": {3, 7, 1},
		"host:5000/argoexec":                            {},
		"argoexec:latest":                               {},
		"argoexec@sha256:0123456789abcdef":              {},
	} {
		major, minor, ok := release(image)
		require.Equal(t, want[0], major, image)
		require.Equal(t, want[1], minor, image)
		require.Equal(t, want[2] == 1, ok, image)
	}
}
