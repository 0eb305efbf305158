package progress_test

import (
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/internal/progresstest"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// TestDriverKilled reads what Argo says of a pod whose driver was killed, as
// TestOutOfMemory sees it on 3.7.14: by its limit of memory, or since the run was asked
// to end.
func TestDriverKilled(t *testing.T) {
	p, w := resolve(t, "examples/failure_policies.yaml")
	progresstest.Ran(t, w, `
		run                 DAG      Failed     0
		broken              Pod      Error      0 5 Pod failed before main container starts due to PodInitializing:
		clean-up            Skipped  Omitted    6 6
	`)
	run, err := progress.Read(w, p)
	require.NoError(t, err)
	broken := run.Find([]string{"broken"})[0]
	require.Equal(t, progress.Failed, broken.State)
	require.Equal(t, "the driver was killed before the program began: if nobody ended the pod, it needed more memory than its limit (--driver-limits)", broken.Message)
	require.False(t, broken.Stopped)

	w.Spec.Shutdown = wfv1.ShutdownStrategyStop
	run, err = progress.Read(w, p)
	require.NoError(t, err)
	require.True(t, run.Find([]string{"broken"})[0].Stopped)
}
