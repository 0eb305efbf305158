package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
)

// keepTime bounds what a command does for the record of a run, before its end
// and after it.
const keepTime = time.Minute

// keeper keeps the record of a run that is watched. It may not be possible from
// here: then the run is shown all the same.
type keeper struct {
	s       streams
	cluster *live.Cluster
	run     string
	// pipeline is the compiled pipeline as canonical JSON, or nothing.
	pipeline []byte

	store chan opened
}

// opened is the store of a run, or why there is none.
type opened struct {
	store *live.Store
	err   error
}

// begin notes the run while it goes on, which shows whether its store can be
// seen from here.
func (k *keeper) begin(ctx context.Context) {
	k.store = make(chan opened, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, keepTime)
		defer cancel()
		store, err := k.note(ctx)
		k.store <- opened{store, err}
	}()
}

func (k *keeper) note(ctx context.Context) (*live.Store, error) {
	w, err := k.cluster.Get(ctx, k.run)
	if err != nil {
		return nil, err
	}
	store := k.cluster.Store(w)
	archive, err := store.Archive()
	if err != nil {
		return nil, err
	}
	identity := live.Identity(w)
	if err := archive.Note(ctx, identity); err != nil {
		return nil, err
	}
	if k.pipeline != nil {
		_, err = archive.WritePipeline(ctx, identity.Pipeline, k.pipeline)
	}
	return store, err
}

// end stores the record of the run, which has ended.
func (k *keeper) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	var err error
	select {
	case o := <-k.store:
		if err = o.err; err == nil {
			err = k.keep(ctx, o.store)
		}
	case <-ctx.Done():
		err = ctx.Err()
	}
	var unreachable *live.UnreachableError
	if err == nil || errors.Is(err, live.ErrNoRoot) || errors.As(err, &unreachable) {
		return
	}
	fmt.Fprintf(k.s.err, "kfp2argo: the run is not recorded: %v\n", err)
}

func (k *keeper) keep(ctx context.Context, store *live.Store) error {
	w, err := k.cluster.Get(ctx, k.run)
	if err != nil {
		return err
	}
	if !live.Summarize(w).State.Final() {
		return nil
	}
	_, err = store.Keep(ctx, w)
	return err
}

// keepAll records those runs that have ended and whose record is not in their
// store. It returns what it has recorded.
func keepAll(ctx context.Context, cluster *live.Cluster, found []live.Found) (map[string]runs.Summary, error) {
	kept := map[string]runs.Summary{}
	var failed []error
	for _, f := range found {
		if f.Workflow == nil || !f.State.Final() || f.Stored {
			continue
		}
		r, err := cluster.Store(f.Workflow).Keep(ctx, f.Workflow)
		var unreachable *live.UnreachableError
		switch {
		case errors.Is(err, live.ErrNoRoot), errors.As(err, &unreachable):
		case err != nil:
			failed = append(failed, fmt.Errorf("run %s is not recorded: %w", f.Name, err))
		default:
			kept[f.UID] = r.Summary
		}
	}
	return kept, errors.Join(failed...)
}
