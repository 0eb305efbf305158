package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Archive is the runs below a pipeline root.
type Archive struct {
	store *store.Store
	root  store.URI
}

// In is the archive below the root of a store that is open and has a root.
func In(s *store.Store) *Archive { return &Archive{store: s, root: s.Root()} }

// Note notes that there is a run, unless that is known. A run that is noted
// after its end keeps the summary that it has.
func (a *Archive) Note(ctx context.Context, i Identity) error {
	uri, err := a.entryURI(i)
	if err != nil {
		return err
	}
	known, err := a.store.Exists(ctx, uri)
	if err != nil || known {
		return err
	}
	return a.write(ctx, uri, Summary{Version: Version, Identity: i, Status: Status{State: Unknown}})
}

// Write stores the record of a run that has ended, and then its summary. Its
// versions and its summary's metrics are set here.
func (a *Archive) Write(ctx context.Context, r *Run) error {
	r.Version, r.Complete = Version, true
	r.Metrics = r.AllMetrics[:min(len(r.AllMetrics), MaxSummaryMetrics)]
	uri, err := a.runURI(r.Identity)
	if err != nil {
		return err
	}
	if err := a.write(ctx, uri, r); err != nil {
		return err
	}
	if uri, err = a.entryURI(r.Identity); err != nil {
		return err
	}
	return a.write(ctx, uri, r.Summary)
}

// Change stores a summary in the place of the one that there is.
func (a *Archive) Change(ctx context.Context, s Summary) error {
	uri, err := a.entryURI(s.Identity)
	if err != nil {
		return err
	}
	return a.write(ctx, uri, s)
}

// Forget removes the record of a run and its summary, in this order. What its
// tasks left stays: other runs may use it.
func (a *Archive) Forget(ctx context.Context, i Identity) error {
	record, err := a.runURI(i)
	if err != nil {
		return err
	}
	entry, err := a.entryURI(i)
	if err != nil {
		return err
	}
	for _, uri := range []store.URI{record, entry} {
		if _, err := a.store.Remove(ctx, uri); err != nil {
			return err
		}
	}
	return nil
}

func (a *Archive) write(ctx context.Context, uri store.URI, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("the record of the run: %w", err)
	}
	return a.store.Write(ctx, uri, append(text, '\n'))
}

// WritePipeline stores a compiled pipeline, JSON as [contract.Digest] takes it, under its
// digest and returns that. One that is there stays.
func (a *Archive) WritePipeline(ctx context.Context, pipeline string, text []byte) (digest string, err error) {
	text, digest, err = contract.Digest(text)
	if err != nil {
		return "", err
	}
	uri, err := a.pipelineURI(pipeline, digest)
	if err != nil {
		return "", err
	}
	known, err := a.store.Exists(ctx, uri)
	if err != nil || known {
		return digest, err
	}
	return digest, a.store.Write(ctx, uri, text)
}

// Pipeline returns the canonical JSON of a compiled pipeline, or
// [store.ErrNotFound] if it is not stored.
func (a *Archive) Pipeline(ctx context.Context, pipeline, digest string) ([]byte, error) {
	uri, err := a.pipelineURI(pipeline, digest)
	if err != nil {
		return nil, err
	}
	return a.store.Read(ctx, uri)
}

// Entry is what the name of a run in the index says.
type Entry struct {
	place.Entry
	Size int64 // of its summary, in bytes
	uri  store.URI
}

// Entries yields the index, newest run first, without reading any of it. It
// yields an error once, as the last.
func (a *Archive) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		below, err := a.root.Join(place.Index()...)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for object, err := range a.store.List(ctx, below) {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			name, _ := place.Below(below.String(), object.URI.String())
			e, ok := place.ReadEntry(name)
			if ok && !yield(Entry{e, object.Size, object.URI}, nil) {
				return
			}
		}
	}
}

// List yields the summaries of runs, newest first. An entry that cannot be read
// is yielded with what its name says and an error, and others follow; the last
// error, of a listing that ends, comes with a zero Summary.
func (a *Archive) List(ctx context.Context) iter.Seq2[Summary, error] {
	return func(yield func(Summary, error) bool) {
		type result struct {
			summary Summary
			err     error
		}
		read := func(e Entry) chan result {
			c := make(chan result, 1)
			go func() {
				s, err := a.Summary(ctx, e)
				c <- result{s, err}
			}()
			return c
		}
		var ahead []chan result
		next := func() bool {
			r := <-ahead[0]
			ahead = ahead[1:]
			return errors.Is(r.err, store.ErrNotFound) || yield(r.summary, r.err) // removed meanwhile
		}
		for e, err := range a.Entries(ctx) {
			if err != nil {
				for len(ahead) > 0 {
					if !next() {
						return
					}
				}
				yield(Summary{}, err)
				return
			}
			if ahead = append(ahead, read(e)); len(ahead) == maxAtOnce && !next() {
				return
			}
		}
		for len(ahead) > 0 && next() {
		}
	}
}

