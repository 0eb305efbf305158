package driver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
)

// errNoValue says that an input needs a value and has none.
var errNoValue = errors.New("it has no value, no default, and is not optional")

// resolveInputs fills in the inputs of values and which of them were given.
func resolveInputs(task *contract.Task, values *placeholder.Values) error {
	values.ExecutorInput.Inputs = contract.Inputs{
		ParameterValues: map[string]json.RawMessage{},
		Artifacts:       map[string]contract.ArtifactList{},
	}
	if err := addArtifacts(task, values); err != nil {
		return err
	}
	if err := addParameters(task, values); err != nil {
		return err
	}
	slices.Sort(values.Given)
	return nil
}

func addArtifacts(task *contract.Task, values *placeholder.Values) error {
	declared := task.Component.Inputs.Artifacts
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		list, err := contract.DecodeArtifacts(task.Inputs[contract.ArgoName(name, declared[name].Argo)])
		if err == nil && list.Artifacts == nil && !declared[name].Optional {
			err = errNoValue
		}
		if err != nil {
			return fmt.Errorf("input artifact %q: %w", name, err)
		}
		for i := range list.Artifacts {
			// A program may have made a parameter of it, and an importer an artifact.
			list.Artifacts[i].URI = contract.Unalias(list.Artifacts[i].URI)
		}
		if list.Artifacts != nil {
			values.ExecutorInput.Inputs.Artifacts[name] = list
			values.Given = append(values.Given, name)
		}
	}
	return nil
}

// addParameters adds what the task was given, and the defaults.
func addParameters(task *contract.Task, values *placeholder.Values) error {
	declared := task.Component.Inputs.Parameters
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		p := declared[name]
		if p.Type == contract.TaskConfig {
			values.ExecutorInput.Inputs.ParameterValues[name] = withoutNulls(task.TaskConfig)
			continue
		}
		value, given, err := parameter(p, task.Inputs[contract.ArgoName(name, p.Argo)], *values)
		if err != nil {
			return fmt.Errorf("input parameter %q: %w", name, err)
		}
		if value != nil {
			values.ExecutorInput.Inputs.ParameterValues[name] = value
		}
		if given {
			values.Given = append(values.Given, name)
		}
	}
	return nil
}

// withoutNulls drops the items that are null from the lists that are members of
// a struct.
func withoutNulls(config json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(config, &members) != nil {
		return config
	}
	for name, member := range members {
		var items []json.RawMessage
		if json.Unmarshal(member, &items) != nil || items == nil {
			continue
		}
		items = slices.DeleteFunc(items, func(item json.RawMessage) bool { return contract.KindOf(item) == contract.KindNull })
		if text, err := json.Marshal(items); err == nil {
			members[name] = text
		}
	}
	text, err := json.Marshal(members)
	if err != nil {
		return config
	}
	return text
}

// parameter returns the value of a parameter, nil for an optional one without,
// and whether it was given rather than a default.
func parameter(p contract.InputParameter, text string, values placeholder.Values) (value json.RawMessage, given bool, err error) {
	value, err = values.Made(text)
	if err != nil {
		return nil, false, err
	}
	if !isAbsent(value) {
		value, err = check(p, value)
		return value, true, err
	}
	if !isAbsent(p.Default) {
		return p.Default, false, nil
	}
	if !p.Optional {
		return nil, false, errNoValue
	}
	return nil, false, nil
}

// isAbsent reports whether there is no value: KFP treats null as none.
func isAbsent(value json.RawMessage) bool {
	kind := contract.KindOf(value)
	return kind == contract.KindInvalid || kind == contract.KindNull
}

// check fits a value to the declared type and the allowed values.
func check(p contract.InputParameter, value json.RawMessage) (json.RawMessage, error) {
	value, err := p.Type.Coerce(value)
	if err != nil || len(p.Literals) == 0 {
		return value, err
	}
	for _, literal := range p.Literals {
		literal, err := contract.Canonical(literal)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(literal, value) {
			return value, nil
		}
	}
	return nil, errors.New("its value is not one of those that the component allows")
}
