package kubelet

import (
	"maps"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// What a pod is taken to need that does not say: on a cluster it is nothing,
// but a cluster has more nodes.
var (
	assumedCPU    = resource.MustParse("500m")
	assumedMemory = resource.MustParse("128Mi")
)

// requests returns what a pod needs at once: the most that its containers need
// together, or one of those before them.
func requests(pod *corev1.Pod) corev1.ResourceList {
	total := corev1.ResourceList{}
	for i := range pod.Spec.Containers {
		add(total, requestsOf(&pod.Spec.Containers[i]))
	}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		if isSidecar(c) {
			add(total, requestsOf(c))
			continue
		}
		raise(total, requestsOf(c))
	}
	for name, assumed := range map[corev1.ResourceName]resource.Quantity{corev1.ResourceCPU: assumedCPU, corev1.ResourceMemory: assumedMemory} {
		if q := total[name]; q.IsZero() {
			total[name] = assumed
		}
	}
	return total
}

// requestsOf returns what a container requests, which is its limit where it
// says no more.
func requestsOf(c *corev1.Container) corev1.ResourceList {
	all := corev1.ResourceList{}
	add(all, c.Resources.Limits)
	for name, q := range c.Resources.Requests {
		all[name] = q
	}
	return all
}

func add(total, more corev1.ResourceList) {
	for name, q := range more {
		sum := total[name]
		sum.Add(q)
		total[name] = sum
	}
}

func raise(total, least corev1.ResourceList) {
	for name, q := range least {
		if have := total[name]; have.Cmp(q) < 0 {
			total[name] = q
		}
	}
}

// scheduler gives pods their turn: in the order in which they have come, and no
// more at once than fit. A pod that needs more CPU or memory than there is runs
// alone; one that needs something that is not there at all waits for ever.
type scheduler struct {
	capacity corev1.ResourceList

	mu     sync.Mutex
	free   corev1.ResourceList
	queued []*turn
}

// turn is a pod's place in the queue.
type turn struct {
	needs corev1.ResourceList
	// names are those of needs, in their order.
	names []corev1.ResourceName
	// come is closed when the pod may run.
	come chan struct{}
	// lacks has what there is not enough of for a pod that waits, each time that
	// changes. Nobody need have read what it was before.
	lacks  chan []corev1.ResourceName
	lacked []corev1.ResourceName
	s      *scheduler
}

func newScheduler(capacity corev1.ResourceList) *scheduler {
	return &scheduler{capacity: capacity, free: capacity.DeepCopy()}
}

// queue takes a place in the queue.
func (s *scheduler) queue(needs corev1.ResourceList) *turn {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &turn{needs: corev1.ResourceList{}, come: make(chan struct{}), lacks: make(chan []corev1.ResourceName, 1), s: s}
	var missing []corev1.ResourceName
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		q := needs[name]
		limit, known := s.capacity[name]
		switch {
		case name == corev1.ResourceCPU || name == corev1.ResourceMemory:
			if limit.Cmp(q) < 0 {
				q = limit // it runs alone
			}
		case name == corev1.ResourceEphemeralStorage:
			continue // nobody counts it
		case !known || limit.Cmp(q) < 0:
			missing = append(missing, name)
		}
		t.needs[name] = q
		t.names = append(t.names, name)
	}
	if missing != nil {
		t.tell(missing)
		return t // its turn never comes
	}
	s.queued = append(s.queued, t)
	s.advance()
	return t
}

// advance lets those run whose turn has come, and tells the others what they
// wait for. The lock is held.
func (s *scheduler) advance() {
	for len(s.queued) > 0 && s.shortage(s.queued[0]) == nil {
		first := s.queued[0]
		s.queued = s.queued[1:]
		for name, q := range first.needs {
			rest := s.free[name]
			rest.Sub(q)
			s.free[name] = rest
		}
		close(first.come)
	}
	for _, t := range s.queued {
		lacks := s.shortage(t)
		if lacks == nil { // it would fit, but nobody overtakes
			lacks = s.shortage(s.queued[0])
		}
		t.tell(lacks)
	}
}

// tell replaces what the pod was last told. The lock is held.
func (t *turn) tell(lacks []corev1.ResourceName) {
	if slices.Equal(lacks, t.lacked) {
		return
	}
	t.lacked = lacks
	select {
	case <-t.lacks:
	default:
	}
	t.lacks <- lacks
}

// shortage returns what a pod needs that there is not enough of at the moment.
func (s *scheduler) shortage(t *turn) []corev1.ResourceName {
	var lacks []corev1.ResourceName
	for _, name := range t.names {
		if rest := s.free[name]; rest.Cmp(t.needs[name]) < 0 {
			lacks = append(lacks, name)
		}
	}
	return lacks
}

// leave gives back what the pod has, or its place in the queue.
func (t *turn) leave() {
	s := t.s
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-t.come:
		add(s.free, t.needs)
	default:
		for i, other := range s.queued {
			if other == t {
				s.queued = append(s.queued[:i:i], s.queued[i+1:]...)
				break
			}
		}
	}
	s.advance()
}
