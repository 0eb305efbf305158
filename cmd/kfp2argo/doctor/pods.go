package doctor

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// obstacle is why a pod does not run.
type obstacle struct {
	message, advice string
	// final says that waiting does not help.
	final bool
}

// obstacleOf finds what keeps a pod from running, in its own state. The result
// is nil for one that runs, or has run.
func (e *examiner) obstacleOf(pod *corev1.Pod) *obstacle {
	if pod.Status.Phase != corev1.PodPending {
		return nil
	}
	for _, c := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if w := c.State.Waiting; w != nil {
			if o := e.waiting(c, *w); o != nil {
				return o
			}
		}
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return &obstacle{message: c.Message, advice: e.advice(c.Message)}
		}
	}
	return nil
}

func (e *examiner) waiting(c corev1.ContainerStatus, w corev1.ContainerStateWaiting) *obstacle {
	message := fmt.Sprintf("container %s: %s", c.Name, strings.TrimSpace(w.Reason+" "+w.Message))
	switch w.Reason {
	case "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName":
		return &obstacle{message, fmt.Sprintf("let the nodes pull %s: correct --image, or give the namespace's service account imagePullSecrets", c.Image), true}
	case "ErrImagePull":
		return &obstacle{message, fmt.Sprintf("let the nodes pull %s", c.Image), false}
	case "CreateContainerConfigError":
		return &obstacle{message, e.advice(w.Message), true}
	case "CreateContainerError", "RunContainerError":
		return &obstacle{message, e.advice(w.Message), false}
	}
	return nil
}

// eventOf finds what the events say that keeps an object from what it should do.
func (e *examiner) eventOf(ctx context.Context, kind, name string) *obstacle {
	events, err := e.Kubernetes.CoreV1().Events(e.namespace).List(ctx, metav1.ListOptions{
		FieldSelector: "involvedObject.kind=" + kind + ",involvedObject.name=" + name + ",type=Warning",
	})
	if err != nil {
		return nil
	}
	var found *obstacle
	for _, event := range events.Items {
		// Others, such as MissingClusterDNS, keep no pod from running.
		if strings.HasPrefix(event.Reason, "Failed") {
			found = &obstacle{
				message: event.Reason + ": " + event.Message,
				advice:  e.advice(event.Message),
				final:   event.Reason == "FailedCreate",
			}
		}
	}
	return found
}

// obstacles finds what keeps the pods with a label from running.
func (e *examiner) obstacles(ctx context.Context, pods []corev1.Pod) *obstacle {
	var found *obstacle
	for i := range pods {
		if pods[i].Status.Phase != corev1.PodPending {
			continue
		}
		if o := e.obstacleOf(&pods[i]); o != nil {
			return o
		}
		if o := e.eventOf(ctx, "Pod", pods[i].Name); o != nil {
			found = o
		}
	}
	return found
}

// podsOf lists the pods with a label.
func (e *examiner) podsOf(ctx context.Context, label, value string) ([]corev1.Pod, error) {
	list, err := e.Kubernetes.CoreV1().Pods(e.namespace).List(ctx, metav1.ListOptions{LabelSelector: label + "=" + value})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}
