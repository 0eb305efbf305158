package kubelet

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// pull has the container's image there, where the runtime needs one. As a node
// does, it tries again and again, with longer and longer pauses. It returns false
// where the pod ends before.
func (c *container) pull() bool {
	runtime, ok := c.pod.kubelet.options.Runtime.(ImageRuntime)
	if !ok {
		return true
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-c.pod.stopped:
			cancel()
		case <-ctx.Done():
		}
	}()
	for backOff := firstBackOff; ; backOff = min(2*backOff, maxBackOff) {
		err := runtime.Pull(ctx, c.spec)
		if err == nil {
			return true
		}
		reason, message := "ImagePullBackOff", fmt.Sprintf("Back-off pulling image %q: ErrImagePull: %v", c.spec.Image, err)
		if errors.Is(err, ErrNeverPull) {
			reason, message = "ErrImageNeverPull", fmt.Sprintf("Container image %q is not present with pull policy of Never", c.spec.Image)
		}
		c.pod.set(func() {
			c.status.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
		})
		if !c.pod.pause(backOff) {
			return false
		}
	}
}
