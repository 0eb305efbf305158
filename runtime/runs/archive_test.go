package runs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// archive is an archive in a directory of the test's own.
func archive(t *testing.T) (*runs.Archive, *store.Store, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open("file://"+dir, os.Getenv)
	require.NoError(t, err)
	return runs.In(s), s, dir
}

var created = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func identity(n int) runs.Identity {
	return runs.Identity{
		Pipeline: "training", Name: fmt.Sprintf("training-%d", n), Namespace: "team", UID: fmt.Sprintf("00000000-0000-0000-0000-%012d", n),
		Created: created.Add(time.Duration(n) * time.Second),
	}
}

// example is a run with all that a record can have.
func example() *runs.Run {
	at := func(seconds int) time.Time { return created.Add(time.Duration(seconds) * time.Second) }
	done := runs.Status{State: runs.Succeeded, Started: at(2), Finished: at(9)}
	metrics := runs.Values{
		"metrics": {Artifacts: []contract.RuntimeArtifact{{
			Name: "metrics", URI: "s3://b/r/m", Type: contract.ArtifactType{SchemaTitle: "system.Metrics"},
			Metadata: map[string]json.RawMessage{"accuracy": json.RawMessage("0.5"), "note": json.RawMessage(`"x"`)},
		}}},
		"large": {Reference: &contract.Reference{URI: "s3://b/r/large", SHA256: "00"}},
	}
	return &runs.Run{
		Summary: runs.Summary{
			Identity: identity(0), Digest: strings.Repeat("0", 64),
			Status: runs.Status{State: runs.Failed, Started: at(1), Finished: at(20), Message: "child failed"},
			Labels: map[string]string{"team": "a"}, Annotations: map[string]string{"workflows.argoproj.io/title": "Mine"}, Owner: "cron-1",
		},
		Arguments: map[string]string{"rows": "10"},
		Outputs:   runs.Values{"loss": {Parameter: json.RawMessage("0.25")}},
		Tasks: []*runs.Task{
			{Path: "all", Key: "all", Kind: runs.Loop, Status: done, Inside: []*runs.Task{{
				Path: "all-0", Key: "all", Kind: runs.Pod, Status: done, Cached: true, Record: "attempt-1",
				Attempts: []runs.Attempt{{Status: done, Node: "training-0.all(0)", Pod: "training-0-all-1", Host: "node-1", ExitCode: "0", NodeID: "training-0-1"}},
			}}},
			{
				Path: "test", Key: "test-model", Kind: runs.Pod, Outputs: metrics,
				Status: runs.Status{State: runs.Failed, Started: at(9), Finished: at(20), Message: "Error (exit code 7)"},
			},
			{Path: "deploy", Key: "deploy", Kind: runs.Pod, Status: runs.Status{State: runs.Omitted}},
		},
		AllMetrics: runs.MetricsOf("test", metrics),
	}
}

// TestFormat holds what is stored, byte for byte: a changed golden is a changed
// format.
func TestFormat(t *testing.T) {
	a, _, dir := archive(t)
	require.NoError(t, a.Write(t.Context(), example()))
	digest, err := a.WritePipeline(t.Context(), "training", []byte(`{"root": {}, "pipelineInfo": {"name":"training"}}`))
	require.NoError(t, err)
	require.Equal(t, "1596013c9982920c42d620f37f20707ae4805251ec0ad6e337e519c5c0820c33", digest)
	stored := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		stored[strings.TrimPrefix(path, dir+"/")] = string(text)
		return err
	}))
	names := map[string]string{
		"runs/8227633599-00000000-0000-0000-0000-000000000000.json": "summary.json",
		"training/00000000-0000-0000-0000-000000000000/run.json":    "run.json",
		"training/pipelines/" + digest + ".json":                    "pipeline.json",
	}
	for name, text := range stored {
		file, ok := names[name]
		require.True(t, ok, name)
		goldentest.Compare(t, filepath.Join("testdata", file), text)
	}
	require.Len(t, stored, len(names))
}

// TestRead reads back what is written.
func TestRead(t *testing.T) {
	a, _, _ := archive(t)
	want := example()
	require.NoError(t, a.Write(t.Context(), want))
	for _, name := range []string{"training-0", want.UID} {
		s, err := a.Find(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, want.Summary, s)
		got, err := a.Read(t.Context(), s)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, runs.Failed, got.Task("test").State)
		require.Nil(t, got.Task("nowhere"))
	}
	_, err := a.Find(t.Context(), "other")
	require.ErrorIs(t, err, store.ErrNotFound)
}

