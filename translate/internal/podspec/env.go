package podspec

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

func (b *builder) fieldPaths(all []*document.FieldPathAsEnv) {
	for _, f := range all {
		b.spec.Env = append(b.spec.Env, corev1.EnvVar{Name: f.Name.Value, ValueFrom: &corev1.EnvVarSource{
			FieldRef: &corev1.ObjectFieldSelector{FieldPath: f.FieldPath.Value},
		}})
	}
}

// source is an object whose keys become environment variables, or which is
// mounted.
type source struct {
	kind     string // Secret or ConfigMap
	field    string // of the patch
	name     Value
	optional *bool
}

func (b *builder) secretEnv(all []*document.SecretAsEnv) {
	for _, e := range all {
		from := source{"Secret", "secretKeyRef", b.values.Setting(e), isTrue(e.Optional)}
		for _, m := range e.KeyToEnv {
			b.keyEnv(from, m.EnvVar.Value, m.SecretKey.Value)
		}
	}
}

func (b *builder) configMapEnv(all []*document.ConfigMapAsEnv) {
	for _, e := range all {
		from := source{"ConfigMap", "configMapKeyRef", b.values.Setting(e), isTrue(e.Optional)}
		for _, m := range e.KeyToEnv {
			b.keyEnv(from, m.EnvVar.Value, m.ConfigMapKey.Value)
		}
	}
}

// isTrue is nil for false: what a field has anyway is not written.
func isTrue(b document.Bool) *bool {
	if !b.Value {
		return nil
	}
	return &b.Value
}

// keyEnv sets a variable from a key. Where the run names the object, the key is
// optional to Kubernetes, which would wait for it for ever, and the launcher
// requires it.
func (b *builder) keyEnv(from source, variable, key string) {
	switch v := from.name; {
	case v.JSON != nil:
		b.spec.Env = append(b.spec.Env, corev1.EnvVar{Name: variable, ValueFrom: from.keyRef(key)})
	case v.Input != "":
		b.spec.openEnv = append(b.spec.openEnv, variable)
		b.patch.env = append(b.patch.env, choice{
			setting:   expression.Input(v.Input),
			then:      func(name node) object { return b.openVariable(from, variable, name, key) },
			otherwise: b.absent("name", variable),
		})
		if from.optional == nil {
			b.spec.Required = append(b.spec.Required, contract.Required{Input: v.Input, Kind: from.kind, Key: key, Env: variable})
		}
	}
}

func (b *builder) openVariable(from source, variable string, name node, key string) object {
	ref := object{{key: "name", value: name}, {key: "key", value: text(key)}}
	if !b.config || from.optional != nil {
		ref.add("optional", known(true))
	}
	return object{{key: "name", value: text(variable)}, {key: "valueFrom", value: object{{key: from.field, value: ref}}}}
}

func (s source) keyRef(key string) *corev1.EnvVarSource {
	name := corev1.LocalObjectReference{Name: mustText(s.name.JSON)}
	if s.kind == "Secret" {
		return &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: name, Key: key, Optional: s.optional}}
	}
	return &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: name, Key: key, Optional: s.optional}}
}

// resources adds requests, limits and accelerators. The deprecated numbers hold
// where their textual form is missing: cores, and decimal gigabytes.
func (b *builder) resources(r *document.ResourceSpec) {
	if r == nil {
		return
	}
	b.quantity(&b.spec.Resources.Requests, &b.patch.requests, "cpu", b.amount(r.ResourceCPURequest, r.CPURequest, ""))
	b.quantity(&b.spec.Resources.Requests, &b.patch.requests, "memory", b.amount(r.ResourceMemoryRequest, r.MemoryRequest, "G"))
	b.quantity(&b.spec.Resources.Limits, &b.patch.limits, "cpu", b.amount(r.ResourceCPULimit, r.CPULimit, ""))
	b.quantity(&b.spec.Resources.Limits, &b.patch.limits, "memory", b.amount(r.ResourceMemoryLimit, r.MemoryLimit, "G"))
	if r.Accelerator != nil {
		b.accelerator(r.Accelerator)
	}
}

