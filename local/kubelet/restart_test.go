//go:build linux

package kubelet_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kfp2argo/kfp2argo/local/api"
	"github.com/kfp2argo/kfp2argo/local/kubelet"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

// scripted is a runtime whose images and programs do what a test says, in the
// time of the test's bubble. Of each list the last holds for all that come after.
type scripted struct {
	begin time.Time
	pulls []error // what pulling the image gives, each time
	ends  []end   // how the program ends, each time

	mu              sync.Mutex
	pulled, started []time.Duration // since the begin
}

// end is how a program ends, and after how long; or why it cannot start.
type end struct {
	after time.Duration
	code  int
	err   error
}

func (s *scripted) Reset(context.Context) error { return nil }

func (s *scripted) Pull(context.Context, *corev1.Container) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pulled = append(s.pulled, time.Since(s.begin))
	return s.pulls[min(len(s.pulled), len(s.pulls))-1]
}

func (s *scripted) Start(*kubelet.Container, *os.File) (kubelet.Process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = append(s.started, time.Since(s.begin))
	e := s.ends[min(len(s.started), len(s.ends))-1]
	if e.err != nil {
		return nil, e.err
	}
	return &program{end: e, signalled: make(chan struct{})}, nil
}

// program is one that a signal ends with its number.
type program struct {
	end       end
	once      sync.Once
	signal    syscall.Signal
	signalled chan struct{}
}

func (p *program) Wait() sandbox.Exit {
	select {
	case <-time.After(p.end.after):
		return sandbox.Exit{Code: p.end.code}
	case <-p.signalled:
		return sandbox.Exit{Code: 128 + int(p.signal)}
	}
}

func (p *program) Signal(s syscall.Signal) {
	p.once.Do(func() { p.signal = s; close(p.signalled) })
}

// seen is what a container waits for, and since when.
type seen struct {
	at      time.Duration
	reason  string
	message string
}

// observe runs a pod on a scripted runtime for some time of the bubble, or until
// it ends, and returns what its only container waits for over time.
func observe(t *testing.T, s *scripted, spec corev1.PodSpec, until time.Duration) (*corev1.Pod, []seen) {
	t.Helper()
	n := &node{t: t, store: api.NewStore(1000), dir: t.TempDir()}
	n.Kubelet = kubelet.New(kubelet.Options{
		Store: n.store, Dir: n.dir, Runtime: s,
		Capacity: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("1Gi")},
	})
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- n.Run(ctx) }()
	synctest.Wait()
	s.begin = time.Now()
	n.start(spec)
	var all []seen
	for time.Since(s.begin) <= until {
		synctest.Wait()
		pod := n.pod()
		if ended(pod) {
			break
		}
		states := slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses)
		if w := states[0].State.Waiting; w != nil && (len(all) == 0 || all[len(all)-1].reason != w.Reason || all[len(all)-1].message != w.Message) {
			all = append(all, seen{time.Since(s.begin), w.Reason, w.Message})
		}
		time.Sleep(time.Second) // of the bubble
	}
	pod := n.pod()
	cancel()
	require.NoError(t, <-stopped)
	return pod, all
}

func seconds(all ...int) []time.Duration {
	var durations []time.Duration
	for _, s := range all {
		durations = append(durations, time.Duration(s)*time.Second)
	}
	return durations
}

// TestBackOff holds what the kubelet does with containers that fail against what a
// node's does (pkg/kubelet/kuberuntime and client-go's flowcontrol.Backoff): the
// first restart is at once, then the pauses are 10 s after the container's end,
// and double up to 5 minutes. One that has run for longer than 10 minutes begins
// anew.
func TestBackOff(t *testing.T) {
	failing, well := end{code: 1}, end{}
	for name, c := range map[string]struct {
		policy corev1.RestartPolicy
		init   bool
		ends   []end
		until  time.Duration
		starts []time.Duration
		phase  corev1.PodPhase
	}{
		"never":                             {corev1.RestartPolicyNever, false, []end{failing}, time.Hour, seconds(0), corev1.PodFailed},
		"an init container, never":          {corev1.RestartPolicyNever, true, []end{failing}, time.Hour, seconds(0), corev1.PodFailed},
		"on failure, and it ends well":      {corev1.RestartPolicyOnFailure, false, []end{failing, failing, failing, well}, time.Hour, seconds(0, 0, 10, 30), corev1.PodSucceeded},
		"on failure, and it ends well soon": {corev1.RestartPolicyOnFailure, false, []end{well}, time.Hour, seconds(0), corev1.PodSucceeded},
		"on failure, for ever":              {corev1.RestartPolicyOnFailure, false, []end{failing}, 1000 * time.Second, seconds(0, 0, 10, 30, 70, 150, 310, 610, 910), corev1.PodRunning},
		"always, also after a good end":     {corev1.RestartPolicyAlways, false, []end{well}, 35 * time.Second, seconds(0, 0, 10, 30), corev1.PodRunning},
		"the pause is from the end on":      {corev1.RestartPolicyOnFailure, false, []end{{after: 7 * time.Second, code: 1}}, 60 * time.Second, seconds(0, 7, 24, 51), corev1.PodRunning},
		"it has run for long": {corev1.RestartPolicyOnFailure, false, []end{failing, failing, {after: 601 * time.Second, code: 1}, failing, failing}, 630 * time.Second,
			seconds(0, 0, 10, 611, 621), corev1.PodRunning},
		"a program that cannot be started": {corev1.RestartPolicyOnFailure, false, []end{{err: errors.New("no such program")}}, 15 * time.Second, seconds(0, 0, 10), corev1.PodRunning},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				spec := only("")
				if c.init {
					spec.InitContainers = []corev1.Container{shell("init", "")}
				}
				spec.RestartPolicy = c.policy
				s := &scripted{pulls: []error{nil}, ends: c.ends}
				pod, waits := observe(t, s, spec, c.until)
				require.Equal(t, c.starts, s.started)
				require.Equal(t, c.phase, pod.Status.Phase)
				for _, w := range waits {
					require.Equal(t, "CrashLoopBackOff", w.reason)
				}
				if !c.init {
					require.Equal(t, int32(len(c.starts)-1), pod.Status.ContainerStatuses[0].RestartCount)
				}
			})
		})
	}
}

