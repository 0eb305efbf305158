// Package lineage reads the records that tasks leave in the store, for people:
// it lists them, finds the one that is meant, says why a task ran although an
// earlier one did the same, and removes entries of the cache.
//
// Records are those of package record, their places those of package place. What is in no record,
// such as a task that failed, is not here either.
package lineage

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Archive is the records below a pipeline root: those of one pipeline, or of
// all.
type Archive struct {
	store    *store.Store
	root     store.URI
	pipeline string
}

// Open opens the archive of a pipeline root, as the user gave it, with its
// query. It holds one pipeline, or all for the empty name. Getenv is where the
// store looks for its settings.
func Open(root, pipeline string, getenv func(string) string) (*Archive, error) {
	parsed, err := store.ParseRoot(root)
	if err != nil {
		return nil, err
	}
	return &Archive{store: store.New(parsed, getenv), root: parsed.URI(), pipeline: pipeline}, nil
}

// all is the archive of all pipelines.
func (a *Archive) all() *Archive { return &Archive{store: a.store, root: a.root} }

// Place is where a record is. It has a Key if it is an entry of the cache, or
// else the UID of a run and an Attempt.
type Place struct {
	URI      store.URI
	Pipeline string
	Key      string
	UID      string
	Attempt  string
}

// Entry is a record at its place.
type Entry struct {
	Place
	Task record.Task
}

// BrokenError is the error for an object that is at the place of a record and
// is none.
type BrokenError struct {
	Place  Place
	Reason error
}

func (e *BrokenError) Error() string { return fmt.Sprintf("%s: %v", e.Place.URI, e.Reason) }

// Unwrap returns the reason.
func (e *BrokenError) Unwrap() error { return e.Reason }

// place reads the URI of a record.
func (a *Archive) place(uri store.URI) (Place, bool) {
	path, ok := place.Below(a.root.String(), uri.String())
	if !ok {
		return Place{}, false
	}
	r, ok := place.ReadRecord(path, a.pipeline)
	return Place{URI: uri, Pipeline: r.Pipeline, Key: r.Key, UID: r.UID, Attempt: r.Attempt}, ok
}

// maxAtOnce bounds what is read, looked for or removed at the same time.
const maxAtOnce = 32

// Read reads the records at places, in their order. One that has been removed
// by now is left out, and so is a broken one, which is returned by itself.
func (a *Archive) Read(ctx context.Context, places []Place) ([]Entry, []*BrokenError, error) {
	found := make([]*record.Task, len(places))
	broken := make([]*BrokenError, len(places))
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(maxAtOnce)
	for i, p := range places {
		group.Go(func() error {
			task, err := a.read(inner, p.URI)
			var unreadable *unreadableError
			switch {
			case errors.Is(err, store.ErrNotFound):
			case errors.As(err, &unreadable):
				broken[i] = &BrokenError{p, unreadable.reason}
			case err != nil:
				return err
			}
			found[i] = task
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	var entries []Entry
	var all []*BrokenError
	for i, p := range places {
		if found[i] != nil {
			entries = append(entries, Entry{p, *found[i]})
		}
		if broken[i] != nil {
			all = append(all, broken[i])
		}
	}
	return entries, all, nil
}

// unreadableError is the error for an object that is no record.
type unreadableError struct {
	uri    store.URI
	reason error
}

func (e *unreadableError) Error() string { return fmt.Sprintf("%s: %v", e.uri, e.reason) }

func (a *Archive) read(ctx context.Context, uri store.URI) (*record.Task, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	text, err := a.store.Read(ctx, uri)
	if err != nil {
		return nil, err
	}
	task, err := record.Parse(text)
	if err != nil {
		return nil, &unreadableError{uri, err}
	}
	return task, nil
}

// Raw returns the record at a place as it is stored.
func (a *Archive) Raw(ctx context.Context, p Place) ([]byte, error) {
	return a.store.Read(ctx, p.URI)
}

// Presence says whether the bytes of an artifact are in the store.
type Presence int

// What may be known of the bytes of an artifact.
const (
	NotStored Presence = iota // the task recorded the artifact only
	Present
	Gone
)

// String returns the presence in words.
func (p Presence) String() string {
	return [...]string{"only recorded", "there", "gone"}[p]
}

// Outputs looks for the bytes of the output artifacts of a task.
func (a *Archive) Outputs(ctx context.Context, t record.Task) (map[string]Presence, error) {
	all, stored := map[string]Presence{}, map[string]store.URI{}
	for name, artifact := range t.Outputs.Artifacts {
		all[name] = NotStored
		if uri, err := store.ParseURI(artifact.URI); err == nil && t.Stored[name] {
			stored[name] = uri
		}
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxAtOnce)
	for name, uri := range stored {
		group.Go(func() error {
			exists, err := a.store.Exists(ctx, uri)
			mu.Lock()
			defer mu.Unlock()
			all[name] = Gone
			if exists {
				all[name] = Present
			}
			return err
		})
	}
	return all, group.Wait()
}
