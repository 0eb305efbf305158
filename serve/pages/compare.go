package pages

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// The number of runs that can be compared.
const (
	fewestCompared = 2
	mostCompared   = 10
)

// compareContent is several runs beside each other.
type compareContent struct {
	Runs []comparedRun
	// Parameters, Metrics and Tasks have a cell for each run.
	Parameters, Metrics, Tasks []comparedRow
	Curves                     []comparedCurves
	Matrices                   []comparedMatrices
	// Changes say how the pipelines of the first two differ, Same that they do not.
	Changes template.HTML
	Same    bool
	// Decided are the inputs of tasks that differ between the first two.
	Decided []decidedTask
	// Known says that a task has left a record in both.
	Known   bool
	Problem string
}

type comparedRun struct {
	*registry.Detail
	Address, Took, Without string
}

type comparedRow struct {
	Name    string
	Cells   []string
	Differs bool
	Numeric bool
}

// comparedCurves are the ROC curves that the runs have under one name.
type comparedCurves struct {
	Name   string
	Curves []*curve
	Keys   []curveKey
}

type curveKey struct {
	Series    int
	Run, Area string
}

type comparedMatrices struct {
	Name string
	All  []namedMatrix
}

type namedMatrix struct {
	Run    string
	Matrix *matrix
}

// decidedTask is a task with the inputs in which two runs differ.
type decidedTask struct {
	Path        string
	Differences []difference
}

type difference struct{ What, First, Second string }

func compareRuns(v *visit) (answer, error) {
	ids := slices.Compact(v.request.URL.Query()["run"])
	c := &compareContent{}
	p := page{Look: "compare", Title: "Compare runs", Section: "runs", Content: c}
	if len(ids) < fewestCompared || len(ids) > mostCompared {
		c.Problem = fmt.Sprintf("Choose %d to %d runs in the list; these are %d.", fewestCompared, mostCompared, len(ids))
		return p, nil
	}
	view, err := v.also("runs", "get")
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		d, err := view.Run(v, id)
		if err != nil {
			return nil, err
		}
		v.namespace = d.Namespace
		var others []string
		for _, other := range ids {
			if other != id {
				others = append(others, "run="+other)
			}
		}
		c.Runs = append(c.Runs, comparedRun{d, link(nil, "runs", d.ID), took(d.Started, d.Finished, v.now), "/compare?" + strings.Join(others, "&")})
	}
	records := make([]map[string]record.Task, len(c.Runs))
	for i, r := range c.Runs {
		if records[i], err = view.Left(v, &r.Run); err != nil {
			return nil, err
		}
	}
	c.parameters()
	outcomes := make([]map[string]comparedTask, len(c.Runs))
	for i, r := range c.Runs {
		outcomes[i] = comparedTasks(r.Detail, records[i])
	}
	c.metrics(outcomes)
	c.tasks(v, outcomes)
	c.charts(outcomes)
	first, second := c.Runs[0].Detail, c.Runs[1].Detail
	c.Same = string(first.Spec) == string(second.Spec)
	if !c.Same {
		c.Changes = changes(first.Spec, second.Spec)
	}
	c.decided(outcomes)
	return p, nil
}

// comparedTask is a task with what it has left.
type comparedTask struct {
	*runs.Task
	outputs runs.Values
	inputs  *record.Inputs
}

// comparedTasks are the tasks of a run that run in pods, by their paths.
func comparedTasks(d *registry.Detail, records map[string]record.Task) map[string]comparedTask {
	all := map[string]comparedTask{}
	walk(d.Tasks(), func(t *runs.Task) {
		if len(t.Inside) > 0 || t.Kind == runs.Loop {
			return
		}
		one := comparedTask{Task: t, outputs: t.Outputs}
		for _, a := range t.Attempts {
			if r, ok := records[a.Node]; ok {
				one.inputs = &r.Inputs
				if one.outputs == nil {
					one.outputs = runs.OutputsOf(r)
				}
			}
		}
		all[t.Path] = one
	})
	return all
}

