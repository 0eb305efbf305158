package progress_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// recorded reads a Workflow as a cluster had it at its end.
func recorded(t *testing.T, name string) *wfv1.Workflow {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	var w wfv1.Workflow
	require.NoError(t, yaml.Unmarshal(text, &w))
	return &w
}

// TestRecorded reads runs that Argo has run: one in which all that may become of
// a task has happened, and one whose tasks look ahead.
func TestRecorded(t *testing.T) {
	for _, name := range []string{"outcomes", "look_ahead"} {
		t.Run(name, func(t *testing.T) {
			p, _ := resolve(t, "testdata/pipelines/"+name+".yaml")
			run, err := progress.Read(recorded(t, name), p)
			require.NoError(t, err)
			golden := filepath.Join("testdata", name+".txt")
			goldentest.Compare(t, golden, shown(run))
		})
	}
}

// TestHitAhead takes the pods of tasks away that Argo would not have started
// after a hit.
func TestHitAhead(t *testing.T) {
	w := recorded(t, "look_ahead")
	for id, n := range w.Status.Nodes {
		if strings.HasSuffix(n.Name, ".fit.run") {
			n.Type, n.Phase = wfv1.NodeTypeSkipped, wfv1.NodeSkipped
			w.Status.Nodes[id] = n
		}
	}
	run, err := progress.Read(w, nil)
	require.NoError(t, err)
	fit := run.Find([]string{"fit"})[0]
	require.True(t, fit.Cached)
	require.Empty(t, fit.Attempts)
	require.Len(t, fit.LookUps, 1)
	score := run.Find([]string{"score"})[0]
	require.False(t, score.Cached)
	require.Len(t, score.Attempts, 1)
}

func TestPaths(t *testing.T) {
	run, err := progress.Read(recorded(t, "outcomes"), nil)
	require.NoError(t, err)
	var paths []string
	run.Walk(func(t *progress.Task, _ int) { paths = append(paths, t.Path) })
	require.Equal(t, []string{
		"all", "all.prepare", "all.train-all",
		"all.train-all-0", "all.train-all-0.fit", "all.train-all-1", "all.train-all-1.fit", "all.train-all-2", "all.train-all-2.fit",
		"all.deploy", "all.wait", "report",
	}, paths)
}

func TestDocument(t *testing.T) {
	w := recorded(t, "outcomes")
	nodes, err := progress.Nodes(w)
	require.NoError(t, err)
	inputs := nodes[w.Name+".outcomes.all.prepare"].Inputs
	c := progress.Document(*inputs)
	require.NotNil(t, c)
	require.Contains(t, c.Outputs.Artifacts, "data")
	require.NotNil(t, c.Cache)
	require.Nil(t, progress.Document(wfv1.Inputs{}))
}
