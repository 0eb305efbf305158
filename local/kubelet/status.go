package kubelet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/local/api"
)

// write writes the pod's status into the store. That the pod is gone is no
// trouble: nobody looks any more.
func (p *Pod) write(change func(*corev1.PodStatus)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.Status)
	if p.Spec.NodeName != "" { // a pod without a node has no containers yet
		p.Status.InitContainerStatuses = p.statuses(p.Spec.InitContainers)
		p.Status.ContainerStatuses = p.statuses(p.Spec.Containers)
	}
	status, node := p.Status.DeepCopy(), p.Spec.NodeName
	key := api.Key{Resource: "pods", Namespace: p.Namespace, Name: p.Name}
	_, _ = p.kubelet.options.Store.Update(key, func(old []byte) ([]byte, error) {
		pod := &corev1.Pod{}
		if err := json.Unmarshal(old, pod); err != nil {
			return nil, err
		}
		if pod.UID != p.UID {
			return nil, fmt.Errorf("pod %s is another one now", p.Name)
		}
		pod.Status, pod.Spec.NodeName = *status, node
		return json.Marshal(pod)
	})
}

func (p *Pod) statuses(specs []corev1.Container) []corev1.ContainerStatus {
	var all []corev1.ContainerStatus
	for i := range specs {
		all = append(all, *p.containers[specs[i].Name].status.DeepCopy())
	}
	return all
}

// set writes the status of a container.
func (p *Pod) set(change func()) {
	p.write(func(s *corev1.PodStatus) {
		change()
		if s.Phase == corev1.PodPending && p.isInitialized() {
			s.Phase = corev1.PodRunning
			setCondition(s, corev1.PodInitialized, corev1.ConditionTrue, "", "")
		}
	})
}

// isInitialized reports whether one of the containers proper has begun.
func (p *Pod) isInitialized() bool {
	return slices.ContainsFunc(p.Spec.Containers, func(c corev1.Container) bool {
		return p.containers[c.Name].status.State.Waiting == nil
	})
}

// unschedulable says what the machine lacks for now, or for ever, in the
// scheduler's words.
func (p *Pod) unschedulable(lacks []corev1.ResourceName) {
	reasons := make([]string, len(lacks))
	for i, name := range lacks {
		reasons[i] = fmt.Sprintf("1 Insufficient %s", name)
	}
	p.write(func(s *corev1.PodStatus) {
		setCondition(s, corev1.PodScheduled, corev1.ConditionFalse, corev1.PodReasonUnschedulable,
			fmt.Sprintf("0/1 nodes are available: %s.", strings.Join(reasons, ", ")))
	})
}

func (p *Pod) schedule() {
	p.write(func(s *corev1.PodStatus) {
		p.Spec.NodeName = NodeName
		now := metav1.Now()
		s.StartTime = &now
		s.HostIP, s.PodIP = "127.0.0.1", "127.0.0.1"
		s.HostIPs, s.PodIPs = []corev1.HostIP{{IP: s.HostIP}}, []corev1.PodIP{{IP: s.PodIP}}
		setCondition(s, corev1.PodScheduled, corev1.ConditionTrue, "", "")
	})
}

// waiting says what the containers that have not begun wait for.
func (p *Pod) waiting(reason, message string) {
	p.write(func(*corev1.PodStatus) {
		for _, c := range p.containers {
			if w := c.status.State.Waiting; w != nil {
				w.Reason, w.Message = reason, message
			}
		}
	})
}

// fail ends the pod before it has begun.
func (p *Pod) fail(reason string, err error) {
	p.write(func(s *corev1.PodStatus) {
		s.Phase, s.Reason, s.Message = corev1.PodFailed, reason, err.Error()
	})
}

// end writes how the pod has ended.
func (p *Pod) end() {
	p.write(func(s *corev1.PodStatus) {
		if s.Phase != corev1.PodFailed {
			s.Phase = p.outcome()
		}
		if p.reason == deadline || p.reason == shutdown {
			s.Phase, s.Reason = corev1.PodFailed, string(p.reason)
			s.Message = map[stopReason]string{
				deadline: "Pod was active on the node longer than the specified deadline",
				shutdown: "Pod was terminated in response to imminent node shutdown.",
			}[p.reason]
		}
		reason := "PodCompleted"
		if s.Phase == corev1.PodFailed {
			reason = "PodFailed"
		}
		setCondition(s, corev1.PodReady, corev1.ConditionFalse, reason, "")
		setCondition(s, corev1.ContainersReady, corev1.ConditionFalse, reason, "")
	})
}

// outcome tells by the containers whether the pod has succeeded. The lock is
// held.
func (p *Pod) outcome() corev1.PodPhase {
	all := slices.Concat(p.Spec.InitContainers, p.Spec.Containers)
	for i := range all {
		t := p.containers[all[i].Name].status.State.Terminated
		if !isSidecar(&all[i]) && (t == nil || t.ExitCode != 0) {
			return corev1.PodFailed
		}
	}
	return corev1.PodSucceeded
}

func setCondition(s *corev1.PodStatus, kind corev1.PodConditionType, is corev1.ConditionStatus, reason, message string) {
	c := corev1.PodCondition{Type: kind, Status: is, Reason: reason, Message: message, LastTransitionTime: metav1.NewTime(time.Now())}
	for i := range s.Conditions {
		if s.Conditions[i].Type == kind {
			s.Conditions[i] = c
			return
		}
	}
	s.Conditions = append(s.Conditions, c)
}
