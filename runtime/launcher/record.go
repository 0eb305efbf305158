package launcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// recordOutputs stores the artifacts and then leaves all outputs for Argo, so
// that Argo knows none that could not be stored.
func recordOutputs(ctx context.Context, plan *contract.Plan, ran span, options Options) error {
	reported, err := readExecutorOutput(plan.ExecutorInput.Outputs.OutputFile)
	if err != nil {
		return err
	}
	made := record.Outputs{Parameters: map[string]json.RawMessage{}, Artifacts: map[string]contract.RuntimeArtifact{}}
	for _, name := range slices.Sorted(maps.Keys(plan.Outputs.Parameters)) {
		value, err := parameterValue(name, plan.Outputs.Parameters[name], reported, plan.ExecutorInput.Outputs)
		if err != nil {
			return fmt.Errorf("output parameter %q: %w", name, err)
		}
		made.Parameters[name] = contract.UnaliasValue(value)
	}
	artifacts := outputArtifacts(plan, reported)
	for _, a := range artifacts {
		made.Artifacts[a.name] = a.record
	}
	s, err := store.Open(plan.PipelineRoot, options.getenv)
	if err != nil {
		return err
	}
	texts, err := textsOf(ctx, made, plan, s)
	if err != nil {
		return err
	}
	stored, err := storeAll(ctx, artifacts, plan, s, options)
	if err != nil {
		return err
	}
	if err := texts.write(options.Root.Path(contract.ArgoOutputDir)); err != nil {
		return err
	}
	leaveRecord(ctx, plan, s, options, func(t *record.Task) {
		t.Outputs, t.Stored, t.Log = made, stored, plan.Log
		ran.into(&t.Phases)
	})
	return nil
}

// reuseOutputs leaves for Argo what an earlier task made.
func reuseOutputs(ctx context.Context, plan *contract.Plan, options Options) error {
	var found record.Task
	if err := json.Unmarshal(plan.Cached, &found); err != nil {
		return fmt.Errorf("reading the record of the earlier task: %w", err)
	}
	s, err := store.Open(plan.PipelineRoot, options.getenv)
	if err != nil {
		return err
	}
	texts, err := textsOf(ctx, found.Outputs, plan, s)
	if err != nil {
		return err
	}
	if plan.LookUp != "" {
		texts[plan.LookUp] = contract.Found
	}
	if err := texts.write(options.Root.Path(contract.ArgoOutputDir)); err != nil {
		return err
	}
	options.Log.Info(contract.NotRun, "run", found.Run, "node", found.Node)
	origin := found.Origin()
	leaveRecord(ctx, plan, s, options, func(t *record.Task) {
		t.From, t.Outputs, t.Stored = &origin, found.Outputs, found.Stored
	})
	return nil
}

// leaveRecord completes the record of the task and stores it. That it cannot be
// stored is no reason for the task to fail: its outputs are complete.
func leaveRecord(ctx context.Context, plan *contract.Plan, s *store.Store, options Options, complete func(*record.Task)) {
	if plan.Record == nil {
		return
	}
	var t record.Task
	err := json.Unmarshal(plan.Record, &t)
	if err == nil {
		complete(&t)
		t.Finished = time.Now().UTC()
		err = record.In(s, t.Pipeline).Leave(ctx, t)
	}
	if err != nil {
		options.Log.Warn("the task is not recorded", "because", err)
	}
}

// readExecutorOutput reads what the program says of its outputs; most programs
// that do not use KFP's SDK say nothing.
func readExecutorOutput(path string) (*contract.ExecutorOutput, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &contract.ExecutorOutput{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the executor output: %w", err)
	}
	output, err := contract.ParseExecutorOutput(data)
	if err != nil {
		return nil, fmt.Errorf("reading the executor output, %s: %w", path, err)
	}
	return output, nil
}

// parameterValue returns an output parameter: the value in the executor output
// or else what is in the parameter's file.
func parameterValue(name string, spec contract.OutputParameterSpec, reported *contract.ExecutorOutput, outputs contract.Outputs) (json.RawMessage, error) {
	if value, ok := reported.ParameterValues[name]; ok {
		return spec.Type.Record(value)
	}
	path := outputs.Parameters[name].OutputFile
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the program wrote no value: neither a file %s nor an entry in %s", path, outputs.OutputFile)
	}
	if err != nil {
		return nil, err
	}
	value, err := spec.Type.ParseFile(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return value, nil
}

// storeAll uploads what the program made, all artifacts at the same time. It
// returns the names of those that have bytes in the store.
func storeAll(ctx context.Context, artifacts []outputArtifact, plan *contract.Plan, s *store.Store, options Options) (map[string]bool, error) {
	stored := map[string]bool{}
	if len(artifacts) == 0 || plan.Imports {
		return stored, nil
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	for _, a := range artifacts {
		group.Go(func() error {
			u := upload{artifact: a, root: s.Root(), options: options}
			done, err := u.run(ctx, s)
			if err != nil {
				return fmt.Errorf("output artifact %q: %w", a.name, err)
			}
			mu.Lock()
			defer mu.Unlock()
			stored[a.name] = done
			return nil
		})
	}
	err := group.Wait()
	maps.DeleteFunc(stored, func(_ string, done bool) bool { return !done })
	return stored, err
}
