package plan

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// fixed returns the constant of a binding where only the pod can resolve its
// placeholders; such a constant goes into the pod's own document.
func (s scope) fixed(b *pipeline.Binding) json.RawMessage {
	c, ok := b.Source.(pipeline.Constant)
	if !ok || constant.KnownToArgo(c.Value) {
		return nil
	}
	return c.Value
}

// extraInputs lists the inputs that a component does not declare but that the
// fixed constants of a task refer to.
func (s scope) extraInputs(t *pipeline.Task) []string {
	extra := map[string]bool{}
	for i := range t.Parameters {
		fixed := s.fixed(&t.Parameters[i])
		if fixed == nil {
			continue
		}
		constant.EachPlaceholder(fixed, func(p placeholder.Part) {
			if in, ok := p.(placeholder.InputParameter); ok && t.Component.Parameter(in.Name) == nil {
				extra[in.Name] = true
			}
		})
	}
	return slices.Sorted(maps.Keys(extra))
}

// constant is the JSON text of a constant whose strings hold placeholders that
// Argo can fill in.
func (s scope) constant(t *pipeline.Task, value json.RawMessage) expression.JSON {
	return jsonWriter{fill: func(text string) expression.Text { return s.interpolated(t, text) }}.written(value)
}

// jsonWriter writes the JSON text of a value whose strings hold placeholders.
type jsonWriter struct {
	// fill is the text of a string with its placeholders filled in.
	fill func(text string) expression.Text
	// keys says that the keys of structs hold placeholders too.
	keys bool
}

func (w jsonWriter) written(value json.RawMessage) expression.JSON {
	if !strings.Contains(string(value), "{{$") {
		return expression.KnownJSON(string(value))
	}
	var parts []expression.JSON
	separator := expression.KnownJSON(",")
	switch contract.KindOf(value) {
	case contract.KindString:
		return expression.ToJSON(w.fill(mustText(value)))
	case contract.KindList:
		for _, item := range list(value) {
			parts = append(parts, separator, w.written(item))
		}
		parts[0] = expression.KnownJSON("[")
		return expression.Join(append(parts, expression.KnownJSON("]"))...)
	case contract.KindStruct:
		fields := object(value)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			parts = append(parts, separator, w.key(name), expression.KnownJSON(":"), w.written(fields[name]))
		}
		parts[0] = expression.KnownJSON("{")
		return expression.Join(append(parts, expression.KnownJSON("}"))...)
	}
	panic("plan: a placeholder outside of a string")
}

func (w jsonWriter) key(name string) expression.JSON {
	if w.keys && strings.Contains(name, "{{$") {
		return expression.ToJSON(w.fill(name))
	}
	return expression.KnownJSON(string(contract.QuoteText(name)))
}

// interpolated is the text of a string with its placeholders filled in.
func (s scope) interpolated(t *pipeline.Task, template string) expression.Text {
	var parts []expression.Text
	for _, p := range placeholder.Parse(template) {
		switch p := p.(type) {
		case placeholder.Literal:
			parts = append(parts, expression.String(string(p)))
		case placeholder.InputParameter:
			parts = append(parts, s.inputText(t, p.Name))
		case placeholder.Pipeline:
			parts = append(parts, pipelineText(t, p.Name))
		default:
			panic("plan: a placeholder that only the pod knows")
		}
	}
	return expression.Join(parts...)
}

// inputText is the text of another input of the same task.
func (s scope) inputText(t *pipeline.Task, input string) expression.Text {
	given := t.Parameter(input)
	if given == nil {
		if declared := t.Component.Parameter(input); declared != nil && declared.Default != nil {
			return expression.String(mustText(declared.Default))
		}
		return expression.String("")
	}
	if c, ok := given.Source.(pipeline.Constant); ok && given.Selector == nil {
		return expression.String(mustText(c.Value)) // its own placeholders stay
	}
	return expression.AsText(s.value(t, given, ""))
}

func pipelineText(t *pipeline.Task, name string) expression.Text {
	switch name {
	case placeholder.JobName, placeholder.JobResourceName:
		return expression.WorkflowName().Text()
	case placeholder.JobUUID:
		return expression.WorkflowUID().Text()
	case placeholder.TaskName:
		return expression.String(t.Key)
	case placeholder.WorkspacePath:
		return expression.String(contract.WorkspaceDir)
	}
	panic("plan: a placeholder that only the pod knows")
}

// mustText, list and object read JSON that the reader has read before.
func mustText(value json.RawMessage) string {
	text, err := contract.Text(value)
	if err != nil {
		panic(err)
	}
	return text
}

func list(value json.RawMessage) []json.RawMessage {
	var items []json.RawMessage
	if err := json.Unmarshal(value, &items); err != nil {
		panic(err)
	}
	return items
}

func object(value json.RawMessage) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(value, &fields); err != nil {
		panic(err)
	}
	return fields
}
