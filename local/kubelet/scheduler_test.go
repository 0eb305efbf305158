package kubelet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

const gpu = corev1.ResourceName("nvidia.com/gpu")

// TestTurns lets pods come and go, and compares those that may run with what
// there is: two CPUs, 1 GiB and one accelerator.
func TestTurns(t *testing.T) {
	for _, c := range []struct {
		name string
		// events are pods that come, such as "a cpu=1", and that leave: "-a".
		events []string
		runs   string
		// lacks says what those that wait were told last, by their names.
		lacks map[string]string
	}{
		{"all fit", []string{"a cpu=1", "b cpu=1"}, "ab", nil},
		{"no more than fit", []string{"a cpu=1", "b cpu=500m", "c cpu=1"}, "ab", map[string]string{"c": "cpu"}},
		{"memory counts", []string{"a memory=600Mi", "b memory=600Mi"}, "a", map[string]string{"b": "memory"}},
		{"nobody overtakes", []string{"a cpu=1", "b cpu=2", "c cpu=100m"}, "a", map[string]string{"b": "cpu", "c": "cpu"}},
		{"the next comes when one leaves", []string{"a cpu=2", "b cpu=1", "c cpu=1", "-a"}, "bc", nil},
		{"one that gives up makes room", []string{"a cpu=1", "b cpu=2", "c cpu=1", "-b"}, "ac", nil},
		{"one that leaves gives back what it had", []string{"a cpu=2", "-a", "b cpu=2", "-b", "c cpu=2"}, "c", nil},
		{"more than there is runs alone", []string{"a cpu=64", "b cpu=100m", "-a", "c cpu=64"}, "b", map[string]string{"c": "cpu"}},
		{"accelerators one after the other", []string{"a " + string(gpu) + "=1", "b " + string(gpu) + "=1", "c " + string(gpu) + "=1", "-a"}, "b",
			map[string]string{"c": string(gpu)}},
		{"all that it lacks", []string{"a cpu=2 " + string(gpu) + "=1", "b cpu=1 " + string(gpu) + "=1"}, "a",
			map[string]string{"b": "cpu " + string(gpu)}},
		{"what it waits for changes", []string{"a cpu=2", "b cpu=1 " + string(gpu) + "=1", "c " + string(gpu) + "=1", "-a"}, "b",
			map[string]string{"c": string(gpu)}},
		{"what is not there at all", []string{"a " + string(gpu) + "=2", "b cpu=2", "c example.com/fpga=1"}, "b",
			map[string]string{"a": string(gpu), "c": "example.com/fpga"}},
		{"disk is not counted", []string{"a ephemeral-storage=1Ti"}, "a", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := queue{newScheduler(list("cpu=2", "memory=1Gi", string(gpu)+"=1")), map[string]*turn{}}
			for _, e := range c.events {
				q.event(e)
			}
			require.Equal(t, c.runs, q.running())
			waiting := map[string]string{}
			for name, turn := range q.turns {
				if strings.Contains(c.runs, name) {
					continue
				}
				select {
				case lacks := <-turn.lacks:
					waiting[name] = strings.Trim(fmt.Sprint(lacks), "[]")
				default:
				}
			}
			if c.lacks == nil {
				c.lacks = map[string]string{}
			}
			require.Equal(t, c.lacks, waiting)
		})
	}
}

// queue is a scheduler with the pods that have come.
type queue struct {
	*scheduler
	turns map[string]*turn
}

func (q queue) event(text string) {
	if text[0] == '-' {
		q.turns[text[1:]].leave()
		delete(q.turns, text[1:])
		return
	}
	q.turns[text[:1]] = q.queue(list(strings.Fields(text[2:])...))
}

func (q queue) running() string {
	all := ""
	for name := 'a'; name <= 'z'; name++ {
		if turn := q.turns[string(name)]; turn != nil {
			select {
			case <-turn.come:
				all += string(name)
			default:
			}
		}
	}
	return all
}

// list reads quantities such as "cpu=2".
func list(texts ...string) corev1.ResourceList {
	all := corev1.ResourceList{}
	for _, text := range texts {
		for i := range text {
			if text[i] == '=' {
				all[corev1.ResourceName(text[:i])] = resource.MustParse(text[i+1:])
			}
		}
	}
	return all
}

// TestRequests adds up what pods need: containers together, init containers one
// after the other, sidecars beside them, and a share for what says nothing.
func TestRequests(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	c := func(requests ...string) corev1.Container {
		return corev1.Container{Resources: corev1.ResourceRequirements{Requests: list(requests...)}}
	}
	sidecar := c("cpu=1")
	sidecar.RestartPolicy = &always
	limited := corev1.Container{Resources: corev1.ResourceRequirements{Limits: list("cpu=2", "memory=1Gi"), Requests: list("cpu=1")}}
	for _, tc := range []struct {
		name        string
		init, main  []corev1.Container
		cpu, memory string
	}{
		{"nothing said", nil, []corev1.Container{c()}, "500m", "128Mi"},
		{"containers together", nil, []corev1.Container{c("cpu=1", "memory=1Gi"), c("cpu=200m", "memory=1Gi")}, "1200m", "2Gi"},
		{"a limit is a request", nil, []corev1.Container{limited}, "1", "1Gi"},
		{"the largest before them", []corev1.Container{c("cpu=3"), c("cpu=1")}, []corev1.Container{c("cpu=2")}, "3", "128Mi"},
		{"a sidecar beside them", []corev1.Container{sidecar}, []corev1.Container{c("cpu=2")}, "3", "128Mi"},
	} {
		got := requests(&corev1.Pod{Spec: corev1.PodSpec{InitContainers: tc.init, Containers: tc.main}})
		require.Zero(t, got.Cpu().Cmp(resource.MustParse(tc.cpu)), "%s: %s", tc.name, got.Cpu())
		require.Zero(t, got.Memory().Cmp(resource.MustParse(tc.memory)), "%s: %s", tc.name, got.Memory())
	}
}
