package check

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// claim checks the interface of a component that creates or deletes a claim:
// KFP's SDK writes always the same.
func (c checker) claim(component *pipeline.Component, body *pipeline.Claim) {
	for _, p := range component.Parameters {
		if !body.Action.Takes(p.Name) {
			c.messages.unknownClaimInput(component, p.Span, p.Name)
		}
	}
	for _, a := range component.Artifacts {
		c.messages.unknownClaimInput(component, a.Span, a.Name)
	}
	for _, o := range component.OutputParams {
		if !slices.Contains(body.Action.Outputs(), o.Name) {
			c.messages.unknownClaimOutput(component, o.Span, o.Name)
		}
	}
	for _, o := range component.OutputArtifacts {
		c.messages.unknownClaimOutput(component, o.Span, o.Name)
	}
}

// claimTask checks the inputs of a task that creates or deletes a claim, as far
// as the pipeline fixes them.
func (c checker) claimTask(t *pipeline.Task) {
	body, ok := t.Component.Body.(*pipeline.Claim)
	if !ok {
		return
	}
	f := claimInputs{checker: c, task: t}
	f.each(pipeline.ClaimNameInput, f.name)
	if body.Action == pipeline.DeleteClaim {
		f.require(pipeline.ClaimNameInput)
		return
	}
	f.require(pipeline.ClaimModesInput)
	f.require(pipeline.ClaimSizeInput)
	f.each(pipeline.ClaimSuffixInput, f.suffix)
	f.each(pipeline.ClaimModesInput, f.accessModes)
	f.each(pipeline.ClaimSizeInput, f.size)
	f.each(pipeline.ClaimClassInput, f.optionalName("the storage class"))
	f.each(pipeline.ClaimVolumeInput, f.optionalName("the volume"))
	f.each(pipeline.ClaimAnnotationsInput, f.annotations)
	f.each(pipeline.ClaimSourceInput, f.dataSource)
	if f.isGiven(pipeline.ClaimNameInput) && f.isGiven(pipeline.ClaimSuffixInput) {
		c.messages.twoClaimNames(t, t.Parameter(pipeline.ClaimSuffixInput))
	}
}

// claimInputs checks the inputs of one task.
type claimInputs struct {
	checker
	task *pipeline.Task
}

// each calls a check with an input that the pipeline fixes, if it does.
func (f claimInputs) each(input string, check func(span diag.Span, value json.RawMessage)) {
	if b, value := f.fixed(input); value != nil {
		check(b.Span, value)
	}
}

// fixed returns the value of an input that the pipeline fixes, fitted to its
// type; nil where it does not, where there is none, or where it does not fit,
// which is reported elsewhere.
func (f claimInputs) fixed(input string) (*pipeline.Binding, json.RawMessage) {
	b, p := f.task.Parameter(input), f.task.Component.Parameter(input)
	if b == nil || p == nil || b.Selector != nil {
		return nil, nil
	}
	given, ok := b.Source.(pipeline.Constant)
	if !ok || constant.HasPlaceholder(given.Value) {
		return nil, nil
	}
	value, err := p.Type.Coerce(given.Value)
	if err != nil {
		return nil, nil
	}
	return b, value
}

// isGiven reports whether the pipeline fixes an input that is a text, and not
// the empty one.
func (f claimInputs) isGiven(input string) bool {
	_, value := f.fixed(input)
	return value != nil && string(value) != `""`
}

// require reports an input that has no value. One that must have one, but is not
// given any, is reported for every task.
func (f claimInputs) require(input string) {
	p, b := f.task.Component.Parameter(input), f.task.Parameter(input)
	_, value := f.fixed(input)
	if p == nil || p.Optional && p.Default == nil && b == nil && !f.task.TakesItem(input) || string(value) == `""` {
		f.messages.missingInput(f.task, input, "for the claim")
	}
}

func (f claimInputs) bad(span diag.Span, what, value string, problems []string) {
	if len(problems) > 0 {
		f.messages.badSetting(span, what, value, problems[0])
	}
}

func (f claimInputs) name(span diag.Span, value json.RawMessage) {
	if text := textOf(value); text != "" {
		f.bad(span, "the name of a claim", text, validation.IsDNS1123Subdomain(text))
	}
}

// maxSuffix is what is left of the 253 characters of a name behind the name of
// a pod, which has those of the Workflow and the template and a number.
const maxSuffix = 253 - (63 + 1 + 63 + 1 + 10)

func (f claimInputs) suffix(span diag.Span, value json.RawMessage) {
	text := textOf(value)
	f.bad(span, "the end of a claim's name", text, validation.IsDNS1123Subdomain("x"+text))
	if len(text) > maxSuffix {
		f.messages.badSetting(span, "the end of a claim's name", text, "it is too long: the name of the run comes before it")
	}
}

func (f claimInputs) accessModes(span diag.Span, value json.RawMessage) {
	var modes []json.RawMessage
	if json.Unmarshal(value, &modes) == nil && len(modes) == 0 {
		f.messages.missingSetting(span, "an access mode")
	}
	for _, mode := range modes {
		if text := textOf(mode); !slices.Contains(accessModes(), text) {
			f.messages.badSetting(span, "the access mode", text, "it is one of "+strings.Join(accessModes(), ", "))
		}
	}
}

func (f claimInputs) size(span diag.Span, value json.RawMessage) {
	text := textOf(value)
	if q, err := resource.ParseQuantity(text); text != "" && (err != nil || q.Sign() <= 0) {
		f.messages.badSize(span, text)
	}
}

func (f claimInputs) optionalName(what string) func(diag.Span, json.RawMessage) {
	return func(span diag.Span, value json.RawMessage) {
		if text := textOf(value); text != "" {
			f.bad(span, what, text, validation.IsDNS1123Subdomain(text))
		}
	}
}

func (f claimInputs) annotations(span diag.Span, value json.RawMessage) {
	var all map[string]json.RawMessage
	if json.Unmarshal(value, &all) != nil {
		return // its type is reported elsewhere
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		f.bad(span, "the annotation", key, validation.IsQualifiedName(strings.ToLower(key)))
		if contract.KindOf(all[key]) != contract.KindString {
			f.messages.badSetting(span, "the annotation", key, "its value is no text")
		}
	}
}

func (f claimInputs) dataSource(span diag.Span, value json.RawMessage) {
	var source struct {
		APIGroup *string `json:"apiGroup"`
		Kind     string  `json:"kind"`
		Name     string  `json:"name"`
	}
	switch err := strictly(value, &source); {
	case contract.KindOf(value) != contract.KindStruct:
	case err != nil:
		f.messages.badSetting(span, "the data source", string(value), err.Error())
	case source.Kind == "" || source.Name == "":
		f.messages.badSetting(span, "the data source", string(value), "it needs a kind and a name")
	}
}

// textOf is the text of a value as a message shows it.
func textOf(value json.RawMessage) string {
	text, err := contract.Text(value)
	if err != nil {
		return string(value)
	}
	return text
}
