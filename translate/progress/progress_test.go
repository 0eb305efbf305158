package progress_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/util/file"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/progresstest"
	"github.com/kfp2argo/kfp2argo/translate/internal/trace"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

const uid = "11111111-2222-3333-4444-555555555555"

// resolve reads a pipeline below the repository.
func resolve(t testing.TB, path string) (*translate.Pipeline, *wfv1.Workflow) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", path))
	require.NoError(t, err)
	source := diag.Source{Name: path, Text: text}
	p, _, err := translate.Resolve(source)
	require.NoError(t, err)
	w, _, err := translate.Translate(source, translate.Options{Name: "run"})
	require.NoError(t, err)
	require.NotNil(t, w)
	w.UID = uid
	return p, w
}

// shown writes a run as text, a line for each task, iteration and pod.
func shown(run *progress.Run) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s\n", run.Name, run.State)
	run.Walk(func(t *progress.Task, depth int) {
		indent := strings.Repeat("  ", depth+1)
		fmt.Fprintf(&text, "%s%s", indent, t.Key)
		if t.Index >= 0 {
			fmt.Fprintf(&text, "[%d]", t.Index)
		}
		fmt.Fprintf(&text, " %s", status(t.Status))
		if t.Cached {
			text.WriteString(" cached")
		}
		text.WriteString("\n")
		for _, a := range t.Attempts {
			fmt.Fprintf(&text, "%s  pod %d %s %s\n", indent, a.Number, a.PodName, status(a.Status))
		}
	})
	return text.String()
}

func status(s progress.Status) string {
	text := s.State.String()
	if took := s.Duration(progresstest.Began().Add(time.Minute)); took > 0 {
		text += " " + took.String()
	}
	if s.Message != "" {
		text += " (" + s.Message + ")"
	}
	return text
}

func requireShown(t *testing.T, run *progress.Run, want string) {
	t.Helper()
	lines := strings.Split(strings.Trim(want, "\n\t"), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "\t\t")
	}
	require.Equal(t, strings.Join(lines, "\n")+"\n", shown(run))
}

func TestLoops(t *testing.T) {
	p, w := resolve(t, "testdata/pipelines/loop_nested.yaml")
	progresstest.Ran(t, w, `
		run                                                         DAG        Running    0
		loop-nested                                                 DAG        Running    0
		loop-nested.rows                                            DAG        Running    0
		loop-nested.rows.iteration                                  TaskGroup  Running    0
		loop-nested.rows.iteration(10:10)                           DAG        Running    9
		loop-nested.rows.iteration(0:0)                             DAG        Running    0
		loop-nested.rows.iteration(0:0).cells                       DAG        Running    1
		loop-nested.rows.iteration(0:0).cells.iteration             TaskGroup  Running    1
		loop-nested.rows.iteration(0:0).cells.iteration(0:0)        DAG        Succeeded  1 9
		loop-nested.rows.iteration(0:0).cells.iteration(1:1)        DAG        Running    1
		loop-nested.rows.iteration(2:2)                             DAG        Succeeded  0 8
	`)
	run, err := progress.Read(w, p)
	require.NoError(t, err)
	rows := run.Find([]string{"rows"})
	require.Len(t, rows, 1)
	require.Equal(t, progress.Loop, rows[0].Kind)
	var indexes []int
	for _, iteration := range rows[0].Inside {
		indexes = append(indexes, iteration.Index)
	}
	require.Equal(t, []int{0, 2, 10}, indexes, "in the order of their numbers")
	cells := run.Find([]string{"rows", "cells"})
	require.Len(t, cells, 3, "one for each iteration")
	require.Len(t, cells[0].Inside, 2)
	require.Equal(t, progress.Omitted, cells[1].State)
	require.Equal(t, progress.Waiting, cells[2].State)
	require.Empty(t, run.Find([]string{"rows", "none"}))
	require.Empty(t, run.Find(nil))
}

