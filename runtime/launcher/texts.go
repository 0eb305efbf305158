package launcher

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/pod"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// argoTexts holds the texts of output parameters by Argo name.
type argoTexts map[string]string

// textsOf writes outputs as Argo gets them: what is too large goes to the store
// before.
func textsOf(ctx context.Context, made record.Outputs, plan *contract.Plan, s *store.Store) (argoTexts, error) {
	texts := argoTexts{}
	large, err := openValues(plan, s)
	if err != nil {
		return nil, err
	}
	declared := plan.Outputs
	for _, name := range slices.Sorted(maps.Keys(declared.Parameters)) {
		text, err := large.parameter(ctx, name, declared.Parameters[name], made.Parameters[name])
		if err == nil {
			err = texts.add(contract.ArgoName(name, declared.Parameters[name].Argo), text)
		}
		if err != nil {
			return nil, fmt.Errorf("output parameter %q: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(declared.Artifacts)) {
		text, err := large.artifact(ctx, name, made.Artifacts[name])
		if err == nil {
			err = texts.add(contract.ArgoName(name, declared.Artifacts[name].Argo), text)
		}
		if err != nil {
			return nil, fmt.Errorf("output artifact %q: %w", name, err)
		}
	}
	return texts, nil
}

func (t argoTexts) add(name, text string) error {
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

// values is where outputs go that are too large for Argo.
type values struct {
	store *store.Store
	// base is the URI below which they are stored, nil where there is no store.
	base  *store.URI
	limit int // in bytes
}

func openValues(plan *contract.Plan, s *store.Store) (values, error) {
	v := values{store: s, limit: plan.InlineLimit}
	if v.limit == 0 {
		v.limit = contract.DefaultInlineLimit
	}
	if plan.Values == "" {
		return v, nil
	}
	base, err := store.ParseURI(plan.Values)
	v.base = &base
	return v, err
}

// parameter returns the text of a parameter, or a reference to it.
func (v values) parameter(ctx context.Context, name string, spec contract.OutputParameterSpec, value json.RawMessage) (string, error) {
	text, err := contract.EncodeParameter(value)
	if err != nil || len(text) <= v.limit {
		return text, err
	}
	if v.base != nil && !spec.Inline {
		reference, err := v.keep(ctx, value, "parameters", name)
		if err != nil {
			return "", err
		}
		return reference.Text(), nil
	}
	if len(text) > contract.MaxParameterBytes {
		why := "give the pipeline a root, where such values are stored, or make it an artifact"
		if spec.Inline {
			why = "Argo itself reads it, for a condition, a loop or an output of the pipeline: make it an artifact, or smaller"
		}
		return "", fmt.Errorf("it has %d bytes, and a Workflow has room for %d: %s", len(text), contract.MaxParameterBytes, why)
	}
	return text, nil
}

// artifact returns the text of an artifact, with a reference to its metadata
// where that is too large.
func (v values) artifact(ctx context.Context, name string, a contract.RuntimeArtifact) (string, error) {
	text, err := contract.EncodeArtifact(a)
	if err != nil || len(text) <= v.limit || v.base == nil {
		return text, err
	}
	metadata, err := json.Marshal(a.Metadata)
	if err != nil {
		return "", err
	}
	reference, err := v.keep(ctx, metadata, "metadata", name)
	if err != nil {
		return "", err
	}
	a.Metadata, a.MetadataReference = nil, &reference
	return contract.EncodeArtifact(a)
}

// keep stores a value, of which a reference is handed on.
func (v values) keep(ctx context.Context, value json.RawMessage, names ...string) (contract.Reference, error) {
	if len(value) > store.MaxSmall {
		return contract.Reference{}, fmt.Errorf("it has %d bytes, and %d is the most that can be handed on: make it an artifact", len(value), store.MaxSmall)
	}
	uri, err := v.base.Join(names...)
	if err != nil {
		return contract.Reference{}, err
	}
	return contract.Refer(uri.String(), value), v.store.Write(ctx, uri, value)
}
