package placeholder

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// Made returns the value of a parameter text, which may be a [contract.Derived];
// nil where there is none. There are no references in it.
func (v Values) Made(text string) (json.RawMessage, error) {
	derived, err := contract.ParseDerived(text)
	switch {
	case err != nil:
		return nil, err
	case derived == nil:
		return contract.DecodeParameter(text)
	case derived.Fill != nil:
		return v.filled(*derived)
	}
	value, err := v.Made(derived.Of)
	if err != nil {
		return nil, err
	}
	return contract.Select(value, derived.Path)
}

// filled fills in the placeholders of a value. An input without a value is the
// empty text there.
func (v Values) filled(d contract.Derived) (json.RawMessage, error) {
	mentioned := map[string]json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(d.With)) {
		value, err := v.Made(d.With[name])
		if err != nil {
			return nil, fmt.Errorf("it mentions input %q: %w", name, err)
		}
		if value == nil || contract.KindOf(value) == contract.KindNull {
			value = json.RawMessage(`""`)
		}
		mentioned[name] = value
	}
	v.ExecutorInput.Inputs.ParameterValues = mentioned
	return v.ExpandJSON(d.Fill)
}

// ExpandJSON replaces the placeholders in every string of a JSON value; the keys
// of structs stay as they are.
func (v Values) ExpandJSON(value json.RawMessage) (json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	tree, err := v.expandTree(tree)
	if err != nil {
		return nil, err
	}
	text, err := jsonText(tree)
	if err != nil {
		return nil, err
	}
	return contract.Canonical(json.RawMessage(text))
}

func (v Values) expandTree(tree any) (any, error) {
	var err error
	switch tree := tree.(type) {
	case string:
		return v.Expand(Parse(tree))
	case []any:
		for i := range tree {
			if tree[i], err = v.expandTree(tree[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range tree {
			if tree[k], err = v.expandTree(tree[k]); err != nil {
				return nil, err
			}
		}
	}
	return tree, nil
}
