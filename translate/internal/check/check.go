// Package check holds the rules that a resolved pipeline must keep. It only
// reports; after it, nothing that follows can fail.
package check

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Pipeline checks a pipeline, which was read from a source. Arguments are the
// natural texts that the person who translates gives to the pipeline's inputs.
func Pipeline(p *pipeline.Pipeline, arguments map[string]string, source diag.Source, report *diag.Report) {
	c := checker{messages: messages{source, report}, workspace: hasWorkspace(p)}
	c.arguments(p.Root, arguments)
	c.runSettings(p)
	if _, ok := p.Root.Body.(*pipeline.DAG); !ok && p.Root.Body != nil {
		c.messages.rootNotDAG(p.Root)
	}
	for _, component := range p.Components {
		c.component(component)
	}
}

type checker struct {
	messages  messages
	workspace bool // the run has one
}

func (c checker) component(component *pipeline.Component) {
	_, isPod := component.Body.(*pipeline.Container)
	for _, p := range component.Parameters {
		if p.Type == contract.TaskConfig && !isPod && component.Body != nil {
			c.messages.configOfNobody(p)
		}
		c.parameter(p)
	}
	switch body := component.Body.(type) {
	case *pipeline.DAG:
		c.dag(component, body)
	case *pipeline.Container:
		c.container(component, body)
	case *pipeline.Claim:
		c.claim(component, body)
	case *pipeline.Importer:
		c.importer(component, body)
	}
}

// parameter checks that a default fits its type.
func (c checker) parameter(p *pipeline.Parameter) {
	if p.Default == nil {
		return
	}
	if _, err := p.Type.Coerce(p.Default); err != nil {
		c.messages.wrongDefault(p, err)
	}
}

func (c checker) dag(component *pipeline.Component, dag *pipeline.DAG) {
	spec := component.Spec.DAG
	if len(spec.Tasks) == 0 {
		c.messages.emptyDAG(component)
	}
	for _, t := range dag.Tasks {
		c.task(t)
		c.condition(component, t)
	}
	c.sizes(component, dag)
}

// The bounds that Argo 4's resource definitions set on every Workflow.
const (
	maxTasks  = 200
	maxInputs = 500
)

func (c checker) sizes(component *pipeline.Component, dag *pipeline.DAG) {
	if len(dag.Tasks) > maxTasks {
		c.messages.tooMany(component, len(dag.Tasks), "tasks", maxTasks)
	}
	if inputs := len(component.Parameters) + len(component.Artifacts); inputs > maxInputs {
		c.messages.tooMany(component, inputs, "inputs", maxInputs)
	}
}

// arguments checks what the person who translates gives to the pipeline, and
// whether its defaults can be arguments.
func (c checker) arguments(root *pipeline.Component, arguments map[string]string) {
	for _, p := range root.Parameters {
		if _, given := arguments[p.Name]; given || p.Type != contract.String || contract.KindOf(p.Default) != contract.KindString {
			continue
		}
		if text, err := contract.Text(p.Default); err == nil && !contract.IsArgument(text) {
			c.messages.noArgument(p.Span, p.Name)
		}
	}
	names := make([]string, 0, len(arguments))
	for name := range arguments {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p := root.Parameter(name)
		switch {
		case p == nil && root.Artifact(name) == nil:
			c.messages.unknownArgument(name, root)
		case p != nil:
			c.argument(p, arguments[name])
		case !contract.IsArgument(arguments[name]):
			c.messages.noArgument(diag.Span{}, name)
		}
	}
}

func (c checker) argument(p *pipeline.Parameter, text string) {
	value := json.RawMessage(text)
	if p.Type == contract.String {
		value = contract.QuoteText(text)
	}
	value, err := contract.Canonical(value)
	if err == nil {
		value, err = p.Type.Coerce(value)
	}
	if err == nil && p.Type == contract.NumberInteger {
		err = requireWhole(value)
	}
	switch {
	case err != nil:
		c.messages.wrongArgument(p, err)
	case len(p.Literals) > 0 && !contains(p.Literals, value):
		c.messages.notLiteralArgument(p)
	case p.Type == contract.String && !contract.IsArgument(text):
		c.messages.noArgument(diag.Span{}, p.Name)
	}
}

// requireWhole refuses a number that is not whole. In the pipeline KFP takes any
// number for an integer, and so do its tasks here; what a person types is meant.
func requireWhole(number json.RawMessage) error {
	f, err := strconv.ParseFloat(string(number), 64)
	if err == nil && f != math.Trunc(f) {
		return fmt.Errorf("%s is not a whole number", number)
	}
	return nil
}
