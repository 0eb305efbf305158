package translate_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/refcheck"
)

// FuzzTranslate holds the translator to what it promises for any text: a sound
// Workflow or an error with a place, never a bug of its own; and what is
// printed is that Workflow.
func FuzzTranslate(f *testing.F) {
	const large = 30_000 // a mutation of such a text is hardly ever a pipeline
	for _, folder := range []string{"../examples", "../testdata", "internal/check/testdata", "internal/plan/testdata", "../../shared/corpus"} {
		_ = filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".yaml" {
				return err // the reference pipelines may be missing
			}
			text, err := os.ReadFile(path)
			if len(text) < large {
				f.Add(text)
			}
			return err
		})
	}
	f.Fuzz(requirePromises)
}

func requirePromises(t *testing.T, text []byte) {
	workflow, found, err := translate.Translate(diag.Source{Name: "fuzz.yaml", Text: text}, translate.Options{})
	require.NoError(t, err)
	var report diag.Report
	for _, d := range found {
		report.Add(d)
		_, explained := diag.Explain(d.Code)
		require.True(t, explained, d.Code)
		require.True(t, d.Span.Known() || d.Code == diag.MissingPipeline || d.Code == diag.NotText, d.Message)
	}
	require.Equal(t, report.HasErrors(), workflow == nil)
	if workflow != nil {
		requireSound(t, workflow)
	}
}

// requireSound checks a Workflow and its printed form.
func requireSound(t *testing.T, workflow *wfv1.Workflow) {
	t.Helper()
	require.Empty(t, refcheck.Problems(workflow))
	var printed bytes.Buffer
	require.NoError(t, translate.Print(&printed, workflow, "fuzz.yaml"))
	var back wfv1.Workflow
	require.NoError(t, yaml.UnmarshalStrict(printed.Bytes(), &back), printed.String())
	require.True(t, equality.Semantic.DeepEqual(workflow, &back), printed.String())
}
