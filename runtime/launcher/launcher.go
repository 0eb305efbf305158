// Package launcher runs the user's program in a task's main container: it
// expands the command line, is a good parent to the program, stores the
// artifacts that it made, and leaves its outputs for Argo.
//
// The program sees what it would see as the container's first process: its
// arguments, environment, streams and signals. It runs in a process group of
// its own, which ends with it.
package launcher

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/runtime/pod"
	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// Options say what the launcher of one pod works with.
type Options struct {
	// Root is empty but in tests.
	Root contract.Root
	// Command is the component's command line as the translator shielded it.
	Command []string
	// Environ is the environment of the program and the place where the store
	// looks for its settings.
	Environ []string
	// Stdin, Stdout and Stderr are handed to the program as they are.
	Stdin, Stdout, Stderr *os.File
	// Signals brings those of [Signals] that this process gets. All are passed on.
	Signals <-chan os.Signal
	// Grace is how long the program may go on after it was told to stop.
	Grace time.Duration
	Log   *slog.Logger
}

// getenv looks a variable up in the launcher's own environment.
func (o Options) getenv(name string) string { return lookup(o.Environ, name) }

// An ExitError says why there are no outputs and with which code the launcher
// is to exit.
type ExitError struct {
	Code contract.ExitCode
	// Message is for people; it is empty where the program, which failed by
	// itself, has said what there is to say.
	Message string
}

func (e *ExitError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("the program exited with code %d", e.Code)
	}
	return e.Message
}

// Run runs the task's program and records its outputs. The error is an
// [ExitError] where the program did not start or did not succeed.
func Run(ctx context.Context, options Options) error {
	plan, err := readPlan(options.Root)
	if err != nil {
		return err
	}
	if options.Environ, err = storeEnvironment(plan, options); err != nil {
		return err
	}
	switch {
	case plan.Cached != nil:
		return reuseOutputs(ctx, plan, options)
	case plan.LookUp != "":
		return argoTexts{plan.LookUp: contract.Missed}.write(options.Root.Path(contract.ArgoOutputDir))
	}
	log := newTaskLog(plan, options)
	var ran span
	if plan.Imports {
		err = fetch(ctx, plan, options)
	} else {
		ran, err = run(ctx, plan, log, options)
	}
	log.store(ctx, plan, options, err != nil)
	if err != nil {
		return recordFailure(ctx, plan, options, ran, err)
	}
	ctx, stop := untilStopped(ctx, options.Signals)
	defer stop()
	return recordFailure(ctx, plan, options, ran, recordOutputs(ctx, plan, ran, options))
}

func readPlan(root contract.Root) (*contract.Plan, error) {
	data, err := os.ReadFile(root.Path(contract.PlanFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: the driver has not run in this pod", root.Path(contract.PlanFile))
	}
	if err != nil {
		return nil, fmt.Errorf("reading the plan: %w", err)
	}
	return contract.ParsePlan(data)
}

// run expands the command line and runs the program to its end. It returns when the
// program ran, if it did.
func run(ctx context.Context, plan *contract.Plan, log *taskLog, options Options) (ran span, err error) {
	argv, err := placeholder.ExpandCommand(options.Command, placeholder.Values{
		ExecutorInput: plan.ExecutorInput,
		Given:         plan.Given,
		Pipeline:      plan.Placeholders,
		Root:          options.Root,
	})
	if err != nil {
		return ran, err
	}
	if len(argv) == 0 {
		return ran, errors.New("the component has neither command nor args")
	}
	if err := pod.MakeParents(plan.ExecutorInput.Outputs, options.Root); err != nil {
		return ran, err
	}
	if err := requirePresence(plan.Present, options); err != nil {
		return ran, err
	}
	environ, err := programEnvironment(unshielded(options.Environ, plan.ShieldedEnv), options.Root)
	if err != nil {
		return ran, fmt.Errorf("making a home directory: %w", err)
	}
	p := program{argv: argv, environ: environ, log: log, options: options}
	ran.began = time.Now().UTC()
	err = p.run(ctx)
	ran.ended = time.Now().UTC()
	var tooLong *tooLongError
	if errors.As(err, &tooLong) {
		return ran, &ExitError{Code: contract.ExitCannotRun, Message: tooLong.explain(plan.ExecutorInput.Inputs)}
	}
	return ran, err
}

// span is when a program began and ended; zero for one that did not run.
type span struct{ began, ended time.Time }

// into notes the span in the phases of an attempt.
func (s span) into(p *record.Phases) { p.Began, p.Ended = s.began, s.ended }
