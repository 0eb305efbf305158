package translate_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/refcheck"
)

// TestOverlays merges each patch of testdata/overlays, such as
// hello.team.patch.yaml, into what the example hello.yaml becomes, and compares
// the result with its golden.
func TestOverlays(t *testing.T) {
	patches := glob(t, "../testdata/overlays/*.patch.yaml")
	require.NotEmpty(t, patches)
	for _, patch := range patches {
		name := filepath.Base(patch)
		t.Run(name, func(t *testing.T) {
			pipeline, _, _ := strings.Cut(name, ".")
			workflow, text := patched(t, "../examples/"+pipeline+".yaml", textOf(t, patch))
			require.Empty(t, refcheck.Problems(workflow))
			requireStrict(t, text)
			compare(t, strings.TrimSuffix(patch, ".patch.yaml")+".workflow.yaml", text)
		})
	}
}

// TestOverlaysShareTemplates gives tasks that are alike the same patch, from
// different selectors.
func TestOverlaysShareTemplates(t *testing.T) {
	plain, _ := patched(t, "../examples/nested.yaml", "")
	same, _ := patched(t, "../examples/nested.yaml", "tasks: {middle/save: {timeout: 1h}, middle-2/save: {timeout: 1h}}")
	require.Len(t, same.Spec.Templates, len(plain.Spec.Templates))
	other, _ := patched(t, "../examples/nested.yaml", "tasks: {middle/save: {timeout: 1h}, middle-2/save: {timeout: 2h}}")
	require.Greater(t, len(other.Spec.Templates), len(plain.Spec.Templates))
}

// TestOverlayOfNothing leaves a Workflow as it is.
func TestOverlayOfNothing(t *testing.T) {
	for _, nothing := range []string{"", "{}", "workflow:\ntasks:\n", "workflow: {}\ntasks: {'*': {}, train: null, exit-handler-1: {}}"} {
		_, plain := translated(t, "../examples/training.yaml")
		_, text := patched(t, "../examples/training.yaml", nothing)
		require.Equal(t, string(plain), string(text), nothing)
	}
}

// TestOverlaysSameBytes merges a patch ten times.
func TestOverlaysSameBytes(t *testing.T) {
	patch := textOf(t, "../testdata/overlays/training.team.patch.yaml")
	_, first := patched(t, "../examples/training.yaml", patch)
	for range 9 {
		_, again := patched(t, "../examples/training.yaml", patch)
		require.Equal(t, string(first), string(again))
	}
}

func textOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

// patched translates a pipeline with a patch, and prints the result.
func patched(t *testing.T, pipeline, patch string) (*wfv1.Workflow, []byte) {
	t.Helper()
	options := translate.Options{Overlays: []diag.Source{{Name: "patch.yaml", Text: []byte(patch)}}}
	workflow, found, err := translate.Translate(diag.Source{Name: pipeline, Text: []byte(textOf(t, pipeline))}, options)
	require.NoError(t, err)
	require.NotNil(t, workflow, "%v", found)
	var printed bytes.Buffer
	require.NoError(t, translate.Print(&printed, workflow, filepath.Base(pipeline)))
	return workflow, printed.Bytes()
}
