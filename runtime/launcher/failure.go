package launcher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/failure"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// recordTime bounds how long a pod that has failed goes on to record why.
const recordTime = 15 * time.Second

// recordFailure records the error of a task, for exit tasks to read, and
// returns it. That nobody can be told is no reason to hide the error itself.
func recordFailure(ctx context.Context, plan *contract.Plan, options Options, cause error) error {
	if cause == nil || plan.Failures == "" {
		return cause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	if err := leave(ctx, plan, options, describe(cause)); err != nil {
		options.Log.Warn(err.Error())
	}
	return cause
}

func leave(ctx context.Context, plan *contract.Plan, options Options, r failure.Record) error {
	root, err := store.ParseRoot(plan.PipelineRoot)
	if err != nil {
		return err
	}
	directory, err := store.ParseURI(plan.Failures)
	if err != nil {
		return err
	}
	r.Node, r.Time = plan.Node, time.Now()
	return failure.Leave(ctx, store.New(root, options.getenv), directory, r)
}

// describe says what went wrong in the form of a record.
func describe(cause error) failure.Record {
	r := failure.Record{Code: int(contract.ExitFailure), Message: cause.Error()}
	var exit *ExitError
	if errors.As(cause, &exit) {
		r.Code = int(exit.Code)
		if exit.Message == "" {
			r.Message = fmt.Sprintf("the program ended with exit code %d", exit.Code)
		}
	}
	return r
}
