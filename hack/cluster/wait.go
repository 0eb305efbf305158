package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// startTimeout is how long a part may take to serve. On two busy cores the
// slowest takes a tenth of it.
const startTimeout = 2 * time.Minute

// await asks until the answer is nil, for at most startTimeout, and returns
// the last answer.
func await(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// together calls all functions at once and returns when all have returned.
func together(calls ...func() error) error {
	failed := make([]error, len(calls))
	var group sync.WaitGroup
	for i, call := range calls {
		group.Go(func() { failed[i] = call() })
	}
	group.Wait()
	return errors.Join(failed...)
}
