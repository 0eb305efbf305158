package pod_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/place"
)

// outputsIn is what is stored but for logs, what leads to them, and the note of the
// run.
func outputsIn(stored map[string]string) map[string]string {
	for key := range stored {
		if strings.HasSuffix(key, "/"+place.ExecutorLogs) || strings.Contains(key, "/logs/") || strings.Contains(key, "/runs/") {
			delete(stored, key)
		}
	}
	return stored
}

// keptLogs returns the logs in a store, by key.
func keptLogs(t *testing.T, store string) map[string]string {
	t.Helper()
	logs := map[string]string{}
	for key, text := range stored(t, store) {
		if strings.HasSuffix(key, "/"+place.ExecutorLogs) {
			logs[key] = text
		}
	}
	return logs
}

// TestLogKept keeps what a program writes that succeeds, fails, is ended, or
// leaves something behind that still has its streams; the log of the pod has it
// too.
func TestLogKept(t *testing.T) {
	for script, code := range map[string]int{
		"echo out; echo err >&2": 0, "echo out; echo err >&2; exit 3": 3, "echo out; echo err >&2; kill -KILL $$": 137,
		"echo out; echo err >&2; setsid sleep 30 & sleep 0.1": 0,
	} {
		dir := t.TempDir()
		p := newTask(t, dir, contract.Component{})
		require.Zero(t, p.drive().code)
		r := p.launch("sh", "-c", script)
		require.Equal(t, code, r.code, r.stderr)
		require.Equal(t, "out\n", r.stdout)
		require.True(t, strings.HasPrefix(r.stderr, "err\n"), r.stderr)
		logs := keptLogs(t, dir)
		require.Len(t, logs, 1)
		for key, text := range logs {
			require.Regexp(t, `^bucket/root/hello/uid-1/loop-2\.train-1/[0-9a-f-]{36}/executor-logs$`, key)
			require.ElementsMatch(t, []string{"out", "err"}, strings.Fields(text))
			index := ""
			for name, uri := range stored(t, dir) {
				if strings.HasPrefix(name, "bucket/root/hello/uid-1/logs/") {
					index = uri
				}
			}
			require.Equal(t, "minio://"+key, index)
		}
	}
}

// TestLogLimit keeps the beginning and the end of a long log, and nothing where
// that was asked for.
func TestLogLimit(t *testing.T) {
	for limit, want := range map[int64]string{
		10: "aaaaa\n[kfp2argo: 99991 bytes of the log are left out here; --log-limit keeps more]\naaaa\n",
		0:  "",
	} {
		dir := t.TempDir()
		p := newTask(t, dir, contract.Component{})
		p.document.LogLimit = &limit
		r := p.mustRun("sh", "-c", `head -c 100000 /dev/zero | tr '\0' a; echo`)
		require.Len(t, r.stdout, 100001)
		logs := keptLogs(t, dir)
		if limit == 0 {
			require.Empty(t, logs)
			continue
		}
		require.Len(t, logs, 1)
		for _, text := range logs {
			require.Equal(t, want, text)
		}
	}
}
