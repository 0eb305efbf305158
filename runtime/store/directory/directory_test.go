package directory_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/directory"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

func TestDirectory(t *testing.T) {
	t.Run("by a file URI", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) storetest.Harness {
			return storetest.Harness{Root: "file://" + t.TempDir(), Getenv: os.Getenv}
		})
	})
	t.Run("in a volume that is mounted elsewhere", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) storetest.Harness {
			return storetest.Harness{Root: "file://" + contract.StoreDir, Getenv: mountedAt(t.TempDir())}
		})
	})
	t.Run("executable files", func(t *testing.T) {
		storetest.RunExecutable(t, storetest.Harness{Root: "file://" + t.TempDir() + "/tree", Getenv: os.Getenv})
	})
	t.Run("as the endpoint of a bucket", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) storetest.Harness {
			return storetest.Harness{Root: "minio://bucket/prefix?endpoint=file://" + t.TempDir(), Getenv: os.Getenv}
		})
	})
}

// TestDirectoryFails requires that an object that cannot take its place leaves
// nothing else.
func TestDirectoryFails(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "object", "below"), 0o777))
	local := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(local, []byte("x"), 0o666))
	s, uri := storetest.Open(t, "file://"+dir+"/object", os.Getenv)
	require.Error(t, s.Upload(t.Context(), local, uri))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// mountedAt is an environment that says where the volume is.
func mountedAt(dir string) func(string) string {
	return func(name string) string {
		if name == contract.VolumeVariable {
			return dir
		}
		return os.Getenv(name)
	}
}

// TestElsewhere requires that a URI that leads out of the volume reads nothing.
func TestElsewhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o666))
	s, _ := storetest.Open(t, "file://"+contract.StoreDir, mountedAt(t.TempDir()))
	uri, err := store.ParseURI("file://" + file)
	require.NoError(t, err)
	_, err = s.Read(t.Context(), uri)
	require.ErrorIs(t, err, fs.ErrPermission)
	for _, dir := range []string{"relative", "/proc/1"} {
		_, err = directory.OpenElsewhere(contract.StoreDir, dir)
		require.Error(t, err)
	}
}
