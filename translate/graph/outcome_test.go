package graph_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/graph"
	"github.com/kfp2argo/kfp2argo/translate/internal/progresstest"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// colored is an example coloured by a run of it, and before that folded to a number of
// boxes where there is one.
func colored(t testing.TB, name, nodes string, most ...int) *graph.Graph {
	t.Helper()
	path := filepath.Join(repository, "examples", name+".yaml")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var w *wfv1.Workflow
	w, _, err = translate.Translate(diag.Source{Name: path, Text: text}, translate.Options{Name: name + "-x7k2p"})
	require.NoError(t, err)
	progresstest.Ran(t, w, nodes)
	run, err := progress.Read(w, resolve(t, path))
	require.NoError(t, err)
	g := example(t, name)
	for _, n := range most {
		g.Fold(n, func([]string) bool { return false })
	}
	g.Color(run, progresstest.Began().Add(time.Hour))
	return g
}

// trainingRun is a run of examples/training.yaml in which one iteration fails.
const trainingRun = `
	run                                                                DAG        Failed     0 200
	training                                                           DAG        Failed     0 200
	training.exit-handler-1                                            DAG        Failed     0 180
	training.exit-handler-1.ingest                                     Pod        Succeeded  0 35
	training.exit-handler-1.for-loop-2                                 DAG        Failed     36 180
	training.exit-handler-1.for-loop-2.preprocess                      TaskGroup  Failed     36 180
	training.exit-handler-1.for-loop-2.preprocess(0:0)                 Retry      Succeeded  36 70
	training.exit-handler-1.for-loop-2.preprocess(0:0)(0)              Pod        Failed     36 50  main: Error (exit code 1)
	training.exit-handler-1.for-loop-2.preprocess(0:0)(1)              Pod        Succeeded  51 70
	training.exit-handler-1.for-loop-2.preprocess(1:1)                 Retry      Failed     36 180 main: Error (exit code 1)
	training.exit-handler-1.for-loop-2.preprocess(1:1)(0)              Pod        Failed     36 180 main: Error (exit code 1)
	training.exit-handler-1.for-loop-2.preprocess(2:2)                 Retry      Succeeded  71 100
	training.exit-handler-1.for-loop-2.preprocess(2:2)(0)              Pod        Succeeded  71 100
	training.exit-handler-1.train                                      Skipped    Omitted    180 180
	training.clean-up                                                  Pod        Succeeded  181 200
`

func TestRun(t *testing.T) {
	g := colored(t, "training", trainingRun)
	compare(t, "training-run.svg", written(t, g, ".svg"))
	compare(t, "training-run.mmd", written(t, g, ".mmd"))
	require.Contains(t, written(t, g, ".dot"), `label="preprocess\n✗ 2/3 succeeded, 1 failed · up to 2m 24s · 1 retried\n1: main: Error (exit code 1)"`)
}

// TestRunFolded says of a folded group how the tasks in it stand.
func TestRunFolded(t *testing.T) {
	text := written(t, colored(t, "training", trainingRun, 5), ".svg")
	require.Contains(t, text, ">tasks: 3/7 succeeded, 1 failed, 3 omitted</text>")
	require.Contains(t, text, `class="n failed"`)
}

func TestRunGoesOn(t *testing.T) {
	text := written(t, colored(t, "failure_policies", `
		run       DAG    Running    0
		broken    Pod    Failed     0 5   no
		flaky     Retry  Running    0
		flaky(0)  Pod    Failed     0 10
		flaky(1)  Pod    Running    20
	`), ".mmd")
	require.Contains(t, text, "title: \"failure-policies: run failure_policies-x7k2p, running · 1h 0m\"")
	require.Contains(t, text, `["flaky<br>▶ running · 1h 0m · 2 attempts"]:::running`)
	require.Contains(t, text, `["broken<br>✗ failed · 5s<br>no"]:::failed`)
	require.Contains(t, text, `[["clean-up`)
	require.Contains(t, text, `○ waiting"]]:::waiting`)
}

// TestOtherRun colours tasks that the run knows nothing of.
func TestOtherRun(t *testing.T) {
	g := example(t, "hello")
	g.Color(&progress.Run{Name: "x"}, time.Time{})
	require.Contains(t, written(t, g, ".mmd"), `["greet<br>○ not started"]:::waiting`)
}
