package pagestest

import (
	"encoding/json"
	"os"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/failure"
	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
)

// left has the tasks of a run leave what tasks leave in the store: a record of each
// that has succeeded, and why an attempt has failed.
func (w *World) left(r *runs.Run, from *runs.Run) {
	w.t.Helper()
	w.leave(r, "exit-handler-1.ingest", func(*record.Task) {})
	w.leave(r, "exit-handler-1.train", func(t *record.Task) { t.Missed = "no earlier run has the key " + t.Key })
	w.leave(r, "exit-handler-1.for-loop-2-0.preprocess", func(t *record.Task) {
		o := w.leave(from, "exit-handler-1.for-loop-2-0.preprocess", func(*record.Task) {}).Origin()
		t.From, t.Phases, t.Missed = &o, record.Phases{}, ""
	})
	failed := r.Task("exit-handler-1.train").Attempts[0]
	at := func(seconds int) time.Time { return failed.Started.Add(time.Duration(seconds) * time.Second) }
	directory, err := w.store.Root().Join(place.Run{Pipeline: r.Pipeline, UID: r.UID}.Failures()...)
	require.NoError(w.t, err)
	reasons := failure.Place{Root: w.store.Root().String(), Directory: directory.String(), Getenv: os.Getenv}
	require.NoError(w.t, reasons.Leave(w.t.Context(), failure.Record{
		Node: failed.Node, Code: 137, Message: "the program was ended by signal 9 (killed): was it out of memory?",
		Started: at(2), Phases: record.Phases{Fetched: at(7), Began: at(9), Ended: at(37)}, Time: at(37),
	}))
}

// leave leaves the record of the last attempt of a task that has succeeded.
func (w *World) leave(r *runs.Run, path string, change func(*record.Task)) record.Task {
	w.t.Helper()
	task := r.Task(path)
	last := task.Attempts[len(task.Attempts)-1]
	whole := last.Finished.Sub(last.Started)
	at := func(hundredths int) time.Time { return last.Started.Add(whole * time.Duration(hundredths) / 100) }
	t := record.Task{
		Version: record.Version, Pipeline: r.Pipeline, Run: r.Name, UID: r.UID, Task: path, Node: last.Node, Attempt: "attempt-" + r.Name + "-" + task.Key,
		Started: at(4), Phases: record.Phases{Fetched: at(12), Began: at(16), Ended: at(90)}, Finished: at(97),
		Key:     "5d41402abc4b2a76b9719d911017c592ae2f0e1c0b8a4f3f9d5d8b1c3a7e6f00",
		Inputs:  record.Inputs{Image: "python:3.11", Parameters: map[string]json.RawMessage{}, Artifacts: map[string][]record.Artifact{}},
		Outputs: record.Outputs{Parameters: map[string]json.RawMessage{}, Artifacts: map[string]contract.RuntimeArtifact{}},
	}
	for name, v := range task.Inputs {
		if v.Artifacts == nil {
			t.Inputs.Parameters[name] = v.Parameter
		}
		for _, a := range v.Artifacts {
			t.Inputs.Artifacts[name] = append(t.Inputs.Artifacts[name], record.Artifact{URI: a.URI, Type: a.Type, Metadata: a.Metadata})
		}
	}
	for name, v := range task.Outputs {
		if v.Artifacts == nil {
			t.Outputs.Parameters[name] = v.Parameter
		}
		for _, a := range v.Artifacts {
			t.Outputs.Artifacts[name] = a
		}
	}
	change(&t)
	require.NoError(w.t, record.In(w.store, r.Pipeline).Leave(w.t.Context(), t))
	return t
}

// Lineage is three runs, and one more: the first has made a model, the second has it
// from the cache, and a task of the third was given it.
func (w *World) Lineage() (maker, taker, reader string) {
	w.t.Helper()
	pipeline := w.Pipeline("examples/training.yaml")
	const train = "exit-handler-1.train"
	all := []*runs.Run{w.Training(0), w.Training(1), w.Training(2), w.Training(3)}
	made, err := w.store.Root().Join(append(place.Run{Pipeline: "training", UID: all[1].UID}.Attempt(train, "attempt-training-0001-train"), "model")...)
	require.NoError(w.t, err)
	model := artifact("model", "system.Model", made.String(), nil)
	for _, r := range all[1:3] {
		r.Task(train).Outputs = runs.Values{"model": {Artifacts: []contract.RuntimeArtifact{model}}}
	}
	all[3].Task(train).Inputs = runs.Values{"data": {Artifacts: []contract.RuntimeArtifact{model}}}
	for _, r := range all {
		w.Record(r, pipeline)
	}
	o := w.leave(all[1], train, func(*record.Task) {}).Origin()
	w.leave(all[2], train, func(t *record.Task) { t.From = &o })
	w.leave(all[3], train, func(*record.Task) {})
	return all[1].UID, all[2].UID, all[3].UID
}

// Forget removes the record of a run of [World.Training].
func (w *World) Forget(name string) {
	w.t.Helper()
	for s, err := range w.archive.List(w.t.Context()) {
		require.NoError(w.t, err)
		if s.Name == name {
			require.NoError(w.t, w.archive.Forget(w.t.Context(), s.Identity))
		}
	}
}