// maxAtOnce bounds what is read at the same time.
const maxAtOnce = 16

// Summary reads an entry of the index. The error is [store.ErrNotFound] where it
// has been removed.
func (a *Archive) Summary(ctx context.Context, e Entry) (Summary, error) {
	known := Summary{Version: Version, Identity: Identity{UID: e.UID, Created: e.Created}, Status: Status{State: Unknown}}
	text, err := a.store.Read(ctx, e.uri)
	if err != nil {
		return known, err
	}
	s, err := ParseSummary(text)
	if err != nil {
		return known, fmt.Errorf("%s: %w", e.uri, err)
	}
	if s.State != Unknown {
		return s, nil
	}
	// A pod's note may have taken the place of the summary.
	if r, err := a.readRun(ctx, s.Identity); err == nil {
		return r.Summary, nil
	}
	return s, nil
}

// Find returns the newest run with this name, or the run with this UID. The
// error is [store.ErrNotFound] where the index has none.
func (a *Archive) Find(ctx context.Context, nameOrUID string) (Summary, error) {
	for e, err := range a.Entries(ctx) {
		if err != nil {
			return Summary{}, err
		}
		if e.UID == nameOrUID {
			return a.Summary(ctx, e)
		}
	}
	for s, err := range a.List(ctx) {
		if err != nil && s.UID == "" {
			return Summary{}, err
		}
		if err == nil && s.Name == nameOrUID {
			return s, nil
		}
	}
	return Summary{}, fmt.Errorf("the run %s: %w", nameOrUID, store.ErrNotFound)
}

// Read returns the record of a run, or what the records of its tasks say of it
// if its end was not recorded.
func (a *Archive) Read(ctx context.Context, s Summary) (*Run, error) {
	r, err := a.readRun(ctx, s.Identity)
	if errors.Is(err, store.ErrNotFound) {
		return a.assemble(ctx, s)
	}
	return r, err
}

// place is where the run left what it left.
func (i Identity) place() place.Run { return place.Run{Pipeline: i.Pipeline, UID: i.UID} }

func (a *Archive) entryURI(i Identity) (store.URI, error) {
	return a.root.Join(place.Entry{Created: i.Created, UID: i.UID}.Path()...)
}

func (a *Archive) runURI(i Identity) (store.URI, error) { return a.root.Join(i.place().Document()...) }

func (a *Archive) pipelineURI(pipeline, digest string) (store.URI, error) {
	return a.root.Join(place.Pipeline(pipeline, digest)...)
}

func (a *Archive) readRun(ctx context.Context, i Identity) (*Run, error) {
	uri, err := a.runURI(i)
	if err != nil {
		return nil, err
	}
	text, err := a.store.Read(ctx, uri)
	if err != nil {
		return nil, err
	}
	r, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", uri, err)
	}
	return r, nil
}

// Log returns where what the program of an attempt wrote is stored, or
// [store.ErrNotFound] where nothing is kept of it.
func (a *Archive) Log(ctx context.Context, i Identity, of Attempt) (store.URI, error) {
	if of.Log != "" {
		return store.ParseURI(of.Log)
	}
	index, err := a.root.Join(i.place().LogIndex(of.NodeID)...)
	if err != nil {
		return store.URI{}, err
	}
	text, err := a.store.Read(ctx, index)
	if err != nil {
		return store.URI{}, err
	}
	return store.ParseURI(string(text))
}

// ReadLog returns what the program of an attempt wrote, or [store.ErrNotFound]
// where that was not kept below the root. A record that names another place is not
// followed there: who can write it may not be allowed to read that.
func (a *Archive) ReadLog(ctx context.Context, i Identity, of Attempt) ([]byte, error) {
	uri, err := a.Log(ctx, i, of)
	if err != nil {
		return nil, err
	}
	if _, inside := place.Below(a.root.String(), uri.String()); !inside {
		return nil, fmt.Errorf("the log at %s: %w", uri, store.ErrNotFound)
	}
	return a.store.Read(ctx, uri)
}
