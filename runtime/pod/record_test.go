package pod_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/failure"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// records returns the records of the tasks of a run.
func records(t *testing.T, store, uid string) []*record.Task {
	t.Helper()
	var all []*record.Task
	for name, text := range stored(t, store) {
		if strings.Contains(name, "/"+uid+"/records/") {
			r, err := record.Parse([]byte(text))
			require.NoError(t, err, name)
			all = append(all, r)
		}
	}
	return all
}

// TestRecordOfMiss reads the reason of a cache miss.
func TestRecordOfMiss(t *testing.T) {
	store := t.TempDir()
	first := cached(t, store, "uid-1")
	require.True(t, first.ran())
	require.False(t, cached(t, store, "uid-2").ran())
	require.True(t, cached(t, store, "uid-3", func(p *task) { p.document.Component.Cache = nil }).ran())
	require.NoError(t, os.Remove(filepath.Join(store, strings.TrimPrefix(first.artifact("model").URI, "minio://"))))
	require.True(t, cached(t, store, "uid-4").ran())
	for uid, want := range map[string]string{
		"uid-1": "^no earlier run has the key [0-9a-f]{64}$",
		"uid-2": "^$",
		"uid-3": "^$",
		"uid-4": `^output artifact "model" of run hello-uid-1 is gone: there is nothing at minio://bucket/root/hello/uid-1/`,
	} {
		all := records(t, store, uid)
		require.Len(t, all, 1)
		require.Regexp(t, want, all[0].Missed, uid)
		require.Equal(t, "hello-x7k2p.loop-2.train-1", all[0].Task)
	}
}

// TestPhases reads when the phases of an attempt began: of one that succeeds, of one
// that is cached, and of those that its program or already its driver has failed.
func TestPhases(t *testing.T) {
	store := t.TempDir()
	require.True(t, cached(t, store, "uid-1").ran())
	done := records(t, store, "uid-1")[0]
	requireInOrder(t, done.Started, done.Fetched, done.Began, done.Ended, done.Finished)
	require.False(t, cached(t, store, "uid-2").ran())
	hit := records(t, store, "uid-2")[0]
	requireInOrder(t, done.Finished, hit.Started, hit.Finished)
	require.Equal(t, record.Phases{}, hit.Phases)

	broken := cached(t, store, "uid-3", func(p *task) { p.give("epochs", "4") })
	require.Zero(t, broken.drive().code)
	require.Equal(t, 7, broken.launch("sh", "-c", "exit 7").code)
	failed := failures(t, store, "uid-3")[0]
	requireInOrder(t, hit.Finished, failed.Started, failed.Fetched, failed.Began, failed.Ended, failed.Time)
	absent := cached(t, store, "uid-4", func(p *task) { p.give("epochs", "5") })
	require.Zero(t, absent.drive().code)
	require.Equal(t, 1, absent.launch().code)
	failed = failures(t, store, "uid-4")[0]
	requireInOrder(t, hit.Finished, failed.Started, failed.Fetched, failed.Time)
	require.Equal(t, record.Phases{Fetched: failed.Fetched}, failed.Phases)
	refused := cached(t, store, "uid-5", func(p *task) { p.give("epochs", "{}") })
	require.Equal(t, 1, refused.drive().code)
	failed = failures(t, store, "uid-5")[0]
	requireInOrder(t, hit.Finished, failed.Started, failed.Time)
	require.Equal(t, record.Phases{}, failed.Phases)
}

// requireInOrder requires times that are set, none before the one before it.
func requireInOrder(t *testing.T, times ...time.Time) {
	t.Helper()
	for i, at := range times {
		require.False(t, at.IsZero(), "the time %d is not set", i)
		require.False(t, i > 0 && at.Before(times[i-1]), "the time %d, %s, is before %s", i, at, times[max(0, i-1)])
	}
}

// failures returns why attempts of tasks of a run have failed.
func failures(t *testing.T, store, uid string) []failure.Record {
	t.Helper()
	var all []failure.Record
	for name, text := range stored(t, store) {
		if strings.Contains(name, "/"+uid+"/failures/") {
			r, err := failure.Parse([]byte(text))
			require.NoError(t, err, name)
			all = append(all, r)
		}
	}
	return all
}

// TestRunIsNoted finds a run that nobody watched in the index of its store; a
// second task changes nothing.
func TestRunIsNoted(t *testing.T) {
	dir := t.TempDir()
	p := newTask(t, dir, contract.Component{})
	p.mustRun("true")
	s, err := store.Open(p.document.Run.PipelineRoot, os.Getenv)
	require.NoError(t, err)
	archive := runs.In(s)
	summary, err := archive.Find(t.Context(), "hello-x7k2p")
	require.NoError(t, err)
	require.Equal(t, "uid-1", summary.UID)
	require.Equal(t, runs.Unknown, summary.State)
	require.NoError(t, archive.Write(t.Context(), &runs.Run{Summary: runs.Summary{Identity: summary.Identity, Status: runs.Status{State: runs.Failed}}}))
	newTask(t, dir, contract.Component{}).mustRun("true")
	summary, err = archive.Find(t.Context(), "hello-x7k2p")
	require.NoError(t, err)
	require.Equal(t, runs.Failed, summary.State)
}

// TestNoSecretIsRecorded: a program gets a secret from its environment, and the
// kubelet puts it into the command line too. The store is for more people.
func TestNoSecretIsRecorded(t *testing.T) {
	store := t.TempDir()
	p := cached(t, store, "uid-1")
	p.environ = append(p.environ, "TOKEN=hush-hush", "AWS_SECRET_ACCESS_KEY=hush-too")
	args := append(append([]string{}, command...), "$(TOKEN)")
	text, err := json.Marshal(map[string]any{"container": map[string]any{
		"image": "image:1", "args": args,
		"env": []any{
			map[string]any{"name": "PLAIN", "value": "hush-plain"},
			map[string]any{"name": "TOKEN", "valueFrom": map[string]any{
				"secretKeyRef": map[string]any{"name": "credentials", "key": "token"},
			}},
		},
	}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(p.root.Path(contract.TemplateFile), text, 0o666))
	require.Zero(t, p.drive().code)
	args[len(args)-1] = "hush-hush"
	r := p.launch(args...)
	require.Equal(t, "running\n", r.stdout, r.stderr)

	files := stored(t, store)
	require.Len(t, files, 6, "the artifact, the record, the entry in the cache, the log and its index, the note of the run")
	for name, text := range files {
		require.NotContains(t, text, "hush", name)
		require.NotContains(t, text, "very-secret", name)
	}
	require.Equal(t, "$(TOKEN)", records(t, store, "uid-1")[0].Inputs.Command[5])
}