// TestIterations has iterations that are one task, in all its states. An iteration has
// no node then, and stands as the task does.
func TestIterations(t *testing.T) {
	p, w := resolve(t, "examples/training.yaml")
	const loop = "training.exit-handler-1.for-loop-2"
	progresstest.Ran(t, w, strings.ReplaceAll(`
		run                      DAG        Running    0
		training                 DAG        Running    0
		training.exit-handler-1  DAG        Running    0
		LOOP                     DAG        Running    10
		LOOP.preprocess          TaskGroup  Running    10
		LOOP.preprocess(0:0)     Pod        Succeeded  10 20
		LOOP.preprocess(1:1)     Retry      Failed     10 40 No more retries left
		LOOP.preprocess(1:1)(0)  Pod        Failed     10 20 main: Error (exit code 1)
		LOOP.preprocess(1:1)(1)  Pod        Failed     20 40 main: Error (exit code 2)
		LOOP.preprocess(2:2)     Pod        Pending    50 - Unschedulable
		LOOP.preprocess(10:10)   Pod        Running    30
		LOOP.preprocess(11:11)   Skipped    Omitted    30 30
	`, "LOOP", loop))
	n := w.Status.Nodes["run-5"]
	n.Outputs = &wfv1.Outputs{Parameters: []wfv1.Parameter{{Name: "clean", Value: wfv1.AnyStringPtr(
		`{"name":"clean","uri":"s3://b/training/99999999-2222-3333-4444-555555555555/preprocess/a1/clean"}`)}}}
	w.Status.Nodes[n.ID] = n
	run, err := progress.Read(w, p)
	require.NoError(t, err)
	require.Equal(t, strings.TrimPrefix(`
    for-loop-2 Running 50s
      for-loop-2[0] Succeeded 10s
        preprocess Succeeded 10s cached
          pod 0 run-preprocess-2828106217 Succeeded 10s
      for-loop-2[1] Failed 30s
        preprocess Failed 30s (No more retries left)
          pod 0 run-preprocess-2633849700 Failed 10s (main: Error (exit code 1))
          pod 1 run-preprocess-3103475937 Failed 20s (main: Error (exit code 2))
      for-loop-2[2] Pending 10s
        preprocess Pending 10s (Unschedulable)
          pod 0 run-preprocess-2729557633 Pending 10s (Unschedulable)
      for-loop-2[10] Running 30s
        preprocess Running 30s
          pod 0 run-preprocess-1141721155 Running 30s
      for-loop-2[11] Omitted
        preprocess Omitted
`, "\n"), part(shown(run), "    for-loop-2 ", "    train "))
	found := run.Find([]string{"exit-handler-1", "for-loop-2"})[0]
	require.Equal(t, progress.Loop, found.Kind)
	for _, iteration := range found.Inside {
		require.Equal(t, progress.Group, iteration.Kind)
		require.Empty(t, iteration.NodeID+iteration.NodeName, "it has no node")
		require.Len(t, iteration.Inside, 1)
		require.Equal(t, -1, iteration.Inside[0].Index)
		require.NotEmpty(t, iteration.Inside[0].NodeID)
	}
	require.Equal(t, "exit-handler-1.for-loop-2-10.preprocess", found.Inside[3].Inside[0].Path)
	require.Len(t, run.Find([]string{"exit-handler-1", "for-loop-2", "preprocess"}), 5)
}

// TestIterationsStopped has the pods of a loop that was ended by hand.
func TestIterationsStopped(t *testing.T) {
	p, w := resolve(t, "examples/training.yaml")
	w.Spec.Shutdown = wfv1.ShutdownStrategyTerminate
	progresstest.Ran(t, w, `
		run                                                 DAG        Failed 0 9
		training                                            DAG        Failed 0 9
		training.exit-handler-1                             DAG        Failed 0 9
		training.exit-handler-1.for-loop-2                  DAG        Failed 0 9
		training.exit-handler-1.for-loop-2.preprocess       TaskGroup  Failed 0 9
		training.exit-handler-1.for-loop-2.preprocess(0:0)  Pod        Failed 0 9 workflow shutdown with strategy: Terminate
	`)
	run, err := progress.Read(w, p)
	require.NoError(t, err)
	loop := run.Find([]string{"exit-handler-1", "for-loop-2"})[0]
	require.True(t, loop.Stopped)
	require.True(t, loop.Inside[0].Stopped)
	require.True(t, loop.Inside[0].Inside[0].Stopped)
}

// part is the lines of a text from one that begins with something up to another.
func part(text, from, to string) string {
	_, rest, _ := strings.Cut("\n"+text, "\n"+from)
	found, _, _ := strings.Cut(from+rest, "\n"+to)
	return found + "\n"
}

