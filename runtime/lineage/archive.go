// Package lineage reads the records that tasks leave in the store, for people:
// it lists them, finds the one that is meant, says why a task ran although an
// earlier one did the same, and removes entries of the cache.
//
// Records and their places are those of package record. What is in no record,
// such as a task that failed, is not here either.
package lineage

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

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

// Cache lists the entries of the cache, in the order of the store.
func (a *Archive) Cache(ctx context.Context) ([]Place, error) {
	if a.pipeline != "" {
		return a.list(ctx, Place.inCache, a.pipeline, "cache")
	}
	return a.list(ctx, Place.inCache)
}

// Records lists the records of the tasks of all runs, in the order of the
// store.
func (a *Archive) Records(ctx context.Context) ([]Place, error) {
	if a.pipeline != "" {
		return a.list(ctx, Place.ofRun, a.pipeline)
	}
	return a.list(ctx, Place.ofRun)
}

func (p Place) inCache() bool { return p.Key != "" }
func (p Place) ofRun() bool   { return p.Attempt != "" }

// list lists the places below a directory of the root that are wanted.
func (a *Archive) list(ctx context.Context, wanted func(Place) bool, directory ...string) ([]Place, error) {
	below := a.root
	if len(directory) > 0 {
		var err error
		if below, err = a.root.Join(directory...); err != nil {
			return nil, err
		}
	}
	var places []Place
	for object, err := range a.store.List(ctx, below) {
		if err != nil {
			return nil, err
		}
		if p, ok := a.place(object.URI); ok && wanted(p) {
			places = append(places, p)
		}
	}
	return places, nil
}

// place reads the URI of a record:
//
//	<root>/<pipeline>/cache/<key>.json
//	<root>/<pipeline>/<uid>/records/<attempt>.json
//
// Keys may have slashes. So may pipelines, and then, if the archive is not
// opened for that one, only keys, UIDs and attempts of the usual form are seen:
// others could as well be files of an artifact.
func (a *Archive) place(uri store.URI) (Place, bool) {
	path, ok := strings.CutPrefix(uri.String(), strings.TrimSuffix(a.root.String(), "/")+"/")
	if !ok {
		return Place{}, false
	}
	if path, ok = strings.CutSuffix(path, ".json"); !ok {
		return Place{}, false
	}
	pipeline, rest, _ := strings.Cut(path, "/")
	if a.pipeline != "" {
		pipeline = a.pipeline
		if rest, ok = strings.CutPrefix(path, pipeline+"/"); !ok {
			return Place{}, false
		}
	}
	if p, ok := placeOf(uri, pipeline, rest); ok || a.pipeline != "" {
		return p, ok
	}
	if m := deep.FindStringSubmatch(path); m != nil {
		return placeOf(uri, m[1], m[2])
	}
	return Place{}, false
}

// placeOf reads what follows the pipeline in the URI of a record.
func placeOf(uri store.URI, pipeline, rest string) (Place, bool) {
	directory, name, _ := strings.Cut(rest, "/")
	attempt, isRecord := strings.CutPrefix(name, "records/")
	switch {
	case directory == "cache" && name != "":
		return Place{URI: uri, Pipeline: pipeline, Key: name}, true
	case isRecord && attempt != "" && !strings.Contains(attempt, "/"):
		return Place{URI: uri, Pipeline: pipeline, UID: directory, Attempt: attempt}, true
	}
	return Place{}, false
}

// deep is the place of a record of a pipeline whose name has a slash.
var deep = regexp.MustCompile(`^(.+?)/(cache/[0-9a-f]{64}|[0-9a-f-]{36}/records/[0-9a-f-]{36})$`)

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
