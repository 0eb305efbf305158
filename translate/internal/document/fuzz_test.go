package document_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// FuzzRead holds the reader to what it promises for any text: it returns, with
// a pipeline or with an error, and all that it says has a place in the text.
func FuzzRead(f *testing.F) {
	for _, src := range sources(f, invalid) {
		f.Add(src.Text)
	}
	corpus := filepath.Join("..", "..", "..", "..", "shared", "corpus")
	if _, err := os.Stat(corpus); err == nil {
		for _, src := range sources(f, corpus) {
			f.Add(src.Text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		src := diag.Source{Name: "fuzz.yaml", Text: text}
		var report diag.Report
		doc := document.Read(src, &report)
		require.NotNil(t, doc)
		require.True(t, doc.Pipeline != nil || report.HasErrors())
		lines := src.Lines()
		for _, d := range report.Diagnostics() {
			requirePlace(t, lines, d)
		}
		require.NoError(t, diag.Render(io.Discard, src, report.Diagnostics(), diag.Options{}))
	})
}

// requirePlace checks that a diagnostic stands inside a text, or behind the
// end of a line, where what is missing would stand.
func requirePlace(t *testing.T, lines []string, d diag.Diagnostic) {
	t.Helper()
	if (d.Code == diag.MissingPipeline || d.Code == diag.NotText) && !d.Span.Known() {
		return
	}
	require.True(t, 1 <= d.Span.Line && d.Span.Line <= len(lines), "%+v", d)
	length := utf8.RuneCountInString(lines[d.Span.Line-1])
	require.True(t, 1 <= d.Span.Column && 1 <= d.Span.Width, "%+v", d)
	require.LessOrEqual(t, d.Span.Column+d.Span.Width-1, max(length, d.Span.Column), "%+v", d)
	require.LessOrEqual(t, d.Span.Column, length+1, "%+v", d)
}
