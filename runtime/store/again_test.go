package store

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var errBusy, errNever = errors.New("busy"), errors.New("never")

func isBusy(err error) bool { return errors.Is(err, errBusy) }

// TestOutage lets a store be away for ever.
func TestOutage(t *testing.T) {
	for range 20 { // the waits are random
		r, waited, calls := newRequests(), time.Duration(0), 0
		r.wait = func(_ context.Context, d time.Duration) error {
			require.Empty(t, r.slots, "others have their turn")
			waited += d
			return nil
		}
		err := r.do(t.Context(), isBusy, func() error { calls++; return errBusy })
		require.ErrorIs(t, err, errBusy)
		require.GreaterOrEqual(t, waited, outage)
		require.Less(t, waited, 2*outage)
		require.Less(t, calls, 30)
	}
}

func TestRequestsEnd(t *testing.T) {
	r, calls := newRequests(), 0
	r.wait = func(context.Context, time.Duration) error { return errors.New("it is over") }
	count := func(err error) func() error { return func() error { calls++; return err } }
	require.ErrorIs(t, r.do(t.Context(), isBusy, count(errNever)), errNever)
	require.NoError(t, r.do(t.Context(), isBusy, count(nil)))
	err := r.do(t.Context(), isBusy, count(errBusy))
	require.ErrorIs(t, err, errBusy)
	require.ErrorContains(t, err, "it is over")
	require.Equal(t, 3, calls)

	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, r.do(ctx, isBusy, func() error { calls++; cancel(); return errBusy }), errBusy)
	for range maxRequests {
		r.slots <- struct{}{}
	}
	require.ErrorIs(t, r.do(ctx, isBusy, count(nil)), context.Canceled)
	require.Equal(t, 4, calls)
	require.ErrorIs(t, sleep(ctx, time.Hour), context.Canceled)
	require.NoError(t, sleep(t.Context(), 0))
}

// TestAhead requires that a listing goes on by a bounded number of elements
// before they are wanted, and ends with who wants them.
func TestAhead(t *testing.T) {
	const most = 3
	made := make(chan int, 100)
	var numbers iter.Seq2[int, error] = func(yield func(int, error) bool) {
		for i := range cap(made) {
			made <- i
			if !yield(i, nil) {
				return
			}
		}
	}
	wanted := 0
	for i, err := range ahead(numbers, most) {
		require.NoError(t, err)
		require.Equal(t, wanted, i)
		wanted++
		require.LessOrEqual(t, len(made), wanted+most+1)
		if wanted == 10 {
			break
		}
	}
	require.LessOrEqual(t, len(made), 10+most+1)
	before := len(made)
	for i, err := range ahead(func(func(int, error) bool) {}, most) {
		t.Error("there is nothing", i, err)
	}
	require.Len(t, made, before)
}

// TestParts holds the arithmetic of large objects against the limits of S3.
func TestParts(t *testing.T) {
	const mib, tib = 1 << 20, 1 << 40
	for size, want := range map[int64]int64{
		partSize + 1:             partSize,
		5 << 30:                  partSize,
		10_000 * partSize:        partSize,
		10_000*partSize + 1:      17 * mib,
		1 * tib:                  105 * mib,
		5 * tib:                  525 * mib,
		10_000*(17*mib) + 17*mib: 18 * mib,
	} {
		got := partSizeFor(size)
		require.Equal(t, want, got, size)
		require.LessOrEqual(t, (size+got-1)/got, int64(10_000), size)
		require.LessOrEqual(t, got, int64(5<<30), size)
	}
}

// TestCopy copies by the kernel and without it.
func TestCopy(t *testing.T) {
	for _, size := range []int64{0, 1, partSize, 2*partSize + 1} {
		content := make([]byte, size)
		_, _ = rand.NewChaCha8([32]byte{}).Read(content)
		name := filepath.Join(t.TempDir(), "from")
		require.NoError(t, os.WriteFile(name, content, 0o666))
		from, err := os.Open(name)
		require.NoError(t, err)
		to, err := os.Create(name + "-copy")
		require.NoError(t, err)
		require.NoError(t, copyFile(to, from, size))
		got, err := os.ReadFile(to.Name())
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, got), size)
		require.Error(t, copyFile(to, from, 2*size+partSize+1), "it is shorter than it was")
		require.NoError(t, errors.Join(from.Close(), to.Close()))
	}
}

// TestNoRoom asks for more than any disk has.
func TestNoRoom(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	require.Error(t, preallocate(file, 1<<62))
	require.NoError(t, file.Close())
}
