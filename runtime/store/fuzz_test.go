package store

import (
	"context"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// FuzzKeys fetches a tree of objects with any keys that a store may list, and
// requires that nothing outside the tree's directory changes.
func FuzzKeys(f *testing.F) {
	for _, keys := range []string{
		"a\nb/c\nb/d/", "../outside", "tree/../../outside", "/etc/x", "a//b", "a/./b", "a/..", "..", ".", "/", "//", "a/\na",
		"a\na/b", "b/\nb", "x\\..\\..\\outside", "C:\\x", "a\x00b", strings.Repeat("x/", 300) + "y", strings.Repeat("n", 300), "link/x", "link", "\xff",
	} {
		f.Add(keys)
	}
	f.Fuzz(func(t *testing.T, keys string) {
		top := t.TempDir()
		tree := filepath.Join(top, "tree")
		require.NoError(t, os.Mkdir(tree, 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(top, "outside"), []byte("kept"), 0o666))
		require.NoError(t, os.Symlink("../outside", filepath.Join(tree, "link")))
		s := New(Root{}, os.Getenv)
		// An error is as good as a file.
		_ = s.downloadTree(t.Context(), keysOnly(strings.Split(keys, "\n")), "key", tree)
		kept, err := os.ReadFile(filepath.Join(top, "outside"))
		require.NoError(t, err)
		require.Equal(t, "kept", string(kept))
		entries, err := os.ReadDir(top)
		require.NoError(t, err)
		require.Len(t, entries, 2)
	})
}

// keysOnly is a bucket in which these keys are below "key/", each with its own
// name as content.
type keysOnly []string

func (k keysOnly) List(context.Context, string) iter.Seq2[backend.Object, error] {
	return func(yield func(backend.Object, error) bool) {
		for _, key := range k {
			if !yield(backend.Object{Key: "key/" + key, Size: int64(len(key))}, nil) {
				return
			}
		}
	}
}

func (k keysOnly) Folders(context.Context, string) iter.Seq2[string, error] {
	return func(func(string, error) bool) {}
}

func (k keysOnly) Get(_ context.Context, o backend.Object, file *os.File) error {
	_, err := file.WriteString(o.Key)
	return err
}

func (k keysOnly) Stat(context.Context, string) (backend.Object, error) {
	return backend.Object{}, ErrNotFound
}
func (k keysOnly) Put(context.Context, string, *os.File) error { return nil }
func (k keysOnly) Remove(context.Context, string) error        { return nil }
