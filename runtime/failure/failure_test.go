package failure_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/failure"
)

func TestLast(t *testing.T) {
	root := "file://" + t.TempDir()
	place := failure.Place{Root: root, Directory: root + "/run/failures", Getenv: os.Getenv}
	_, ok, err := place.Last(t.Context(), "w.group")
	require.NoError(t, err)
	require.False(t, ok, "nothing is recorded yet")

	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for i, node := range []string{"w.group.a(0)", "w.group.a(1)", "w.groups", "w.other", "w.b"} {
		record := failure.Record{Node: node, Code: i, Message: node, Time: noon.Add(time.Duration(i) * time.Minute)}
		require.NoError(t, place.Leave(t.Context(), record))
	}
	for node, want := range map[string]string{
		"w.group":   "w.group.a(1)", // the last attempt, not a group whose name begins alike
		"w.group.a": "w.group.a(1)",
		"w.other":   "w.other",
		"w.nothing": "",
	} {
		last, ok, err := place.Last(t.Context(), node)
		require.NoError(t, err)
		require.Equal(t, want != "", ok, node)
		require.Equal(t, want, last.Message, node)
	}
}

// TestLeaveAfterTheEnd records what ends the context itself.
func TestLeaveAfterTheEnd(t *testing.T) {
	root := "file://" + t.TempDir()
	place := failure.Place{Root: root, Directory: root + "/run/failures", Getenv: os.Getenv}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, place.Leave(ctx, failure.Record{Node: "w.a", Message: "stopped"}))
	last, ok, err := place.Last(t.Context(), "w.a")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "stopped", last.Message)
}

func TestNoPlace(t *testing.T) {
	for _, place := range []failure.Place{
		{Root: "", Directory: "s3://bucket/failures", Getenv: os.Getenv},
		{Root: "s3://bucket", Directory: "", Getenv: os.Getenv},
	} {
		require.ErrorContains(t, place.Leave(t.Context(), failure.Record{Node: "w.a"}), "recording the failure: ")
		_, _, err := place.Last(t.Context(), "w.a")
		require.Error(t, err)
	}
}
