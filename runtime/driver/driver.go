// Package driver prepares a task: it resolves the inputs that Argo wrote into
// the pod, says where the outputs go, fetches the input artifacts, and leaves
// the launcher a [contract.Plan].
//
// It runs as the pod's init container, perhaps as another user than the main
// container: what it makes, everyone in the pod may read and write, given that
// its process has no umask.
package driver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/failure"
	"github.com/kfp2argo/kfp2argo/runtime/pod"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Options say what the driver of one pod works with.
type Options struct {
	// Root is empty but in tests.
	Root contract.Root
	// Attempt is a name that no other pod has: outputs are stored under it.
	Attempt string
	// NodeID identifies the task's Argo node; empty where it is not known.
	NodeID string
	// Launcher is the file to install as [contract.LauncherFile]; empty to
	// install none.
	Launcher string
	// Getenv is where the store looks for its settings, such as os.Getenv.
	Getenv func(string) string
	Log    *slog.Logger
}

// Run prepares the pod and writes the plan. Beside that it notes the run in the store.
func Run(ctx context.Context, options Options) error {
	started := time.Now().UTC()
	data, err := os.ReadFile(options.Root.Path(contract.TaskFile))
	if err != nil {
		return fmt.Errorf("reading the task document: %w", err)
	}
	task, err := contract.ParseTask(data)
	if err != nil {
		return err
	}
	if task.Run, err = contract.ParseRun(options.Getenv(contract.RunVariable)); err != nil {
		return err
	}
	s, err := store.Open(task.Run.PipelineRoot, options.Getenv)
	if err == nil {
		noted := note(ctx, task.Run, s, options)
		err = prepare(ctx, task, s, started, options)
		noted()
	}
	if err != nil {
		recordFailure(ctx, task, options, failure.Record{Message: err.Error(), Started: started})
	}
	return err
}

// recordFailure records why a task does not run, for exit tasks to read. That
// nobody can be told is no reason to hide the error itself.
func recordFailure(ctx context.Context, task *contract.Task, options Options, r failure.Record) {
	directory, err := failuresURI(task)
	if err == nil && directory != "" {
		place := failure.Place{Root: task.Run.PipelineRoot, Directory: directory, Getenv: options.Getenv}
		r.Node, r.Code, r.Time = task.Run.Node, int(contract.ExitFailure), time.Now().UTC()
		err = place.Leave(ctx, r)
	}
	if err != nil {
		options.Log.Warn(err.Error())
	}
}

func prepare(ctx context.Context, task *contract.Task, s *store.Store, started time.Time, options Options) error {
	// Before a program runs for hours whose artifacts cannot be stored.
	if len(task.Component.Outputs.Artifacts) > 0 {
		if err := s.Ready(); err != nil {
			return err
		}
	}
	if err := loadValues(ctx, task, s); err != nil {
		return err
	}
	plan, err := resolve(task, options)
	if err != nil {
		return err
	}
	if err := makeRoom(plan, options); err != nil {
		return err
	}
	begun, err := remember(ctx, task, plan, started, finder{record.In(s, task.Run.Pipeline), options})
	if err != nil {
		return err
	}
	if plan.Cached == nil && plan.LookUp == "" {
		if err := fetchInputs(ctx, plan, task.Run, s, options); err != nil {
			return err
		}
		if begun != nil {
			begun.Fetched = time.Now().UTC()
		}
	}
	return writePlan(plan, begun, options)
}

// writePlan writes the plan, with the beginning of the record of the task, which may
// be nil.
func writePlan(plan *contract.Plan, begun *record.Task, options Options) (err error) {
	if begun != nil {
		if plan.Record, err = json.Marshal(begun); err != nil {
			return fmt.Errorf("beginning the record of the task: %w", err)
		}
	}
	if err := handOver(plan, options); err != nil {
		return err
	}
	text, err := json.Marshal(plan)
	if err == nil {
		err = pod.WriteFile(options.Root.Path(contract.PlanFile), text)
	}
	if err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// makeRoom makes the directories that the program and Argo expect, and installs the
// launcher.
func makeRoom(plan *contract.Plan, options Options) error {
	// What is imported goes to a volume, which perhaps only main may write to.
	if !plan.Imports {
		if err := pod.MakeParents(plan.ExecutorInput.Outputs, options.Root); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(options.Root.Path(contract.ArgoOutputDir), 0o777); err != nil {
		return fmt.Errorf("making the directory that Argo reads: %w", err)
	}
	if options.Launcher == "" {
		return nil
	}
	if err := install(options.Launcher, options.Root.Path(contract.LauncherFile)); err != nil {
		return fmt.Errorf("installing the launcher: %w", err)
	}
	return nil
}

// handOver gives the launcher what it needs to open the store: main has nothing
// of it in its own environment, which the program could read.
func handOver(plan *contract.Plan, options Options) error {
	plan.Store = options.Getenv(contract.StoreVariable)
	config, err := contract.ParseStoreConfig(plan.Store)
	if err != nil {
		return err
	}
	keys := contract.KeysOf(config, options.Getenv)
	if len(keys) == 0 {
		return nil
	}
	plan.Keys = true
	return pod.LeaveKeys(keys, options.Root)
}

func fetchInputs(ctx context.Context, plan *contract.Plan, run contract.Run, s *store.Store, options Options) error {
	if err := stageIn(ctx, plan, s, options); err != nil {
		return err
	}
	return explainStatus(ctx, plan, run, options)
}

// install copies a program and lets everyone run it.
func install(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	temp, err := os.CreateTemp(filepath.Dir(to), ".launcher-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name())
		}
	}()
	_, err = io.Copy(temp, source)
	if err = errors.Join(err, temp.Chmod(0o755), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), to)
}
