package pod_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/lineage"
)

// TestExplainRecords has people's tools read what the programs have left.
func TestExplainRecords(t *testing.T) {
	store := t.TempDir()
	named := func(p *task) { p.document.Run.Node = p.document.Run.Name + ".loop.train-1(2:2)(0)" }
	other := func(p *task) { p.give("epochs", "4") }
	young := func(p *task) { p.document.Component.Cache.MaxAge = "1ns" }
	require.True(t, cached(t, store, "uid-1", named).ran())
	require.False(t, cached(t, store, "uid-2", named).ran())
	require.True(t, cached(t, store, "uid-3", named, other).ran())
	require.True(t, cached(t, store, "uid-4", named, young).ran())
	archive, err := lineage.Open("minio://bucket/root?endpoint=file://"+store, "", os.Getenv)
	require.NoError(t, err)
	first, err := archive.Find(t.Context(), "hello-uid-1/loop-2.train-1")
	require.NoError(t, err)
	for uid, want := range map[string]lineage.Outcome{
		"uid-1": lineage.SameRecord, "uid-2": lineage.Cached, "uid-3": lineage.OtherKeys, "uid-4": lineage.BothRan,
	} {
		e, err := archive.Find(t.Context(), uid+"/loop-2.train-1")
		require.NoError(t, err)
		got, err := archive.Explain(t.Context(), first, e)
		require.NoError(t, err)
		require.Equal(t, want, got.Outcome, uid)
		if uid == "uid-3" {
			require.Len(t, got.Differences, 1)
			require.Equal(t, `parameter "epochs"`, got.Differences[0].What)
		}
	}
}