func (b *builder) amount(text document.Text, number document.Float, unit string) Value {
	switch {
	case text.Value != "":
		return b.values.Text(text)
	case number.Value != 0:
		return Value{JSON: contract.QuoteText(formatted(number.Value) + unit)}
	}
	return Value{}
}

func (b *builder) quantity(list *corev1.ResourceList, patched *object, name string, v Value) {
	switch {
	case v.JSON != nil:
		setQuantity(list, name, mustText(v.JSON))
	case v.Input != "":
		patched.add(name, hole(expression.OrNull(expression.Input(v.Input), contract.QuantitySetting)))
	}
}

func setQuantity(list *corev1.ResourceList, name, text string) {
	if *list == nil {
		*list = corev1.ResourceList{}
	}
	(*list)[corev1.ResourceName(name)] = resource.MustParse(text)
}

// accelerator limits an extended resource; Kubernetes requests as much.
// Without a type or a count there is none.
func (b *builder) accelerator(a *document.AcceleratorConfig) {
	kind, count := b.acceleratorPart(a.ResourceType, a.Type.Value), b.acceleratorPart(a.ResourceCount, number(a.Count))
	switch {
	case kind.none() || count.none():
	case kind.JSON != nil && count.JSON != nil:
		setQuantity(&b.spec.Resources.Limits, mustText(kind.JSON), mustText(count.JSON))
	case kind.JSON != nil:
		b.patch.limits.add(mustText(kind.JSON), hole(expression.OrNull(expression.Input(count.Input), contract.CountSetting)))
	default:
		b.openAccelerator(expression.Input(kind.Input), count)
	}
}

// acceleratorPart is a type or a count, in its textual form or the deprecated
// one.
func (b *builder) acceleratorPart(text document.Text, deprecated string) Value {
	switch {
	case text.Value != "":
		return b.values.Text(text)
	case deprecated != "":
		return Value{JSON: contract.QuoteText(deprecated)}
	}
	return Value{}
}

func number(n document.Int) string {
	if n.Value == 0 {
		return ""
	}
	return strconv.FormatInt(n.Value, 10)
}

// openAccelerator limits a resource that the run names. Where it names none,
// the patch removes what nothing is called.
func (b *builder) openAccelerator(kind expression.Parameter, count Value) {
	amount, null := expression.KnownJSON(string(count.JSON)), expression.KnownJSON("null")
	if count.Input != "" {
		c := expression.Input(count.Input)
		amount = expression.If(expression.IsSetting(c, contract.CountSetting), c.Piece(), null)
	}
	limit := func(kind expression.Parameter) expression.JSON {
		return expression.Join(kind.Piece(), expression.KnownJSON(": "), amount)
	}
	b.patch.limits = append(b.patch.limits, member{
		whole: expression.IfSetting(kind, contract.ResourceSetting, limit, expression.KnownJSON(`"none": null`)),
	})
}

func (v Value) none() bool { return v.JSON == nil && v.Input == "" }

// formatted is the shortest text of a number.
func formatted(number float64) string { return strconv.FormatFloat(number, 'f', -1, 64) }

// env sets variables to texts. The launcher takes the shields off that keep
// Argo from reading them.
func (b *builder) env(all []document.EnvVar) {
	for _, e := range all {
		if b.config {
			b.spec.Env = append(b.spec.Env, corev1.EnvVar{Name: e.Name.Value, Value: e.Value.Value})
			continue
		}
		shielded := placeholder.ShieldText(e.Value.Value)
		b.spec.ShieldedEnv = b.spec.ShieldedEnv || shielded != e.Value.Value
		b.spec.Env = append(b.spec.Env, corev1.EnvVar{Name: e.Name.Value, Value: shielded})
	}
}
