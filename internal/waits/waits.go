// Package waits puts into words why a task of a run, or the run, does not start: from
// what Argo says of its node, and from its pod and the events of that, which say more:
// of an init container, and of volumes, Argo says nothing. The command and the pages
// have the words from here.
package waits

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Wait is what a task waits for that need not come by itself. The zero value is
// for one that waits for nothing, or for what comes by itself.
type Wait struct {
	// What says what cannot be done, or is waited for, without details that change.
	What string
	// Why is what the cluster says of it; it may be empty.
	Why string
}

// String is both in one line.
func (w Wait) String() string {
	if w.What == "" || w.Why == "" {
		return w.What + w.Why
	}
	return w.What + ": " + w.Why
}

// Lasts reports whether the wait need not end by itself.
func (w Wait) Lasts() bool { return w.What != "" }

// OfMessage reads what Argo says of a node that is pending, or of a Workflow that
// is. What it does not know is the Why of a wait that may end by itself.
func OfMessage(message string) Wait {
	message = oneLine(message)
	reason, why, _ := strings.Cut(message, ": ")
	switch {
	case reason == corev1.PodReasonUnschedulable:
		return Wait{noNode, why}
	case isImage(reason):
		return Wait{"its image cannot be pulled", strings.TrimPrefix(message, "ErrImagePull: ")}
	case isContainer(reason):
		return Wait{"its container cannot be created", why}
	case strings.Contains(message, "exceeded quota"):
		return Wait{"its pod cannot be created", message}
	case strings.HasPrefix(message, "Waiting for ") && strings.Contains(message, " lock. Lock status: "):
		lock, status, _ := strings.Cut(strings.TrimPrefix(message, "Waiting for "), " lock. Lock status: ")
		return Wait{lockWords + lock, status + " free"}
	case strings.HasPrefix(message, "Waiting for a PVC to be created"):
		return Wait{"a volume claim cannot be created", strings.TrimPrefix(strings.TrimPrefix(message, "Waiting for a PVC to be created"), ". ")}
	}
	return Wait{Why: comesByItself(message)}
}

// comesByItself puts what Argo says of a pod on its way into words.
func comesByItself(message string) string {
	switch message {
	case "PodInitializing":
		return "its pod is being set up: images are pulled, and inputs fetched"
	case "ContainerCreating":
		return "its container is being created: an image is pulled, or a volume mounted"
	}
	return message
}

const noNode = "cannot be scheduled"

func isImage(reason string) bool {
	return slices.Contains([]string{
		"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
	}, reason)
}

func isContainer(reason string) bool {
	return slices.Contains([]string{"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}, reason)
}

// OfPod finds what keeps a pod from running in its own state.
func OfPod(pod *corev1.Pod) Wait {
	if pod.Status.Phase != corev1.PodPending {
		return Wait{}
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Reason == corev1.PodReasonUnschedulable {
			return Wait{noNode, oneLine(c.Message)}
		}
	}
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		switch w := c.State.Waiting; {
		case w == nil:
		case isImage(w.Reason):
			return Wait{fmt.Sprintf("the image %s of its container %s cannot be pulled", c.Image, c.Name), reason(w)}
		case isContainer(w.Reason):
			return Wait{fmt.Sprintf("its container %s cannot be created", c.Name), reason(w)}
		}
	}
	return Wait{}
}

// reason is what the kubelet says, but for the name that it gives each case where
// it says more.
func reason(w *corev1.ContainerStateWaiting) string {
	if w.Message == "" {
		return w.Reason
	}
	return oneLine(w.Message)
}

// HasBegun reports whether one of the containers of a pod has run, so that its
// volumes are there.
func HasBegun(pod *corev1.Pod) bool {
	return slices.ContainsFunc(slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses), func(c corev1.ContainerStatus) bool {
		return c.State.Running != nil || c.State.Terminated != nil
	})
}

// OfEvents finds what keeps a pod from running in its events. Only the last one
// counts: what has failed before may have succeeded since.
func OfEvents(events []corev1.Event) Wait {
	if len(events) == 0 {
		return Wait{}
	}
	last := slices.MaxFunc(events, func(a, b corev1.Event) int { return Seen(a).Compare(Seen(b)) })
	why := oneLine(last.Message)
	switch last.Reason {
	case "FailedMount", "FailedAttachVolume", "FailedMapVolume":
		return Wait{"a volume cannot be mounted", why}
	case "FailedCreatePodSandBox":
		return Wait{"its pod cannot be set up", why}
	case "FailedScheduling":
		return Wait{noNode, why}
	}
	return Wait{}
}

// EndNotSeen is of a pod that has ended while Argo goes on to say that it runs.
func EndNotSeen() Wait {
	return Wait{"has ended, and Argo has not taken note of it", "is its controller at work?"}
}

// ResultsAwaited is of a pod that has failed and will never report its results, while
// Argo goes on to wait for them.
func ResultsAwaited() Wait {
	return Wait{"has failed, and Argo still waits for the results of its pod", "without them it goes on after some minutes, at most 20"}
}

// OfReports finds in the log of Argo's own container of a pod that it may not write
// the results of the pod.
func OfReports(log []byte) Wait {
	for line := range strings.Lines(string(log)) {
		_, refusal, ok := strings.Cut(line, "workflowtaskresults")
		if !ok || !strings.Contains(line, "is forbidden") {
			continue
		}
		why := strings.TrimSuffix(strings.TrimSpace(strings.ReplaceAll("workflowtaskresults"+refusal, `\"`, `"`)), `"`)
		return Wait{"its results cannot be reported", why}
	}
	return Wait{}
}

// Seen is when an event was seen last: who writes it chooses the field.
func Seen(e corev1.Event) time.Time {
	if e.Series != nil {
		return e.Series.LastObservedTime.Time
	}
	for _, t := range []time.Time{e.LastTimestamp.Time, e.EventTime.Time} {
		if !t.IsZero() {
			return t
		}
	}
	return e.CreationTimestamp.Time
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
