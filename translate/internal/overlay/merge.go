package overlay

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"
)

// merged merges a patch into a copy of an object, as Argo and the API server
// do.
func merged[T any](object any, patch json.RawMessage) (*T, error) {
	var zero, result T
	text, err := strategicpatch.StrategicMergePatch(encoded(object), patch, zero)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &result); err != nil {
		return nil, err
	}
	return &result, nil
}

// withKeys is a template whose tolerations all have the key by which they are
// merged, if only the empty one.
func withKeys(t *wfv1.Template) map[string]any {
	fields := decoded(t)
	all, _ := fields["tolerations"].([]any)
	for _, toleration := range all {
		if fields, ok := toleration.(map[string]any); ok && fields["key"] == nil {
			fields["key"] = ""
		}
	}
	return fields
}

// encoded is the JSON of an object of Argo's.
func encoded(object any) json.RawMessage {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err) // what was not read from JSON was made of what has a form in it
	}
	return text
}

// decoded is an object as JSON is in Go.
func decoded(object any) map[string]any {
	var fields map[string]any
	if err := json.Unmarshal(encoded(object), &fields); err != nil {
		panic(err) // it is an object
	}
	return fields
}

// effective is what Argo runs for a template: with the defaults of the
// Workflow, of which those for other kinds of templates do not count.
func effective(defaults, t *wfv1.Template) (*wfv1.Template, error) {
	if defaults == nil {
		return t, nil
	}
	applicable := defaults.DeepCopy()
	if t.Container == nil {
		applicable.Container = nil
	}
	return merged[wfv1.Template](applicable, encoded(t))
}

// mergedTemplate merges patches into a template, one after the other.
func mergedTemplate(t *wfv1.Template, patches []json.RawMessage) (*wfv1.Template, error) {
	for _, p := range patches {
		joined, err := withPodSpec(t.PodSpecPatch, p)
		if err != nil {
			return nil, err
		}
		if t, err = merged[wfv1.Template](withKeys(t), joined); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// errPodSpecs says that two patches for a pod cannot be joined.
var errPodSpecs = errors.New("the template has a podSpecPatch already, and one of the two is not plain JSON or YAML, without tags")

// withPodSpec returns a patch whose own patch for the pod, if it has one, holds
// what another one says too.
func withPodSpec(present string, patch json.RawMessage) (json.RawMessage, error) {
	var fields map[string]any
	if err := json.Unmarshal(patch, &fields); err != nil {
		panic(err) // it was made by Read
	}
	added, ok := fields["podSpecPatch"].(string)
	if !ok || present == "" || added == "" {
		return patch, nil
	}
	var objects []strategicpatch.JSONMap
	for _, text := range []string{present, added} {
		var object strategicpatch.JSONMap
		if yaml.Unmarshal([]byte(text), &object) != nil || strings.Contains(text, "{{") {
			return nil, errPodSpecs
		}
		objects = append(objects, object)
	}
	schema, err := strategicpatch.NewPatchMetaFromStruct(corev1.PodSpec{})
	if err != nil {
		panic(err) // it is a struct
	}
	joined, err := strategicpatch.MergeStrategicMergeMapPatchUsingLookupPatchMeta(schema, objects...)
	if err != nil {
		return nil, err
	}
	fields["podSpecPatch"] = compact(joined)
	return encoded(fields), nil
}

// differing lists the parts in which two templates differ: fields, and below
// the container its fields.
func differing(a, b *wfv1.Template) []part {
	var parts []part
	x, y := decoded(a), decoded(b)
	for _, name := range keys(x, y) {
		if name != containerField {
			if !alike(x[name], y[name]) {
				parts = append(parts, part{name: name})
			}
			continue
		}
		inX, _ := x[name].(map[string]any)
		inY, _ := y[name].(map[string]any)
		for _, sub := range keys(inX, inY) {
			if !alike(inX[sub], inY[sub]) {
				parts = append(parts, part{ofContainer: true, name: sub})
			}
		}
	}
	return parts
}

const containerField = "container"

// part is a field of a template or of its container.
type part struct {
	ofContainer bool
	name        string
}

// cut splits a template in two: the parts, and the rest.
func cut(t *wfv1.Template, parts []part) (those, rest *wfv1.Template) {
	in, out := map[string]any{}, decoded(t)
	for _, p := range parts {
		from, to := out, in
		if p.ofContainer {
			from, _ = out[containerField].(map[string]any)
			to, _ = in[containerField].(map[string]any)
			if to == nil {
				to = map[string]any{}
				in[containerField] = to
			}
		}
		if value, ok := from[p.name]; ok {
			to[p.name] = value
			delete(from, p.name)
		}
	}
	return template(in), template(out)
}

func template(fields map[string]any) *wfv1.Template {
	var t wfv1.Template
	if err := json.Unmarshal(encoded(fields), &t); err != nil {
		panic(err) // it was a template before
	}
	return &t
}

// keys lists the keys of two mappings in order.
func keys(a, b map[string]any) []string {
	var all []string
	for _, m := range []map[string]any{a, b} {
		for key := range m {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// alike reports whether two values are equal but for the order of lists, which
// depends on what is merged first.
func alike(a, b any) bool { return reflect.DeepEqual(sorted(a), sorted(b)) }

func sorted(value any) any {
	switch v := value.(type) {
	case map[string]any:
		all := map[string]any{}
		for key, field := range v {
			all[key] = sorted(field)
		}
		return all
	case []any:
		var all []any
		for _, item := range v {
			all = append(all, sorted(item))
		}
		slices.SortFunc(all, func(a, b any) int { return bytes.Compare(encoded(a), encoded(b)) })
		return all
	}
	return value
}
