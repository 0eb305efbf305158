package registry

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// TestHistory remembers runs whose Workflows are gone.
func TestHistory(t *testing.T) {
	opened, err := store.Open("file://"+t.TempDir(), os.Getenv)
	require.NoError(t, err)
	archive := runs.In(opened)
	created := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	identity := func(name string) runs.Identity {
		return runs.Identity{Pipeline: "hello", Name: name, Namespace: "team", UID: "uid-of-" + name, Created: created}
	}
	pipeline := json.RawMessage(`{"pipelineInfo":{"name":"hello"}}`)
	digest, err := archive.WritePipeline(t.Context(), "hello", pipeline)
	require.NoError(t, err)
	status := runs.Status{State: runs.Succeeded, Started: created, Finished: created.Add(time.Minute)}
	require.NoError(t, archive.Write(t.Context(), &runs.Run{
		Summary: runs.Summary{
			Identity: identity("one"), Status: status, Digest: digest, Owner: "nightly",
			Labels:      map[string]string{ExperimentLabel: "an-experiment"},
			Annotations: map[string]string{TitleAnnotation: "My run", TextsAnnotation: `["who"]`, VersionAnnotation: "p/v", CreatorAnnotation: "ann"},
		},
		Arguments: map[string]string{"who": "1", "rows": "2", "pipeline-root": "s3://b/r"},
		Tasks: []*runs.Task{{
			Path: "greet", Key: "greet", Kind: runs.Pod, Status: status,
			Outputs: runs.Values{"text": {Parameter: json.RawMessage(`"hi"`)}},
		}},
	}))
	require.NoError(t, archive.Note(t.Context(), identity("two")))
	elsewhere := identity("three")
	elsewhere.Namespace = "others"
	require.NoError(t, archive.Note(t.Context(), elsewhere))

	h := NewHistory(archive)
	require.Empty(t, h.of("team"))
	require.NoError(t, h.Read(t.Context()))
	require.Len(t, h.of("team"), 2)
	require.True(t, h.Ended("uid-of-one", Succeeded, status.Finished))
	require.False(t, h.Ended("uid-of-one", Succeeded, status.Finished.Add(time.Second)), "it was retried")
	require.False(t, h.Ended("uid-of-one", Failed, status.Finished), "it was retried within the second")
	require.False(t, h.Ended("uid-of-two", Failed, time.Time{}))

	_, ok := h.find("others", "uid-of-one")
	require.False(t, ok, "it is in another namespace")
	for _, id := range []string{"uid-of-one", "one"} {
		s, ok := h.find("team", id)
		require.True(t, ok)
		d, err := h.detail(t.Context(), s)
		require.NoError(t, err)
		require.Equal(t, Run{
			ID: "uid-of-one", Name: "one", Namespace: "team", DisplayName: "My run", ExperimentID: "an-experiment", Creator: "ann",
			RecurringRunID: "nightly", Version: VersionRef{"p", "v"}, Pipeline: "hello",
			Parameters: map[string]json.RawMessage{"who": json.RawMessage(`"1"`), "rows": json.RawMessage("2")}, Root: "s3://b/r",
			Created: created, Scheduled: created, Started: status.Started, Finished: status.Finished, State: Succeeded, Gone: true,
		}, d.Run)
		require.JSONEq(t, string(pipeline), string(d.Spec))
		require.Equal(t, "greet", d.Record.Tasks[0].Path)
	}
	s, _ := h.find("team", "two")
	unknown := runOfSummary(s)
	require.Equal(t, Failed, unknown.State, "clients would wait for ever")
	require.Equal(t, unseen, unknown.Message)
	require.Equal(t, DefaultExperimentID("team"), unknown.ExperimentID)

	// Another server sees what this one changes.
	v := &View{registry: &Registry{History: h}}
	one, _ := h.find("team", "one")
	require.NoError(t, v.archiveRecord(t.Context(), runOfSummary(one), true))
	other := NewHistory(archive)
	require.NoError(t, other.Read(t.Context()))
	archivedOne, _ := other.find("team", "one")
	require.True(t, runOfSummary(archivedOne).Archived)
	require.NoError(t, v.archiveRecord(t.Context(), runOfSummary(one), false))
	require.NoError(t, other.Read(t.Context()))
	archivedOne, _ = other.find("team", "one")
	require.False(t, runOfSummary(archivedOne).Archived)
	require.NoError(t, h.forget(t.Context(), one))
	require.NoError(t, other.Read(t.Context()))
	require.Len(t, other.of("team"), 1)
}

// TestLeft reads the records of the tasks of a run once: what is new is read, what is
// known is not asked for again.
func TestLeft(t *testing.T) {
	opened, err := store.Open("file://"+t.TempDir(), os.Getenv)
	require.NoError(t, err)
	v := &View{registry: &Registry{History: NewHistory(runs.In(opened))}}
	r := &Run{ID: "uid-1", Pipeline: "hello", Name: "hello-1"}
	leave := func(attempt, node string, second int) store.URI {
		task := record.Task{Version: record.Version, UID: r.ID, Task: "greet", Node: node, Attempt: attempt, Finished: time.Unix(int64(second), 0).UTC()}
		require.NoError(t, record.In(opened, r.Pipeline).Leave(t.Context(), task))
		uri, err := opened.Root().Join(place.Run{Pipeline: r.Pipeline, UID: r.ID}.Record(attempt)...)
		require.NoError(t, err)
		return uri
	}
	left := func() map[string]string {
		all, err := v.Left(t.Context(), r)
		require.NoError(t, err)
		attempts := map[string]string{}
		for node, task := range all {
			attempts[node] = task.Attempt
		}
		return attempts
	}
	require.Empty(t, left())
	first := leave("a", "hello-1.greet", 1)
	require.Equal(t, map[string]string{"hello-1.greet": "a"}, left())
	require.NoError(t, opened.Write(t.Context(), first, []byte("not a record")))
	leave("b", "hello-1.bye", 1)
	leave("c", "hello-1.greet", 2) // the run was retried
	require.Equal(t, map[string]string{"hello-1.greet": "c", "hello-1.bye": "b"}, left())
	_, err = opened.Remove(t.Context(), first)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"hello-1.greet": "c", "hello-1.bye": "b"}, left())

	c := v.registry.History.left
	require.Equal(t, 2, c.records)
	c.put("uid-2", make(map[string]record.Task))
	require.Nil(t, c.get("uid-2"))
	full := map[string]record.Task{}
	for i := range maxLeft - 1 {
		full[strconv.Itoa(i)] = record.Task{}
	}
	c.put("uid-2", full)
	require.Nil(t, c.get(r.ID), "there is room for one of them")
	require.Equal(t, maxLeft-1, c.records)
}
