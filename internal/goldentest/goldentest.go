// Package goldentest compares what tests make with files that were reviewed. Tests
// that import it have the flag -update, by which they write those files.
package goldentest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the goldens anew, and fail")

// Updating reports whether goldens are written.
func Updating() bool { return *update }

// Compare compares a text with its golden. To update is to write the golden and
// to fail, so that an update never passes for a check.
func Compare[Text ~string | ~[]byte](t testing.TB, golden string, text Text) {
	t.Helper()
	got := []byte(text)
	want, err := os.ReadFile(golden)
	if *update {
		if err != nil || !bytes.Equal(want, got) {
			require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
			require.NoError(t, os.WriteFile(golden, got, 0o644))
			t.Errorf("wrote %s: read the diff", golden)
		}
		return
	}
	require.NoError(t, err, "run make golden")
	require.Equal(t, string(want), string(got), "if the change is meant, run make golden and read the diff")
}
