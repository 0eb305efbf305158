package driver

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/failure"
)

// finalStatus is KFP's PipelineTaskFinalStatus, as the translator hands it on
// and as programs read it.
type finalStatus struct {
	State    string       `json:"state"`
	Error    *statusError `json:"error,omitempty"`
	Workflow string       `json:"pipelineJobResourceName"`
	Task     string       `json:"pipelineTaskName"`
}

// statusError says what went wrong: the exit code of the pod that failed last,
// and in words. The translator leaves it empty.
type statusError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// explainStatus completes the inputs that tell a program how a task of this run
// has ended: where it has failed, with the reason. Where the reason cannot be
// read the program does without it, for cleaning up is its first concern.
func explainStatus(ctx context.Context, plan *contract.Plan, run contract.Run, options Options) error {
	values := plan.ExecutorInput.Inputs.ParameterValues
	for name, value := range values {
		var status finalStatus
		explained := func() bool { return status.Error != nil && *status.Error != (statusError{}) }
		if json.Unmarshal(value, &status) != nil || status.State != "FAILED" || status.Workflow != run.Name || explained() {
			continue
		}
		found, err := reason(ctx, plan, run.Node, status.Task, options)
		if err != nil {
			options.Log.Warn("reading why a task has failed: "+err.Error(), "input", name, "task", status.Task)
		}
		status.Error = found
		text, err := json.Marshal(status)
		if err != nil {
			return err
		}
		if values[name], err = contract.Canonical(text); err != nil {
			return err
		}
	}
	return nil
}

// reason finds the failure of a task that stands beside this one, or beside
// one of the tasks that this one is inside of.
func reason(ctx context.Context, plan *contract.Plan, node, task string, options Options) (*statusError, error) {
	unknown := &statusError{Message: fmt.Sprintf("task %q has failed", task)}
	if plan.Failures == "" {
		return unknown, nil
	}
	place := failure.Place{Root: plan.PipelineRoot, Directory: plan.Failures, Getenv: options.Getenv}
	for parent := node; ; {
		dot := strings.LastIndexByte(parent, '.')
		if dot < 0 {
			return unknown, nil
		}
		parent = parent[:dot]
		found, ok, err := place.Last(ctx, parent+"."+task)
		if err != nil {
			return unknown, err
		}
		if ok {
			return &statusError{Code: found.Code, Message: found.Message}, nil
		}
	}
}
