package translate_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/refcheck"
)

// TestCorpus translates the pipelines of KFP's own tests and compares what
// becomes of them with docs/corpus.md, which it writes with -update.
func TestCorpus(t *testing.T) {
	folder := reference(t, "corpus")
	onArgo := readOnArgo(t)
	var translated, refused []string
	for _, file := range files(t, folder) {
		text, err := os.ReadFile(filepath.Join(folder, file))
		require.NoError(t, err)
		workflow, found, err := translate.Translate(diag.Source{Name: file, Text: text}, translate.Options{})
		require.NoError(t, err, file)
		end, known := onArgo[file]
		require.True(t, known, "hack/e2e/testdata/corpus.yaml does not say whether %s runs", file)
		require.Equal(t, workflow == nil, end == atTranslation, file)
		delete(onArgo, file)
		if workflow == nil {
			refused = append(refused, fmt.Sprintf("| %s | %s |", file, reasons(found)))
			continue
		}
		require.Empty(t, refcheck.Problems(workflow), file)
		translated = append(translated, fmt.Sprintf("| %s | %s | %s |", file, end, reasons(found)))
	}
	require.Empty(t, onArgo, "hack/e2e/testdata/corpus.yaml tells of pipelines that are not there")
	goldentest.Compare(t, "../docs/corpus.md", corpusPage(translated, refused))
}

// atTranslation is why what is refused does not run.
const atTranslation = "refused at translation"

// readOnArgo reads what becomes of each pipeline in the end-to-end tests.
func readOnArgo(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../hack/e2e/testdata/corpus.yaml")
	require.NoError(t, err)
	var table struct {
		Runs []struct {
			File, Phase string
		}
		Excluded []struct {
			Reason string
			Files  []string
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &table))
	all := map[string]string{}
	add := func(file, end string) {
		require.NotContains(t, all, file, "it stands there twice")
		all[file] = end
	}
	for _, r := range table.Runs {
		add(r.File, "**"+cmp.Or(r.Phase, "Succeeded")+"**")
	}
	for _, e := range table.Excluded {
		for _, file := range e.Files {
			add(file, e.Reason)
		}
	}
	return all
}

// TestConversionPage makes sure that docs/conversion.md says of each code what
// it is for.
func TestConversionPage(t *testing.T) {
	page, err := os.ReadFile("../docs/conversion.md")
	require.NoError(t, err)
	for _, e := range diag.Explanations() {
		require.Contains(t, string(page), "`"+string(e.Code)+"`")
	}
}

// files lists the pipelines below a folder by their paths.
func files(t *testing.T, folder string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Ext(path) == ".yaml" {
			relative, _ := filepath.Rel(folder, path)
			all = append(all, filepath.ToSlash(relative))
		}
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// whose is the part of a message that differs between executors.
var whose = regexp.MustCompile(` of executor "[^"]+"`)

// reasons is what is said about a pipeline, as the cell of a table: each message
// once, without its place.
func reasons(found []diag.Diagnostic) string {
	var all []string
	for _, d := range found {
		message := whose.ReplaceAllString(d.Message, "")
		reason := fmt.Sprintf("`%s`: %s", d.Code, strings.ReplaceAll(message, "|", `\|`))
		if !slices.Contains(all, reason) {
			all = append(all, reason)
		}
	}
	return strings.Join(all, "<br>")
}

const corpusIntro = `# KFP's own pipelines

What becomes of the pipelines that kubeflow/pipelines compiles for its own tests, as of August 2026: %d of %d are
translated. [conversion.md](conversion.md) says why a construct is refused, and what to do instead.

The end-to-end tests run %d of them on Argo and look at how each run ends, in which phase, with which tasks, outputs and
logs: as KFP says it should. [corpus.yaml](../hack/e2e/testdata/corpus.yaml) holds it all, the same for a cluster and for
Argo's controller without one. CI runs all without a cluster, and one of each form on it; ` + "`hack/e2e/run -run TestCorpus -corpus`" + `
runs all on it. What does not run has its reason here.

` + "`make golden`" + ` writes this page.
`

func corpusPage(translated, refused []string) []byte {
	var page bytes.Buffer
	runs := strings.Count(strings.Join(translated, "\n"), "| **")
	fmt.Fprintf(&page, corpusIntro, len(translated), len(translated)+len(refused), runs)
	fmt.Fprintf(&page, "\n## Refused\n\nKFP refuses those in `invalid` too.\n\n| pipeline | why |\n|---|---|\n%s\n", strings.Join(refused, "\n"))
	fmt.Fprintf(&page, "\n## Translated\n\n| pipeline | on Argo | warnings |\n|---|---|---|\n%s\n", strings.Join(translated, "\n"))
	return page.Bytes()
}
