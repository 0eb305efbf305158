package lineage_test

import (
	"context"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// files lists what is in the bucket.
func (b bucket) files() []string {
	b.t.Helper()
	var all []string
	require.NoError(b.t, filepath.WalkDir(b.path(), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			path, err = filepath.Rel(b.path(), path)
			all = append(all, path)
		}
		return err
	}))
	return all
}

// missing lists what of the files is not there any more.
func (b bucket) missing(before []string) []string {
	b.t.Helper()
	var gone []string
	now := map[string]bool{}
	for _, name := range b.files() {
		now[name] = true
	}
	for _, name := range before {
		if !now[name] {
			gone = append(gone, name)
		}
	}
	return gone
}

// TestRemove removes what is chosen and nothing else.
func TestRemove(t *testing.T) {
	for _, test := range []struct {
		name      string
		pipeline  string
		choice    lineage.Choice
		artifacts bool
		want      []string
		kept      []string
		broken    int
	}{
		{"all", "", lineage.Choice{}, false, []string{"hello/cache/broken.json", "hello/cache/k1.json", "hello/cache/k2.json", "other/cache/k1.json"}, nil, 0},
		{"a pipeline", "other", lineage.Choice{}, false, []string{"other/cache/k1.json"}, nil, 0},
		{"a key", "", lineage.Choice{Keys: []string{"k1"}}, false, []string{"hello/cache/k1.json", "other/cache/k1.json"}, nil, 0},
		{"keys", "hello", lineage.Choice{Keys: []string{"k1", "b"}}, false, []string{"hello/cache/broken.json", "hello/cache/k1.json"}, nil, 0},
		{"a run", "", lineage.Choice{Run: "two"}, false, []string{"hello/cache/k2.json"}, nil, 1},
		{"a run by its UID", "", lineage.Choice{Run: "uid-two"}, false, []string{"hello/cache/k2.json"}, nil, 1},
		{"what is old", "", lineage.Choice{Before: noon.Add(time.Minute)}, false, []string{"hello/cache/k1.json"}, nil, 1},
		{"what is old of a run", "", lineage.Choice{Run: "two", Before: noon.Add(time.Minute)}, false, nil, nil, 1},
		{"no run", "", lineage.Choice{Run: "none"}, false, nil, nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBucket(t)
			b.leave(b.task("one", 0, keyed("k1")))
			b.leave(b.task("two", 1, keyed("k2")))
			b.leave(b.task("three", 2, keyed("k1"), func(t *record.Task) { t.Pipeline = "other" }))
			b.write("{", "hello", "cache", "broken.json")
			before := b.files()
			a := b.open(test.pipeline)
			removal, err := a.Plan(t.Context(), test.choice, false)
			require.NoError(t, err)
			require.Empty(t, b.missing(before), "a plan removes nothing")
			require.Len(t, removal.Broken, test.broken)
			done := 0
			require.NoError(t, a.Remove(t.Context(), removal, func(store.URI) { done++ }))
			require.Equal(t, test.want, b.missing(before))
			require.Equal(t, len(test.want), done)
		})
	}
}

