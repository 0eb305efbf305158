//go:build e2e

package e2e

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// recordedRuns is the folder of what becomes of runs: a file for each test. All
// engines are held to the same file, so that a run ends on this machine as on a
// cluster: in the same phase, with the same tasks, attempts and outputs. The
// cluster is right where they differ: `hack/e2e/run -run TEST -update` records.
const recordedRuns = "testdata/runs"

// varying are outputs that are not the same in each run, as TASK/OUTPUT, with the
// reason.
type varying map[string]string

// requireRecorded compares what has become of the run with what is recorded of
// it.
func (r *run) requireRecorded(except varying) {
	r.t.Helper()
	defer func() {
		if r.t.Failed() {
			r.t.Log("`hack/e2e/run -run TEST -update` records what becomes of it on the cluster")
		}
	}()
	goldentest.Compare(r.t, filepath.Join(recordedRuns, filepath.FromSlash(r.t.Name())+".txt"), r.record(except))
}

// record tells what has become of the run, without what differs from run to run:
// names, identifiers, times and places.
func (r *run) record(except varying) string {
	r.t.Helper()
	read, err := progress.Read(r.workflow, nil)
	require.NoError(r.t, err)
	used, lasting := varying{}, r.lasting(read)
	var text strings.Builder
	outputs := func(task string, n wfv1.NodeStatus) {
		if n.Outputs == nil {
			return
		}
		for _, p := range slices.SortedFunc(slices.Values(n.Outputs.Parameters), func(a, b wfv1.Parameter) int { return cmp.Compare(a.Name, b.Name) }) {
			key := task + "/" + p.Name
			if reason, varies := except[key]; varies {
				used[key] = reason
				fmt.Fprintf(&text, "  %s varies: %s\n", p.Name, reason)
				continue
			}
			value := identifier.ReplaceAllString(lasting.Replace(p.Value.String()), "<id>")
			fmt.Fprintf(&text, "  %s = %s\n", p.Name, strings.ReplaceAll(value, "\n", `\n`))
		}
	}
	fmt.Fprintf(&text, "%s: %s\n", r.file, read.State)
	outputs("", r.workflow.Status.Nodes[r.workflow.Name])
	read.Walk(func(task *progress.Task, _ int) {
		fmt.Fprintf(&text, "%s: %s%s\n", task.Path, task.State, attempts(r.workflow, task))
		outputs(task.Path, r.workflow.Status.Nodes[task.NodeID])
	})
	require.Equal(r.t, len(except), len(used), "outputs that are said to vary are not there: %v", except)
	return text.String()
}

// attempts tells how the attempts at a task have ended, but for the one that has
// succeeded at once.
func attempts(w *wfv1.Workflow, task *progress.Task) string {
	var ends []string
	for _, a := range slices.Concat(task.LookUps, task.Attempts) {
		end := a.State.String()
		if n := w.Status.Nodes[a.NodeID]; a.State == progress.Failed && n.Outputs != nil && n.Outputs.ExitCode != nil {
			end += " with " + *n.Outputs.ExitCode
		}
		ends = append(ends, end)
	}
	if len(ends) == 0 || slices.Equal(ends, []string{progress.Succeeded.String()}) {
		return ""
	}
	return " (" + strings.Join(ends, ", ") + ")"
}

var identifier = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// lasting returns what replaces, in values, what differs from run to run.
func (r *run) lasting(read *progress.Run) *strings.Replacer {
	names := map[string]string{}
	for id, n := range r.workflow.Status.Nodes {
		if task, ok := strings.CutPrefix(n.Name, r.workflow.Name+"."); ok { // not the root, whose ID is the run's name
			names[id] = "<node " + task + ">"
		}
	}
	read.Walk(func(task *progress.Task, _ int) {
		for _, a := range task.Attempts {
			names[a.PodName] = "<pod " + task.Path + ">"
		}
	})
	var pairs []string
	// A name may begin with another one.
	for _, name := range slices.SortedFunc(maps.Keys(names), func(a, b string) int { return cmp.Compare(len(b), len(a)) }) {
		if name != "" {
			pairs = append(pairs, name, names[name])
		}
	}
	root, _, _ := strings.Cut(r.root(r.t), "?")
	pairs = append(pairs, root, "<root>", strings.TrimPrefix(root, "s3://"), "<root>", r.endpoint, "<endpoint>", r.workflow.Name, "<run>", string(r.workflow.UID), "<uid>",
		r.workflow.CreationTimestamp.UTC().Format(time.RFC3339), "<created>")
	return strings.NewReplacer(pairs...)
}

// TestRecorded requires that the runs of all examples and of KFP's own pipelines
// are recorded, or say why not, and that nothing else is.
func TestRecorded(t *testing.T) {
	files, tests := map[string]bool{}, map[string]bool{}
	require.NoError(t, filepath.WalkDir(recordedRuns, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		file, _, found := strings.Cut(string(text), ": ")
		require.True(t, found, name)
		files[file] = true
		name, err = filepath.Rel(recordedRuns, name)
		tests[strings.TrimSuffix(filepath.ToSlash(name), ".txt")] = true
		return err
	}))
	inExamples, err := filepath.Glob(examples + "*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, inExamples)
	for _, file := range inExamples {
		name := "examples/" + filepath.Base(file)
		require.Equal(t, name != "examples/shell.yaml", files[name], "%s: the tests of the command run shell.yaml, others are recorded", name)
	}
	all := testNames(t)
	for _, c := range corpusRuns(t) {
		name := "TestCorpus/" + strings.TrimSuffix(c.File, ".yaml")
		require.Equal(t, c.Unrecorded == "", tests[name], name)
		all[name] = true
	}
	for name := range tests {
		require.True(t, all[name], "there is no test %s", name)
	}
}
