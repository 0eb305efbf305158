package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/check"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// TestGoldens plans the pipelines in testdata, each of which is about names or
// about which tasks can share a template.
func TestGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got := dump(Build(resolved(t, file), Options{}))
			golden := strings.TrimSuffix(file, ".yaml") + ".plan.txt"
			goldentest.Compare(t, golden, got)
		})
	}
}

// resolved reads a pipeline without mistakes.
func resolved(t *testing.T, file string) *pipeline.Pipeline {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	source := diag.Source{Name: file, Text: text}
	var report diag.Report
	p := pipeline.Resolve(document.Read(source, &report), source, &report)
	require.NotNil(t, p)
	check.Pipeline(p, nil, source, &report)
	require.Empty(t, report.Diagnostics())
	return p
}
