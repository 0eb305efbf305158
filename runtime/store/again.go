package store

import (
	"context"
	"math/rand/v2"
	"time"
)

// again calls f until it is done, at most attempts times, and returns its last
// error. It waits longer each time, by a random part so that the tasks of a
// run do not all come back together.
func again(ctx context.Context, attempts int, f func() (done bool, err error)) error {
	const first, longest = 200 * time.Millisecond, 5 * time.Second
	wait := first
	for {
		done, err := f()
		attempts--
		if done || attempts == 0 || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(wait/2 + rand.N(wait/2)):
		case <-ctx.Done():
			return err
		}
		wait = min(2*wait, longest)
	}
}
