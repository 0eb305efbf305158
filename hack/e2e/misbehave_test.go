//go:build e2e

package e2e

import (
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/faulttable"
	"github.com/kfp2argo/kfp2argo/runtime/place"
)

// TestMisbehave runs programs that leave others behind, remove what they were given,
// end by a signal, or write without end. Each hurts nobody but itself.
func TestMisbehave(t *testing.T) {
	t.Parallel()
	faulttable.GoesOn(t, faulttable.ProgramForks, faulttable.Run)
	faulttable.GoesOn(t, faulttable.ProgramRemoves, faulttable.Run)
	faulttable.GoesOn(t, faulttable.ProgramWrites, faulttable.Run)
	signal := faulttable.Of(t, faulttable.ProgramSignal, faulttable.Run)
	r := runPipeline(t, "testdata/misbehave.yaml")
	r.requirePhase(wfv1.WorkflowFailed, 5)
	require.Equal(t, `"content\n"`, r.output("forks", "said"), "it does not wait for what was left behind")
	require.Equal(t, `"gone\n"`, r.output("removes", "said"))
	require.Equal(t, `"content\n"`, r.output("writes", "said"))
	signalled := r.node("signalled")
	require.Equal(t, wfv1.NodeFailed, signalled.Phase)
	require.Contains(t, signalled.Message, signal.Message)
	require.Equal(t, "139", *signalled.Outputs.ExitCode)

	log := r.storedLog("writes")
	require.True(t, strings.HasPrefix(log, "first\n"), log[:80])
	require.True(t, strings.HasSuffix(log, "\nlast\n"), log[len(log)-80:])
	require.Less(t, len(log), 11<<20)
	require.Greater(t, len(log), 9<<20)
	for _, n := range []string{"forks", "removes", "signalled"} {
		require.Empty(t, r.storedLog(n), n)
	}
}

// storedLog returns what the store keeps of what the program of a task wrote.
func (r *run) storedLog(task string) string {
	r.t.Helper()
	prefix := strings.TrimPrefix(r.root(r.t), "s3://"+r.bucket+"/")
	prefix, _, _ = strings.Cut(prefix, "?")
	for o := range r.objects.ListObjects(r.t.Context(), r.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		require.NoError(r.t, o.Err)
		if strings.Contains(o.Key, "/"+task+"/") && strings.HasSuffix(o.Key, "/"+place.ExecutorLogs) {
			return r.object("s3://" + r.bucket + "/" + o.Key)
		}
	}
	require.Fail(r.t, "there is no log of "+task)
	return ""
}
