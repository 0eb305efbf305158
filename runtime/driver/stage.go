package driver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// stageIn downloads the input artifacts to where KFP's SDK looks for them. If
// there is nothing at a URI, or a web server or registry does not serve it, the
// program finds no file, as in KFP: only it knows whether that is an
// error.
func stageIn(ctx context.Context, plan *contract.Plan, artifacts *store.Store, options Options) error {
	group, ctx := errgroup.WithContext(ctx)
	if err := requireWorkspace(plan.ExecutorInput.Inputs.Artifacts, options.Root); err != nil {
		return err
	}
	for uri, input := range inputURIs(plan.ExecutorInput.Inputs.Artifacts, onlyNamed(options.Root)) {
		group.Go(func() error {
			log := options.Log.With("input", input, "uri", uri)
			if err := fetch(ctx, artifacts, uri, options.Root, log); err != nil {
				return fmt.Errorf("input artifact %q: %w", input, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// requireWorkspace makes sure that there is a workspace where an input lies in
// it.
func requireWorkspace(inputs map[string]contract.ArtifactList, root contract.Root) error {
	for _, input := range slices.Sorted(maps.Keys(inputs)) {
		for _, a := range inputs[input].Artifacts {
			if !a.InWorkspace() {
				continue
			}
			if _, err := os.Stat(root.Path(contract.WorkspaceDir)); err != nil {
				return fmt.Errorf("input artifact %q: %s lies in the workspace, which this task does not mount: mention {{$.workspace_path}} in its command line", input, a.URI)
			}
		}
	}
	return nil
}

// inputURIs returns each URI that is to be fetched once, with an input that has
// it. What lies in the workspace is there already. What belongs to others is not
// fetched for a program that only names it.
func inputURIs(inputs map[string]contract.ArtifactList, onlyNamed func(input string) bool) map[string]string {
	uris := map[string]string{}
	for _, input := range slices.Sorted(maps.Keys(inputs)) {
		for _, a := range inputs[input].Artifacts {
			if !a.InWorkspace() && (!contract.IsReadOnly(a.URI) || !onlyNamed(input)) {
				uris[a.URI] = input
			}
		}
	}
	return uris
}

// onlyNamed returns what tells whether the command line of the pod cannot lead
// the program to the file of an input: it mentions neither its path, nor the
// input as a whole, nor all inputs.
func onlyNamed(root contract.Root) func(input string) bool {
	never := func(string) bool { return false }
	p, err := readTemplate(root)
	if err != nil {
		return never
	}
	all, read := false, map[string]bool{}
	for _, text := range p.command {
		element, err := placeholder.Parser(placeholder.ParseShielded).ParseElement(text)
		if err != nil {
			return never
		}
		placeholder.Visit(element, func(part placeholder.Part) {
			switch part := part.(type) {
			case placeholder.ExecutorInput:
				all = true
			case placeholder.Artifact:
				if !part.Output && (part.Field == placeholder.Path || part.Field == placeholder.Whole) {
					read[part.Name] = true
				}
			case placeholder.Literal, placeholder.InputParameter, placeholder.OutputParameterFile, placeholder.OutputFile,
				placeholder.Pipeline, placeholder.Brace:
			}
		}, func(string) {})
	}
	return func(input string) bool { return !all && !read[input] }
}

func fetch(ctx context.Context, artifacts *store.Store, uri string, root contract.Root, log *slog.Logger) error {
	local, ok := root.LocalPath(uri)
	if !ok {
		log.Info("not fetched: the program reads it by its URI")
		return nil
	}
	if contract.IsModelImage(uri) {
		if _, err := os.Lstat(local); err == nil {
			log.Info("not fetched: the image is mounted")
			return nil
		}
	}
	source, err := store.ParseURI(uri)
	if err != nil {
		return err
	}
	err = artifacts.Download(ctx, source, local)
	switch {
	case errors.Is(err, store.ErrNotFound):
		log.Warn("there is nothing at the URI of an input")
		return nil
	case err != nil && ctx.Err() == nil && contract.IsReadOnly(uri):
		// It belongs to others, and perhaps the program reads only the URI.
		log.Warn("an input is not fetched", "because", err)
		return os.RemoveAll(local)
	}
	return err
}
