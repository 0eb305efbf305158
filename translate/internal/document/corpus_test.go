package document_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// shared returns a path in the folder of reference material beside the
// repository. Where that is missing the test is skipped, but not in CI.
func shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the reference material is missing: %v", err)
		}
		t.Skipf("the reference material is missing: %v", err)
	}
	return path
}

// sources reads all YAML files below a folder.
func sources(t testing.TB, folder string) []diag.Source {
	t.Helper()
	var found []diag.Source
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		found = append(found, diag.Source{Name: filepath.ToSlash(name), Text: text})
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, found, folder)
	return found
}

// rendered reads a source and returns the document and all that is printed
// about it.
func rendered(t testing.TB, src diag.Source) (*document.Document, *diag.Report, string) {
	t.Helper()
	var report diag.Report
	var text strings.Builder
	doc := document.Read(src, &report)
	require.NotNil(t, doc)
	require.NoError(t, diag.Render(&text, src, report.Diagnostics(), diag.Options{}))
	return doc, &report, text.String()
}

func TestCorpusReads(t *testing.T) {
	corpus := shared(t, "corpus")
	for _, folder := range []string{"valid", "kfp-kubernetes", "argo_compatibility"} {
		for _, src := range sources(t, filepath.Join(corpus, folder)) {
			t.Run(folder+"/"+src.Name, func(t *testing.T) {
				doc, _, text := rendered(t, src)
				require.Empty(t, text)
				require.NotNil(t, doc.Pipeline)
				require.NotEmpty(t, doc.Pipeline.PipelineInfo.Name.Value)
				require.NotNil(t, doc.Pipeline.Root)
			})
		}
	}
}

func TestCorpusRefuses(t *testing.T) {
	want := map[string]string{
		"empty_file.yaml": `empty_file.yaml: the file holds no pipeline [missing-pipeline]
   = hint: pass the file that the KFP v2 compiler wrote: kfp dsl compile --py pipeline.py --output pipeline.yaml
`,
		"invalid_yaml.yaml": `invalid_yaml.yaml:3:1: unknown field "components_1" at the top of the document [unknown-field]
  |
3 | components_1:
  | ^^^^^^^^^^^^
  = hint: did you mean "components"?
`,
		"no_name.yaml": `no_name.yaml:16:8: the pipeline has no name [missing-name]
   |
16 |   name:
   |        ^
   = hint: set pipelineInfo.name, from which the workflow takes its name
`,
	}
	for _, src := range sources(t, filepath.Join(shared(t, "corpus"), "invalid")) {
		t.Run(src.Name, func(t *testing.T) {
			_, _, text := rendered(t, src)
			require.Equal(t, want[src.Name], text)
		})
	}
}
