package driver

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
)

// addImport says what is to be fetched into the workspace: it is the only
// output of the component.
func addImport(component contract.Component, values *placeholder.Values) error {
	i := component.Import
	uri, err := values.Expand(placeholder.Parse(i.URI))
	if err != nil {
		return fmt.Errorf("the URI to import: %w", err)
	}
	if uri == "" {
		return errors.New("the artifactUri to import is empty")
	}
	uri = contract.Unalias(uri)
	if _, ok := contract.LocalPath(uri); !ok || contract.IsModelImage(uri) {
		return fmt.Errorf("%q cannot be fetched into the workspace: it lies in no store", uri)
	}
	metadata, err := expandMetadata(i.Metadata, *values)
	if err != nil {
		return fmt.Errorf("the metadata of the import: %w", err)
	}
	metadata[contract.WorkspaceKey] = json.RawMessage("true")
	for name, declared := range component.Outputs.Artifacts {
		artifact := contract.RuntimeArtifact{Name: name, Type: declared.Type, URI: uri, Metadata: metadata}
		values.ExecutorInput.Outputs.Artifacts = map[string]contract.ArtifactList{
			name: {Artifacts: []contract.RuntimeArtifact{artifact}},
		}
	}
	return nil
}

// expandMetadata replaces the placeholders in the strings and in the first keys
// of a struct.
func expandMetadata(metadata json.RawMessage, values placeholder.Values) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if metadata != nil {
		if err := json.Unmarshal(metadata, &fields); err != nil {
			return nil, err
		}
	}
	all := map[string]json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		key, err := values.Expand(placeholder.Parse(name))
		if err != nil {
			return nil, err
		}
		if _, twice := all[key]; twice {
			return nil, errors.New("it has the entry " + key + " twice")
		}
		if all[key], err = values.ExpandJSON(fields[name]); err != nil {
			return nil, err
		}
	}
	return all, nil
}
