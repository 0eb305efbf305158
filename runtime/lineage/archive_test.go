package lineage_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// bucket is a pipeline root in a directory.
type bucket struct {
	t   *testing.T
	dir string
}

func newBucket(t *testing.T) bucket { return bucket{t, t.TempDir()} }

func (b bucket) root() string { return "s3://bucket/root?endpoint=file://" + b.dir }

func (b bucket) open(pipeline string) *lineage.Archive {
	b.t.Helper()
	a, err := lineage.Open(b.root(), pipeline, func(string) string { return "" })
	require.NoError(b.t, err)
	return a
}

// leave leaves the record of a task, as the launcher does.
func (b bucket) leave(t record.Task) {
	b.t.Helper()
	place, err := record.Open(b.root(), t.Pipeline, func(string) string { return "" })
	require.NoError(b.t, err)
	require.NoError(b.t, place.Leave(b.t.Context(), t))
}

// path is the file of what is at a path below the root.
func (b bucket) path(below ...string) string {
	return filepath.Join(append([]string{b.dir, "bucket", "root"}, below...)...)
}

func (b bucket) write(text string, below ...string) {
	b.t.Helper()
	require.NoError(b.t, os.MkdirAll(filepath.Dir(b.path(below...)), 0o777))
	require.NoError(b.t, os.WriteFile(b.path(below...), []byte(text), 0o666))
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// task is a task of a run that began at a minute past noon, and took 30
// seconds. It has stored its output artifact.
func (b bucket) task(run string, minute int, change ...func(*record.Task)) record.Task {
	b.t.Helper()
	begin := noon.Add(time.Duration(minute) * time.Minute)
	t := record.Task{
		Version: record.Version, Pipeline: "hello", Run: run, UID: "uid-" + run,
		Task: "loop-2.fit", Node: run + ".loop.fit(2:2)(0)", Attempt: fmt.Sprintf("attempt-%d", minute),
		Started: begin, Finished: begin.Add(30 * time.Second),
		Inputs: inputs(),
		Stored: map[string]bool{"model": true},
	}
	var err error
	t.Key, err = t.Inputs.Key()
	require.NoError(b.t, err)
	for _, c := range change {
		c(&t)
	}
	directory := []string{t.Pipeline, t.UID, "loop-2.fit", t.Attempt, "model"}
	if t.Outputs.Artifacts == nil {
		t.Outputs.Artifacts = map[string]contract.RuntimeArtifact{"model": {URI: "s3://bucket/root/" + strings.Join(directory, "/")}}
		b.write("weights", directory...)
	}
	return t
}

func inputs() record.Inputs {
	return record.Inputs{
		Image:   "python:3.11",
		Command: []string{"train", "{{$.inputs.parameters['rows']}}"},
		Outputs: contract.ComponentOutputs{
			Parameters: map[string]contract.OutputParameterSpec{"loss": {Type: contract.NumberDouble, Argo: "a-loss"}},
			Artifacts: map[string]contract.OutputArtifact{"model": {
				Type:     contract.ArtifactType{SchemaTitle: "system.Model"},
				Metadata: map[string]json.RawMessage{"framework": json.RawMessage(`"none"`)},
			}},
		},
		Parameters: map[string]json.RawMessage{"rows": json.RawMessage("10")},
		Artifacts: map[string][]record.Artifact{
			"data": {{URI: "s3://bucket/data", Content: "v1", Metadata: map[string]json.RawMessage{"lines": json.RawMessage("10")}}},
		},
		Settings: map[string]string{"pvc": `"claim"`},
	}
}

func keyed(key string) func(*record.Task) { return func(t *record.Task) { t.Key = key } }

// TestPlaces lists what is a record and nothing else.
func TestPlaces(t *testing.T) {
	b := newBucket(t)
	made := strings.Repeat("0a", 32)
	uid, attempt := "0a3b5f0e-6a5c-4d0b-9c55-0f6a1d5f7c11", "45ba5147-9450-41df-8cfb-e9c4702f4046"
	for _, path := range []string{
		"hello/cache/k1.json", "hello/cache/team/k2.json", "other/cache/k1.json", "a/b/cache/" + made + ".json", "a/b/cache/chosen.json",
		"hello/uid-1/records/at-1.json", "a/b/" + uid + "/records/" + attempt + ".json",
		// An artifact is no record, whatever its name.
		"hello/cache/k3.txt", "cache/k.json", "hello/uid-1/records/at-1/x.json", "hello/uid-1/fit/at-1/cache/data.json",
		"hello/uid-1/fit/at-1/records/data.json", "hello/uid-1/failures/x.json", "hello/x.json", "x.json",
	} {
		b.write("", path)
	}
	for pipeline, want := range map[string]struct{ cache, records []string }{
		"": {
			[]string{"a/b " + made, "hello k1", "hello team/k2", "other k1"},
			[]string{"a/b " + uid + " " + attempt, "hello uid-1 at-1"},
		},
		"hello": {[]string{"hello k1", "hello team/k2"}, []string{"hello uid-1 at-1"}},
		"a/b":   {[]string{"a/b " + made, "a/b chosen"}, []string{"a/b " + uid + " " + attempt}},
		"none":  {},
	} {
		var cache, records []string
		places, err := b.open(pipeline).Cache(t.Context())
		require.NoError(t, err)
		for _, p := range places {
			cache = append(cache, p.Pipeline+" "+p.Key)
		}
		places, err = b.open(pipeline).Records(t.Context())
		require.NoError(t, err)
		for _, p := range places {
			records = append(records, p.Pipeline+" "+p.UID+" "+p.Attempt)
		}
		require.Equal(t, want.cache, cache, pipeline)
		require.Equal(t, want.records, records, pipeline)
	}
}

// TestRead reads many records, in order, and passes over what is none.
func TestRead(t *testing.T) {
	b := newBucket(t)
	const many = 200
	for i := range many {
		b.leave(b.task(fmt.Sprintf("run-%03d", i), i, keyed(fmt.Sprintf("key-%03d", i))))
	}
	b.write("{", "hello", "cache", "broken.json")
	b.write(`{"version": 2}`, "hello", "cache", "later.json")
	a := b.open("")
	places, err := a.Cache(t.Context())
	require.NoError(t, err)
	require.Len(t, places, many+2)
	require.NoError(t, os.Remove(b.path("hello", "cache", "key-199.json")), "while somebody lists")
	entries, broken, err := a.Read(t.Context(), places)
	require.NoError(t, err)
	require.Len(t, entries, many-1)
	for i, e := range entries {
		require.Equal(t, fmt.Sprintf("key-%03d", i), e.Key)
		require.Equal(t, e.Key, e.Task.Key)
	}
	require.Len(t, broken, 2)
	require.EqualError(t, broken[0], "s3://bucket/root/hello/cache/broken.json: not a record: unexpected end of JSON input")
	require.EqualError(t, broken[1], "s3://bucket/root/hello/cache/later.json: not a record that this program reads: it has version 2, not 1")

	ended, end := context.WithCancel(t.Context())
	end()
	_, _, err = a.Read(ended, places)
	require.ErrorIs(t, err, context.Canceled)
}

// TestOutputs says of each output artifact what is known of its bytes.
func TestOutputs(t *testing.T) {
	b := newBucket(t)
	task := b.task("one", 0)
	task.Outputs.Artifacts["gone"] = contract.RuntimeArtifact{URI: "s3://bucket/root/gone"}
	task.Stored["gone"] = true
	task.Outputs.Artifacts["web"] = contract.RuntimeArtifact{URI: "https://host/x"}
	task.Outputs.Artifacts["none"] = contract.RuntimeArtifact{URI: "s3://bucket/root/none"}
	got, err := b.open("").Outputs(t.Context(), task)
	require.NoError(t, err)
	require.Equal(t, map[string]lineage.Presence{
		"model": lineage.Present, "gone": lineage.Gone, "web": lineage.NotStored, "none": lineage.NotStored,
	}, got)
}
