package check

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

func (c checker) task(t *pipeline.Task) {
	for _, e := range t.Spec.Inputs.Parameters {
		c.unsupportedInput(e.Value)
	}
	for _, p := range t.Component.Parameters {
		if p.Required() && p.Type != contract.TaskConfig && !bound(t.Spec.Inputs.Parameters, p.Name) && t.Parameter(p.Name) == nil && !t.TakesItem(p.Name) {
			c.messages.missingInput(t, p.Name, string(p.Type))
		}
	}
	for _, a := range t.Component.Artifacts {
		if !a.Optional && !bound(t.Spec.Inputs.Artifacts, a.Name) && !t.TakesArtifactItem(a.Name) {
			c.messages.missingInput(t, a.Name, "artifact")
		}
	}
	for i := range t.Parameters {
		c.constant(t, &t.Parameters[i])
	}
	c.settings(t)
	c.claimTask(t)
	if container, ok := t.Component.Body.(*pipeline.Container); ok {
		c.openTexts(t, container)
	}
}

// condition warns of inputs that may have no value when they are compared: that
// fails the task, as in KFP.
func (c checker) condition(owner *pipeline.Component, t *pipeline.Task) {
	if t.Condition == nil {
		return
	}
	for _, input := range t.Condition.Inputs() {
		if flow.MayCompareNone(owner, t, input) {
			c.messages.comparesNone(t, input)
		}
	}
}

// bound reports whether the document gives an input a value, even one that
// could not be resolved.
func bound[T any](inputs document.Map[T], name string) bool {
	_, ok := inputs.Get(name)
	return ok
}

// unsupportedInput refuses inputs that no SDK writes: KFP does not read them either.
func (c checker) unsupportedInput(spec *document.InputParameterSpec) {
	if v := spec.RuntimeValue; v != nil && v.RuntimeParameter.Set {
		c.messages.unsupported(v.RuntimeParameter.Span, "a runtimeParameter")
	}
}

// constant checks the value that the document gives to an input.
func (c checker) constant(t *pipeline.Task, b *pipeline.Binding) {
	given, ok := b.Source.(pipeline.Constant)
	if !ok {
		return
	}
	declared := t.Component.Parameter(b.Input)
	if contract.KindOf(given.Value) == contract.KindNull {
		if declared != nil && declared.Required() {
			c.messages.missingInput(t, b.Input, string(declared.Type))
		}
		return
	}
	if declared != nil && b.Selector == nil {
		c.constantType(t, b, declared, given.Value)
	}
	constant.EachPlaceholder(given.Value, func(p placeholder.Part) { c.constantPlaceholder(t, b, p) })
}

func (c checker) constantType(t *pipeline.Task, b *pipeline.Binding, declared *pipeline.Parameter, value json.RawMessage) {
	coerced, err := declared.Type.Coerce(value)
	if err != nil {
		c.messages.wrongConstant(t, b, err)
		return
	}
	if len(declared.Literals) > 0 && !contains(declared.Literals, coerced) {
		c.messages.notLiteral(t, b, declared)
	}
}

func contains(values []json.RawMessage, value json.RawMessage) bool {
	for _, v := range values {
		if canonical, err := contract.Canonical(v); err == nil && string(canonical) == string(value) {
			return true
		}
	}
	return false
}

// constantPlaceholder checks a placeholder inside a constant.
func (c checker) constantPlaceholder(t *pipeline.Task, b *pipeline.Binding, p placeholder.Part) {
	_, isPod := t.Component.Body.(*pipeline.Container)
	switch p := p.(type) {
	case placeholder.InputParameter:
		given := t.Parameter(p.Name)
		switch {
		case given == nil && t.Component.Parameter(p.Name) == nil:
			c.messages.unknownPlaceholderInput(t, b, p)
		case given != nil && isTemplate(given.Source):
			c.messages.nestedPlaceholder(t, b, p)
		}
		return
	case placeholder.Pipeline:
		if p.Name == placeholder.WorkspacePath && !c.workspace {
			c.messages.noWorkspace(c.messages.inConstant(t, b, p), "{{$.workspace_path}}")
			return
		}
	case placeholder.ExecutorInput:
		c.messages.placeholderInConstant(t, b, p)
		return
	case placeholder.Literal, placeholder.OutputParameterFile, placeholder.Artifact, placeholder.OutputFile, placeholder.Brace:
	}
	if !isPod && !constant.PartKnownToArgo(p) {
		c.messages.placeholderInConstant(t, b, p)
	}
}

// isTemplate reports whether a source is a constant with placeholders.
func isTemplate(source pipeline.Source) bool {
	c, ok := source.(pipeline.Constant)
	return ok && constant.HasPlaceholder(c.Value)
}
