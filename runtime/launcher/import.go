package launcher

import (
	"context"
	"errors"
	"fmt"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/pod"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// fetch fetches what the task imports into the workspace.
func fetch(ctx context.Context, plan *contract.Plan, options Options) error {
	ctx, stop := untilStopped(ctx, options.Signals)
	defer stop()
	if err := pod.MakeParents(plan.ExecutorInput.Outputs, options.Root); err != nil {
		return err
	}
	artifacts, err := store.Open(plan.PipelineRoot, options.getenv)
	if err != nil {
		return err
	}
	for _, list := range plan.ExecutorInput.Outputs.Artifacts {
		for _, a := range list.Artifacts {
			local, _ := options.Root.LocalPathOf(a) // the driver has made sure that there is one
			uri, err := store.ParseURI(a.URI)
			if err != nil {
				return err
			}
			err = artifacts.Download(ctx, uri, local)
			if errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("importing %s: there is nothing", a.URI)
			}
			if err != nil {
				return err
			}
			options.Log.Info("fetched into the workspace", "uri", a.URI, "path", local)
		}
	}
	return nil
}
