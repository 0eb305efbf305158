package oracle_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/common"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// printed is a Workflow as people get it.
type printed struct {
	name string
	text []byte
}

// workflows returns the goldens, and what becomes of the reference pipelines
// that translate.
func workflows(t *testing.T) []printed {
	t.Helper()
	all := goldens(t)
	require.NotEmpty(t, all)
	return append(all, corpus(t)...)
}

func goldens(t *testing.T) []printed {
	t.Helper()
	files, err := filepath.Glob("../../../testdata/workflows/*.yaml")
	require.NoError(t, err)
	patched, err := filepath.Glob("../../../testdata/overlays/*.workflow.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, patched)
	stored, err := filepath.Glob("../../../testdata/stores/*.workflow.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, stored)
	files = append(files, append(patched, stored...)...)
	var all []printed
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all = append(all, printed{filepath.Base(file), text})
	}
	return all
}

// corpus translates the reference pipelines, which lie beside the repository.
// Without them only the goldens are checked, but not in CI.
func corpus(t *testing.T) []printed {
	t.Helper()
	const folder = "../../../../shared/corpus"
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the reference pipelines are missing: %v", err)
		}
		t.Logf("the reference pipelines are missing: %v", err)
		return nil
	}
	var all []printed
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		workflow, _, err := translate.Translate(diag.Source{Name: path, Text: text}, translate.Options{})
		if err != nil || workflow == nil {
			return err // refused, which is for the translator's own tests
		}
		var out bytes.Buffer
		name, _ := filepath.Rel(folder, path)
		all = append(all, printed{"corpus/" + name, nil})
		err = translate.Print(&out, workflow, name)
		all[len(all)-1].text = out.Bytes()
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// decoded reads a Workflow as `argo lint --strict` does.
func decoded(t *testing.T, w printed) *wfv1.Workflow {
	t.Helper()
	objects := common.ParseObjects(w.text, true)
	require.Len(t, objects, 1, w.name)
	require.NoError(t, objects[0].Err, w.name)
	require.IsType(t, &wfv1.Workflow{}, objects[0].Object)
	return objects[0].Object.(*wfv1.Workflow)
}
