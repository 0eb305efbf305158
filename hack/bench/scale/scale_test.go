package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/hack/bench"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/explain"
)

func TestParseRow(t *testing.T) {
	for name, want := range map[string]row{
		"loop-500":          {what: "a loop of 500", pods: 500, runs: 1, parallel: 20},
		"nested-50x50":      {what: "a loop of 50 in one of 50", pods: 2500, runs: 1, parallel: 20},
		"nested-2x3":        {what: "a loop of 3 in one of 2", pods: 6, runs: 1, parallel: 20},
		"dag-200":           {what: "200 tasks in a DAG", pods: 200, runs: 1, parallel: 20},
		"pipelines-20x10x5": {what: "1000 tasks in nested pipelines, 20 × 10 × 5", pods: 1000, runs: 1, parallel: 20},
		"hollow-loop-500":   {what: "a loop of 500", pods: 500, runs: 1, parallel: 20, hollow: true},
		"runs-50x5":         {what: "50 runs of 5 tasks", pods: 5, runs: 50, parallel: 50},
	} {
		got, err := parseRow(name, 20)
		require.NoError(t, err)
		require.NotEmpty(t, got.pipeline)
		require.NotNil(t, got.hand)
		want.name, want.pipeline, want.hand = name, got.pipeline, nil
		got.hand = nil
		require.Equal(t, want, got)
	}
	for name, wrong := range map[string]string{
		"": "size", "loop": "size", "loop-0": `"0"`, "loop-5x5": "no row", "nested-5": "no row", "tree-5": "no row", "loop-5 ": `"5 "`,
	} {
		_, err := parseRow(name, 20)
		require.ErrorContains(t, err, wrong, name)
		require.ErrorContains(t, err, forms)
	}
}

// TestByHand compares the forms of Workflows: each has the pods of its pipeline,
// and nothing of its templates otherwise.
func TestByHand(t *testing.T) {
	for name, templates := range map[string][]string{
		"loop-7":          {"loop-1", "idle"},
		"nested-3x4":      {"loop-1", "loop-2", "idle"},
		"dag-5":           {"main", "idle"},
		"pipelines-2x3x4": {"part-0", "part-1", "part-2", "idle"},
		"runs-2x3":        {"main", "idle"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := parseRow(name, 2)
			require.NoError(t, err)
			options := translate.Options{Store: translate.Store{Root: "s3://b/c"}}
			made, found, err := translate.Trace(diag.Source{Name: "a.json", Text: r.pipeline}, options)
			require.NoError(t, err)
			require.NotNil(t, made, "%v", found)
			report := explain.New(made, explain.Options{Translation: options})
			require.Equal(t, r.pods, report.Pods.Argo)
			require.Positive(t, predicted(report.Size))

			hand, err := byHand(made.Workflow, r)
			require.NoError(t, err)
			var names []string
			for _, h := range hand.Spec.Templates {
				names = append(names, h.Name)
				require.NotContains(t, fmt.Sprint(h.DAG), "{{=", "expressions are not by hand")
			}
			require.Equal(t, templates, names)
			require.Equal(t, names[0], hand.Spec.Entrypoint)
			require.Equal(t, made.Workflow.GetTemplateByName("idle"), hand.GetTemplateByName("idle"))
			require.Equal(t, made.Workflow.Spec.TemplateDefaults, hand.Spec.TemplateDefaults)
			require.Equal(t, made.Workflow.Spec.Arguments, hand.Spec.Arguments)
			require.Equal(t, r.pods, walk(hand, hand.Spec.Entrypoint), "pods")
		})
	}
}

// walk counts the pods of a template. Loops are over lists of arguments.
func walk(w *wfv1.Workflow, name string) int {
	t := w.GetTemplateByName(name)
	if t.DAG == nil {
		return 1
	}
	n := 0
	for _, task := range t.DAG.Tasks {
		times := 1
		if task.WithParam != "" {
			var list string
			_, _ = fmt.Sscanf(task.WithParam, "{{workflow.parameters.%s", &list)
			times = 1
			for _, c := range w.Spec.Arguments.GetParameterByName(list[:len(list)-len("}}")]).Value.String() {
				if c == ',' {
					times++
				}
			}
		}
		n += times * walk(w, task.Template)
	}
	return n
}

