package check

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

func (c checker) container(component *pipeline.Component, body *pipeline.Container) {
	spec := body.Spec
	switch image := spec.Image; {
	case image.Value == "":
		c.messages.noImage(component, spec.Span)
	case strings.HasPrefix(image.Value, "argostub/"):
		c.messages.unsupported(image.Span, "the image "+image.Value)
	}
	if len(spec.Command)+len(spec.Args) == 0 && !strings.HasPrefix(spec.Image.Value, "argostub/") {
		c.messages.noCommand(component, spec.Span)
	}
	c.unsupportedContainer(spec)
	if body.Kubernetes != nil {
		c.kubernetes(spec, body.Kubernetes)
	}
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
		c.variable(v.Name.PlacedIn(spec.Span))
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
				c.messages.unknownCondition(component, text, input)
			}
		})
}

func (c checker) placeholder(component *pipeline.Component, text document.Text, p placeholder.Part) {
	switch p := p.(type) {
	case placeholder.InputParameter:
		if component.Parameter(p.Name) == nil {
			c.messages.unknownPlaceholder(component, c.messages.place(text, p), "input parameter", p.Name)
		}
	case placeholder.OutputParameterFile:
		if component.OutputParam(p.Name) == nil {
			c.messages.unknownPlaceholder(component, c.messages.place(text, p), "output parameter", p.Name)
		}
	case placeholder.Artifact:
		if p.Output && component.OutputArtifact(p.Name) == nil {
			c.messages.unknownPlaceholder(component, c.messages.place(text, p), "output artifact", p.Name)
		}
		if !p.Output && component.Artifact(p.Name) == nil {
			c.messages.unknownPlaceholder(component, c.messages.place(text, p), "input artifact", p.Name)
		}
	case placeholder.Pipeline:
		if p.Name == placeholder.WorkspacePath && !c.workspace {
			c.messages.noWorkspace(c.messages.place(text, p), "{{$.workspace_path}}")
		}
	case placeholder.Literal, placeholder.ExecutorInput, placeholder.OutputFile, placeholder.Brace:
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
		if !strings.Contains(q.Value, "{{") {
			c.quantity(q)
		}
	}
	for _, n := range []document.Float{spec.CPULimit, spec.CPURequest, spec.MemoryLimit, spec.MemoryRequest} {
		if !(n.Value >= 0 && n.Value < maxAmount) {
			c.messages.badAmount(n)
		}
	}
	if a := spec.Accelerator; a != nil {
		c.accelerator(a)
	}
}

// accelerator checks the name and the number of an extended resource.
func (c checker) accelerator(a *document.AcceleratorConfig) {
	for _, kind := range []document.Text{a.Type, a.ResourceType} {
		if kind.Value != "" && !strings.Contains(kind.Value, "{{") {
			c.bad("the accelerator type", kind, extendedResource(kind.Value))
		}
	}
	if n := a.ResourceCount; n.Value != "" && !strings.Contains(n.Value, "{{") {
		c.count(n)
	}
	if a.Count.Value < 0 {
		c.messages.badNumber(a.Count, "the count")
	}
}

// extendedResource lists what is wrong with the name of a resource that nodes
// offer beyond those that Kubernetes knows.
func extendedResource(name string) []string {
	if !strings.Contains(name, "/") {
		return []string{"must be the name of an extended resource, such as nvidia.com/gpu"}
	}
	return validation.IsQualifiedName(name)
}

func (c checker) count(n document.Text) {
	if strings.Trim(n.Value, "0123456789") != "" {
		c.messages.badSetting(n.Span, "the accelerator count", n.Value, "must be a whole number")
	}
}

// openTexts checks the texts of a container that the inputs of a task fill in.
func (c checker) openTexts(t *pipeline.Task, body *pipeline.Container) {
	for _, text := range body.SettingTexts() {
		if strings.Contains(text.Value, "{{") {
			c.openText(t, text)
		}
	}
}

func (c checker) openText(t *pipeline.Task, text document.Text) {
	for _, part := range placeholder.Parse(text.Value) {
		switch p := part.(type) {
		case placeholder.Literal:
			if strings.Contains(string(p), "{{") {
				c.messages.badSetting(text.Span, "the text", text.Value, "{{ begins no placeholder of KFP here")
			}
		case placeholder.InputParameter:
			c.textInput(t, text, p)
		default:
			if !constant.PartKnownToArgo(p) {
				c.messages.badSetting(c.messages.place(text, p), "the text", text.Value, "only the pod knows that, which is not there yet")
			}
		}
	}
}

// textInput checks a placeholder for an input in a text that Argo fills in.
func (c checker) textInput(t *pipeline.Task, text document.Text, p placeholder.InputParameter) {
	given := t.Parameter(p.Name)
	switch {
	case t.TakesItem(p.Name):
		c.messages.itemInSetting(t, text)
	case given == nil && t.Component.Parameter(p.Name) == nil:
		c.messages.unknownTextInput(t, text, p)
	case given != nil && isTemplate(given.Source):
		c.messages.nestedText(t, text, p)
	}
}
