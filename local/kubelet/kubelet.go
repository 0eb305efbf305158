// Package kubelet runs the pods of a store on this machine, as a node's kubelet
// does: it schedules them by what they request, in the order in which they have
// come, makes their volumes, runs their containers in Kubernetes' order, and
// writes into their status what has become of them.
package kubelet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kfp2argo/kfp2argo/local/api"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

// NodeName is the name of the one node.
const NodeName = "local"

// Runtime runs containers.
type Runtime interface {
	// Start starts a container, which writes to a file. An error is one of the
	// container's start: it has ended with 128.
	Start(c *Container, out *os.File) (Process, error)
}

// ImageRuntime is a [Runtime] that runs images, in containers that can outlive
// this process.
type ImageRuntime interface {
	Runtime
	// Reset removes what an earlier process has left.
	Reset(context.Context) error
	// Pull has the image of a container there. While it cannot, the container
	// waits, as on a node.
	Pull(context.Context, *corev1.Container) error
}

// ErrNeverPull is the error of an image that is missing and must not be pulled.
var ErrNeverPull = errors.New("the image is not present with pull policy of Never")

// Process is a container that runs.
type Process interface {
	Wait() sandbox.Exit
	Signal(syscall.Signal)
}

// Container is what a [Runtime] needs to know of a container.
type Container struct {
	Pod  *corev1.Pod
	Spec *corev1.Container
	// Args and Env are as the program sees them.
	Args, Env []string
	Mounts    []sandbox.Mount
	// Dir is an empty directory for the runtime, which is removed with the pod.
	Dir string
}

// Options say how pods are run.
type Options struct {
	Store *api.Store
	// Dir is where logs, volumes and claims lie.
	Dir     string
	Runtime Runtime
	// Capacity is what the machine has.
	Capacity corev1.ResourceList
	// Inside returns what runs in this process in place of a container, or nil.
	Inside func(*corev1.Pod, *corev1.Container) Inside
	// Args, unless nil, returns what a container runs in place of the command
	// that its pod names.
	Args func(p *Pod, c *corev1.Container, args []string) ([]string, error)
}

// Inside is what runs in place of a container: its error is the container's
// failure. Its context ends when the container is killed.
type Inside func(ctx context.Context, p *Pod) error

// Kubelet runs pods.
type Kubelet struct {
	options   Options
	scheduler *scheduler
	running   sync.WaitGroup

	mu   sync.Mutex
	pods map[string]*Pod // by UID
}

// New returns a kubelet.
func New(o Options) *Kubelet {
	return &Kubelet{options: o, scheduler: newScheduler(o.Capacity), pods: map[string]*Pod{}}
}

// Run runs pods until the context ends, and then ends those that still run.
func (k *Kubelet) Run(ctx context.Context) error {
	if r, ok := k.options.Runtime.(ImageRuntime); ok {
		if err := r.Reset(ctx); err != nil {
			return err
		}
	}
	defer k.running.Wait()
	all := api.Selector{}
	found, version := k.options.Store.List("pods", all)
	for _, o := range found {
		if err := k.handle(ctx, api.Event{Type: watch.Added, Object: o}); err != nil {
			return err
		}
	}
	err := k.options.Store.Watch(ctx, "pods", version, all, func(e api.Event) error { return k.handle(ctx, e) })
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (k *Kubelet) handle(ctx context.Context, e api.Event) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.pods[e.Object.UID]
	switch {
	case p == nil && e.Type == watch.Added && !e.Object.Deleting:
		pod := &corev1.Pod{}
		if err := e.Object.Decode(pod); err != nil {
			return err
		}
		if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			return nil
		}
		p = newPod(k, pod)
		k.pods[e.Object.UID] = p
		k.running.Add(1)
		turn := k.scheduler.queue(requests(pod))
		go func() {
			defer k.running.Done()
			p.live(ctx, turn)
			k.forget(p)
		}()
	case p != nil && (e.Type == watch.Deleted || e.Object.Deleting):
		pod := &corev1.Pod{}
		if err := e.Object.Decode(pod); err != nil {
			return err
		}
		p.stop(deleted, pod.DeletionGracePeriodSeconds)
	}
	return nil
}

func (k *Kubelet) forget(p *Pod) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.pods, string(p.UID))
}

// find returns a pod that has not ended.
func (k *Kubelet) find(key api.Key) *Pod {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.pods {
		if p.Namespace == key.Namespace && p.Name == key.Name {
			return p
		}
	}
	return nil
}

// podDir is where what is left of a pod lies: its logs.
func (k *Kubelet) podDir(namespace, name string) string {
	return filepath.Join(k.options.Dir, "pods", namespace, name)
}