func TestPredicted(t *testing.T) {
	s := explain.Size{JSON: 100, Limit: 1000, State: explain.State{Bytes: 600, ManagedFields: 300, Compressed: 90}}
	require.Equal(t, 700, predicted(s))
	s.State.Bytes++
	require.Equal(t, 190, predicted(s), "compressed")
	s.Limit = 0
	require.Equal(t, 701, predicted(s))
}

// TestFollow follows two runs, of which one goes on longer, and one that hangs.
func TestFollow(t *testing.T) {
	began := metav1.Unix(1_700_000_000, 0)
	at := func(name, version string, phase wfv1.WorkflowPhase, seconds int) *wfv1.Workflow {
		w := &wfv1.Workflow{ObjectMeta: metav1.ObjectMeta{Name: name, ResourceVersion: version, CreationTimestamp: began, ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "m"}}}}
		w.Status.Phase = phase
		w.Status.Nodes = wfv1.Nodes{"a": {ID: "a", Name: "a", Type: wfv1.NodeTypeDAG}, "b": {ID: "b", Name: "b", Type: wfv1.NodeTypePod}}
		if phase.Completed() {
			w.Status.FinishedAt = metav1.Unix(began.Unix()+int64(seconds), 0)
		}
		return w
	}
	answers := map[string][]*wfv1.Workflow{
		"one": {at("one", "1", wfv1.WorkflowSucceeded, 5)},
		"two": {at("two", "1", wfv1.WorkflowRunning, 0), at("two", "2", wfv1.WorkflowSucceeded, 9)},
		"bad": {at("bad", "1", wfv1.WorkflowRunning, 0), at("bad", "1", wfv1.WorkflowRunning, 0)},
		"few": {at("few", "1", wfv1.WorkflowFailed, 5)},
	}
	get := func(_ context.Context, name string) (*wfv1.Workflow, error) {
		if len(answers[name]) == 0 {
			return nil, errors.New("asked too often")
		}
		w := answers[name][0]
		answers[name] = answers[name][1:]
		return w, nil
	}
	hours := 0
	follow := func(pods int, names ...string) bench.ScaleRun {
		f := &follower{pods: pods, patience: time.Hour, now: func() time.Time { hours++; return began.Add(time.Duration(hours) * time.Hour) }}
		require.NoError(t, f.follow(t.Context(), get, names))
		return f.measured
	}
	got := follow(1, "one", "two")
	require.Equal(t, bench.Succeeded, got.Ended)
	require.Equal(t, 9*time.Second, got.Wall)
	require.Equal(t, []int{1, 2}, []int{got.Pods, got.Nodes})
	require.Positive(t, got.Compressed)
	require.Greater(t, got.Final, 200)
	require.Greater(t, got.Largest, got.Final, "with the managed fields")
	require.Equal(t, "hangs: nothing has changed for 1h0m0s", follow(1, "bad").Ended)
	require.Equal(t, "Failed: ", follow(1, "few").Ended)
	answers["one"] = []*wfv1.Workflow{at("one", "1", wfv1.WorkflowSucceeded, 5)}
	require.Equal(t, "1 pods of 2", follow(2, "one").Ended)
}

// TestResults keeps rows, and goes on with them.
func TestResults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bin", "rows.json")
	known, err := readResults(file)
	require.NoError(t, err)
	require.Empty(t, known.Rows)
	known.Put(bench.ScaleRow{Name: "loop-20", Argo: "v3", Ours: bench.ScaleRun{Wall: time.Second}})
	require.NoError(t, writeResults(file, known))
	again, err := readResults(file)
	require.NoError(t, err)
	require.Equal(t, known, again)
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	_, err = readResults(file)
	require.ErrorContains(t, err, "reading the rows")
}

// TestUsage measures this process.
func TestUsage(t *testing.T) {
	self := process(os.Getpid())
	used, err := self.usage()
	require.NoError(t, err)
	require.Positive(t, used.memory)
	none, err := process(0).usage()
	require.NoError(t, err)
	require.Zero(t, none)
	require.NoError(t, process(0).resetPeak())

	cpu, err := cpuTime("7 (a ) (b) S 1 7 7 0 -1 4194304 100 0 0 0 150 50 0 0 20 0")
	require.NoError(t, err)
	require.Equal(t, 2*time.Second, cpu)
	for _, bad := range []string{"", "7 (a) S 1 2", "7 (a) S 1 7 7 0 -1 4194304 100 0 0 0 x 50 0 0 20 0"} {
		_, err := cpuTime(bad)
		require.Error(t, err, bad)
	}
}
