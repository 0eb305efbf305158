package driver

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// loadValues puts the values that are in the store because they were too large
// for Argo where their references stand.
func loadValues(ctx context.Context, task *contract.Task, s *store.Store) error {
	l := loader{s, task.Inputs}
	for _, name := range slices.Sorted(maps.Keys(task.Inputs)) {
		if err := l.parameter(ctx, name); err != nil {
			return fmt.Errorf("input %q: %w", name, err)
		}
	}
	declared := task.Component.Inputs.Artifacts
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if err := l.artifacts(ctx, contract.ArgoName(name, declared[name].Argo)); err != nil {
			return fmt.Errorf("input artifact %q: %w", name, err)
		}
	}
	return nil
}

// loader replaces references in the texts of inputs.
type loader struct {
	store *store.Store
	texts map[string]string
}

func (l loader) parameter(ctx context.Context, name string) (err error) {
	l.texts[name], err = l.text(ctx, l.texts[name])
	return err
}

// text returns a parameter text without references.
func (l loader) text(ctx context.Context, text string) (string, error) {
	if derived, err := contract.ParseDerived(text); err != nil {
		return "", err
	} else if derived != nil {
		made, err := derived.Each(func(inside string) (string, error) { return l.text(ctx, inside) })
		return made.Text(), err
	}
	reference, err := contract.ParseReference(text)
	if err != nil || reference == nil {
		return text, err
	}
	stored, err := l.load(ctx, *reference)
	return string(stored), err
}

func (l loader) artifacts(ctx context.Context, name string) error {
	if !strings.Contains(l.texts[name], `"metadataReference"`) {
		return nil
	}
	list, err := contract.DecodeArtifacts(l.texts[name])
	if err != nil {
		return err
	}
	for i := range list.Artifacts {
		a := &list.Artifacts[i]
		if a.MetadataReference == nil {
			continue
		}
		text, err := l.load(ctx, *a.MetadataReference)
		if err != nil {
			return err
		}
		a.MetadataReference = nil
		if err := json.Unmarshal(text, &a.Metadata); err != nil {
			return err
		}
	}
	text, err := json.Marshal(list.Artifacts)
	l.texts[name] = string(text)
	return err
}

func (l loader) load(ctx context.Context, r contract.Reference) ([]byte, error) {
	uri, err := store.ParseURI(r.URI)
	if err != nil {
		return nil, err
	}
	text, err := l.store.Read(ctx, uri)
	if err != nil {
		return nil, err
	}
	if err := r.Check(text); err != nil {
		return nil, fmt.Errorf("reading %s: %w", uri, err)
	}
	return text, nil
}
