package launcher

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/pod"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// record stores the artifacts and then leaves all outputs for Argo, so that
// Argo knows none that could not be stored.
func record(ctx context.Context, plan *contract.Plan, options Options) error {
	reported, err := readExecutorOutput(plan.ExecutorInput.Outputs.OutputFile)
	if err != nil {
		return err
	}
	texts := argoTexts{}
	for _, name := range slices.Sorted(maps.Keys(plan.Outputs.Parameters)) {
		spec := plan.Outputs.Parameters[name]
		text, err := parameterText(name, spec, reported, plan.ExecutorInput.Outputs)
		if err != nil {
			return fmt.Errorf("output parameter %q: %w", name, err)
		}
		if err := texts.add(contract.ArgoName(name, spec.Argo), text); err != nil {
			return fmt.Errorf("output parameter %q: %w", name, err)
		}
	}
	artifacts := outputArtifacts(plan, reported)
	for _, a := range artifacts {
		text, err := contract.EncodeArtifact(a.record)
		if err == nil {
			err = texts.add(contract.ArgoName(a.name, plan.Outputs.Artifacts[a.name].Argo), text)
		}
		if err != nil {
			return fmt.Errorf("output artifact %q: %w", a.name, err)
		}
	}
	if err := storeAll(ctx, artifacts, plan, options); err != nil {
		return err
	}
	return texts.write(options.Root.Path(contract.ArgoOutputDir))
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

// parameterText returns an output parameter as Argo gets it: the value in the
// executor output or else what is in the parameter's file.
func parameterText(name string, spec contract.OutputParameterSpec, reported *contract.ExecutorOutput, outputs contract.Outputs) (string, error) {
	if value, ok := reported.ParameterValues[name]; ok {
		value, err := spec.Type.Record(value)
		if err != nil {
			return "", err
		}
		return contract.EncodeParameter(value)
	}
	path := outputs.Parameters[name].OutputFile
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the program wrote no value: neither a file %s nor an entry in %s", path, outputs.OutputFile)
	}
	if err != nil {
		return "", err
	}
	value, err := spec.Type.ParseFile(string(text))
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return contract.EncodeParameter(value)
}

// argoTexts holds the texts of output parameters by Argo name.
type argoTexts map[string]string

func (t argoTexts) add(name, text string) error {
	if len(text) > contract.MaxParameterBytes {
		return fmt.Errorf("it has %d bytes, and a Workflow has room for %d: make it an artifact", len(text), contract.MaxParameterBytes)
	}
	if !filepath.IsLocal(name) || filepath.Base(name) != name {
		return fmt.Errorf("its Argo name %q does not serve as the name of a file", name)
	}
	t[name] = text
	return nil
}

func (t argoTexts) write(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("leaving the outputs for Argo: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if err := pod.WriteFile(filepath.Join(dir, name), []byte(t[name])); err != nil {
			return fmt.Errorf("leaving the outputs for Argo: %w", err)
		}
	}
	return nil
}

// storeAll uploads what the program made, all artifacts at the same time.
func storeAll(ctx context.Context, artifacts []outputArtifact, plan *contract.Plan, options Options) error {
	if len(artifacts) == 0 || plan.Imports {
		return nil
	}
	root, err := store.ParseRoot(plan.PipelineRoot)
	if err != nil {
		return err
	}
	s := store.New(root, options.getenv)
	group, ctx := errgroup.WithContext(ctx)
	for _, a := range artifacts {
		group.Go(func() error {
			u := upload{artifact: a, root: root.URI(), options: options}
			if err := u.run(ctx, s); err != nil {
				return fmt.Errorf("output artifact %q: %w", a.name, err)
			}
			return nil
		})
	}
	return group.Wait()
}
