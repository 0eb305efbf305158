package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/kfp2argo/kfp2argo/runtime/failure"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// identity names a run as its record does.
func (r *Run) identity() runs.Identity {
	return runs.Identity{Pipeline: r.Pipeline, Name: r.Name, Namespace: r.Namespace, UID: r.ID, Created: r.Created}
}

// Left returns the records that the tasks of a run have left so far, by the names
// of Argo's nodes. There are none where the server knows no store.
func (v *View) Left(ctx context.Context, r *Run) (map[string]record.Task, error) {
	all := map[string]record.Task{}
	h := v.registry.History
	if h == nil {
		return all, nil
	}
	records, err := h.archive.RecordsBut(ctx, r.identity(), h.left.get(r.ID))
	if err != nil {
		return nil, fmt.Errorf("reading the records of tasks: %w", err)
	}
	h.left.put(r.ID, records)
	for _, t := range records {
		if known, ok := all[t.Node]; !ok || known.Finished.Before(t.Finished) {
			all[t.Node] = t
		}
	}
	return all, nil
}

// Failures returns why attempts of the tasks of a run have failed, by the names of
// Argo's nodes, as far as their pods could tell. There are none where the server knows
// no store.
func (v *View) Failures(ctx context.Context, r *Run) (map[string]failure.Record, error) {
	all := map[string]failure.Record{}
	if v.registry.History == nil {
		return all, nil
	}
	records, err := v.registry.History.archive.Failures(ctx, r.identity())
	if err != nil {
		return nil, fmt.Errorf("reading the records of failures: %w", err)
	}
	for _, r := range records {
		all[r.Node] = r
	}
	return all, nil
}

// Metrics returns the metrics of the runs of a namespace that are recorded, by
// the IDs of the runs: of each the first [runs.MaxSummaryMetrics].
func (v *View) Metrics(ctx context.Context, namespace string) (map[string][]runs.Metric, error) {
	namespace, err := v.Namespace(ctx, namespace)
	if err != nil || v.registry.History == nil {
		return nil, err
	}
	return v.registry.History.metrics(namespace), nil
}

func (h *History) metrics(namespace string) map[string][]runs.Metric {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := map[string][]runs.Metric{}
	for id, r := range h.known {
		if r.Namespace == namespace && len(r.Metrics) > 0 {
			all[id] = r.Metrics
		}
	}
	return all
}

// ReadArtifact returns an artifact that a run names, as [runs.Archive.ReadArtifact]
// does. Where the server cannot see it, the error is a [NotFoundError].
func (v *View) ReadArtifact(ctx context.Context, uri string) ([]byte, error) {
	if v.registry.History == nil {
		return nil, &NotFoundError{contentKind, uri}
	}
	text, err := v.registry.History.archive.ReadArtifact(ctx, uri)
	return text, contentError(uri, err)
}

// FetchArtifact writes an artifact that a run names to a path, as
// [runs.Archive.FetchArtifact] does.
func (v *View) FetchArtifact(ctx context.Context, uri, local string) error {
	if v.registry.History == nil {
		return &NotFoundError{contentKind, uri}
	}
	return contentError(uri, v.registry.History.archive.FetchArtifact(ctx, uri, local))
}

// ArtifactObjects lists the first objects of an artifact that is a tree. An
// artifact that is one object has none.
func (v *View) ArtifactObjects(ctx context.Context, uri string, most int) ([]store.Object, error) {
	if v.registry.History == nil {
		return nil, &NotFoundError{contentKind, uri}
	}
	var all []store.Object
	for o, err := range v.registry.History.archive.ArtifactObjects(ctx, uri) {
		if err != nil {
			return nil, contentError(uri, err)
		}
		if all = append(all, o); len(all) == most {
			break
		}
	}
	return all, nil
}

const contentKind = "Content of the artifact"

func contentError(uri string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &NotFoundError{contentKind, uri}
	}
	return err
}

// Filled returns the tasks of a run with what they were given and have made, also
// of one that goes on, as far as their records tell.
func (v *View) Filled(ctx context.Context, d *Detail) ([]*runs.Task, error) {
	if d.Record != nil {
		return d.Record.Tasks, nil
	}
	tasks := d.readTasks() // for they are changed
	left, err := v.Left(ctx, &d.Run)
	if err != nil {
		return nil, err
	}
	(&runs.Run{Tasks: tasks}).Walk(func(t *runs.Task) {
		for _, a := range t.Attempts {
			if r, ok := left[a.Node]; ok {
				t.FillFrom(r)
			}
		}
	})
	return tasks, nil
}

// RunsWhere lists the runs that are as asked for, of all namespaces that the
// caller may see, in no order. They must not be changed.
func (v *View) RunsWhere(ctx context.Context, is func(*Run) bool) ([]*Run, error) {
	var found []*Run
	err := v.locate(ctx, runKind, "", func(namespace string) error {
		all, err := v.Runs(ctx, namespace)
		for _, r := range all {
			if is(r) {
				found = append(found, r)
			}
		}
		if err != nil {
			return err
		}
		return &NotFoundError{} // the others are looked at, too
	})
	var missing *NotFoundError
	if errors.As(err, &missing) {
		err = nil
	}
	return found, err
}
