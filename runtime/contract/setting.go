package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Setting is an input that decides a setting of the pod, and that the component
// knows nothing of. The pod is made without a value that Kubernetes would
// refuse; the driver says what is wrong with it.
type Setting struct {
	Kind SettingKind `json:"kind"`
	// What the setting is, and From where its value comes, for messages.
	What string `json:"what"`
	From string `json:"from"`
	// Needed says that the pod cannot do without.
	Needed bool `json:"needed,omitempty"`
}

// SettingKind says what a value may be.
type SettingKind string

// The kinds of settings.
const (
	// NameSetting is the name of a Kubernetes object.
	NameSetting SettingKind = "name"
	// QuantitySetting is a quantity, such as 500m or 16Gi.
	QuantitySetting SettingKind = "quantity"
	// CountSetting is how many there are of an extended resource.
	CountSetting SettingKind = "count"
	// ResourceSetting is the name of an extended resource, such as
	// nvidia.com/gpu.
	ResourceSetting SettingKind = "resource"
	// ImageSetting is a reference to an image.
	ImageSetting SettingKind = "image"
	// LabelsSetting is a struct of strings.
	LabelsSetting SettingKind = "labels"
	// StructSetting is a struct of Kubernetes' own, as JSON.
	StructSetting SettingKind = "struct"
	// StructsSetting is one such struct, or a list of them.
	StructsSetting SettingKind = "structs"
)

// Pattern is the regular expression that the parameter text of a string or a
// number must match, or empty for a struct. It holds no character that JSON
// escapes. Workflows hold it, so that it is no longer than it must be for
// Kubernetes to take the pod: there is no object a..b, but one may ask for it.
func (k SettingKind) Pattern() string {
	switch k {
	case NameSetting:
		return `^"[a-z0-9][-a-z0-9.]*"$`
	case QuantitySetting:
		return `^("[+]?[0-9]*[.]?[0-9]+([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]{1,2})?"|(0|[1-9][0-9]*)([.][0-9]+)?)$`
	case CountSetting:
		return `^("[0-9]+"|0|[1-9][0-9]*)$`
	case ResourceSetting:
		return `^"[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/[a-zA-Z0-9]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?"$`
	case ImageSetting:
		return `^"[a-zA-Z0-9]([-a-zA-Z0-9._:/@]*[a-zA-Z0-9])?"$`
	}
	return ""
}

// Check reports whether the text of a setting can be in a pod. Neither the
// empty text nor null is a value. A struct must not hold what JSON escapes: no
// label has it, and a dollar would give orders to a patch.
func (s Setting) Check(text string) error {
	value, err := DecodeParameter(text)
	if err != nil {
		return s.wrong(err)
	}
	switch kind := KindOf(value); {
	case kind == KindInvalid || kind == KindNull:
		if s.Needed {
			return s.wrong(errors.New("it has no value"))
		}
		return nil
	case s.Kind.Pattern() != "":
		if !regexp.MustCompile(s.Kind.Pattern()).MatchString(text) {
			return s.wrong(fmt.Errorf("%s is not one that Kubernetes takes", value))
		}
		return nil
	case kind != KindStruct && (kind != KindList || s.Kind != StructsSetting):
		return s.wrong(fmt.Errorf("it is %s", kind))
	case strings.Contains(text, `\`):
		return s.wrong(errors.New("it holds characters that are not for Kubernetes"))
	case s.Kind == LabelsSetting && !holdsOnly(KindString, members(value)):
		return s.wrong(errors.New("its members are not all strings"))
	case kind == KindList && !holdsOnly(KindStruct, items(value)):
		return s.wrong(errors.New("its items are not all structs"))
	}
	return nil
}

func holdsOnly(kind Kind, all []json.RawMessage) bool {
	return !slices.ContainsFunc(all, func(value json.RawMessage) bool { return KindOf(value) != kind })
}

// members are the members of a struct.
func members(value json.RawMessage) []json.RawMessage {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(value, &all); err != nil {
		panic(err) // it was decoded before
	}
	return slices.Collect(maps.Values(all))
}

// items are the items of a list.
func items(value json.RawMessage) (all []json.RawMessage) {
	if err := json.Unmarshal(value, &all); err != nil {
		panic(err) // it was decoded before
	}
	return all
}

func (s Setting) wrong(err error) error {
	return fmt.Errorf("%s, from %s: %w", s.What, s.From, err)
}

// Required is a part of a Secret or a ConfigMap that must be in the container.
// Kubernetes was told that it is optional, because it would wait for ever for
// one that does not exist.
type Required struct {
	// Input is the Argo name of the input that holds the name of the object.
	Input string `json:"input"`
	// Kind is Secret or ConfigMap.
	Kind string `json:"kind"`
	// Key and Env are those of an environment variable that holds a key; Path
	// is that of a directory that holds all keys.
	Key  string `json:"key,omitempty"`
	Env  string `json:"env,omitempty"`
	Path string `json:"path,omitempty"`
}

// Name returns the name of the object, from the task's inputs. It is empty
// where the task was given none, so that nothing is required.
func (r Required) Name(inputs map[string]string) string {
	var name string
	if json.Unmarshal([]byte(inputs[r.Input]), &name) != nil {
		return ""
	}
	return name
}
