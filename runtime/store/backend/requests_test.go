package backend

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var errBusy, errNever = errors.New("busy"), errors.New("never")

func isBusy(err error) bool { return errors.Is(err, errBusy) }

// TestOutage lets a store be away for ever.
func TestOutage(t *testing.T) {
	for range 20 { // the waits are random
		r, waited, calls := NewRequests(nil), time.Duration(0), 0
		r.wait = func(_ context.Context, d time.Duration) error {
			require.Empty(t, r.slots, "others have their turn")
			waited += d
			return nil
		}
		err := r.Do(t.Context(), isBusy, func() error { calls++; return errBusy })
		require.ErrorIs(t, err, errBusy)
		require.GreaterOrEqual(t, waited, outage)
		require.Less(t, waited, 2*outage)
		require.Less(t, calls, 30)
	}
}

func TestRequestsEnd(t *testing.T) {
	r, calls := NewRequests(nil), 0
	r.wait = func(context.Context, time.Duration) error { return errors.New("it is over") }
	count := func(err error) func() error { return func() error { calls++; return err } }
	require.ErrorIs(t, r.Do(t.Context(), isBusy, count(errNever)), errNever)
	require.NoError(t, r.Do(t.Context(), isBusy, count(nil)))
	err := r.Do(t.Context(), isBusy, count(errBusy))
	require.ErrorIs(t, err, errBusy)
	require.ErrorContains(t, err, "it is over")
	require.Equal(t, 3, calls)

	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, r.Do(ctx, isBusy, func() error { calls++; cancel(); return errBusy }), errBusy)
	for range MaxRequests {
		r.slots <- struct{}{}
	}
	require.ErrorIs(t, r.Do(ctx, isBusy, count(nil)), context.Canceled)
	require.Equal(t, 4, calls)
	require.ErrorIs(t, sleep(ctx, time.Hour), context.Canceled)
	require.NoError(t, sleep(t.Context(), 0))
}
