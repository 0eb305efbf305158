package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/failure"
	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Records returns the records that the tasks of a run have left, in the order of
// their ends. What is no record is passed over.
func (a *Archive) Records(ctx context.Context, i Identity) ([]record.Task, error) {
	read, err := a.RecordsBut(ctx, i, nil)
	all := slices.Collect(maps.Values(read))
	slices.SortFunc(all, func(a, b record.Task) int {
		if c := a.Finished.Compare(b.Finished); c != 0 {
			return c
		}
		return strings.Compare(a.Attempt, b.Attempt)
	})
	return all, err
}

// RecordsBut returns the records that the tasks of a run have left, by the URIs of
// their objects. Those that are known it does not read again: they do not change.
func (a *Archive) RecordsBut(ctx context.Context, i Identity, known map[string]record.Task) (map[string]record.Task, error) {
	return readAll(ctx, a, i.place().Records(), known, func(text []byte) (record.Task, error) {
		t, err := record.Parse(text)
		if err != nil {
			return record.Task{}, err
		}
		return *t, nil
	})
}

// Failures returns why attempts of the tasks of a run have failed, as far as their
// driver or launcher could tell, in the order of time.
func (a *Archive) Failures(ctx context.Context, i Identity) ([]failure.Record, error) {
	read, err := readAll(ctx, a, i.place().Failures(), nil, failure.Parse)
	all := slices.Collect(maps.Values(read))
	slices.SortFunc(all, func(a, b failure.Record) int {
		if c := a.Time.Compare(b.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Node, b.Node)
	})
	return all, err
}

// readAll returns the records in a directory by the URIs of their objects. Those that
// are known are not read. What is no record, or of another version, is passed over.
func readAll[T any](ctx context.Context, a *Archive, directory []string, known map[string]T, parse func([]byte) (T, error)) (map[string]T, error) {
	below, err := a.root.Join(directory...)
	if err != nil {
		return nil, err
	}
	all := map[string]T{}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxAtOnce)
	for object, err := range a.store.List(ctx, below) {
		if err != nil {
			return nil, errors.Join(err, group.Wait())
		}
		name := object.URI.String()
		if !place.IsRecord(name) {
			continue
		}
		if one, ok := known[name]; ok {
			mu.Lock()
			all[name] = one
			mu.Unlock()
			continue
		}
		group.Go(func() error {
			text, err := a.store.Read(ctx, object.URI)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			one, err := parse(text)
			if err != nil {
				return nil //nolint:nilerr // of another version, or no record
			}
			mu.Lock()
			defer mu.Unlock()
			all[name] = one
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return all, nil
}

// assemble puts a run together from the records of its tasks.
func (a *Archive) assemble(ctx context.Context, s Summary) (*Run, error) {
	records, err := a.Records(ctx, s.Identity)
	if err != nil {
		return nil, err
	}
	r := &Run{Summary: s}
	r.State = Unknown
	for _, t := range records {
		if r.Started.IsZero() || t.Started.Before(r.Started) {
			r.Started = t.Started
		}
		name := nodename.Below(s.Pipeline, t.Task)
		task := &Task{
			Path: name, Key: nodename.Last(name), Kind: Pod, Cached: t.From != nil, Record: t.Attempt,
			Status: Status{State: Succeeded, Started: t.Started, Finished: t.Finished},
		}
		task.Attempts = []Attempt{{Status: task.Status, Node: t.Node, Log: t.Log}}
		task.FillFrom(t)
		r.Tasks = append(r.Tasks, task)
		r.AllMetrics = append(r.AllMetrics, MetricsOf(task.Path, task.Outputs)...)
	}
	r.Metrics = r.AllMetrics[:min(len(r.AllMetrics), MaxSummaryMetrics)]
	return r, nil
}

// Fill fills in the inputs and outputs of a task from its record, where it has
// one. A record that is gone is [store.ErrNotFound].
func (a *Archive) Fill(ctx context.Context, r *Run, t *Task) error {
	if t.Record == "" || t.Outputs != nil {
		return nil
	}
	uri, err := a.root.Join(r.place().Record(t.Record)...)
	if err != nil {
		return err
	}
	text, err := a.store.Read(ctx, uri)
	if err != nil {
		return err
	}
	found, err := record.Parse(text)
	if err != nil {
		return fmt.Errorf("%s: %w", uri, err)
	}
	t.FillFrom(*found)
	return nil
}

// FillFrom takes inputs and outputs from the record that an attempt has left.
func (t *Task) FillFrom(r record.Task) {
	t.Inputs = Values{}
	for name, value := range r.Inputs.Parameters {
		t.Inputs[name] = Value{Parameter: value}
	}
	for name, artifacts := range r.Inputs.Artifacts {
		list := make([]contract.RuntimeArtifact, len(artifacts))
		for i, a := range artifacts {
			list[i] = contract.RuntimeArtifact{URI: a.URI, Type: a.Type, Metadata: a.Metadata}
		}
		t.Inputs[name] = Value{Artifacts: list}
	}
	t.Outputs = OutputsOf(r)
}

// OutputsOf returns the outputs of a task that left a record.
func OutputsOf(r record.Task) Values {
	all := Values{}
	for name, value := range r.Outputs.Parameters {
		all[name] = Value{Parameter: value}
	}
	for name, artifact := range r.Outputs.Artifacts {
		all[name] = Value{Artifacts: []contract.RuntimeArtifact{artifact}}
	}
	return all
}

// MetricsOf returns the metrics among the outputs of a task, in the order of
// their names.
func MetricsOf(taskPath string, outputs Values) []Metric {
	var all []Metric
	for _, output := range slices.Sorted(maps.Keys(outputs)) {
		for _, a := range outputs[output].Artifacts {
			if a.Type.SchemaTitle != "system.Metrics" {
				continue
			}
			for _, name := range slices.Sorted(maps.Keys(a.Metadata)) {
				var value float64
				if json.Unmarshal(a.Metadata[name], &value) == nil {
					all = append(all, Metric{taskPath, output, name, value})
				}
			}
		}
	}
	return all
}
