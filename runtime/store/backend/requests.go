package backend

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	// MaxRequests bounds the requests that a store makes at the same time.
	MaxRequests = 32
	// outage is how long a store may be away before a request is given up.
	outage = time.Minute
	// AnswerTimeout is how long a store may take to begin an answer before a
	// request is taken for lost. To put the parts of a large object together
	// takes some stores long.
	AnswerTimeout = 5 * time.Minute
)

// Requests bounds the requests to stores that are made at the same time, and
// makes those again that may succeed a second time.
type Requests struct {
	slots chan struct{}
	// wait returns when the time is over, or with an error when the context is.
	wait func(context.Context, time.Duration) error
	// attempts bounds how often one is made; zero is for any number.
	attempts int
}

// NewRequests returns a bound of [MaxRequests]. Wait is called between the
// attempts of a request and returns when the time is over, or with an error
// when the context is; nil is for one that does.
func NewRequests(wait func(context.Context, time.Duration) error) *Requests {
	if wait == nil {
		wait = sleep
	}
	return &Requests{slots: make(chan struct{}, MaxRequests), wait: wait}
}

// AtMost returns requests within the same bound that are made so often at most;
// zero is for as often as an outage takes.
func (r *Requests) AtMost(attempts int) *Requests {
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

// Do calls f until it succeeds, its error is not transient, it has waited for an
// outage, or it may not any more. It waits longer each time, by a random part so
// that the tasks of a run do not all come back together. No place among the
// requests is held while it waits.
func (r *Requests) Do(ctx context.Context, transient func(error) bool, f func() error) error {
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
func (r *Requests) once(ctx context.Context, f func() error) error {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-r.slots }()
	return f()
}
