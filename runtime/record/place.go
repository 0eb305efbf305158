package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Place is where the records of one pipeline are kept.
type Place struct {
	store    *store.Store
	root     store.URI
	pipeline string
}

// Open opens the place below a pipeline root, as the user gave it, with its
// query. Getenv is where the store looks for its settings.
func Open(root, pipeline string, getenv func(string) string) (*Place, error) {
	parsed, err := store.ParseRoot(root)
	if err != nil {
		return nil, err
	}
	return In(store.New(parsed, getenv), pipeline), nil
}

// In is the place below the root of a store that is open.
func In(s *store.Store, pipeline string) *Place {
	return &Place{store: s, root: s.Root(), pipeline: pipeline}
}

// entry is the URI of the record under a key.
func (p *Place) entry(key string) (store.URI, error) {
	return p.root.Join(place.CacheEntry(p.pipeline, key)...)
}

// Leave stores the record of a task under its run and then, if it has a key and
// is not itself made of another, under the key: last, so that a task that finds it
// finds all it names.
func (p *Place) Leave(ctx context.Context, t Task) error {
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fmt.Errorf("the record of the task: %w", err)
	}
	uri, err := p.root.Join(place.Run{Pipeline: p.pipeline, UID: t.UID}.Record(t.Attempt)...)
	if err != nil {
		return err
	}
	if err := p.store.Write(ctx, uri, text); err != nil {
		return err
	}
	if t.Key == "" || t.From != nil {
		return nil
	}
	if uri, err = p.entry(t.Key); err != nil {
		return err
	}
	return p.store.Write(ctx, uri, text)
}

// MissError says why a record under a key does not do.
type MissError struct{ Reason string }

func (e *MissError) Error() string { return e.Reason }

func miss(format string, args ...any) error { return &MissError{fmt.Sprintf(format, args...)} }

// Find returns the record under a key whose outputs are those that are declared
// and still exist. The error is a [*MissError] where there is none, or none
// that is as young as maxAge says, if that is not zero.
func (p *Place) Find(ctx context.Context, key string, declared contract.ComponentOutputs, maxAge time.Duration) (*Task, error) {
	uri, err := p.entry(key)
	if err != nil {
		return nil, err
	}
	text, err := p.store.Read(ctx, uri)
	if errors.Is(err, store.ErrNotFound) {
		return nil, miss("no earlier run has the key %s", key)
	}
	if err != nil {
		return nil, err
	}
	t, err := Parse(text)
	if err != nil {
		return nil, miss("the record %s is %v", uri, err)
	}
	if age := time.Since(t.Finished); maxAge > 0 && age > maxAge {
		return nil, miss("the record of run %s is %s old, and %s is the most that is allowed", t.Run, age.Round(time.Second), maxAge)
	}
	if err := t.Outputs.Fits(declared); err != nil {
		return nil, miss("the record of run %s does not fit: %v", t.Run, err)
	}
	return t, p.requireArtifacts(ctx, *t)
}

// requireArtifacts makes sure that the bytes of a record's artifacts are still
// there, if they were ever stored.
func (p *Place) requireArtifacts(ctx context.Context, t Task) error {
	for _, name := range slices.Sorted(maps.Keys(t.Outputs.Artifacts)) {
		a := t.Outputs.Artifacts[name]
		uri, err := store.ParseURI(a.URI)
		if err != nil || !t.Stored[name] {
			continue // recorded only: there never were any bytes of ours
		}
		exists, err := p.store.Exists(ctx, uri)
		if err != nil {
			return err
		}
		if !exists {
			return miss("output artifact %q of run %s is gone: there is nothing at %s", name, t.Run, a.URI)
		}
	}
	return nil
}

// Artifact describes an input artifact for [Inputs]. What lies elsewhere than
// under the pipeline root may be replaced, so that its version
// counts; what runs made is never replaced.
func (p *Place) Artifact(ctx context.Context, a contract.RuntimeArtifact) (Artifact, error) {
	described := Artifact{URI: a.URI, Type: a.Type, Metadata: a.Metadata}
	uri, err := store.ParseURI(a.URI)
	if err != nil || uri.IsWeb() || uri.Within(p.root) {
		return described, nil // of a kind whose bytes are not ours to look at
	}
	described.Content, err = p.store.Version(ctx, uri)
	if errors.Is(err, store.ErrNotFound) || contract.IsModelImage(a.URI) && ctx.Err() == nil {
		return described, nil // a mounted image may be one that only the node can pull
	}
	return described, err
}
