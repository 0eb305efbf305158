package check

import (
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// importer checks what an importer's artifact is made of.
func (c checker) importer(component *pipeline.Component, body *pipeline.Importer) {
	spec := body.Spec
	if spec.DownloadToWorkspace.Value {
		c.fetcher(component, body)
	}
	if body.Empty() {
		c.messages.importerOfNothing(component, spec)
	}
	if body.URIInput != "" && component.Parameter(body.URIInput) == nil {
		c.messages.unknownURIInput(component, body)
	}
	if strings.HasPrefix(body.URI, "oci://") && body.Type.SchemaTitle != "system.Model" {
		c.messages.imageNotModel(component, spec)
	}
	c.importerText(component, body, body.URI)
	c.importerTexts(component, body)
}

// fetcher checks an importer that fetches into the workspace.
func (c checker) fetcher(component *pipeline.Component, body *pipeline.Importer) {
	if !c.workspace {
		c.messages.noWorkspace(body.Spec.DownloadToWorkspace.Span, "downloadToWorkspace")
	}
	scheme, _, _ := strings.Cut(body.URI, "://")
	if body.URI == "" || strings.Contains(scheme, "{{") {
		return // the run knows
	}
	if _, ok := contract.LocalPath(body.URI); !ok || contract.IsModelImage(body.URI) {
		c.messages.notFetched(component, body)
	}
}

// importerTexts checks the placeholders in the metadata, which may be in
// keys and values alike.
func (c checker) importerTexts(component *pipeline.Component, body *pipeline.Importer) {
	if body.Spec.Metadata.JSON == nil {
		return
	}
	// Read as one text, a struct shows the placeholders of its keys too.
	for _, p := range placeholder.Parse(unescaped(string(body.Spec.Metadata.JSON))) {
		c.importerPlaceholder(component, body, p)
	}
}

// unescaped undoes the escapes that JSON puts into a placeholder.
func unescaped(text string) string {
	return strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">", `\"`, `"`).Replace(text)
}

func (c checker) importerText(component *pipeline.Component, body *pipeline.Importer, text string) {
	for _, p := range placeholder.Parse(text) {
		c.importerPlaceholder(component, body, p)
	}
}

func (c checker) importerPlaceholder(component *pipeline.Component, body *pipeline.Importer, p placeholder.Part) {
	switch p := p.(type) {
	case placeholder.Literal:
	case placeholder.InputParameter:
		if component.Parameter(p.Name) == nil {
			c.messages.importerInput(component, body, p)
		}
	case placeholder.Pipeline:
		switch p.Name {
		case placeholder.JobName, placeholder.JobResourceName, placeholder.JobUUID:
		default:
			c.messages.importerMisplaced(component, body, p)
		}
	default:
		c.messages.importerMisplaced(component, body, p)
	}
}
