package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHasRoots(t *testing.T) {
	none := func(string) string { return "" }
	for _, file := range certificateFiles() {
		root := t.TempDir()
		path := filepath.Join(root, file)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.False(t, hasRoots(root, none))
		require.NoError(t, os.WriteFile(path, nil, 0o666))
		require.False(t, hasRoots(root, none), "it is empty")
		require.NoError(t, os.WriteFile(path, []byte("x"), 0o666))
		require.True(t, hasRoots(root, none))
		require.False(t, hasRoots(root, func(string) string { return "/mine.pem" }), "only that file counts")
	}
}

// TestTrustRoots reads all roots of the bundle.
func TestTrustRoots(t *testing.T) {
	require.NoError(t, trustRoots(func(string) string { return filepath.Join(t.TempDir(), "none") }))
}