// TestRemoveArtifacts removes what no one else needs.
func TestRemoveArtifacts(t *testing.T) {
	const model = "hello/uid-one/loop-2.fit/attempt-0/model"
	const uri = "s3://bucket/root/" + model
	moved := func(uri string) func(*record.Task) {
		return func(t *record.Task) {
			t.Outputs.Artifacts = map[string]contract.RuntimeArtifact{"model": {URI: uri}}
		}
	}
	takes := func(uri string) func(*record.Task) {
		return func(t *record.Task) { t.Inputs.Artifacts["data"][0].URI = uri }
	}
	for _, test := range []struct {
		name   string
		one    func(*record.Task) // the task whose entry goes
		others func(bucket)
		want   string // the artifact that goes
		kept   []string
	}{
		{"its own", keyed("k1"), func(bucket) {}, model, nil},
		{"only recorded", func(t *record.Task) { t.Stored = nil }, func(bucket) {}, "", nil},
		{"another's output", keyed("k1"), func(b bucket) { b.leave(b.task("two", 1, keyed("k2"), moved(uri))) },
			"", []string{uri + ": s3://bucket/root/hello/cache/k2.json names it"}},
		{"another's input", keyed("k1"), func(b bucket) { b.leave(b.task("two", 1, keyed("k2"), takes(uri))) },
			"", []string{uri + ": s3://bucket/root/hello/cache/k2.json names it"}},
		{"part of another's", keyed("k1"), func(b bucket) { b.leave(b.task("two", 1, keyed("k2"), takes("s3://bucket/root/hello/uid-one"))) },
			"", []string{uri + ": s3://bucket/root/hello/cache/k2.json names it"}},
		{"with another's in it", keyed("k1"), func(b bucket) { b.leave(b.task("two", 1, keyed("k2"), takes(uri+"/part"))) },
			"", []string{uri + ": s3://bucket/root/hello/cache/k2.json names it"}},
		{"of another pipeline", keyed("k1"), func(b bucket) {
			b.leave(b.task("two", 1, keyed("k2"), takes(uri), func(t *record.Task) { t.Pipeline = "other" }))
		}, "", []string{uri + ": s3://bucket/root/other/cache/k2.json names it"}},
		{"a record of a run that names it", keyed("k1"), func(b bucket) { b.leave(b.task("two", 1, keyed(""), moved(uri))) }, model, nil},
		{"elsewhere", moved("s3://bucket/elsewhere"), func(bucket) {}, "", []string{"s3://bucket/elsewhere: it is not below the pipeline root"}},
		{"beside the root", moved("s3://bucket/root-2/x"), func(bucket) {}, "", []string{"s3://bucket/root-2/x: it is not below the pipeline root"}},
		{"the root itself", moved("s3://bucket/root"), func(bucket) {}, "", []string{"s3://bucket/root: it is not below the pipeline root"}},
		{"the whole pipeline", moved("s3://bucket/root/hello"), func(bucket) {}, "", []string{"s3://bucket/root/hello: there are records in it"}},
		{"the whole run", moved("s3://bucket/root/hello/uid-one"), func(bucket) {}, "", []string{"s3://bucket/root/hello/uid-one: there are records in it"}},
		{"of another kind", moved("hf://host/x"), func(bucket) {}, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBucket(t)
			b.leave(b.task("one", 0, keyed("k1"), test.one))
			test.others(b)
			before := b.files()
			a := b.open("hello")
			removal, err := a.Plan(t.Context(), lineage.Choice{Keys: []string{"k1"}}, true)
			require.NoError(t, err)
			require.Equal(t, test.kept, removal.Kept)
			require.NoError(t, a.Remove(t.Context(), removal, func(store.URI) {}))
			want := []string{"hello/cache/k1.json"}
			if test.want != "" {
				want = append(want, test.want)
			}
			require.Equal(t, want, b.missing(before))
		})
	}
}

// TestRemoveArtifactsBesideBroken removes none as long as there is a record of
// which nobody knows what it names; those that go themselves name nothing.
func TestRemoveArtifactsBesideBroken(t *testing.T) {
	b := newBucket(t)
	b.leave(b.task("one", 0, keyed("k1")))
	b.write("{", "other", "cache", "broken.json")
	_, err := b.open("hello").Plan(t.Context(), lineage.Choice{}, true)
	require.EqualError(t, err, "no artifact is removed, because this record cannot be read: "+
		"s3://bucket/root/other/cache/broken.json: not a record: unexpected end of JSON input")
	removal, err := b.open("").Plan(t.Context(), lineage.Choice{}, true)
	require.NoError(t, err)
	require.Len(t, removal.Entries, 2)
	require.Len(t, removal.Artifacts, 1)
}

// TestRemoveFails keeps artifacts if their entry could not be removed.
func TestRemoveFails(t *testing.T) {
	b := newBucket(t)
	b.leave(b.task("one", 0, keyed("k1")))
	b.leave(b.task("two", 1, keyed("k2")))
	a := b.open("")
	removal, err := a.Plan(t.Context(), lineage.Choice{}, true)
	require.NoError(t, err)
	require.Len(t, removal.Artifacts, 2)
	before := b.files()
	ended, end := context.WithCancel(t.Context())
	end()
	require.ErrorIs(t, a.Remove(ended, removal, func(store.URI) { t.Error("nothing is gone") }), context.Canceled)
	require.Empty(t, b.missing(before))
}
