package pod_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
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