// TestExit has the nodes that Argo makes of this pipeline, as the end-to-end
// tests see them.
func TestExit(t *testing.T) {
	p, w := resolve(t, "testdata/pipelines/exit_tasks.yaml")
	progresstest.Ran(t, w, `
		run                                    DAG      Failed     0 40
		exit-tasks                             DAG      Failed     0 40
		exit-tasks.exit-handler-1              Skipped  Skipped    0 0
		exit-tasks.exit-handler-2              DAG      Failed     0 9
		exit-tasks.exit-handler-2.work         Pod      Failed     0 9 main: Error (exit code 3)
		exit-tasks.nested                      DAG      Succeeded  0 20
		exit-tasks.nested.exit-handler-1       DAG      Succeeded  0 8
		exit-tasks.nested.exit-handler-1.work  Skipped  Skipped    0 0
		exit-tasks.nested.report               Pod      Succeeded  9 20
		exit-tasks.report                      Pod      Error      2 5
	`)
	run, err := progress.Read(w, p)
	require.NoError(t, err)
	requireShown(t, run, `
		run Failed
		  exit-handler-1 Skipped
		    work Skipped
		  exit-handler-2 Failed 9s
		    work Failed 9s (main: Error (exit code 3))
		      pod 0 run-work-3655691096 Failed 9s (main: Error (exit code 3))
		  clean-up Omitted
		    report Omitted
		  nested Succeeded 20s
		    exit-handler-1 Succeeded 8s
		      work Skipped
		    report Succeeded 11s
		      pod 0 run-report-995631260 Succeeded 11s
		  nested-2 Omitted
		    exit-handler-1 Omitted
		      work Omitted
		    report Omitted
		  report Failed 3s
		    pod 0 run-report-1829683625 Failed 3s
	`)
}

func TestRetries(t *testing.T) {
	p, w := resolve(t, "examples/failure_policies.yaml")
	progresstest.Ran(t, w, `
		run           DAG    Running    0
		broken        Pod    Failed     0 5 no
		clean-up      Pod    Pending    6
		flaky         Retry  Succeeded  0 50
		flaky(1)      Pod    Succeeded  20 50
		flaky(0)      Pod    Failed     0 10 main: Error (exit code 1)
	`)
	run, err := progress.Read(w, p)
	require.NoError(t, err)
	requireShown(t, run, `
		run Running
		  broken Failed 5s (no)
		    pod 0 run-broken-3051431241 Failed 5s (no)
		  clean-up Pending 54s
		    pod 0 run-clean-up-571581317 Pending 54s
		  flaky Succeeded 50s
		    pod 0 run-flaky-70525440 Failed 10s (main: Error (exit code 1))
		    pod 1 run-flaky-808593581 Succeeded 30s
	`)
}

// TestAfterStop finds an exit task in the Workflow's exit handler.
func TestAfterStop(t *testing.T) {
	p, w := resolve(t, "examples/failure_policies.yaml")
	progresstest.Ran(t, w, `
		run                 DAG      Failed     0
		broken              Pod      Failed     0 5
		clean-up            Skipped  Omitted    6 6
	`)
	n := wfv1.NodeStatus{ID: "x", Name: "run.onExit[0].clean-up", Type: wfv1.NodeTypePod, Phase: wfv1.NodeSucceeded, TemplateName: "clean-up"}
	w.Status.Nodes[n.ID] = n
	run, err := progress.Read(w, p)
	require.NoError(t, err)
	cleanUp := run.Find([]string{"clean-up"})[0]
	require.Equal(t, progress.Succeeded, cleanUp.State)
	require.Equal(t, "x", cleanUp.NodeID)
	require.Len(t, cleanUp.Attempts, 1)
	n.Phase = wfv1.NodeSkipped
	w.Status.Nodes[n.ID] = n
	run, err = progress.Read(w, p)
	require.NoError(t, err)
	require.Equal(t, progress.Omitted, run.Find([]string{"clean-up"})[0].State)
}

// TestKeys has a task whose key is not its name in the Workflow.
func TestKeys(t *testing.T) {
	p, w := resolve(t, "examples/hello.yaml")
	root := trace.Of(p).Pipeline.Root.Body.(*pipeline.DAG)
	root.Tasks[0].Key = "Greet"
	progresstest.Ran(t, w, "run DAG Succeeded 0 1\nhello.greet Pod Succeeded 0 1")
	run, err := progress.Read(w, p)
	require.NoError(t, err)
	require.Equal(t, "greet", run.Find([]string{"Greet"})[0].Name)
	run, err = progress.Read(w, nil)
	require.NoError(t, err)
	require.Equal(t, "hello", run.Pipeline)
	require.Len(t, run.Find([]string{"greet"}), 1)
}

