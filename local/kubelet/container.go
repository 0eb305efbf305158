package kubelet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

// container is a container of a pod, with all its attempts.
type container struct {
	pod    *Pod
	spec   *corev1.Container
	status corev1.ContainerStatus // the pod's lock guards it
	// began is closed when it first runs, ended when it never will again.
	began, ended chan struct{}
	beganOnce    sync.Once

	mu       sync.Mutex
	process  Process
	released bool // it is not to be started again
}

func newContainer(p *Pod, spec *corev1.Container) *container {
	no := false
	return &container{
		pod:  p,
		spec: spec,
		status: corev1.ContainerStatus{Name: spec.Name, Image: spec.Image, Started: &no,
			State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "PodInitializing"}}},
		began: make(chan struct{}),
		ended: make(chan struct{}),
	}
}

// isSidecar reports whether an init container is one that goes on beside the
// others.
func isSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

func (c *container) succeeded() bool {
	c.pod.mu.Lock()
	defer c.pod.mu.Unlock()
	t := c.status.State.Terminated
	return t != nil && t.ExitCode == 0
}

// Pauses between attempts, as on a node.
const (
	firstBackOff = 10 * time.Second
	maxBackOff   = 5 * time.Minute
	// wellFor is how long a container must have run for its next failure to count
	// as the first.
	wellFor = 2 * maxBackOff
)

// run runs the container to its end, as often as its pod's policy says. The first
// restart is at once, those after it are each later than the one before.
func (c *container) run() {
	defer close(c.ended)
	var backOff time.Duration
	for {
		end, ok := c.attempt()
		if !ok {
			return
		}
		c.pod.set(func() {
			c.status.State = corev1.ContainerState{Terminated: end}
			c.status.Ready = false
		})
		if !c.again(end.ExitCode) {
			return
		}
		if end.FinishedAt.Sub(end.StartedAt.Time) > wellFor {
			backOff = 0
		}
		if !c.backOff(backOff) {
			return
		}
		backOff = max(firstBackOff, min(2*backOff, maxBackOff))
	}
}

// backOff waits before the container, which has ended, is started again. It
// returns false where the pod ends before.
func (c *container) backOff(pause time.Duration) bool {
	c.pod.set(func() {
		c.status.LastTerminationState = c.status.State
		if pause > 0 {
			c.status.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff",
				Message: fmt.Sprintf("back-off %s restarting failed container=%s pod=%s_%s(%s)", pause, c.spec.Name, c.pod.Name, c.pod.Namespace, c.pod.UID)}}
		}
	})
	if pause > 0 && !c.pod.pause(pause) {
		return false
	}
	c.pod.set(func() { c.status.RestartCount++ })
	return true
}

// again reports whether the container is to be started again.
func (c *container) again(code int32) bool {
	c.mu.Lock()
	released := c.released
	c.mu.Unlock()
	switch {
	case released || c.pod.isStopped():
		return false
	case isSidecar(c.spec):
		return true
	case c.pod.Spec.RestartPolicy == corev1.RestartPolicyNever:
		return false
	case c.pod.Spec.RestartPolicy == corev1.RestartPolicyOnFailure || c.isInit():
		return code != 0
	}
	return true
}

func (c *container) isInit() bool {
	return slices.ContainsFunc(c.pod.Spec.InitContainers, func(i corev1.Container) bool { return i.Name == c.spec.Name })
}

// release lets the container end for good.
func (c *container) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released = true
}

// attempt runs the container once. It returns false where the pod ends before
// it has begun.
func (c *container) attempt() (*corev1.ContainerStateTerminated, bool) {
	var plan *Container
	inside := c.inside()
	for inside == nil {
		var err error
		if plan, err = c.plan(); err == nil {
			break
		}
		// What is missing may come.
		c.pod.set(func() {
			c.status.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CreateContainerConfigError", Message: err.Error()}}
		})
		if !c.pod.pause(retryPause) {
			return nil, false
		}
	}
	if inside == nil && !c.pull() || c.pod.isStopped() {
		return nil, false
	}
	end := &corev1.ContainerStateTerminated{StartedAt: metav1.Now(), ContainerID: "local://" + string(c.pod.UID) + "/" + c.spec.Name}
	if inside != nil {
		c.runInside(inside, end)
	} else {
		c.runProgram(plan, end)
	}
	end.FinishedAt = metav1.Now()
	return end, true
}

func (c *container) inside() Inside {
	if f := c.pod.kubelet.options.Inside; f != nil {
		return f(c.pod.Pod, c.spec)
	}
	return nil
}

// running writes that the container runs.
func (c *container) running() {
	yes := true
	c.pod.set(func() {
		c.status.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}
		c.status.Ready, c.status.Started = true, &yes
	})
	c.beganOnce.Do(func() { close(c.began) })
}

// runInside runs what stands in for a container.
func (c *container) runInside(f Inside, end *corev1.ContainerStateTerminated) {
	c.running()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-c.pod.killed:
			cancel()
		case <-ctx.Done():
		}
	}()
	end.Reason = "Completed"
	if err := f(ctx, c.pod); err != nil {
		end.ExitCode, end.Reason, end.Message = 64, "Error", err.Error()
		log, logErr := openLog(c.logFile())
		if logErr == nil {
			_, _ = fmt.Fprintln(log, "Error:", err)
			_ = log.Close()
		}
	}
}

