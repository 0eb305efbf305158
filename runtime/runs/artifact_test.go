package runs_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// TestArtifacts reads what is below the root, and nothing else, no matter who names it.
func TestArtifacts(t *testing.T) {
	a, s, dir := archive(t)
	root := s.Root().String()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "model"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "report"), []byte("good"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model", "weights"), []byte("12345"), 0o644))

	text, err := a.ReadArtifact(t.Context(), root+"/report")
	require.NoError(t, err)
	require.Equal(t, "good", string(text))
	local := filepath.Join(t.TempDir(), "model")
	require.NoError(t, a.FetchArtifact(t.Context(), root+"/model", local))
	require.FileExists(t, filepath.Join(local, "weights"))
	for object, err := range a.ArtifactObjects(t.Context(), root+"/model") {
		require.NoError(t, err)
		require.Equal(t, int64(5), object.Size)
	}

	beside := dir + "-other"
	require.NoError(t, os.WriteFile(beside, []byte("secret"), 0o644))
	t.Cleanup(func() { os.Remove(beside) })
	for _, uri := range []string{"file://" + beside, root + "/../" + filepath.Base(beside), "file:///etc/passwd", root, "s3://other/key", "no URI"} {
		_, err := a.ReadArtifact(t.Context(), uri)
		require.Error(t, err, uri)
		require.Error(t, a.FetchArtifact(t.Context(), uri, local), uri)
		for _, err := range a.ArtifactObjects(t.Context(), uri) {
			require.Error(t, err, uri)
		}
	}
	_, err = a.ReadArtifact(t.Context(), "file://"+beside)
	require.ErrorIs(t, err, store.ErrNotFound)
}
