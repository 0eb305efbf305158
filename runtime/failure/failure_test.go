package failure_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/failure"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

func TestLast(t *testing.T) {
	root, err := store.ParseRoot("file://" + t.TempDir())
	require.NoError(t, err)
	directory, err := root.URI().Join("failures")
	require.NoError(t, err)
	s := store.New(root, os.Getenv)
	_, ok, err := failure.Last(t.Context(), s, directory, "w.group")
	require.NoError(t, err)
	require.False(t, ok, "nothing is recorded yet")

	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for i, node := range []string{"w.group.a(0)", "w.group.a(1)", "w.groups", "w.other", "w.b"} {
		record := failure.Record{Node: node, Code: i, Message: node, Time: noon.Add(time.Duration(i) * time.Minute)}
		require.NoError(t, failure.Leave(t.Context(), s, directory, record))
	}
	for node, want := range map[string]string{
		"w.group":   "w.group.a(1)", // the last attempt, not a group whose name begins alike
		"w.group.a": "w.group.a(1)",
		"w.other":   "w.other",
		"w.nothing": "",
	} {
		last, ok, err := failure.Last(t.Context(), s, directory, node)
		require.NoError(t, err)
		require.Equal(t, want != "", ok, node)
		require.Equal(t, want, last.Message, node)
	}
}
