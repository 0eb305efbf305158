package live_test

import (
	"os"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// keptLines are lines of logs, each behind its source.
type keptLines []string

func (k *keptLines) add(l live.Line) error {
	*k = append(*k, l.Source()+" | "+l.Text)
	return nil
}

// TestLogsKept reads what a failed program wrote whose pod is gone, while the
// cluster has the run and when it has forgotten it.
func TestLogsKept(t *testing.T) {
	w, root := rooted(t)
	run, err := live.Read(w)
	require.NoError(t, err)
	opened, err := store.Open(root, os.Getenv)
	require.NoError(t, err)
	const task = "all.train-all-1.fit"
	found, err := live.FindTask(w, task)
	require.NoError(t, err)
	require.Len(t, found.Attempts, 2)
	log, err := opened.Root().Join("elsewhere", "executor-logs")
	require.NoError(t, err)
	require.NoError(t, opened.Write(t.Context(), log, []byte("fitting\nno end")))
	index, err := opened.Root().Join(place.Run{Pipeline: run.Pipeline, UID: run.UID}.LogIndex(found.Attempts[0].NodeID)...)
	require.NoError(t, err)
	require.NoError(t, opened.Write(t.Context(), index, []byte(log.String())))

	var all keptLines
	read := func(how func(live.LogOptions) error) string {
		all = nil
		require.NoError(t, how(live.LogOptions{Run: w.Name, Task: task, Container: live.Program}))
		return strings.Join(all, "\n")
	}
	want := task + " | (the pod is gone; this log is from the store: " + log.String() + ")\n" +
		task + " | fitting\n" + task + " | no end\n" + task + " (attempt 2) | (no log: "
	s := &apiServer{t: t, states: []*wfv1.Workflow{w}}
	require.Equal(t, want+"no such pod)", read(func(o live.LogOptions) error { return s.cluster().Logs(t.Context(), o, all.add) }))

	_, err = live.OpenStore(w, live.Environment{Getenv: os.Getenv}).Keep(t.Context(), w)
	require.NoError(t, err)
	require.Equal(t, want+"the store has none)", read(func(o live.LogOptions) error { return live.StoredLogs(t.Context(), opened, o, all.add) }))
	err = live.StoredLogs(t.Context(), opened, live.LogOptions{Run: w.Name, Task: "nope"}, all.add)
	require.ErrorContains(t, err, `no task "nope"`)
	require.ErrorIs(t, live.StoredLogs(t.Context(), opened, live.LogOptions{Run: "nope"}, all.add), store.ErrNotFound)
}