// TestChange changes what the index says of a run, and forgets the run.
func TestChange(t *testing.T) {
	a, _, _ := archive(t)
	require.NoError(t, a.Write(t.Context(), example()))
	known, err := a.Find(t.Context(), identity(0).UID)
	require.NoError(t, err)
	known.Labels["storage"] = "archived"
	require.NoError(t, a.Change(t.Context(), known))
	changed, err := a.Find(t.Context(), identity(0).UID)
	require.NoError(t, err)
	require.Equal(t, known, changed)
	require.NoError(t, a.Forget(t.Context(), identity(0)))
	require.NoError(t, a.Forget(t.Context(), identity(0)))
	_, err = a.Find(t.Context(), identity(0).UID)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = a.Read(t.Context(), changed)
	require.NoError(t, err, "of what its tasks left")
}

// TestOrder lists runs, newest first, and among them what is no entry and what
// is a broken one.
func TestOrder(t *testing.T) {
	a, s, dir := archive(t)
	const n = 40
	for i := range n {
		require.NoError(t, a.Note(t.Context(), identity(i)))
	}
	for _, name := range []string{"x.json", "1-2.json", "sub/x.json", "0000000001.json"} {
		uri, err := s.Root().Join("runs", name)
		require.NoError(t, err)
		require.NoError(t, s.Write(t.Context(), uri, []byte("x")))
	}
	broken := filepath.Join(dir, "runs", "8227633596-"+identity(3).UID+".json")
	require.FileExists(t, broken)
	require.NoError(t, os.WriteFile(broken, []byte(`{"version":2}`), 0o666))
	i := n - 1
	for summary, err := range a.List(t.Context()) {
		require.Equal(t, identity(i).UID, summary.UID)
		require.Equal(t, identity(i).Created, summary.Created)
		if i == 3 {
			var version *runs.VersionError
			require.True(t, errors.As(err, &version))
			require.Equal(t, 2, version.Got)
		} else {
			require.NoError(t, err)
			require.Equal(t, identity(i).Name, summary.Name)
		}
		i--
	}
	require.Equal(t, -1, i)
	for summary, err := range a.List(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, identity(n-1), summary.Identity, "who wants one gets one")
		break
	}
}

// TestManyWriters has pods note a run and others write it, all at once and in
// any order.
func TestManyWriters(t *testing.T) {
	a, s, _ := archive(t)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if i%2 == 0 {
				if err := a.Note(t.Context(), identity(0)); err != nil {
					t.Error(err)
				}
			} else if err := a.Write(t.Context(), example()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.NoError(t, a.Note(t.Context(), identity(0)))
	want := example()
	require.NoError(t, a.Write(t.Context(), want))
	// A pod that looked before the end may write after it.
	uri, err := s.Root().Join("runs", "8227633599-"+want.UID+".json")
	require.NoError(t, err)
	late, err := json.Marshal(runs.Summary{Version: runs.Version, Identity: identity(0), Status: runs.Status{State: runs.Unknown}})
	require.NoError(t, err)
	require.NoError(t, s.Write(t.Context(), uri, late))
	n := 0
	for summary, err := range a.List(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, want.Summary, summary)
		n++
	}
	require.Equal(t, 1, n)
}