func TestCached(t *testing.T) {
	p, w := resolve(t, "examples/artifacts.yaml")
	progresstest.Ran(t, w, "run DAG Succeeded 0 1\nartifacts.make-data Pod Succeeded 0 1\nartifacts.train Pod Succeeded 0 1\nartifacts.check Pod Succeeded 0 1")
	const other = "99999999-2222-3333-4444-555555555555"
	artifact := func(run, path string) *wfv1.AnyString {
		text := wfv1.AnyString(fmt.Sprintf(`{"name":"data","uri":"s3://b/artifacts/%s/%s"}`, run, path))
		return &text
	}
	give := func(id string, inputs, outputs *wfv1.AnyString) {
		n := w.Status.Nodes[id]
		n.Outputs = &wfv1.Outputs{Parameters: []wfv1.Parameter{{Name: "data", Value: outputs}, {Name: "none"}}}
		n.Inputs = &wfv1.Inputs{Parameters: []wfv1.Parameter{{Name: "data", Value: inputs}}}
		w.Status.Nodes[id] = n
	}
	give("run-1", nil, artifact(other, "make-data/a1/data"))
	give("run-2", artifact(other, "make-data/a1/data"), artifact(other, "make-data/a1/data"))
	give("run-3", nil, artifact(uid, "check/a1/data"))
	run, err := progress.Read(w, p)
	require.NoError(t, err)
	require.True(t, run.Find([]string{"make-data"})[0].Cached)
	require.False(t, run.Find([]string{"train"})[0].Cached, "it hands on what it was given")
	require.False(t, run.Find([]string{"check"})[0].Cached)
}

// TestPodless has importers that Argo evaluates by itself.
func TestPodless(t *testing.T) {
	p, w := resolve(t, "testdata/pipelines/importer_forms.yaml")
	run, err := progress.Read(w, p)
	require.NoError(t, err)
	kinds := map[string]progress.Kind{}
	run.Walk(func(t *progress.Task, _ int) { kinds[t.Key] = t.Kind })
	require.Equal(t, progress.Podless, kinds["constant"])
	require.Equal(t, progress.Pod, kinds["make-uri"])
	require.NotContains(t, kinds, "nothing", "an importer has no tasks")
}

func TestCompressed(t *testing.T) {
	p, w := resolve(t, "examples/hello.yaml")
	progresstest.Ran(t, w, "run DAG Succeeded 0 1\nhello.greet Pod Succeeded 0 1")
	want, err := progress.Read(w, p)
	require.NoError(t, err)
	text, err := json.Marshal(w.Status.Nodes)
	require.NoError(t, err)
	w.Status.CompressedNodes, w.Status.Nodes = file.CompressEncodeString(string(text)), nil
	before := w.DeepCopy()
	got, err := progress.Read(w, p)
	require.NoError(t, err)
	require.Equal(t, shown(want), shown(got))
	require.Equal(t, before, w, "the Workflow stays as it was")
	w.Status.CompressedNodes = "?"
	_, err = progress.Read(w, p)
	require.ErrorContains(t, err, `decompressing the nodes of Workflow "run"`)
}

func TestOffloaded(t *testing.T) {
	p, w := resolve(t, "examples/hello.yaml")
	w.Status.OffloadNodeStatusVersion = "fnv:1"
	_, err := progress.Read(w, p)
	var offloaded *progress.OffloadedError
	require.ErrorAs(t, err, &offloaded)
	require.ErrorContains(t, err, "argo get run -o json")
}

func TestOtherPipeline(t *testing.T) {
	p, _ := resolve(t, "examples/hello.yaml")
	_, w := resolve(t, "examples/artifacts.yaml")
	_, err := progress.Read(w, p)
	require.EqualError(t, err, `Workflow "run" is a run of pipeline "artifacts", not of "hello"`)
	delete(w.Annotations, "kfp2argo.dev/pipeline")
	_, err = progress.Read(w, p)
	require.ErrorContains(t, err, `the pipeline has no task`)
	_, err = progress.Read(&wfv1.Workflow{}, nil)
	require.ErrorContains(t, err, "it is not one of kfp2argo's")
}

// TestNotStarted reads every translated pipeline before anything has run, and
// finds each of its tasks.
func TestNotStarted(t *testing.T) {
	paths, err := filepath.Glob("../../examples/*.yaml")
	require.NoError(t, err)
	more, err := filepath.Glob("../../testdata/pipelines/*.yaml")
	require.NoError(t, err)
	for _, path := range append(paths, more...) {
		p, w := resolve(t, strings.TrimPrefix(path, "../../"))
		run, err := progress.Read(w, p)
		require.NoError(t, err, path)
		require.Equal(t, progress.Waiting, run.State)
		for _, task := range trace.Of(p).Pipeline.Root.Body.(*pipeline.DAG).Tasks {
			found := run.Find([]string{task.Key})
			require.Len(t, found, 1, path)
			require.Equal(t, progress.Waiting, found[0].State)
			require.Equal(t, task.Loop != nil, found[0].Kind == progress.Loop)
		}
	}
}
