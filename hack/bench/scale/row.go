package main

import (
	"fmt"
	"strconv"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/hack/bench"
	"github.com/kfp2argo/kfp2argo/hack/bench/idle"
)

// row is what is measured: a pipeline, and the same by hand.
type row struct {
	// name is what the row is called here, what is what the page calls it.
	name, what string
	// pods is how many each run has, runs how many there are at once, and parallel
	// how many pods run at once in all.
	pods, runs, parallel int
	// hollow says that the pods run on a hollow node.
	hollow   bool
	pipeline []byte
	// hand makes the templates of the Workflow by hand, around that of the task. The
	// first is the entrypoint.
	hand func(task *wfv1.Template) []wfv1.Template
}

// forms are the names of rows, with their sizes.
const forms = "loop-ITEMS, nested-ITEMSxITEMS, dag-TASKS, pipelines-PIPELINESxPIPELINESxTASKS, runs-RUNSxTASKS, " +
	"with commas between, and " + bench.OnHollow + " before those whose pods are to run nothing"

// parseRow reads the name of a row. Parallel is how many of its pods run at once.
func parseRow(name string, parallel int) (row, error) {
	form, hollow := strings.CutPrefix(name, bench.OnHollow)
	kind, text, _ := strings.Cut(form, "-")
	var n []int
	for part := range strings.SplitSeq(text, "x") {
		size, err := strconv.Atoi(part)
		if err != nil || size < 1 {
			return row{}, fmt.Errorf("the row %q has the size %q; rows are %s", name, part, forms)
		}
		n = append(n, size)
	}
	pipelineName := "scale-" + form
	r := row{name: name, runs: 1, parallel: parallel, hollow: hollow}
	switch {
	case kind == "loop" && len(n) == 1:
		r.what, r.pods = fmt.Sprintf("a loop of %d", n[0]), n[0]
		r.loops(pipelineName, idle.Loop{Items: n[0], Parallelism: parallel})
	case kind == "nested" && len(n) == 2:
		outer := min(n[0], max(1, parallel/5))
		inner := max(1, parallel/outer)
		r.what, r.pods, r.parallel = fmt.Sprintf("a loop of %d in one of %d", n[1], n[0]), n[0]*n[1], outer*inner
		r.loops(pipelineName, idle.Loop{Items: n[0], Parallelism: outer}, idle.Loop{Items: n[1], Parallelism: inner})
	case kind == "dag" && len(n) == 1:
		r.what, r.pods = fmt.Sprintf("%d tasks in a DAG", n[0]), n[0]
		r.layers(pipelineName, n[0], parallel)
	case kind == "pipelines" && len(n) == 3:
		r.what, r.pods = fmt.Sprintf("%d tasks in nested pipelines, %s", n[0]*n[1]*n[2], strings.ReplaceAll(text, "x", " × ")), n[0]*n[1]*n[2]
		r.parallel = n[0] // all else is one after the other
		r.pipeline = idle.Nested(pipelineName, n...)
		r.hand = func(task *wfv1.Template) []wfv1.Template { return handNested(task, n) }
	case kind == "runs" && len(n) == 2:
		r.what, r.pods, r.runs, r.parallel = fmt.Sprintf("%d runs of %d tasks", n[0], n[1]), n[1], n[0], n[0]
		r.layers(pipelineName, n[1], 1)
	default:
		return row{}, fmt.Errorf("there is no row %q; rows are %s", name, forms)
	}
	return r, nil
}

func (r *row) loops(name string, loops ...idle.Loop) {
	r.pipeline = idle.Loops(name, loops...)
	r.hand = func(task *wfv1.Template) []wfv1.Template { return handLoops(task, loops) }
}

func (r *row) layers(name string, n, wide int) {
	r.pipeline = idle.Layers(name, n, wide)
	r.hand = func(task *wfv1.Template) []wfv1.Template {
		return []wfv1.Template{{Name: "main", DAG: &wfv1.DAGTemplate{Tasks: handLayers("task", task.Name, n, wide)}}}
	}
}
