package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/local/api"
)

// TestSaveAgain writes later what could not be written, and its newest version.
func TestSaveAgain(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "workflows")
	require.NoError(t, os.WriteFile(blocked, nil, 0o600), "a file in place of a directory")
	key := func(name string) api.Key { return api.Key{Resource: "workflows", Namespace: "local", Name: name} }
	a := &archive{dir: dir, changed: map[api.Key]*api.Object{
		key("a"): {Key: key("a"), JSON: []byte("1")}, key("b"): {Key: key("b"), JSON: []byte("1")}}}
	require.Error(t, a.save())
	a.changed[key("b")] = &api.Object{Key: key("b"), JSON: []byte("2")}
	require.NoError(t, os.Remove(blocked))
	require.NoError(t, a.save())
	require.Empty(t, a.changed)
	for name, want := range map[string]string{"a": "1", "b": "2"} {
		text, err := os.ReadFile(filepath.Join(blocked, "local", name+".json"))
		require.NoError(t, err)
		require.Equal(t, want, strings.TrimSpace(string(text)))
	}
}
