package execution

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

const runID = "f9aba43a-84c4-408a-bb8f-1fec35554426"

func artifact(uri string) runs.Value {
	return runs.Value{Artifacts: []contract.RuntimeArtifact{{URI: uri}}}
}

// TestOf makes the model of a run with a loop, whose iterations read what a task
// before has made.
func TestOf(t *testing.T) {
	done := runs.Status{State: runs.Succeeded, Started: time.Unix(100, 0), Finished: time.Unix(110, 0)}
	fit := func(i int) *runs.Task {
		one := &runs.Task{Path: fmt.Sprintf("each.each-%d.fit", i), Key: "fit", Kind: runs.Pod, Status: done, Inputs: runs.Values{"data": artifact("s3://b/data")}}
		return &runs.Task{Path: fmt.Sprintf("each.each-%d", i), Key: "each", Kind: runs.Group, Status: done, Inside: []*runs.Task{one}}
	}
	all := []*runs.Task{
		{Path: "each", Key: "each", Kind: runs.Loop, Status: done, Inside: []*runs.Task{fit(0), fit(1)}},
		{Path: "make", Key: "make", Kind: runs.Pod, Status: done, Outputs: runs.Values{"data": artifact("s3://b/data")}},
		{Path: "later", Key: "later", Kind: runs.Pod, Status: runs.Status{State: runs.Waiting}},
	}
	r := Of(&registry.Detail{Run: registry.Run{ID: runID, State: registry.Running}}, all)
	var scopes []string
	ids := map[string]bool{}
	numbers := map[int64]bool{}
	for _, task := range r.Tasks {
		scopes = append(scopes, task.Scope)
		ids[task.ID], numbers[task.Number] = true, true
		of, ok := RunOfID(task.ID)
		require.True(t, ok)
		require.Equal(t, RunNumber(runID), of)
		require.Equal(t, RunNumber(runID), RunOfNumber(task.Number))
		require.Same(t, task, r.Task(task.ID))
		require.Same(t, task, r.TaskOf(task.Number))
		require.Less(t, task.Number, int64(1)<<53)
	}
	require.Equal(t, []string{"root", "root.each", "root.each.0", "root.each.0.fit", "root.each.1", "root.each.1.fit", "root.make"}, scopes)
	require.Len(t, ids, len(r.Tasks))
	require.Len(t, numbers, len(r.Tasks))
	require.Len(t, r.Artifacts, 1)
	require.Equal(t, "make", r.Artifacts[0].Maker.Path)
	require.Len(t, r.Links, 3)
	require.True(t, r.Links[0].Output)
	require.Equal(t, 1, r.Tasks[4].Iteration)
	require.Equal(t, -1, r.Tasks[3].Iteration)
}

// TestIDs holds that IDs stay what they are, and that others are told apart.
func TestIDs(t *testing.T) {
	require.Equal(t, TaskID(runID, "a"), TaskID(runID, "a"))
	require.NotEqual(t, TaskID(runID, "a"), ArtifactID(runID, "a"))
	for _, id := range []string{"", "x", runID} {
		_, ok := RunOfID(id)
		require.False(t, ok, id)
	}
	n := numbers{}
	require.NotEqual(t, n.of(runID, "same"), n.of(runID, "same"), "a number that is taken")
}
