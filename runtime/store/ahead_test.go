package store

import (
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
)

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
	// What waits for room when the reader ends may be made before it is told so.
	require.Less(t, len(made), cap(made))
	before := len(made)
	for i, err := range ahead(func(func(int, error) bool) {}, most) {
		t.Error("there is nothing", i, err)
	}
	require.Len(t, made, before)
}
