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
func (s scope) constant(t *pipeline.Task, value json.RawMessage) expression.Expression {
	w := jsonWriter{fill: func(text string) expression.Expression { return s.interpolated(t, text) }}
	w.write(value)
	return w.text.Expression()
}

// jsonWriter writes the JSON text of a value whose strings hold placeholders.
type jsonWriter struct {
	text expression.Concat
	// fill is the text of a string with its placeholders filled in.
	fill func(text string) expression.Expression
	// keys says that the keys of structs hold placeholders too.
	keys bool
}

func (w *jsonWriter) write(value json.RawMessage) {
	switch kind := contract.KindOf(value); {
	case !strings.Contains(string(value), "{{$"):
		w.text.Literal(string(value))
	case kind == contract.KindString:
		w.text.Value(expression.JSONString(w.fill(mustText(value))))
	case kind == contract.KindList:
		separator := "["
		for _, item := range list(value) {
			w.text.Literal(separator)
			w.write(item)
			separator = ","
		}
		w.text.Literal("]")
	case kind == contract.KindStruct:
		fields, separator := object(value), "{"
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			w.text.Literal(separator)
			w.writeKey(name)
			w.write(fields[name])
			separator = ","
		}
		w.text.Literal("}")
	}
}

func (w *jsonWriter) writeKey(name string) {
	if w.keys && strings.Contains(name, "{{$") {
		w.text.Value(expression.JSONString(w.fill(name)))
		w.text.Literal(":")
		return
	}
	w.text.Literal(string(contract.QuoteText(name)) + ":")
}

// interpolated is the text of a string with its placeholders filled in.
func (s scope) interpolated(t *pipeline.Task, template string) expression.Expression {
	var text expression.Concat
	for _, p := range placeholder.Parse(template) {
		switch p := p.(type) {
		case placeholder.Literal:
			text.Literal(string(p))
		case placeholder.InputParameter:
			s.writeInput(&text, t, p.Name)
		case placeholder.Pipeline:
			s.writePipeline(&text, t, p.Name)
		default:
			panic("plan: a placeholder that only the pod knows")
		}
	}
	return text.Expression()
}

// writeInput writes the text of another input of the same task.
func (s scope) writeInput(text *expression.Concat, t *pipeline.Task, input string) {
	given := t.Parameter(input)
	if given == nil {
		if declared := t.Component.Parameter(input); declared != nil && declared.Default != nil {
			text.Literal(mustText(declared.Default))
		}
		return
	}
	if c, ok := given.Source.(pipeline.Constant); ok && given.Selector == nil {
		text.Literal(mustText(c.Value))
		return
	}
	kind := s.declaredType(given.Source)
	if s.isString(t, input) {
		kind = contract.String
	}
	text.Value(expression.Text(s.value(t, given, "").Expression, kind))
}

func (s scope) writePipeline(text *expression.Concat, t *pipeline.Task, name string) {
	switch name {
	case placeholder.JobName, placeholder.JobResourceName:
		text.Value(expression.WorkflowName)
	case placeholder.JobUUID:
		text.Value(expression.WorkflowUID)
	case placeholder.TaskName:
		text.Literal(t.Key)
	case placeholder.WorkspacePath:
		text.Literal(contract.WorkspaceDir)
	default:
		panic("plan: a placeholder that only the pod knows")
	}
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