// TestCrashLoop shows what people see of a container that fails again and again.
func TestCrashLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spec := only("")
		spec.RestartPolicy = corev1.RestartPolicyOnFailure
		pod, waits := observe(t, &scripted{pulls: []error{nil}, ends: []end{{code: 3}}}, spec, 35*time.Second)
		require.Equal(t, []seen{
			{0, "CrashLoopBackOff", "back-off 10s restarting failed container=main pod=p_team(" + string(pod.UID) + ")"},
			{10 * time.Second, "CrashLoopBackOff", "back-off 20s restarting failed container=main pod=p_team(" + string(pod.UID) + ")"},
			{30 * time.Second, "CrashLoopBackOff", "back-off 40s restarting failed container=main pod=p_team(" + string(pod.UID) + ")"},
		}, waits)
		require.Equal(t, int32(3), pod.Status.ContainerStatuses[0].LastTerminationState.Terminated.ExitCode)
	})
}

// TestPull has images that cannot be pulled, for a while or for ever.
func TestPull(t *testing.T) {
	gone := errors.New("registry.example.com: no such host")
	waiting := seen{0, "ImagePullBackOff", `Back-off pulling image "alpine:3.20": ErrImagePull: registry.example.com: no such host`}
	for name, c := range map[string]struct {
		pulls  []error
		until  time.Duration
		pulled []time.Duration
		starts []time.Duration
		waits  []seen
		phase  corev1.PodPhase
	}{
		"it is there":       {[]error{nil}, time.Hour, seconds(0), seconds(0), nil, corev1.PodSucceeded},
		"it comes":          {[]error{gone, gone, gone, nil}, time.Hour, seconds(0, 10, 30, 70), seconds(70), []seen{waiting}, corev1.PodSucceeded},
		"it never comes":    {[]error{gone}, 1000 * time.Second, seconds(0, 10, 30, 70, 150, 310, 610, 910), nil, []seen{waiting}, corev1.PodPending},
		"it is not pulled":  {[]error{kubelet.ErrNeverPull}, 5 * time.Second, seconds(0), nil, []seen{{0, "ErrImageNeverPull", `Container image "alpine:3.20" is not present with pull policy of Never`}}, corev1.PodPending},
		"the registry says": {[]error{gone, errors.New("unauthorized")}, 15 * time.Second, seconds(0, 10), nil, []seen{waiting, {10 * time.Second, "ImagePullBackOff", `Back-off pulling image "alpine:3.20": ErrImagePull: unauthorized`}}, corev1.PodPending},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scripted{pulls: c.pulls, ends: []end{{}}}
				pod, waits := observe(t, s, only(""), c.until)
				require.Equal(t, c.pulled, s.pulled)
				require.Equal(t, c.starts, s.started)
				require.Equal(t, c.waits, waits)
				require.Equal(t, c.phase, pod.Status.Phase)
			})
		})
	}
}

// TestDeadlineWhilePulling ends a pod whose image does not come.
func TestDeadlineWhilePulling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spec, deadline := only(""), int64(25)
		spec.ActiveDeadlineSeconds = &deadline
		s := &scripted{pulls: []error{errors.New("no such host")}}
		pod, _ := observe(t, s, spec, time.Hour)
		require.Equal(t, seconds(0, 10), s.pulled)
		require.Equal(t, corev1.PodFailed, pod.Status.Phase)
		require.Equal(t, "DeadlineExceeded", pod.Status.Reason)
		require.Equal(t, "ImagePullBackOff", pod.Status.ContainerStatuses[0].State.Waiting.Reason)
	})
}
