package translate_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/refcheck"
)

const goldens = "../testdata/workflows"

// TestGoldens translates every pipeline of the examples and of the end-to-end
// tests and compares the Workflow with its golden, byte for byte.
func TestGoldens(t *testing.T) {
	seen := map[string]bool{}
	for _, pipeline := range pipelines(t) {
		name := filepath.Base(pipeline)
		seen[name] = true
		t.Run(name, func(t *testing.T) {
			workflow, text := translated(t, pipeline)
			require.Empty(t, refcheck.Problems(workflow))
			requireStrict(t, text)
			goldentest.Compare(t, filepath.Join(goldens, name), text)
		})
	}
	for _, golden := range glob(t, goldens+"/*.yaml") {
		require.True(t, seen[filepath.Base(golden)], "%s is the golden of no pipeline", golden)
	}
}

// TestSameBytes translates every pipeline ten times.
func TestSameBytes(t *testing.T) {
	for _, pipeline := range pipelines(t) {
		_, first := translated(t, pipeline)
		for range 9 {
			_, again := translated(t, pipeline)
			require.Equal(t, string(first), string(again))
		}
	}
}

// TestDeclaredLimits holds the Workflows against the bounds that the full
// resource definitions of Argo 4 set, and against what no version of Argo 3.7
// and 4 takes.
func TestDeclaredLimits(t *testing.T) {
	for _, pipeline := range pipelines(t) {
		workflow, text := translated(t, pipeline)
		require.LessOrEqual(t, len(workflow.Spec.Templates), 200)
		for _, template := range workflow.Spec.Templates {
			require.Regexp(t, `^[a-z][a-z0-9-]{0,62}$`, template.Name)
			require.LessOrEqual(t, len(template.Inputs.Parameters), 500)
			if template.DAG != nil {
				require.LessOrEqual(t, len(template.DAG.Tasks), 200)
			}
		}
		for _, never := range []string{"null", "creationTimestamp", "status:", "resources: {}", "{{item"} {
			for line := range strings.Lines(string(text)) {
				require.False(t, strings.HasSuffix(strings.TrimSpace(line), never) && !strings.Contains(line, `"`),
					"%s: %s", pipeline, line)
			}
		}
	}
}

func pipelines(t testing.TB) []string {
	t.Helper()
	all := append(glob(t, "../examples/*.yaml"), glob(t, "../testdata/pipelines/*.yaml")...)
	require.NotEmpty(t, all)
	return all
}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	return files
}

// translated translates a file that may have warnings but no errors.
func translated(t *testing.T, file string) (*wfv1.Workflow, []byte) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	workflow, found, err := translate.Translate(diag.Source{Name: file, Text: text}, translate.Options{})
	require.NoError(t, err)
	require.NotNil(t, workflow, "%v", found)
	var printed bytes.Buffer
	require.NoError(t, translate.Print(&printed, workflow, filepath.Base(file)))
	return workflow, printed.Bytes()
}

// requireStrict reads the printed Workflow as Argo's API does under its full
// resource definitions: no unknown fields.
func requireStrict(t *testing.T, text []byte) {
	t.Helper()
	var workflow wfv1.Workflow
	require.NoError(t, yaml.UnmarshalStrict(text, &workflow))
}
