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

// filledInPod is a constant whose placeholders the pod fills in. A nested
// pipeline may hand it on to any task.
func (s scope) filledInPod(t *pipeline.Task, value json.RawMessage) expression.Parameter {
	value = withTask(value, t.Key)
	if !constant.HasPlaceholder(value) {
		return expression.Known(encode(value, ""))
	}
	inputs := map[string]expression.Parameter{}
	constant.EachPlaceholder(value, func(p placeholder.Part) {
		if in, ok := p.(placeholder.InputParameter); ok {
			inputs[in.Name] = s.mentioned(t, in.Name)
		}
	})
	var mentions []expression.Mention
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		mentions = append(mentions, expression.Mention{Input: name, Value: inputs[name]})
	}
	return expression.FillInPod(value, mentions)
}

// withTask fills in what is known of a task.
func withTask(value json.RawMessage, key string) json.RawMessage {
	tag := func(name string) string { return "{{$." + name + "}}" }
	inString := func(text string) string { return strings.Trim(string(contract.QuoteText(text)), `"`) }
	return json.RawMessage(strings.NewReplacer(
		tag(placeholder.TaskName), inString(key), tag(placeholder.WorkspacePath), inString(contract.WorkspaceDir),
	).Replace(string(value)))
}

// mentioned is the value of another input of the same task.
func (s scope) mentioned(t *pipeline.Task, input string) expression.Parameter {
	given := t.Parameter(input)
	if given == nil {
		if declared := t.Component.Parameter(input); declared != nil {
			return expression.Known(encodeDefault(declared))
		}
		return expression.Known("")
	}
	if c, ok := given.Source.(pipeline.Constant); ok && given.Selector == nil {
		return expression.Known(encode(c.Value, "")) // its own placeholders stay
	}
	return s.argument(t, given, "")
}

// filledByArgo is a constant whose placeholders Argo fills in.
func (s scope) filledByArgo(t *pipeline.Task, value json.RawMessage) expression.Parameter {
	fill := func(text string) expression.Text { return s.interpolated(t, text) }
	filled := expression.Shield(jsonWriter{fill: fill}.written(value))
	if contract.KindOf(value) == contract.KindString {
		filled = filled.Holding(contract.String)
	}
	return filled
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
			parts = append(parts, expression.AsText(s.mentioned(t, p.Name)))
		case placeholder.Pipeline:
			parts = append(parts, pipelineText(t, p.Name))
		case placeholder.ExecutorInput, placeholder.OutputParameterFile, placeholder.Artifact, placeholder.OutputFile, placeholder.Brace:
			panic("plan: a placeholder that only the pod knows")
		}
	}
	return expression.Join(parts...)
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
