package launcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/failure"
	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// recordFailure records the error of a task, for exit tasks to read, and
// returns it. That nobody can be told is no reason to hide the error itself.
func recordFailure(ctx context.Context, plan *contract.Plan, options Options, ran span, cause error) error {
	if cause == nil || plan.Failures == "" {
		return cause
	}
	r := describe(cause)
	r.Node, r.Time = plan.Node, time.Now().UTC()
	var begun record.Task
	if plan.Record != nil && json.Unmarshal(plan.Record, &begun) == nil {
		r.Started, r.Phases = begun.Started, begun.Phases
	}
	ran.into(&r.Phases)
	place := failure.Place{Root: plan.PipelineRoot, Directory: plan.Failures, Getenv: options.getenv}
	if err := place.Leave(ctx, r); err != nil {
		options.Log.Warn(err.Error())
	}
	return cause
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