// TestAssemble reads a run whose end nobody saw, and the inputs and outputs of
// one that refers to records.
func TestAssemble(t *testing.T) {
	a, s, _ := archive(t)
	id := identity(0)
	require.NoError(t, a.Note(t.Context(), id))
	artifact := example().Tasks[1].Outputs["metrics"].Artifacts[0]
	left := record.Task{
		Version: record.Version, Pipeline: id.Pipeline, Run: id.Name, UID: id.UID, Task: "training.all-0.fit", Node: "n", Attempt: "attempt-1",
		Log:     "s3://b/logs/executor-logs",
		Started: created, Finished: created.Add(time.Minute),
		Inputs: record.Inputs{
			Parameters: map[string]json.RawMessage{"rows": json.RawMessage("10")},
			Artifacts:  map[string][]record.Artifact{"data": {{URI: "s3://b/d"}}},
		},
		Outputs: record.Outputs{
			Parameters: map[string]json.RawMessage{"loss": json.RawMessage("1.5")},
			Artifacts:  map[string]contract.RuntimeArtifact{"metrics": artifact},
		},
	}
	require.NoError(t, record.In(s, id.Pipeline).Leave(t.Context(), left))

	summary, err := a.Find(t.Context(), id.Name)
	require.NoError(t, err)
	require.Equal(t, runs.Unknown, summary.State)
	r, err := a.Read(t.Context(), summary)
	require.NoError(t, err)
	require.False(t, r.Complete)
	require.Equal(t, runs.Unknown, r.State)
	require.Equal(t, created, r.Started)
	require.Equal(t, []runs.Metric{{Task: "all-0.fit", Artifact: "metrics", Name: "accuracy", Value: 0.5}}, r.Metrics)
	task := r.Task("all-0.fit")
	require.Equal(t, "fit", task.Key)
	log, err := a.Log(t.Context(), id, task.Attempts[0])
	require.NoError(t, err)
	require.Equal(t, left.Log, log.String())

	filled := &runs.Task{Path: task.Path, Record: left.Attempt}
	require.NoError(t, a.Fill(t.Context(), r, filled))
	require.Equal(t, task.Inputs, filled.Inputs)
	require.Equal(t, task.Outputs, filled.Outputs)
	require.JSONEq(t, "1.5", string(filled.Outputs["loss"].Parameter))
	require.ErrorIs(t, a.Fill(t.Context(), r, &runs.Task{Record: "gone"}), store.ErrNotFound)
}

// TestLog finds the log of an attempt that left no record, by its Argo node.
func TestLog(t *testing.T) {
	a, s, _ := archive(t)
	index, err := s.Root().Join(place.Run{Pipeline: identity(0).Pipeline, UID: identity(0).UID}.LogIndex("training-0-123")...)
	require.NoError(t, err)
	require.NoError(t, s.Write(t.Context(), index, []byte("s3://b/logs/executor-logs")))
	uri, err := a.Log(t.Context(), identity(0), runs.Attempt{NodeID: "training-0-123"})
	require.NoError(t, err)
	require.Equal(t, "s3://b/logs/executor-logs", uri.String())
	_, err = a.Log(t.Context(), identity(0), runs.Attempt{NodeID: "training-0-124"})
	require.ErrorIs(t, err, store.ErrNotFound)
}

// TestPipeline stores a pipeline once per content, however it is written.
func TestPipeline(t *testing.T) {
	a, _, dir := archive(t)
	digests := map[string]bool{}
	for _, text := range []string{`{"a":1,"b":[]}`, `{ "b": [], "a": 1.0 }`} {
		digest, err := a.WritePipeline(t.Context(), "p", []byte(text))
		require.NoError(t, err)
		digests[digest] = true
		got, err := a.Pipeline(t.Context(), "p", digest)
		require.NoError(t, err)
		require.Equal(t, `{"a":1,"b":[]}`, string(got))
	}
	require.Len(t, digests, 1)
	entries, err := os.ReadDir(filepath.Join(dir, "p", "pipelines"))
	require.NoError(t, err)
	require.Len(t, entries, 1)
	_, err = a.WritePipeline(t.Context(), "p", []byte("{"))
	require.Error(t, err)
	_, err = a.Pipeline(t.Context(), "p", "00")
	require.ErrorIs(t, err, store.ErrNotFound)
}

// FuzzParse reads any text: what is taken for a run is written as one that reads
// the same.
func FuzzParse(f *testing.F) {
	text, err := os.ReadFile(filepath.Join("testdata", "run.json"))
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte(`{"version":1,"uid":"u","pipeline":"p","tasks":[null],"created":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := runs.Parse(text)
		if err != nil {
			return
		}
		again, err := json.Marshal(r)
		require.NoError(t, err)
		same, err := runs.Parse(again)
		require.NoError(t, err)
		second, err := json.Marshal(same)
		require.NoError(t, err)
		require.JSONEq(t, string(again), string(second))
		r.Walk(func(task *runs.Task) { require.NotNil(t, task) })
		_, _ = runs.ParseSummary(text)
	})
}
