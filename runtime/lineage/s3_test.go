package lineage_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

// TestInS3 lists, reads and removes records on an S3 server.
func TestInS3(t *testing.T) {
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	root := server.Root("s3", "bucket/root")
	place, err := record.Open(root, "hello", server.Getenv)
	require.NoError(t, err)
	for _, key := range []string{"k1", "k2"} {
		require.NoError(t, place.Leave(t.Context(), record.Task{
			Version: record.Version, Pipeline: "hello", Run: "one", UID: "uid-one", Task: "fit", Node: "one.fit", Attempt: key, Key: key,
			Outputs: record.Outputs{Artifacts: map[string]contract.RuntimeArtifact{"model": {URI: "s3://bucket/root/hello/uid-one/records"}}},
			Stored:  map[string]bool{"model": true},
		}))
	}
	a, err := lineage.Open(root, "", server.Getenv)
	require.NoError(t, err)
	entries, _, err := a.Run(t.Context(), "one")
	require.NoError(t, err)
	require.Len(t, entries, 2)
	outputs, err := a.Outputs(t.Context(), entries[0].Task)
	require.NoError(t, err)
	require.Equal(t, lineage.Present, outputs["model"])

	removal, err := a.Plan(t.Context(), lineage.Choice{Keys: []string{"k1"}}, true)
	require.NoError(t, err)
	require.Equal(t, []string{"s3://bucket/root/hello/uid-one/records: s3://bucket/root/hello/cache/k2.json names it"}, removal.Kept)
	require.NoError(t, a.Remove(t.Context(), removal, func(store.URI) {}))
	places, err := a.Cache(t.Context())
	require.NoError(t, err)
	require.Len(t, places, 1)
	require.Equal(t, "k2", places[0].Key)
}

// BenchmarkList lists and reads a thousand records on an S3 server.
func BenchmarkList(b *testing.B) {
	server := storetest.StartServer(b)
	server.MakeBucket(b, "bucket")
	const many = 1000
	for i := range many {
		server.Write(b, "bucket", fmt.Sprintf("root/hello/cache/key-%d.json", i), `{"version": 1, "run": "one"}`)
	}
	a, err := lineage.Open(server.Root("s3", "bucket/root"), "", server.Getenv)
	require.NoError(b, err)
	for b.Loop() {
		places, err := a.Cache(b.Context())
		require.NoError(b, err)
		entries, _, err := a.Read(b.Context(), places)
		require.NoError(b, err)
		require.Len(b, entries, many)
	}
}
