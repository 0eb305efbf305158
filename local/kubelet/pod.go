package kubelet

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/local/api"
)

// Pod is a pod that has not ended.
type Pod struct {
	*corev1.Pod
	kubelet *Kubelet
	dir     string
	volumes map[string]*volume

	mu         sync.Mutex
	containers map[string]*container
	reason     stopReason
	// stopped is closed when the pod is to end, and killed when its programs
	// have had their time.
	stopped, killed chan struct{}
	killOnce        sync.Once
}

// stopReason is why a pod is to end before its containers have.
type stopReason string

const (
	deleted  stopReason = "Deleted"
	deadline stopReason = "DeadlineExceeded"
	shutdown stopReason = "Terminated"
)

func newPod(k *Kubelet, pod *corev1.Pod) *Pod {
	p := &Pod{
		Pod:        pod,
		kubelet:    k,
		dir:        k.podDir(pod.Namespace, pod.Name),
		volumes:    map[string]*volume{},
		containers: map[string]*container{},
		stopped:    make(chan struct{}),
		killed:     make(chan struct{}),
	}
	for i := range pod.Spec.InitContainers {
		p.containers[pod.Spec.InitContainers[i].Name] = newContainer(p, &pod.Spec.InitContainers[i])
	}
	for i := range pod.Spec.Containers {
		p.containers[pod.Spec.Containers[i].Name] = newContainer(p, &pod.Spec.Containers[i])
	}
	return p
}

// Ended returns what is closed when a container has ended for good. A container
// that the pod has not is taken to have.
func (p *Pod) Ended(name string) <-chan struct{} {
	if c := p.containers[name]; c != nil {
		return c.ended
	}
	closed := make(chan struct{})
	close(closed)
	return closed
}

// live runs the pod from its birth to its end.
func (p *Pod) live(ctx context.Context, turn *turn) {
	defer turn.leave()
	end := context.AfterFunc(ctx, func() { zero := int64(0); p.stop(shutdown, &zero) })
	defer end()
	if !p.await(turn) {
		p.finish()
		return
	}
	p.schedule()
	if p.prepare() {
		p.runContainers()
	}
	p.clean()
	p.finish()
}

// await waits for the pod's turn, says what for, and reports whether the pod is
// still to run.
func (p *Pod) await(turn *turn) bool {
	for {
		select {
		case lacks := <-turn.lacks:
			p.unschedulable(lacks)
		case <-turn.come:
			return true
		case <-p.stopped:
			return false
		}
	}
}

// clean removes what nobody needs any more: all but the logs.
func (p *Pod) clean() {
	for _, name := range []string{"volumes", "work", "messages"} {
		_ = os.RemoveAll(filepath.Join(p.dir, name))
	}
}

// retryPause is how long a pod waits for what its volumes or variables need.
const retryPause = 250 * time.Millisecond

// prepare makes the pod's directories and volumes. What these need may come
// later: until then the pod waits, as it does on a node.
func (p *Pod) prepare() bool {
	for _, name := range []string{"volumes", "work", "messages", "logs"} {
		if err := os.MkdirAll(filepath.Join(p.dir, name), 0o755); err != nil {
			p.fail("FailedMount", err)
			return false
		}
	}
	for {
		err := p.makeVolumes()
		if err == nil {
			return true
		}
		p.waiting("ContainerCreating", err.Error())
		if !p.pause(retryPause) {
			return false
		}
	}
}

// pause waits, and reports whether the pod is still to run.
func (p *Pod) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.stopped:
		return false
	}
}

// runContainers runs the init containers in a row, and then the others at once.
func (p *Pod) runContainers() {
	if s := p.Spec.ActiveDeadlineSeconds; s != nil {
		timer := time.AfterFunc(time.Duration(*s)*time.Second, func() { p.stop(deadline, nil) })
		defer timer.Stop()
	}
	var sidecars, mains sync.WaitGroup
	defer sidecars.Wait()
	defer p.stopSidecars()
	for i := range p.Spec.InitContainers {
		c := p.containers[p.Spec.InitContainers[i].Name]
		if isSidecar(c.spec) {
			sidecars.Go(c.run)
			select {
			case <-c.began:
			case <-c.ended:
			}
			continue
		}
		c.run()
		if !c.succeeded() || p.isStopped() {
			return
		}
	}
	for i := range p.Spec.Containers {
		mains.Go(p.containers[p.Spec.Containers[i].Name].run)
	}
	mains.Wait()
}

func (p *Pod) isStopped() bool {
	select {
	case <-p.stopped:
		return true
	default:
		return false
	}
}

// stopSidecars ends the sidecars once what they are for has ended: the last
// that was started is the first to go.
func (p *Pod) stopSidecars() {
	for i := len(p.Spec.InitContainers) - 1; i >= 0; i-- {
		c := p.containers[p.Spec.InitContainers[i].Name]
		if !isSidecar(c.spec) {
			continue
		}
		c.release()
		c.signal(syscall.SIGTERM)
		timer := time.AfterFunc(p.grace(nil), func() { c.signal(syscall.SIGKILL) })
		<-c.ended
		timer.Stop()
	}
}

// defaultGrace is how long programs have between the signals to end.
const defaultGrace = 30

func (p *Pod) grace(asked *int64) time.Duration {
	seconds := int64(defaultGrace)
	if s := p.Spec.TerminationGracePeriodSeconds; s != nil {
		seconds = *s
	}
	if asked != nil {
		seconds = *asked
	}
	return time.Duration(seconds) * time.Second
}

// stop has the containers end: by a signal, and after the time that they have,
// by the one that nobody can ignore. A second stop can only make it sooner.
func (p *Pod) stop(why stopReason, grace *int64) {
	p.mu.Lock()
	first := p.reason == ""
	if first {
		p.reason = why
		close(p.stopped)
	}
	p.mu.Unlock()
	wait := p.grace(grace)
	if first && wait > 0 {
		p.signalAll(syscall.SIGTERM)
	}
	kill := func() { p.killOnce.Do(func() { close(p.killed); p.signalAll(syscall.SIGKILL) }) }
	if wait == 0 {
		kill()
		return
	}
	time.AfterFunc(wait, kill)
}

func (p *Pod) signalAll(s syscall.Signal) {
	for _, c := range p.containers {
		c.signal(s)
	}
}

// finish writes how the pod has ended. One that is deleted goes.
func (p *Pod) finish() {
	p.end()
	key := api.Key{Resource: "pods", Namespace: p.Namespace, Name: p.Name}
	o, err := p.kubelet.options.Store.Get(key)
	if err != nil || o.UID != string(p.UID) || !o.Deleting {
		return
	}
	zero := int64(0)
	_, _ = p.kubelet.options.Store.Delete(key, api.Deletion{Grace: &zero, UID: string(p.UID)})
}

// Path returns where a file that a container sees in one of its volumes lies on
// this machine.
func (p *Pod) Path(container, file string) (string, error) {
	c := p.containers[container]
	if c == nil {
		return "", fmt.Errorf("pod %s has no container %s", p.Name, container)
	}
	return c.path(file)
}
