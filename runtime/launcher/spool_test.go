package launcher

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSpool writes texts of every length in pieces of every size, and compares
// what is kept with the beginning and the end of the text.
func TestSpool(t *testing.T) {
	const limit = 11
	text := "abcdefghijklmnopqrstuvwxyz0123456789"
	dir := t.TempDir()
	for length := range len(text) + 1 {
		for piece := 1; piece <= length+1; piece++ {
			s, err := newSpool(dir, limit)
			require.NoError(t, err)
			for rest := text[:length]; rest != ""; rest = rest[min(piece, len(rest)):] {
				n, err := s.Write([]byte(rest[:min(piece, len(rest))]))
				require.NoError(t, err)
				require.Equal(t, min(piece, len(rest)), n)
			}
			want := text[:length]
			if cut := length - limit; cut > 0 {
				want = fmt.Sprintf("%s\n[kfp2argo: %d bytes of the log are left out here; --log-limit keeps more]\n%s",
					text[:limit/2], cut, text[length-(limit-limit/2):length])
			}
			var got strings.Builder
			require.NoError(t, s.copyTo(&got))
			require.Equal(t, want, got.String(), "%d in pieces of %d", length, piece)
			s.close()
		}
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// TestSpoolFails has a file that cannot be written to: the program goes on.
func TestSpoolFails(t *testing.T) {
	s, err := newSpool(t.TempDir(), 10)
	require.NoError(t, err)
	s.close()
	n, err := s.Write([]byte("text"))
	require.NoError(t, err)
	require.Equal(t, 4, n)
	require.Error(t, s.copyTo(&strings.Builder{}))
}
