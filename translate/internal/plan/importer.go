package plan

import (
	"encoding/json"
	"fmt"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// importer plans the template of an importer: a DAG without a pod, whose output
// is the artifact made of its inputs.
func (s scope) importer(t *pipeline.Task) *DAG {
	c := t.Component
	body := c.Body.(*pipeline.Importer)
	inside := importerScope{in: s.in[c]}
	nothing := s.share(&Nothing{}, "nothing")
	d := &DAG{
		Inputs: s.inputs(c),
		Tasks:  []Task{{Name: "nothing", Template: Name(nothing), When: "false"}},
		Outputs: []Output{{
			Name:  s.out[c].artifacts[body.Output],
			Value: s.orFaults(t, inside.artifact(body)),
		}},
	}
	return s.share(d, componentName(c.Key)).(*DAG)
}

// orFaults hands out an error text in the place of the artifact where an input
// has one, or has no value and needs one: an importer has no pod that could
// fail.
func (s scope) orFaults(t *pipeline.Task, artifact expression.Expression) expression.Expression {
	for _, in := range t.Component.Parameters {
		value, given := expression.Input(s.in[t.Component].parameters[in.Name]), t.Parameter(in.Name)
		fails := s.mayFail.Has(flow.Input{Component: t.Component, Name: in.Name})
		if fails {
			artifact = expression.OrFault(value, artifact)
		}
		if in.Required() && given != nil && (fails || flow.MayBeAbsent(s.owner, t, in.Name)) {
			none := fmt.Sprintf("%sinput %q of importer %q has no value", contract.ErrorMark, in.Name, t.Key)
			artifact = expression.IfEmpty(value, expression.String(none), artifact)
		}
	}
	return artifact
}

// fetcher plans the pod that fetches what a task imports into the workspace. It
// runs no program: our own image has all that it needs.
func (s scope) fetcher(t *pipeline.Task, name string) *Pod {
	c := t.Component
	body := c.Body.(*pipeline.Importer)
	p := &Pod{
		Inputs:  s.podInputs(t),
		Outputs: s.podOutputs(c),
		Component: contract.Component{
			Inputs:   s.componentInputs(t),
			Outputs:  s.componentOutputs(c),
			TaskKeys: map[string]string{},
			Import:   &contract.Import{URI: body.URI, Metadata: body.Spec.Metadata.JSON},
		},
		Retry:   s.retryOf(t),
		Patches: s.options.Patches[t],
	}
	if body.URIInput != "" {
		p.Component.Import.URI = "{{$.inputs.parameters['" + body.URIInput + "']}}"
	}
	declared := p.Component.Outputs.Artifacts[body.Output]
	declared.Type = body.Type
	p.Component.Outputs.Artifacts[body.Output] = declared
	p.mountWorkspace()
	return s.sharePod(p, componentName(c.Key), name, t.Key)
}

// importerScope is the inside of an importer's template.
type importerScope struct{ in side }

// artifact is the parameter text of the imported artifact.
func (s importerScope) artifact(i *pipeline.Importer) expression.Expression {
	typeText, err := json.Marshal(i.Type)
	if err != nil {
		panic(err) // a struct of strings
	}
	w := jsonWriter{fill: s.interpolated, keys: true}
	w.text.Literal(`{"name":` + string(contract.QuoteText(i.Output)) + `,"type":` + string(typeText) + `,"uri":`)
	if i.URIInput != "" {
		w.text.Value(expression.JSONString(expression.Text(expression.Input(s.in.parameters[i.URIInput]), contract.String)))
	} else {
		w.write(contract.QuoteText(i.URI))
	}
	w.text.Literal(`,"metadata":`)
	w.write(withDisplayName(i.Spec.Metadata.JSON, i.Output))
	w.text.Literal("}")
	if text, ok := w.text.Known(); ok {
		return expression.String(encode(json.RawMessage(text), ""))
	}
	return expression.Shield(w.text.Expression())
}

// withDisplayName adds the entry that every artifact's metadata has.
func withDisplayName(metadata json.RawMessage, output string) json.RawMessage {
	fields := map[string]json.RawMessage{}
	if metadata != nil {
		fields = object(metadata)
	}
	if _, ok := fields["display_name"]; !ok {
		fields["display_name"] = contract.QuoteText(output)
	}
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // made of JSON that was read before
	}
	return text
}

// interpolated is the text of a string with its placeholders filled in.
func (s importerScope) interpolated(template string) expression.Expression {
	var text expression.Concat
	for _, p := range placeholder.Parse(template) {
		switch p := p.(type) {
		case placeholder.Literal:
			text.Literal(string(p))
		case placeholder.InputParameter:
			text.Value(expression.Text(expression.Input(s.in.parameters[p.Name]), ""))
		case placeholder.Pipeline:
			text.Value(pipelineText(p.Name))
		default:
			panic("plan: a placeholder that only a pod knows")
		}
	}
	return text.Expression()
}

// pipelineText is what an importer may know of the run. It stands in the output
// of a DAG, where Argo's expressions see nothing of the Workflow; a simple tag,
// which Argo fills in before, does, and names and UIDs are harmless in it.
func pipelineText(name string) expression.Expression {
	switch name {
	case placeholder.JobName, placeholder.JobResourceName:
		return "'{{workflow.name}}'"
	case placeholder.JobUUID:
		return "'{{workflow.uid}}'"
	}
	panic("plan: a placeholder that only a pod knows")
}
