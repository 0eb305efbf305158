package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// records leaves in a directory what some runs of a pipeline leave under
// s3://bucket/root, and names that root in the environment: `records store`.
//
//	training-a  prepare, and fit in a loop
//	training-b  has prepare from the cache; fit has another rate and another image
//	training-c  runs prepare in spite of the cache, as it accepts younger results only
//	training-d  has no cache
func records(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: records directory")
	}
	dir := ts.MkAbs(args[0])
	root := "s3://bucket/root?endpoint=file://" + dir
	ts.Setenv("KFP2ARGO_PIPELINE_ROOT", root)
	for _, t := range trainings(ts) {
		place, err := record.Open(root, t.Pipeline, func(string) string { return "" })
		ts.Check(err)
		ts.Check(place.Leave(context.Background(), t))
		for name := range t.Stored {
			if t.From == nil {
				file := filepath.Join(dir, "bucket", "root", t.Pipeline, t.UID, t.Task, t.Attempt, name)
				ts.Check(os.MkdirAll(filepath.Dir(file), 0o777))
				ts.Check(os.WriteFile(file, []byte(name), 0o666))
			}
		}
	}
}

// trainings are the records of four runs.
func trainings(ts *testscript.TestScript) []record.Task {
	prepare, fit := prepareTask(ts, "a", 0), fitTask(ts, "a", "0.5", "registry.example.com/fit:1")
	cached := prepareTask(ts, "b", 60)
	origin := prepare.Origin()
	cached.From, cached.Outputs = &origin, prepare.Outputs
	again := prepareTask(ts, "c", 120)
	again.Missed = "the record of run training-a is 2h0m0s old, and 1h0m0s is the most that is allowed"
	uncached := prepareTask(ts, "d", 180)
	uncached.Key = ""
	return []record.Task{prepare, fit, cached, fitTask(ts, "b", "0.25", "registry.example.com/fit:2"), again, uncached}
}

// trainingTask is a task of the run training-<name> that began at a minute
// after midnight.
func trainingTask(ts *testscript.TestScript, name, task string, minute int, inputs record.Inputs) record.Task {
	key, err := inputs.Key()
	ts.Check(err)
	begin := time.Date(2026, 1, 2, 0, minute, 0, 0, time.UTC)
	return record.Task{
		Version: record.Version, Pipeline: "training", Run: "training-" + name, UID: "uid-" + name,
		Task: task, Attempt: "attempt-" + name,
		Started: begin, Finished: begin.Add(12500 * time.Millisecond),
		Key: key, Inputs: inputs,
	}
}

func prepareTask(ts *testscript.TestScript, name string, minute int) record.Task {
	t := trainingTask(ts, name, "prepare", minute, record.Inputs{
		Image:   "busybox:1.37",
		Command: []string{"sh", "-c", "seq \"$0\" > \"$1\"\nwc -l < \"$1\" > \"$2\"", "{{$.inputs.parameters['rows']}}"},
		Outputs: contract.ComponentOutputs{
			Parameters: map[string]contract.OutputParameterSpec{"count": {Type: contract.NumberInteger}},
			Artifacts:  map[string]contract.OutputArtifact{"data": {Type: contract.ArtifactType{SchemaTitle: "system.Dataset"}}},
		},
		Parameters: map[string]json.RawMessage{"rows": json.RawMessage("100")},
	})
	t.Outputs = record.Outputs{
		Parameters: map[string]json.RawMessage{"count": json.RawMessage("100")},
		Artifacts: map[string]contract.RuntimeArtifact{"data": {
			URI:  "s3://bucket/root/training/uid-" + name + "/prepare/attempt-" + name + "/data",
			Type: contract.ArtifactType{SchemaTitle: "system.Dataset"},
		}},
	}
	t.Stored = map[string]bool{"data": true}
	return t
}

func fitTask(ts *testscript.TestScript, name, rate, image string) record.Task {
	t := trainingTask(ts, name, "train-all-0.fit", 30, record.Inputs{
		Image:      image,
		Command:    []string{"fit", "--rate", "{{$.inputs.parameters['rate']}}"},
		Parameters: map[string]json.RawMessage{"rate": json.RawMessage(rate), "optimizer": json.RawMessage(`"adam"`)},
		Artifacts: map[string][]record.Artifact{
			"data":  {{URI: "s3://bucket/root/training/uid-a/prepare/attempt-a/data", Type: contract.ArtifactType{SchemaTitle: "system.Dataset"}}},
			"words": {{URI: "s3://public/words.txt", Content: "5d41402abc4b2a76"}},
		},
		Settings: map[string]string{"image": `"` + image + `"`},
	})
	t.Attempt = "fit-" + name
	t.Missed = "no earlier run has the key " + t.Key
	t.Outputs = record.Outputs{Artifacts: map[string]contract.RuntimeArtifact{
		"model": {
			URI:  "s3://bucket/root/training/uid-" + name + "/train-all-0.fit/fit-" + name + "/model",
			Type: contract.ArtifactType{SchemaTitle: "system.Model"},
		},
		"report": {URI: "https://example.com/report"},
	}}
	t.Stored = map[string]bool{"model": true}
	return t
}
