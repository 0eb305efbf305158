package translate_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// TestCacheOfWorkspace never caches a task that may read the workspace, unless
// the pipeline sets its key.
func TestCacheOfWorkspace(t *testing.T) {
	text, err := os.ReadFile("../testdata/pipelines/workspace.yaml")
	require.NoError(t, err)
	for caching, want := range map[string][]string{
		"{enableCache: true}":                 {"bystander"},
		"{enableCache: true, cacheKey: mine}": {"bystander", "write"},
		"{}":                                  nil,
	} {
		source := string(text)
		for _, task := range []string{"write", "bystander"} {
			with := "componentRef: {name: comp-" + task + "}"
			require.Contains(t, source, with)
			source = strings.Replace(source, with, with+"\n        cachingOptions: "+caching, 1)
		}
		workflow, found, err := translate.Translate(diag.Source{Name: "workspace.yaml", Text: []byte(source)},
			translate.Options{Store: translate.Store{Root: "s3://bucket/root"}})
		require.NoError(t, err)
		require.Empty(t, found)
		var cached []string
		for _, template := range workflow.Spec.Templates {
			if len(template.Inputs.Artifacts) > 0 && strings.Contains(template.Inputs.Artifacts[0].Raw.Data, `"cache": {`) {
				cached = append(cached, template.Name)
			}
		}
		require.ElementsMatch(t, want, cached, caching)
	}
}
