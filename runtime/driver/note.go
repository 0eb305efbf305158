package driver

import (
	"context"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// noteTime bounds what a task waits for the note of its run.
const noteTime = 10 * time.Second

// note has the store know that there is a run, also one that nobody watches. What
// it returns waits until that is done. A task does not fail for it.
func note(ctx context.Context, run contract.Run, s *store.Store, options Options) (wait func()) {
	created, err := time.Parse(time.RFC3339, run.Created)
	if err != nil || run.PipelineRoot == "" || s.Ready() != nil {
		return func() {} // who needs the store says what is wrong
	}
	ctx, cancel := context.WithTimeout(ctx, noteTime)
	done := make(chan error, 1)
	go func() {
		done <- runs.In(s).Note(ctx, runs.Identity{Pipeline: run.Pipeline, Name: run.Name, UID: run.UID, Created: created.UTC()})
	}()
	return func() {
		defer cancel()
		if err := <-done; err != nil {
			options.Log.Warn("the run is not noted in the store", "because", err)
		}
	}
}
