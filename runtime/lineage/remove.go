package lineage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Choice chooses entries of the cache: those that meet all it says. The zero
// Choice chooses all.
type Choice struct {
	// Keys are keys or what they begin with; any of them will do.
	Keys []string
	// Run is the name or the UID of the run that made the entry.
	Run string
	// Before is when the task had finished; the zero time is any.
	Before time.Time
}

// byContent reports whether the records themselves decide.
func (c Choice) byContent() bool { return c.Run != "" || !c.Before.IsZero() }

func (c Choice) includes(e Entry) bool {
	return (c.Run == "" || c.Run == e.Task.Run || c.Run == e.Task.UID) &&
		(c.Before.IsZero() || e.Task.Finished.Before(c.Before))
}

// Removal is what is to be removed. Nothing has happened yet.
type Removal struct {
	// Entries are the places in the cache. Task is empty for a broken record.
	Entries []Entry
	// Artifacts are the URIs of artifacts, each once.
	Artifacts []store.URI
	// Kept says which artifacts stay though their task's entry goes, and why.
	Kept []string
	// Broken are records that cannot be read, so that they may or may not match.
	Broken []*BrokenError
}

// Plan chooses what is to be removed: entries of the cache, and, if artifacts
// are to go too, the output artifacts that their tasks stored. An artifact
// stays if it is not below the pipeline root, if records are in it, or if
// an entry that stays, of whatever pipeline, names it.
func (a *Archive) Plan(ctx context.Context, c Choice, artifacts bool) (*Removal, error) {
	places, err := a.choose(ctx, c.Keys)
	if err != nil {
		return nil, err
	}
	entries, broken, err := a.Read(ctx, places)
	if err != nil {
		return nil, err
	}
	r := &Removal{}
	for _, e := range entries {
		if c.includes(e) {
			r.Entries = append(r.Entries, e)
		}
	}
	if c.byContent() {
		r.Broken = broken
	} else {
		for _, b := range broken {
			r.Entries = append(r.Entries, Entry{Place: b.Place})
		}
	}
	if !artifacts {
		return r, nil
	}
	return r, a.planArtifacts(ctx, r)
}

func (a *Archive) choose(ctx context.Context, keys []string) ([]Place, error) {
	all, err := a.Cache(ctx)
	if err != nil || len(keys) == 0 {
		return all, err
	}
	chosen := map[store.URI]bool{}
	for _, key := range keys {
		places, err := keysOf(all, key, a.below())
		if err != nil {
			return nil, err
		}
		for _, p := range places {
			chosen[p.URI] = true
		}
	}
	return slices.DeleteFunc(all, func(p Place) bool { return !chosen[p.URI] }), nil
}

// planArtifacts adds the artifacts of the entries that are to be removed.
func (a *Archive) planArtifacts(ctx context.Context, r *Removal) error {
	remaining, err := a.remaining(ctx, r)
	if err != nil {
		return err
	}
	seen := map[store.URI]bool{}
	for _, e := range r.Entries {
		for _, name := range slices.Sorted(maps.Keys(e.Task.Stored)) {
			uri, err := store.ParseURI(e.Task.Outputs.Artifacts[name].URI)
			if err != nil || !e.Task.Stored[name] || seen[uri] {
				continue
			}
			seen[uri] = true
			reason, err := a.reasonToKeep(ctx, uri, remaining)
			switch {
			case err != nil:
				return err
			case reason != "":
				r.Kept = append(r.Kept, fmt.Sprintf("%s: %s", uri, reason))
			default:
				r.Artifacts = append(r.Artifacts, uri)
			}
		}
	}
	return nil
}

// remaining returns the URIs that the entries that stay name, each with an
// entry that does.
func (a *Archive) remaining(ctx context.Context, r *Removal) (map[store.URI]Place, error) {
	going := map[store.URI]bool{}
	for _, e := range r.Entries {
		going[e.URI] = true
	}
	places, err := a.all().Cache(ctx)
	if err != nil {
		return nil, err
	}
	places = slices.DeleteFunc(places, func(p Place) bool { return going[p.URI] })
	entries, broken, err := a.Read(ctx, places)
	if err != nil {
		return nil, err
	}
	if len(broken) > 0 {
		return nil, fmt.Errorf("no artifact is removed, because this record cannot be read: %w", broken[0])
	}
	uris := map[store.URI]Place{}
	for _, e := range entries {
		for _, text := range e.artifacts() {
			if uri, err := store.ParseURI(text); err == nil {
				uris[uri] = e.Place
			}
		}
	}
	return uris, nil
}

// artifacts returns the URIs that a record names.
func (e Entry) artifacts() []string {
	var uris []string
	for _, output := range e.Task.Outputs.Artifacts {
		uris = append(uris, output.URI)
	}
	for _, input := range e.Task.Inputs.Artifacts {
		for _, artifact := range input {
			uris = append(uris, artifact.URI)
		}
	}
	return uris
}

// reasonToKeep says why an artifact stays; empty if it may go.
func (a *Archive) reasonToKeep(ctx context.Context, uri store.URI, remaining map[store.URI]Place) (string, error) {
	if !uri.Within(a.root) || uri == a.root {
		return "it is not below the pipeline root", nil
	}
	var users []string
	for other, place := range remaining {
		if uri.Within(other) || other.Within(uri) {
			users = append(users, place.URI.String())
		}
	}
	if len(users) > 0 {
		return slices.Min(users) + " names it", nil
	}
	for object, err := range a.store.List(ctx, uri) {
		if err != nil {
			return "", err
		}
		if _, ok := a.all().place(object.URI); ok {
			return "there are records in it", nil
		}
	}
	return "", nil
}

// Remove removes what was planned, entries first, so that no run finds one
// whose artifacts are on their way out. It calls done for each thing that is
// gone, in the order of the plan, and goes on after an error; but no artifact is
// removed if an entry could not be, which may name it.
func (a *Archive) Remove(ctx context.Context, r *Removal, done func(store.URI)) error {
	var entries []store.URI
	for _, e := range r.Entries {
		entries = append(entries, e.URI)
	}
	if err := a.removeAll(ctx, entries, done); err != nil {
		return err
	}
	return a.removeAll(ctx, r.Artifacts, done)
}

// removeAll removes several things at the same time.
func (a *Archive) removeAll(ctx context.Context, uris []store.URI, done func(store.URI)) error {
	results := make([]chan error, len(uris))
	for i := range results {
		results[i] = make(chan error, 1)
	}
	var group errgroup.Group
	group.SetLimit(maxAtOnce)
	go func() {
		for i, uri := range uris {
			group.Go(func() error {
				_, err := a.store.Remove(ctx, uri)
				results[i] <- err
				return nil
			})
		}
	}()
	var failed []error
	for i, uri := range uris {
		if err := <-results[i]; err != nil {
			failed = append(failed, err)
			continue
		}
		done(uri)
	}
	return errors.Join(failed...)
}
