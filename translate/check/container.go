package check

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/document"
	"github.com/kfp2argo/kfp2argo/translate/pipeline"
)

func (c checker) container(component *pipeline.Component, body *pipeline.Container) {
	spec := body.Spec
	switch image := spec.Image; {
	case image.Value == "":
		c.messages.noImage(component, spec.Span)
	case strings.Contains(image.Value, "{{"):
		c.messages.unsupported(image.Span, "an image that the run decides")
	case strings.HasPrefix(image.Value, "argostub/"):
		c.messages.unsupported(image.Span, "creating and deleting volumes (kubernetes.CreatePVC, kubernetes.DeletePVC)")
	}
	if len(spec.Command)+len(spec.Args) == 0 && !strings.HasPrefix(spec.Image.Value, "argostub/") {
		c.messages.noCommand(component, spec.Span)
	}
	c.unsupportedContainer(spec)
	for _, texts := range [][]document.Text{spec.Command, spec.Args} {
		for _, text := range texts {
			c.element(component, text)
		}
	}
	for _, o := range component.OutputArtifacts {
		if o.List {
			c.messages.unsupported(o.Span, "an output that is a list of artifacts")
		}
	}
}

func (c checker) unsupportedContainer(spec *document.ContainerSpec) {
	if spec.Resources != nil {
		c.resources(spec.Resources)
	}
	for _, v := range spec.Env {
		if strings.Contains(v.Value.Value, "{{") {
			c.messages.unsupported(v.Value.Span, "an environment variable whose value holds {{")
		}
	}
}

// element checks the placeholders of one element of a command line.
func (c checker) element(component *pipeline.Component, text document.Text) {
	element, err := placeholder.Parser(placeholder.Parse).ParseElement(text.Value)
	if err != nil {
		c.messages.badElement(text, err)
		return
	}
	placeholder.Visit(element,
		func(p placeholder.Part) { c.placeholder(component, text, p) },
		func(input string) {
			if component.Parameter(input) == nil && component.Artifact(input) == nil {
				c.messages.unknownPlaceholder(component, text, "input", input)
			}
		})
}

func (c checker) placeholder(component *pipeline.Component, text document.Text, p placeholder.Part) {
	switch p := p.(type) {
	case placeholder.InputParameter:
		if component.Parameter(p.Name) == nil {
			c.messages.unknownPlaceholder(component, text, "input parameter", p.Name)
		}
	case placeholder.OutputParameterFile:
		if component.OutputParam(p.Name) == nil {
			c.messages.unknownPlaceholder(component, text, "output parameter", p.Name)
		}
	case placeholder.Artifact:
		if p.Output && component.OutputArtifact(p.Name) == nil {
			c.messages.unknownPlaceholder(component, text, "output artifact", p.Name)
		}
		if !p.Output && component.Artifact(p.Name) == nil {
			c.messages.unknownPlaceholder(component, text, "input artifact", p.Name)
		}
	case placeholder.Pipeline:
		if p.Name == placeholder.WorkspacePath {
			c.messages.unsupported(text.Span, "the workspace ({{$.workspace_path}})")
		}
	}
}

// platform refuses settings of the whole run.
func (c checker) platform(p *pipeline.Pipeline) {
	if p.Platform != nil && p.Platform.PipelineConfig != nil {
		c.messages.unsupported(p.Platform.PipelineConfig.Span, "pipelineConfig")
	}
}

// maxAmount bounds cores and gigabytes: beyond it Kubernetes' quantities stop
// being what they say.
const maxAmount = 1e9

// resources checks that quantities are quantities, and known now.
func (c checker) resources(spec *document.ResourceSpec) {
	for _, q := range []document.Text{
		spec.ResourceCPULimit, spec.ResourceCPURequest, spec.ResourceMemoryLimit, spec.ResourceMemoryRequest,
	} {
		if q.Value == "" {
			continue
		}
		if strings.Contains(q.Value, "{{") {
			c.messages.unsupported(q.Span, "a resource that the run decides")
		} else if quantity, err := resource.ParseQuantity(q.Value); err != nil || quantity.Sign() < 0 {
			c.messages.badQuantity(q)
		}
	}
	for _, n := range []document.Float{spec.CPULimit, spec.CPURequest, spec.MemoryLimit, spec.MemoryRequest} {
		if !(n.Value >= 0 && n.Value < maxAmount) {
			c.messages.badAmount(n)
		}
	}
	if spec.Accelerator != nil {
		c.messages.unsupported(spec.Accelerator.Span, "an accelerator")
	}
}
