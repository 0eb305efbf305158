package lineage_test

import (
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
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

// TestListing requires that no listing goes through what tasks have left.
func TestListing(t *testing.T) {
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	const uid, other, attempt = "0a3b5f0e-6a5c-4d0b-9c55-0f6a1d5f7c11", "1b3b5f0e-6a5c-4d0b-9c55-0f6a1d5f7c11", "45ba5147-9450-41df-8cfb-e9c4702f4046"
	key := strings.Repeat("0a", 32)
	for _, object := range []string{
		"hello/cache/" + key, "hello/" + uid + "/records/" + attempt, "hello/" + other + "/records/" + attempt, "hello/pipelines/" + key,
		"hello/" + uid + "/run", "hello/" + uid + "/fit/" + attempt + "/model/weights", "team/deep/cache/" + key, "runs/8210713599-" + uid,
	} {
		server.Write(t, "bucket", "root/"+object+".json", `{"version": 1, "run": "one"}`)
	}
	target, err := url.Parse("http://" + server.Address)
	require.NoError(t, err)
	var mu sync.Mutex
	var asked []string
	front := httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is signed
		if query := r.In.URL.Query(); query.Has("list-type") {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, strings.TrimPrefix(query.Get("prefix"), "root/")+query.Get("delimiter"))
		}
	}}
	proxy := httptest.NewServer(&front)
	t.Cleanup(proxy.Close)
	a, err := lineage.Open("s3://bucket/root?s3ForcePathStyle=true&endpoint="+proxy.URL, "", server.Getenv)
	require.NoError(t, err)
	folders := []string{"/", "hello//", "team//", "runs//"}

	places, err := a.Cache(t.Context())
	require.NoError(t, err)
	require.Len(t, places, 2)
	require.ElementsMatch(t, append([]string{"hello/cache/", "hello/pipelines/", "team/deep/"}, folders...), asked)

	asked = nil
	places, err = a.Records(t.Context())
	require.NoError(t, err)
	require.Len(t, places, 2)
	require.ElementsMatch(t, append([]string{"hello/" + uid + "/records/", "hello/" + other + "/records/", "hello/pipelines/", "team/deep/"}, folders...), asked)

	asked = nil
	entries, _, err := a.Run(t.Context(), uid)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.NotContains(t, asked, "hello/"+other+"/records/")
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
