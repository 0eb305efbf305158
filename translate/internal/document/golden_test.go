package document_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// invalid is the folder of documents that must be refused.
var invalid = filepath.Join("..", "..", "..", "testdata", "invalid")

func TestInvalid(t *testing.T) {
	for _, src := range sources(t, invalid) {
		t.Run(src.Name, func(t *testing.T) {
			_, report, got := rendered(t, src)
			require.True(t, report.HasErrors())
			golden := filepath.Join(invalid, strings.TrimSuffix(src.Name, ".yaml")+".diag.txt")
			goldentest.Compare(t, golden, got)
		})
	}
}

// TestEachProblemHasAPlace holds the reader to its promise that only what
// concerns a whole file has no position, and that each problem is explained.
func TestEachProblemHasAPlace(t *testing.T) {
	for _, src := range sources(t, invalid) {
		_, report, _ := rendered(t, src)
		for _, d := range report.Diagnostics() {
			if d.Code != diag.MissingPipeline && d.Code != diag.NotText {
				require.True(t, d.Span.Known(), "%s: %s", src.Name, d.Message)
			}
			_, explained := diag.Explain(d.Code)
			require.True(t, explained, d.Code)
		}
	}
}
