package directory

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// TestCopy copies by the kernel and without it.
func TestCopy(t *testing.T) {
	for _, size := range []int64{0, 1, backend.PartSize, 2*backend.PartSize + 1} {
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
		require.Error(t, copyFile(to, from, 2*size+backend.PartSize+1), "it is shorter than it was")
		require.NoError(t, errors.Join(from.Close(), to.Close()))
	}
}
