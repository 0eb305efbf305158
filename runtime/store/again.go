package store

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"time"
)

// outage is how long a store may be away before a request is given up.
const outage = time.Minute

const (
	// maxRequests bounds the requests that a [Store] makes at the same time.
	maxRequests = 32
	// maxParts bounds the parts of one file that are on their way.
	maxParts = 8
	// silence is how long a store may say nothing before a request is taken for
	// lost. To put the parts of a large object together takes some stores long.
	silence = 5 * time.Minute
)

// requests is how back ends ask their stores: not too much at the same time,
// and again where it may help.
type requests struct {
	slots chan struct{}
	// wait returns when the time is over, or with an error when the context is.
	wait func(context.Context, time.Duration) error
	// attempts bounds how often one is made; zero is for any number.
	attempts int
}

func newRequests() *requests {
	return &requests{slots: make(chan struct{}, maxRequests), wait: sleep}
}

// atMost returns requests of the same store that are made so often at most; zero
// is for as often as an outage takes.
func (r *requests) atMost(attempts int) *requests {
	bounded := *r
	bounded.attempts = attempts
	return &bounded
}

// sleep is the wait of everything but tests.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// do calls f until it succeeds, its error is not transient, it has waited for an
// outage, or it may not any more. It waits longer each time, by a random part so that the tasks
// of a run do not all come back together. No place among the requests is held
// while it waits.
func (r *requests) do(ctx context.Context, transient func(error) bool, f func() error) error {
	const first, longest = 200 * time.Millisecond, 10 * time.Second
	pause, waited := first, time.Duration(0)
	for made := 1; ; made++ {
		err := r.once(ctx, f)
		if err == nil || ctx.Err() != nil || waited >= outage || made == r.attempts || !transient(err) {
			return err
		}
		d := pause/2 + rand.N(pause/2)
		if cause := r.wait(ctx, d); cause != nil {
			return errors.Join(cause, err)
		}
		waited += d
		pause = min(2*pause, longest)
	}
}

// once calls f when there is a place among the requests.
func (r *requests) once(ctx context.Context, f func() error) error {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-r.slots }()
	return f()
}

// ahead yields what seq yields, and goes on with it in the meantime, by at most
// n elements.
func ahead[K, V any](seq iter.Seq2[K, V], n int) iter.Seq2[K, V] {
	type element struct {
		k K
		v V
	}
	return func(yield func(K, V) bool) {
		elements, enough := make(chan element, n), make(chan struct{})
		go func() {
			defer close(elements)
			for k, v := range seq {
				select {
				case elements <- element{k, v}:
				case <-enough:
					return
				}
			}
		}()
		// What seq uses is the caller's again when this returns.
		defer func() {
			close(enough)
			for range elements {
			}
		}()
		for e := range elements {
			if !yield(e.k, e.v) {
				return
			}
		}
	}
}