// rows makes a row of each name that one of the runs has something under.
func rows(all []map[string]string) []comparedRow {
	known := map[string]bool{}
	for _, of := range all {
		for name := range of {
			known[name] = true
		}
	}
	var made []comparedRow
	for _, name := range names(known) {
		row := comparedRow{Name: name}
		for _, of := range all {
			row.Cells = append(row.Cells, of[name])
		}
		row.Differs = len(slices.Compact(slices.Sorted(slices.Values(row.Cells)))) > 1
		made = append(made, row)
	}
	return made
}

func (c *compareContent) parameters() {
	all := make([]map[string]string, len(c.Runs))
	for i, r := range c.Runs {
		all[i] = map[string]string{}
		for name, value := range r.Parameters {
			all[i][name] = parameterText(value)
		}
	}
	c.Parameters = rows(all)
}

func (c *compareContent) metrics(outcomes []map[string]comparedTask) {
	all := make([]map[string]string, len(outcomes))
	for i, tasks := range outcomes {
		all[i] = map[string]string{}
		for path, t := range tasks {
			for _, m := range runs.MetricsOf(path, t.outputs) {
				all[i][m.Name+" of "+path] = numberText(m.Value)
			}
		}
	}
	c.Metrics = rows(all)
	for i := range c.Metrics {
		c.Metrics[i].Numeric = true
	}
}

func (c *compareContent) tasks(v *visit, outcomes []map[string]comparedTask) {
	all := make([]map[string]string, len(outcomes))
	for i, tasks := range outcomes {
		all[i] = map[string]string{}
		for path, t := range tasks {
			all[i][path] = taskState(t.Task).Word
			if !t.Started.IsZero() {
				all[i][path] += ", " + took(t.Started, t.Finished, v.now)
			}
		}
	}
	c.Tasks = rows(all)
	for i := range c.Tasks { // times always differ
		words := map[string]bool{}
		for _, cell := range c.Tasks[i].Cells {
			word, _, _ := strings.Cut(cell, ",")
			words[word] = true
		}
		c.Tasks[i].Differs = len(words) > 1
	}
}

// charts lays the curves over each other that several runs have under one name, and
// puts the matrices beside each other.
func (c *compareContent) charts(outcomes []map[string]comparedTask) {
	curves, matrices := map[string]*comparedCurves{}, map[string]*comparedMatrices{}
	for i, tasks := range outcomes {
		for _, path := range names(tasks) {
			for _, output := range names(tasks[path].outputs) {
				for _, a := range tasks[path].outputs[output].Artifacts {
					name := output + " of " + path
					if found := curveOf(a.Metadata["confidenceMetrics"]); found != nil {
						of := curves[name]
						if of == nil {
							of = &comparedCurves{Name: name}
							curves[name] = of
						}
						of.Keys = append(of.Keys, curveKey{len(of.Curves)%colors + 1, c.Runs[i].DisplayName, found.Area})
						of.Curves = append(of.Curves, found)
					}
					if found := matrixOf(a.Metadata["confusionMatrix"]); found != nil {
						of := matrices[name]
						if of == nil {
							of = &comparedMatrices{Name: name}
							matrices[name] = of
						}
						of.All = append(of.All, namedMatrix{c.Runs[i].DisplayName, found})
					}
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(curves)) {
		c.Curves = append(c.Curves, *curves[name])
	}
	for _, name := range slices.Sorted(maps.Keys(matrices)) {
		c.Matrices = append(c.Matrices, *matrices[name])
	}
}

// decided lists the inputs of the tasks that both of the first two runs have, where
// they differ: that is why one is no cache hit for the other.
func (c *compareContent) decided(outcomes []map[string]comparedTask) {
	first, second := outcomes[0], outcomes[1]
	for _, path := range names(first) {
		a, b := first[path].inputs, second[path].inputs
		if a == nil || b == nil {
			continue
		}
		c.Known = true
		found, err := lineage.Differences(*a, *b)
		if err != nil || len(found) == 0 {
			continue
		}
		one := decidedTask{Path: path}
		for _, d := range found {
			before, after := d.Excerpts()
			one.Differences = append(one.Differences, difference{d.What, cmp.Or(before, "–"), cmp.Or(after, "–")})
		}
		c.Decided = append(c.Decided, one)
	}
}
