package backend

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestParts holds the arithmetic of large objects against the limits of S3.
func TestParts(t *testing.T) {
	const mib, tib = 1 << 20, 1 << 40
	for size, want := range map[int64]int64{
		PartSize + 1:             PartSize,
		5 << 30:                  PartSize,
		10_000 * PartSize:        PartSize,
		10_000*PartSize + 1:      17 * mib,
		1 * tib:                  105 * mib,
		5 * tib:                  525 * mib,
		10_000*(17*mib) + 17*mib: 18 * mib,
	} {
		got := PartSizeFor(size)
		require.Equal(t, want, got, size)
		require.LessOrEqual(t, (size+got-1)/got, int64(10_000), size)
		require.LessOrEqual(t, got, int64(5<<30), size)
	}
}

// TestNoRoom asks for more than any disk has.
func TestNoRoom(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	require.Error(t, Preallocate(file, 1<<62))
	require.NoError(t, file.Close())
}
