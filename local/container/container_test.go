package container

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/local/kubelet"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

func pointer[T any](v T) *T { return &v }

// limited are the limits of 1.5 CPUs and 64 MiB.
func limited() corev1.ResourceRequirements {
	return corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1500m"), corev1.ResourceMemory: resource.MustParse("64Mi")}}
}

func ours(image string) bool { return image == "ours" }

// TestArguments holds the command line against what a pod says.
func TestArguments(t *testing.T) {
	r := &Runtime{Command: "docker", Owner: "/dir", IsOurs: ours, Programs: map[string]string{"/driver": "/bin/pod"},
		Enforces: []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}}
	start := []string{"run", "--detach", "--name", "n", "--label", "kfp2argo.local=/dir", "--network", "host", "--pull", "never", "--log-driver", "json-file"}
	for name, c := range map[string]struct {
		pod  corev1.PodSecurityContext
		c    kubelet.Container
		spec corev1.Container
		want []string
	}{
		"the image's own program":   {spec: corev1.Container{Image: "a"}, want: []string{"a"}},
		"arguments of it":           {spec: corev1.Container{Image: "a"}, c: kubelet.Container{Args: []string{"-x"}}, want: []string{"a", "-x"}},
		"a program":                 {spec: corev1.Container{Image: "a", Command: []string{"sh"}}, c: kubelet.Container{Args: []string{"sh", "-c", "$(x)"}}, want: []string{"--entrypoint", "sh", "a", "-c", "$(x)"}},
		"variables are not shown":   {spec: corev1.Container{Image: "a"}, c: kubelet.Container{Env: []string{"K=secret\n2"}}, want: []string{"--env", "K", "a"}},
		"but for the command's own": {spec: corev1.Container{Image: "a"}, c: kubelet.Container{Env: []string{"PATH=/x", "DOCKER_HOST=y"}}, want: []string{"--env", "PATH=/x", "--env", "DOCKER_HOST=y", "a"}},
		"directories": {spec: corev1.Container{Image: "a", WorkingDir: "/w"}, c: kubelet.Container{Mounts: []sandbox.Mount{{Source: "/s", Target: "/t", ReadOnly: true}}},
			want: []string{"--mount", "type=bind,source=/s,target=/t,readonly", "--workdir", "/w", "a"}},
		"kfp2argo's programs": {spec: corev1.Container{Image: "ours"}, want: []string{"--mount", "type=bind,source=/bin/pod,target=/driver,readonly", emptyImage}},
		"the pod's user": {pod: corev1.PodSecurityContext{RunAsUser: pointer(int64(7)), FSGroup: pointer(int64(8))}, spec: corev1.Container{Image: "a"},
			want: []string{"--group-add", "8", "--user", "7", "a"}},
		"restricted": {pod: corev1.PodSecurityContext{RunAsUser: pointer(int64(7))}, spec: corev1.Container{Image: "a", SecurityContext: &corev1.SecurityContext{
			RunAsUser: pointer(int64(9)), RunAsGroup: pointer(int64(3)), ReadOnlyRootFilesystem: pointer(true), AllowPrivilegeEscalation: pointer(false),
			Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}},
			want: []string{"--user", "9:3", "--read-only", "--security-opt", "no-new-privileges", "--cap-drop", "ALL", "a"}},
		"limits": {spec: corev1.Container{Image: "a", Resources: limited()},
			want: []string{"--cpu-period", "100000", "--cpu-quota", "150000", "--memory", "67108864", "--memory-swap", "67108864", "a"}},
		"hardly any CPU": {spec: corev1.Container{Image: "a", Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1m")}}},
			want: []string{"--cpu-period", "100000", "--cpu-quota", "1000", "a"}},
	} {
		c.c.Spec = &c.spec
		c.c.Pod = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: "u"}, Spec: corev1.PodSpec{SecurityContext: &c.pod}}
		args, environ, err := r.run(&c.c, "n")
		require.NoError(t, err, name)
		require.Equal(t, append(start[:len(start):len(start)], c.want...), args, name)
		if name == "variables are not shown" {
			require.Contains(t, environ, "K=secret\n2")
		}
	}
	bad := &kubelet.Container{Pod: &corev1.Pod{}, Spec: &corev1.Container{}, Mounts: []sandbox.Mount{{Source: "/a,readonly", Target: "/t"}}}
	_, _, err := r.run(bad, "n")
	require.ErrorContains(t, err, `mounting "/a,readonly" at "/t"`)
	flag := &kubelet.Container{Pod: &corev1.Pod{}, Spec: &corev1.Container{Image: "--privileged"}}
	_, _, err = r.run(flag, "n")
	require.ErrorContains(t, err, `the image "--privileged" begins with a dash`)
	require.ErrorContains(t, r.Pull(t.Context(), flag.Spec), `the image "--privileged" begins with a dash`)
}

// TestNoLimits starts no container with a limit that does not work here.
func TestNoLimits(t *testing.T) {
	r := &Runtime{Command: "docker", IsOurs: ours}
	c := &kubelet.Container{Pod: &corev1.Pod{}, Spec: &corev1.Container{Image: "a", Resources: limited()}}
	args, _, err := r.run(c, "n")
	require.NoError(t, err)
	require.NotContains(t, strings.Join(args, " "), "--cpu")
	require.NotContains(t, strings.Join(args, " "), "--memory")
}

// TestWasKilled asks a command line why a container has ended.
func TestWasKilled(t *testing.T) {
	for said, want := range map[string]bool{"true": true, "false": false, "": false} {
		command := filepath.Join(t.TempDir(), "docker")
		require.NoError(t, os.WriteFile(command, []byte("#!/bin/sh\necho \"$*\" >&2; [ \"$*\" = 'inspect --format {{.State.OOMKilled}} n' ] && echo "+said), 0o755))
		require.Equal(t, want, (&Runtime{Command: command}).wasKilled(t.Context(), "n"), said)
	}
}

// TestLimitsIn reads what command lines say of themselves.
func TestLimitsIn(t *testing.T) {
	for info, want := range map[string][]corev1.ResourceName{
		`{"MemoryLimit":true,"SwapLimit":true,"CpuCfsPeriod":true,"CpuCfsQuota":true}`: {corev1.ResourceCPU, corev1.ResourceMemory},
		`{"MemoryLimit":false,"CpuCfsQuota":true,"CgroupVersion":"2"}`:                 {corev1.ResourceCPU},
		`{"host":{"cgroupControllers":["cpuset","cpu","memory","pids"]}}`:              {corev1.ResourceCPU, corev1.ResourceMemory},
		`{"host":{"cgroupControllers":["memory","pids"]}}`:                             {corev1.ResourceMemory},
		`{"host":{"cgroupControllers":[]}}`:                                            nil,
	} {
		got, err := limitsIn(info)
		require.NoError(t, err)
		require.Equal(t, want, got, info)
	}
	_, err := limitsIn("no JSON")
	require.ErrorContains(t, err, "what it says of itself")
}

// TestNoCommand says what is missing.
func TestNoCommand(t *testing.T) {
	r := &Runtime{Command: "/nowhere/podman"}
	require.ErrorContains(t, r.Check(t.Context()), "podman runs no containers here: ")
}
