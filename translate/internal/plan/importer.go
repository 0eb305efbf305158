package plan

import (
	"encoding/json"
	"fmt"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// importer plans the template of an importer: a DAG without a pod, whose output
// is the artifact made of its inputs.
func (s scope) importer(t *pipeline.Task) *DAG {
	c := t.Component
	body := c.Body.(*pipeline.Importer)
	inside := importerScope{in: s.in[c], certain: func(input string) bool { return s.isStringInput(c, input) }}
	nothing := s.share(&Nothing{}, naming.Nothing)
	d := &DAG{
		Inputs: s.inputs(c),
		Tasks:  []Task{{Name: naming.Nothing, Template: Name(nothing), When: expression.Never()}},
		Outputs: []Output{{
			Name:  s.out[c].artifacts[body.Output],
			Value: s.orFaults(t, inside.artifact(body)),
		}},
	}
	return s.share(d, c.Name()).(*DAG)
}

// orFaults hands out an error text in the place of the artifact where an input
// has one, or has no value and needs one: an importer has no pod that could
// fail.
func (s scope) orFaults(t *pipeline.Task, artifact expression.Parameter) expression.Parameter {
	for _, in := range t.Component.Parameters {
		value, given := expression.Input(s.in[t.Component].parameters[in.Name]), t.Parameter(in.Name)
		fails := s.mayFail.Has(flow.Input{Component: t.Component, Name: in.Name})
		if fails {
			artifact = expression.OrFault(value, artifact)
		}
		if in.Required() && given != nil && (fails || flow.MayBeAbsent(s.owner, t, in.Name)) {
			none := fmt.Sprintf("%sinput %q of importer %q has no value", contract.ErrorMark, in.Name, t.Key)
			artifact = expression.IfEmpty(value, expression.Known(none), artifact)
		}
	}
	return artifact
}

// fetcher plans the pod that fetches what a task imports into the workspace, or
// that fails for want of a URI. It runs no program: our own image has all that it
// needs.
func (s scope) fetcher(t *pipeline.Task, name string) *Pod {
	c := t.Component
	body := c.Body.(*pipeline.Importer)
	p := &Pod{
		Inputs:  s.podInputs(t),
		Outputs: s.podOutputs(c),
		Component: contract.Component{
			Inputs:  s.componentInputs(t),
			Outputs: s.componentOutputs(c),
			Import:  &contract.Import{URI: body.URI, Metadata: body.Spec.Metadata.JSON},
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
	if body.Spec.DownloadToWorkspace.Value {
		p.mountWorkspace()
	}
	return s.sharePod(p, c.Name(), name, t.Key)
}

// importerScope is the inside of an importer's template.
type importerScope struct {
	in side
	// certain reports whether an input certainly holds a string.
	certain func(input string) bool
}

// artifact is the parameter text of the imported artifact.
func (s importerScope) artifact(i *pipeline.Importer) expression.Parameter {
	w := jsonWriter{fill: s.interpolated, keys: true}
	uri := w.written(contract.QuoteText(i.URI))
	if i.URIInput != "" {
		uri = expression.ToJSON(expression.AsText(s.input(i.URIInput)))
	}
	metadata := w.written(withDisplayName(i.Spec.Metadata.JSON, i.Output))
	return expression.Shield(artifactJSON(i.Output, i.Type, uri, metadata))
}

// input is the value of an input, as the template reads it.
func (s importerScope) input(name string) expression.Parameter {
	value := expression.Input(s.in.parameters[name])
	if s.certain(name) {
		return value.Holding(contract.String)
	}
	return value
}

// artifactJSON is the JSON of an artifact, as contract.Artifact.
func artifactJSON(name string, kind contract.ArtifactType, uri, metadata expression.JSON) expression.JSON {
	typeText, err := json.Marshal(kind)
	if err != nil {
		panic(err) // a struct of strings
	}
	return expression.Join(
		expression.KnownJSON(`{"name":`+string(contract.QuoteText(name))+`,"type":`+string(typeText)+`,"uri":`), uri,
		expression.KnownJSON(`,"metadata":`), metadata, expression.KnownJSON("}"))
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
func (s importerScope) interpolated(template string) expression.Text {
	var parts []expression.Text
	for _, p := range placeholder.Parse(template) {
		switch p := p.(type) {
		case placeholder.Literal:
			parts = append(parts, expression.String(string(p)))
		case placeholder.InputParameter:
			parts = append(parts, expression.AsText(s.input(p.Name)))
		case placeholder.Pipeline:
			parts = append(parts, runText(p.Name))
		case placeholder.ExecutorInput, placeholder.OutputParameterFile, placeholder.Artifact, placeholder.OutputFile, placeholder.Brace:
			panic("plan: a placeholder that only a pod knows")
		}
	}
	return expression.Join(parts...)
}

// runText is what an importer may know of the run. It stands in the output of a
// DAG.
func runText(name string) expression.Text {
	switch name {
	case placeholder.JobName, placeholder.JobResourceName:
		return expression.WorkflowNameTag().Text()
	case placeholder.JobUUID:
		return expression.WorkflowUIDTag().Text()
	}
	panic("plan: a placeholder that only a pod knows")
}