// startFailed is the exit code of a container that could not be started.
const startFailed = 128

// runProgram runs the program of the container.
func (c *container) runProgram(plan *Container, end *corev1.ContainerStateTerminated) {
	log, err := openLog(c.logFile())
	if err != nil {
		end.ExitCode, end.Reason, end.Message = startFailed, "StartError", err.Error()
		return
	}
	defer log.Close()
	process, err := log.start(func(out *os.File) (Process, error) { return c.pod.kubelet.options.Runtime.Start(plan, out) })
	if err != nil {
		end.ExitCode, end.Reason, end.Message = startFailed, "StartError", strings.TrimPrefix(err.Error(), sandbox.ErrStart.Error()+": ")
		return
	}
	c.mu.Lock()
	c.process = process
	released := c.released
	c.mu.Unlock()
	// What came in between has found no process.
	if c.pod.isStopped() || released {
		process.Signal(syscall.SIGTERM)
	}
	select {
	case <-c.pod.killed:
		process.Signal(syscall.SIGKILL)
	default:
	}
	c.running()
	exit := process.Wait()
	c.mu.Lock()
	c.process = nil
	c.mu.Unlock()
	end.ExitCode, end.Reason = int32(exit.Code), "Completed"
	if exit.Code != 0 {
		end.Reason = "Error"
	}
	if exit.OutOfMemory {
		end.Reason = "OOMKilled"
	}
	if end.Message, err = c.lastWords(exit.Code); err != nil {
		end.Message = err.Error()
	}
}

// signal sends the container's program a signal, if there is one.
func (c *container) signal(s syscall.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil {
		c.process.Signal(s)
	}
}

func (c *container) logFile() string     { return filepath.Join(c.pod.dir, "logs", c.spec.Name+".log") }
func (c *container) messageFile() string { return filepath.Join(c.pod.dir, "messages", c.spec.Name) }

// Bounds of what a container says at its end.
const (
	maxMessage  = 4096
	maxLogLines = 80
	maxLogBytes = 2048
)

// lastWords reads what the container has left to say.
func (c *container) lastWords(code int) (string, error) {
	text, err := os.ReadFile(c.messageFile())
	if err != nil {
		return "", err
	}
	if len(text) > 0 || code == 0 || c.spec.TerminationMessagePolicy != corev1.TerminationMessageFallbackToLogsOnError {
		return string(text[:min(len(text), maxMessage)]), nil
	}
	lines, err := readLog(c.logFile(), logQuery{tail: maxLogLines})
	if err != nil {
		return "", err
	}
	last := strings.Join(lines, "")
	return last[max(0, len(last)-maxLogBytes):], nil
}

// plan works out what the runtime is to run. Its error is one of what may come
// yet, such as a Secret.
func (c *container) plan() (*Container, error) {
	env, err := c.environment()
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	var list []string
	for _, e := range env {
		values[e.Name] = e.Value
		list = append(list, e.Name+"="+e.Value)
	}
	var args []string
	for _, a := range slices.Concat(c.spec.Command, c.spec.Args) {
		args = append(args, expand(a, values))
	}
	if f := c.pod.kubelet.options.Args; f != nil {
		if args, err = f(c.pod, c.spec, args); err != nil {
			return nil, err
		}
	}
	mounts, err := c.mounts(values)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(c.pod.dir, "work", c.spec.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &Container{Pod: c.pod.Pod, Spec: c.spec, Args: args, Env: list, Mounts: mounts, Dir: dir}, nil
}

// mounts returns the mounts of the container: its volumes, and the file for its
// last words.
func (c *container) mounts(values map[string]string) ([]sandbox.Mount, error) {
	if err := writeOpen(c.messageFile(), nil); err != nil {
		return nil, err
	}
	message := c.spec.TerminationMessagePath
	if message == "" {
		message = corev1.TerminationMessagePathDefault
	}
	all := []sandbox.Mount{{Source: c.messageFile(), Target: message}}
	for _, m := range c.spec.VolumeMounts {
		v := c.pod.volumes[m.Name]
		if v == nil {
			return nil, fmt.Errorf("volume %q is not there", m.Name)
		}
		source, err := v.source(m, values)
		if err != nil {
			return nil, err
		}
		all = append(all, sandbox.Mount{Source: source, Target: m.MountPath, ReadOnly: m.ReadOnly || v.readOnly})
	}
	return all, nil
}

// path returns where a file in one of the container's volumes lies.
func (c *container) path(file string) (string, error) {
	var best *corev1.VolumeMount
	for i, m := range c.spec.VolumeMounts {
		inside := file == m.MountPath || strings.HasPrefix(file, strings.TrimSuffix(m.MountPath, "/")+"/")
		if inside && (best == nil || len(m.MountPath) > len(best.MountPath)) {
			best = &c.spec.VolumeMounts[i]
		}
	}
	if best == nil || c.pod.volumes[best.Name] == nil {
		return "", errors.New(file + " is in no volume")
	}
	return filepath.Join(c.pod.volumes[best.Name].dir, filepath.FromSlash(best.SubPath), path.Clean("/"+strings.TrimPrefix(file, best.MountPath))), nil
}
