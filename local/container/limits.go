package container

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/local/cgroup"
)

// Limits returns which limits containers can be given here: of CPU, memory or
// both, sorted. The command line knows what its control groups can do.
func (r *Runtime) Limits(ctx context.Context) ([]corev1.ResourceName, error) {
	text, err := r.call(ctx, "info", "--format", "{{json .}}")
	if err != nil {
		return nil, err
	}
	return limitsIn(text)
}

// limitsIn reads what docker, podman and nerdctl say of themselves.
func limitsIn(info string) ([]corev1.ResourceName, error) {
	var i struct {
		// Docker's, and nerdctl's
		CPUCfsQuota bool `json:"CpuCfsQuota"`
		MemoryLimit bool
		// podman's
		Host struct{ CgroupControllers []string }
	}
	if err := json.Unmarshal([]byte(info), &i); err != nil {
		return nil, fmt.Errorf("what it says of itself: %w", err)
	}
	var all []corev1.ResourceName
	if i.CPUCfsQuota || slices.Contains(i.Host.CgroupControllers, "cpu") {
		all = append(all, corev1.ResourceCPU)
	}
	if i.MemoryLimit || slices.Contains(i.Host.CgroupControllers, "memory") {
		all = append(all, corev1.ResourceMemory)
	}
	return all, nil
}

// limits returns the flags for the limits of a container.
func (r *Runtime) limits(c *corev1.Container) []string {
	var args []string
	if l := cgroup.LimitsOf(c); l.CPU > 0 && slices.Contains(r.Enforces, corev1.ResourceCPU) {
		// --cpus refuses more than the machine has.
		args = append(args, "--cpu-period", strconv.Itoa(cgroup.Period), "--cpu-quota", strconv.FormatInt(l.Quota(), 10))
	}
	if memory := r.memoryOf(c); memory > 0 {
		text := strconv.FormatInt(memory, 10)
		// Of memory and swap together it may use no more.
		args = append(args, "--memory", text, "--memory-swap", text)
	}
	return args
}

// memoryOf is how much memory a container may use, in bytes, or 0 for any.
func (r *Runtime) memoryOf(c *corev1.Container) int64 {
	if !slices.Contains(r.Enforces, corev1.ResourceMemory) {
		return 0
	}
	return cgroup.LimitsOf(c).Memory
}

// wasKilled reports whether a container that has ended used more memory than it
// may.
func (r *Runtime) wasKilled(ctx context.Context, name string) bool {
	text, err := r.call(ctx, "inspect", "--format", "{{.State.OOMKilled}}", name)
	return err == nil && strings.TrimSpace(text) == "true"
}
