//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
)

// TestEmbeddedLauncher runs a pipeline on the image of examples/embedding, which
// brings the launcher along, with pods that look for earlier results: these run
// the launcher of our own image.
func TestEmbeddedLauncher(t *testing.T) {
	t.Parallel()
	const embedded = "/usr/local/bin/kfp-launcher"
	r := runPipeline(t, onImage(t, "kfp2argo/embedded:dev"), in(restrictedNamespace),
		option{translate: func(o *translate.Options) {
			o.Pods.LauncherPath, o.Cache.Off, o.Cache.Check = embedded, false, translate.CheckAhead
		}})
	r.requirePhase(wfv1.WorkflowSucceeded, 4)
	require.Equal(t, "HELLO, WORLD!", r.result("Output"))
	ran := map[string]int{}
	for _, p := range r.pods() {
		for _, c := range p.Spec.Containers {
			if c.Name == "main" {
				// Argo's own program comes first in the command line.
				ran[c.Image+" "+c.Command[len(c.Command)-1]]++
			}
		}
	}
	require.Equal(t, map[string]int{"kfp2argo/embedded:dev " + embedded: 2, "kfp2argo/kfp2argo:dev /launcher": 2}, ran)
}

// onImage writes the example hello.yaml again, with its programs on another
// image.
func onImage(t *testing.T, image string) string {
	t.Helper()
	text, err := os.ReadFile(examples + "hello.yaml")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "hello.yaml")
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "python:3.11", image)), 0o600))
	return file
}

// TestNoEmbeddedLauncher runs a pipeline on an image that lacks the launcher.
func TestNoEmbeddedLauncher(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, examples+"hello.yaml", option{translate: func(o *translate.Options) { o.Pods.LauncherPath = "/opt/launcher" }})
	r.requirePhase(wfv1.WorkflowFailed, 1)
	require.Regexp(t, `/opt/launcher.*no such file`, r.node("hello.greet").Message+r.log("hello.greet"))
}
