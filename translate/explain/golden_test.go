package explain_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/explain"
)

// report translates a pipeline and explains it.
func report(t *testing.T, path string, options translate.Options) *explain.Report {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	traced, found, err := translate.Trace(diag.Source{Name: path, Text: text}, options)
	require.NoError(t, err)
	require.NotNil(t, traced, found)
	var printed bytes.Buffer
	require.NoError(t, translate.Print(&printed, traced.Workflow, "a test"))
	return explain.New(traced, explain.Options{Translation: options, Items: 10, YAML: printed.Len(), Found: found})
}

// TestGoldens compares reports as texts.
func TestGoldens(t *testing.T) {
	examples := filepath.Join("..", "..", "examples")
	own := filepath.Join("..", "..", "testdata", "pipelines")
	corpus := filepath.Join("..", "..", "..", "shared", "corpus", "valid")
	for name, path := range map[string]string{
		"artifacts":         filepath.Join(examples, "artifacts.yaml"),
		"conditions":        filepath.Join(examples, "conditions.yaml"),
		"exit_handler":      filepath.Join(examples, "exit_handler.yaml"),
		"importers":         filepath.Join(examples, "importers.yaml"),
		"kubernetes_config": filepath.Join(examples, "kubernetes_config.yaml"),
		"loops":             filepath.Join(examples, "loops.yaml"),
		"training":          filepath.Join(examples, "training.yaml"),
		"claims":            filepath.Join(own, "claims.yaml"),
		"loop_nested":       filepath.Join(own, "loop_nested.yaml"),
		"pod_open":          filepath.Join(own, "pod_open.yaml"),
		"run_settings":      filepath.Join(own, "run_settings.yaml"),
		"workspace":         filepath.Join(own, "workspace.yaml"),
		"look_ahead":        filepath.Join(own, "look_ahead.yaml"),
		"corpus_flip_coin":  filepath.Join(corpus, "critical", "flip_coin.yaml"),
		"corpus_volume":     filepath.Join(corpus, "pipeline_with_volume.yaml"),
		"corpus_optional":   filepath.Join(corpus, "critical", "missing_kubernetes_optional_inputs.yaml"),
		"corpus_io_types":   filepath.Join(corpus, "pipeline_with_various_io_types.yaml"),
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(name, "corpus_") {
				requireCorpus(t, path)
			}
			r := report(t, path, translate.Options{})
			var text bytes.Buffer
			require.NoError(t, r.Text(&text, filepath.Base(path)))
			goldentest.Compare(t, filepath.Join("testdata", name+".txt"), text.Bytes())
		})
	}
}

// TestPage compares the report that docs/explain.md shows with that of the
// pipeline: it is the text between the command and the next paragraph.
func TestPage(t *testing.T) {
	const name, command = "examples/training.yaml", "    $ kfp2argo explain examples/training.yaml\n"
	path := filepath.Join("..", "..", "docs", "explain.md")
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(page), command)
	require.True(t, found)
	_, after, found := strings.Cut(rest, "\n\nIt takes the flags")
	require.True(t, found)

	r := report(t, filepath.Join("..", "..", "examples", "training.yaml"), translate.Options{})
	var text bytes.Buffer
	require.NoError(t, r.Text(&text, name))
	var shown strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(text.String(), "../../"+name, name)) {
		if line != "\n" {
			shown.WriteString("    ")
		}
		shown.WriteString(line)
	}
	goldentest.Compare(t, path, []byte(before+command+strings.TrimRight(shown.String(), "\n")+"\n\nIt takes the flags"+after))
}

func TestJSONGolden(t *testing.T) {
	r := report(t, filepath.Join("..", "..", "examples", "training.yaml"), translate.Options{Store: translate.Store{Secret: "keys", Root: "s3://bucket/path"}})
	text, err := json.MarshalIndent(r, "", "  ")
	require.NoError(t, err)
	goldentest.Compare(t, filepath.Join("testdata", "training.json"), append(text, '\n'))
}

// requireCorpus makes sure that the reference material is there, which it is
// wherever CI is set.
func requireCorpus(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the reference material is missing: %v", err)
		}
		t.Skipf("the reference material is missing: %v", err)
	}
}

// TestBytes makes sure that what is said of sizes is what is there.
func TestBytes(t *testing.T) {
	path := filepath.Join("..", "..", "examples", "training.yaml")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	workflow, _, err := translate.Translate(diag.Source{Name: path, Text: text}, translate.Options{})
	require.NoError(t, err)
	whole, err := json.Marshal(workflow)
	require.NoError(t, err)
	size := report(t, path, translate.Options{}).Size
	require.Equal(t, len(whole), size.JSON)
	require.Equal(t, 1<<20, size.Limit)
}
