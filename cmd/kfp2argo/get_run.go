package main

import (
	"context"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// runDescription is what get prints of a run.
type runDescription struct {
	Run       string            `json:"run"`
	Namespace string            `json:"namespace"`
	Pipeline  string            `json:"pipeline"`
	State     string            `json:"state"`
	Message   string            `json:"message,omitempty"`
	Started   *time.Time        `json:"started,omitempty"`
	Seconds   float64           `json:"seconds,omitempty"`
	Tasks     []taskDescription `json:"tasks"`
}

// getRun prints the tasks of a run.
func (f *inspection) getRun(ctx context.Context, s streams, name string) error {
	cluster, err := f.connection.connect(ctx, s)
	if err != nil {
		return err
	}
	if name, err = runOrLatest(ctx, s, cluster, name); err != nil {
		return err
	}
	w, err := cluster.Get(ctx, name)
	if err != nil {
		return err
	}
	run, err := live.Read(w)
	if err != nil {
		return err
	}
	metrics, err := live.Metrics(w)
	if err != nil {
		return err
	}
	byTask := map[string][]runs.Metric{}
	for _, m := range metrics {
		byTask[m.Task] = append(byTask[m.Task], m)
	}
	if f.output == "json" {
		return writeJSON(s.out, describeRun(run, byTask, s.now()))
	}
	return writeRun(s, run, byTask)
}

func describeRun(run *progress.Run, metrics map[string][]runs.Metric, now time.Time) runDescription {
	d := runDescription{
		Run: run.Name, Namespace: run.Namespace, Pipeline: run.Pipeline, State: run.State.String(), Message: run.Message,
		Started: startOf(run.Status), Seconds: run.Duration(now).Seconds(), Tasks: []taskDescription{},
	}
	run.Walk(func(t *progress.Task, _ int) {
		task := describeTask(t, now)
		task.Metrics = metrics[t.Path]
		d.Tasks = append(d.Tasks, task)
	})
	return d
}

func writeRun(s streams, run *progress.Run, metrics map[string][]runs.Metric) error {
	rows := [][]string{{"TASK", "STATE", "TOOK", "NOTE"}}
	run.Walk(func(t *progress.Task, _ int) {
		took := ""
		if !t.Started.IsZero() {
			took = t.Duration(s.now()).Round(time.Second).String()
		}
		notes := []string{}
		if note := live.Details(t); note != "" {
			notes = append(notes, note)
		}
		for _, m := range metrics[t.Path] {
			notes = append(notes, m.Name+" "+live.MetricText(m))
		}
		rows = append(rows, []string{t.Path, live.Word(t.Status), took, strings.Join(notes, ", ")})
	})
	return writeTable(s.out, rows)
}
