//go:build e2e

package e2e

import (
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
)

// TestKeysStayHidden runs a program that looks for the keys of the store, as an ordinary
// user and as root. Its artifact is stored, so the launcher had them.
func TestKeysStayHidden(t *testing.T) {
	t.Parallel()
	for name, level := range map[string]translate.PodSecurity{"user 1000": translate.Restricted, "image's user": translate.Baseline, "root": translate.Off} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runPipeline(t, cases+"hidden_keys.yaml", option{translate: func(o *translate.Options) { o.Pods.Security = level }})
			r.requirePhase(wfv1.WorkflowSucceeded, 1)
			require.Contains(t, r.log("hidden-keys.thief"),
				"launcher, environment: refused\nlauncher, memory: refused\nlauncher, ptrace: refused\nelsewhere: nothing\n")
			require.Equal(t, "left", r.object(r.artifact("hidden-keys.thief", "left").URI))
		})
	}
}
