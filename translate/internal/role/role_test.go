package role_test

import (
	"os"
	"path/filepath"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/translate/internal/role"
)

func workflow(t *testing.T, path string) *wfv1.Workflow {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "workflows", path))
	require.NoError(t, err)
	var w wfv1.Workflow
	require.NoError(t, yaml.Unmarshal(text, &w))
	return &w
}

// TestOf reads the roles in what is emitted.
func TestOf(t *testing.T) {
	for file, want := range map[string]map[string]role.Role{
		"importer_forms.yaml": {"constant": role.Podless, "importer-forms": role.Group, "make-uri": role.Pod},
		"loop_nested.yaml":    {"loop-nested": role.Group, "row": role.Loop, "row-iteration": role.Group, "large": role.Group},
		"look_ahead.yaml":     {"look-ahead": role.Group, "fit": role.Ahead, "fit-run": role.Pod, "fit-look-up": role.Pod},
	} {
		w := workflow(t, file)
		templates := role.In(role.Spec(w))
		for name, r := range want {
			of := templates.Named(name)
			require.NotNil(t, of, "%s: %s", file, name)
			require.Equal(t, r, templates.Of(of), "%s: %s", file, name)
		}
	}
}

// TestIsIteration reads which tasks of loops are all that is in an iteration.
func TestIsIteration(t *testing.T) {
	for file, want := range map[string]map[string]bool{
		"training.yaml":    {"for-loop-2": true, "entry": false, "exit-handler-1": false},
		"loop_nested.yaml": {"row": false},
		"loops.yaml":       {"for-loop-6": false, "for-loop-8": true},
	} {
		templates := role.In(role.Spec(workflow(t, file)))
		for name, is := range want {
			require.Equal(t, is, role.IsIteration(&templates.Named(name).DAG.Tasks[0]), "%s: %s", file, name)
		}
	}
}

func TestPlainOutputs(t *testing.T) {
	for file, want := range map[string]map[string]bool{
		"all_forms.yaml": {"text": true, "file": false, "files": false},
		"artifacts.yaml": {"Output": true},
	} {
		require.Equal(t, want, role.In(role.Spec(workflow(t, file))).PlainOutputs(), file)
	}
}

// TestStored reads what the Workflow refers to where Argo has noted it.
func TestStored(t *testing.T) {
	stored := workflow(t, "all_forms.yaml")
	w := &wfv1.Workflow{Status: wfv1.WorkflowStatus{StoredWorkflowSpec: &stored.Spec}}
	entry, pipeline := role.In(role.Spec(w)).Entry()
	require.Equal(t, "entry", entry.Name)
	require.Equal(t, "all-forms", pipeline.Name)
	entry, _ = role.In(&wfv1.WorkflowSpec{Entrypoint: "none"}).Entry()
	require.Nil(t, entry)
	require.Empty(t, role.In(&wfv1.WorkflowSpec{}).PlainOutputs())
}
