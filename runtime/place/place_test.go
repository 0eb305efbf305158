package place_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/place"
)

const (
	uid     = "0a3b5f0e-6a5c-4d0b-9c55-0f6a1d5f7c11"
	attempt = "45ba5147-9450-41df-8cfb-e9c4702f4046"
)

// TestPlaces is the list of the package's comment.
func TestPlaces(t *testing.T) {
	run := place.Run{Pipeline: "p", UID: "u"}
	for want, got := range map[string][]string{
		"runs/8210713599-u.json":   place.Entry{Created: time.Unix(1_789_286_400, 0), UID: "u"}.Path(),
		"p/pipelines/0a.json":      place.Pipeline("p", "0a"),
		"p/cache/k.json":           place.CacheEntry("p", "k"),
		"p/u/run.json":             run.Document(),
		"p/u/records/a.json":       run.Record("a"),
		"p/u/logs/n":               run.LogIndex("n"),
		"p/u/failures":             run.Failures(),
		"p/u/fit/a":                run.Attempt("fit", "a"),
		"p/u/fit/a/model":          {place.Output("p/u/fit/a", "model")},
		"p/u/fit/a/.values":        {place.Values("p/u/fit/a")},
		"p/u/fit/a/executor-logs":  {place.Output("p/u/fit/a", place.ExecutorLogs)},
		"a/b/" + uid + "/run.json": place.Run{Pipeline: "a/b", UID: uid}.Document(),
	} {
		require.Equal(t, want, strings.Join(got, "/"))
	}
}

// TestBothWays reads what is written.
func TestBothWays(t *testing.T) {
	joined := func(names []string) string { return strings.Join(names, "/") }
	for _, pipeline := range []string{"p", "a/b"} {
		run := place.Run{Pipeline: pipeline, UID: uid}
		for _, of := range []string{"", pipeline} {
			r, ok := place.ReadRecord(joined(run.Record(attempt)), of)
			require.True(t, ok)
			require.Equal(t, place.Record{Pipeline: pipeline, UID: uid, Attempt: attempt}, r)
			key := strings.Repeat("0a", 32)
			r, ok = place.ReadRecord(joined(place.CacheEntry(pipeline, key)), of)
			require.True(t, ok)
			require.Equal(t, place.Record{Pipeline: pipeline, Key: key}, r)
		}
		made := place.Output("s3://bucket/root/"+joined(run.Attempt("all-3.fit", attempt)), "model")
		m, ok := place.MakerOf(made)
		require.True(t, ok)
		require.Equal(t, place.Maker{UID: uid, Task: "all-3.fit", Attempt: attempt}, m)
	}
	entry := place.Entry{Created: time.Unix(1_789_286_400, 0).UTC(), UID: uid}
	read, ok := place.ReadEntry(entry.Path()[1])
	require.True(t, ok)
	require.Equal(t, entry, read)
}

func TestFolder(t *testing.T) {
	for name, want := range map[string]struct {
		path           string
		cache, records bool
	}{
		"cache": {"p/cache", true, false},
		uid:     {"p/" + uid + "/records", false, true},
		"q":     {"p/q", true, true}, // p/q is a pipeline, or q a run of an older kind
	} {
		f := place.FolderOf("p", name)
		require.Equal(t, want.path, strings.Join(f.Path(), "/"))
		require.Equal(t, want.cache, f.MayHaveCache(), name)
		require.Equal(t, want.records, f.MayHaveRecords(), name)
	}
	require.True(t, place.FolderOf("p", uid).MayBeOf(uid))
	require.True(t, place.FolderOf("p", "q").MayBeOf(uid))
	require.False(t, place.FolderOf("p", attempt).MayBeOf(uid))
}

func TestOthers(t *testing.T) {
	for _, name := range []string{"", "x", "8210713599.json", "8210713599-.json", "x-u.json", "0821071359-9-u", "-210713599-u.json", "821071359-u.json"} {
		_, ok := place.ReadEntry(name)
		require.False(t, ok, name)
	}
	for _, uri := range []string{"", "s3://bucket/data", "s3://bucket/a/b/c/d/e", "s3://bucket/p/" + uid + "/model", "s3://bucket/p/" + uid + "/fit/a/deep/model"} {
		_, ok := place.MakerOf(uri)
		require.False(t, ok, uri)
	}
	path, ok := place.Below("s3://b/r/", "s3://b/r/x/y")
	require.True(t, ok)
	require.Equal(t, "x/y", path)
	_, ok = place.Below("s3://b/r", "s3://b/rx/y")
	require.False(t, ok)
}
