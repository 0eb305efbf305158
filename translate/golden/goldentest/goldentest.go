// Package goldentest compares what tests make with files that were reviewed.
package goldentest

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Compare compares a text with its golden. To update is to write the golden and
// to fail, so that an update never passes for a check.
func Compare(t *testing.T, golden string, got []byte, update bool) {
	t.Helper()
	want, err := os.ReadFile(golden)
	if update {
		if !bytes.Equal(want, got) {
			require.NoError(t, os.WriteFile(golden, got, 0o644))
			t.Errorf("wrote %s: read the diff", golden)
		}
		return
	}
	require.NoError(t, err, "run make golden")
	require.Equal(t, string(want), string(got), "if the change is meant, run make golden and read the diff")
}
