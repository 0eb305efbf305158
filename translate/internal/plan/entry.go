package plan

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/internal/macro"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// entry plans the template that the Workflow starts with: a DAG of one task,
// the pipeline. It turns submitted arguments, which are natural text, into
// parameter texts, and the pipeline's outputs back into natural text. It has
// no inputs of its own, because Argo would fill those from the arguments
// without escaping them. Its task has a condition by which Argo refuses
// arguments that it would change. A pipeline without inputs and outputs is its
// own entry.
func (b *builder) entry() Template {
	root := b.pipeline.Root
	dag := b.dag(inherited{component: root}, b.pipeline.Name)
	if len(dag.Inputs) == 0 && len(dag.Outputs) == 0 {
		return dag
	}
	task := Task{Name: dag.Name, Template: dag.Name}
	if len(dag.Inputs) > 0 {
		task.When = expression.NoArgumentTags()
	}
	for _, p := range root.Parameters {
		if b.takes(root, p.Name, false) {
			task.Arguments = append(task.Arguments, Binding{Name: b.in[root].parameters[p.Name], Value: b.submitted(p)})
		}
	}
	for _, a := range root.Artifacts {
		if !b.takes(root, a.Name, true) {
			continue
		}
		task.Arguments = append(task.Arguments, Binding{Name: b.in[root].artifacts[a.Name], Value: b.submittedArtifact(a)})
	}
	entry := &DAG{Name: naming.Entry, Tasks: []Task{task}}
	for _, o := range root.OutputParams {
		b.entryOutput(entry, task.Name, b.out[root].parameters[o.Name], o.Type)
	}
	for _, o := range root.OutputArtifacts {
		b.entryOutput(entry, task.Name, b.out[root].artifacts[o.Name], contract.Struct)
	}
	b.byName[naming.Entry] = entry
	return entry
}

func (b *builder) entryOutput(entry *DAG, task, name string, t contract.ParameterType) {
	output := Output{Name: name, Value: expression.Output(task, name)}
	if t == contract.String {
		output.Value = expression.StringOf(expression.Output(task, name))
	}
	entry.Outputs = append(entry.Outputs, output)
}

// submitted is the parameter text of the argument for an input.
func (b *builder) submitted(p *pipeline.Parameter) expression.Parameter {
	name := b.argumentName(p.Name, false)
	argument := expression.Argument(name)
	text, json := expression.ArgumentText(argument), argument.JSON()
	given, overridden := b.options.Arguments[p.Name]
	if enum := choices(p); enum != nil {
		argument = expression.ChosenArgument(name, enum)
		text, json = expression.ToJSON(argument), argument.JSON()
	} else if macros := b.macros(given); macros != nil {
		argument = expression.WithMacros(argument, macros)
		text, json = expression.ArgumentText(argument), argument.JSON()
	}
	switch {
	case p.Type != contract.String:
		return expression.Shield(json)
	case p.MayBeAbsent() && !overridden:
		return expression.If(expression.IsEmpty(argument), expression.Known(""), expression.Shield(text))
	}
	return expression.Shield(text)
}

// macros are those that a run replaces in an argument.
func (b *builder) macros(given string) []macro.Macro {
	if !b.options.Macros {
		return nil
	}
	found, err := macro.Find(given)
	if err != nil {
		panic(err) // it was checked
	}
	return found
}

// submittedArtifact is the parameter text of an artifact whose URI is an
// argument.
func (b *builder) submittedArtifact(a *pipeline.Artifact) expression.Parameter {
	argument := expression.Argument(b.argumentName(a.Name, true))
	kind, err := json.Marshal(a.Type)
	if err != nil {
		panic(err) // a struct of strings
	}
	return expression.If(expression.IsEmpty(argument), expression.Known(""), expression.Shield(expression.Join(
		expression.KnownJSON(`{"name":`+string(contract.QuoteText(a.Name))+`,"type":`+string(kind)+`,"uri":`),
		expression.ArgumentText(argument), expression.KnownJSON("}"))))
}

// argumentName is the name of the argument for an input of the pipeline.
func (b *builder) argumentName(input string, artifact bool) string {
	return b.argumentNames.of(input, artifact)
}

// arguments lists the Workflow's arguments: the pipeline's inputs, then the
// pipeline root if anything uses it.
func (b *builder) arguments() []Argument {
	var all []Argument
	for _, p := range b.pipeline.Root.Parameters {
		argument := Argument{
			Name:        b.argumentName(p.Name, false),
			Description: p.Description,
			Value:       b.argumentDefault(p),
			Enum:        choices(p),
		}
		_, argument.Given = b.options.Arguments[p.Name]
		all = append(all, argument.untagged())
	}
	for _, a := range b.pipeline.Root.Artifacts {
		argument := Argument{Name: b.argumentName(a.Name, true), Description: a.Description}
		uri, ok := b.options.Arguments[a.Name]
		if ok || a.Optional {
			argument.Value = &uri
		}
		argument.Given = ok
		all = append(all, argument.untagged())
	}
	if !b.usesStore() && b.root() == "" {
		return all
	}
	return append(all, b.rootArgument())
}

// untagged is an argument in which Argo finds no tags. Of its values entry makes
// what they were; its description is only read.
func (a Argument) untagged() Argument {
	a.Description = strings.ReplaceAll(a.Description, "{{", "{ {")
	if a.Value != nil {
		text := contract.EscapeArgument(*a.Value)
		a.Value = &text
	}
	for i, text := range a.Enum {
		a.Enum[i] = contract.EscapeArgument(text)
	}
	return a
}

// argumentDefault is the text that an input has where nothing is submitted, or
// nil where something must be.
func (b *builder) argumentDefault(p *pipeline.Parameter) *string {
	text, ok := b.options.Arguments[p.Name]
	switch {
	case ok:
		text = choice(p, text)
	case p.Default != nil:
		text = choice(p, natural(p.Default))
	case p.Required():
		return nil
	}
	return &text
}

// choice is the text that stands for a value among the choices of an input,
// where the same value was written in another way: ` true`, or `1.0` for `1`.
func choice(p *pipeline.Parameter, text string) string {
	if p.Type == contract.String {
		return text
	}
	canonical := func(text string) string {
		value, err := contract.Canonical(json.RawMessage(text))
		if err != nil {
			return text // the empty text
		}
		return string(value)
	}
	all := choices(p)
	if i := slices.IndexFunc(all, func(c string) bool { return canonical(c) == canonical(text) }); i >= 0 {
		return all[i]
	}
	return text
}

func (b *builder) rootArgument() Argument {
	argument := Argument{
		Name:        contract.RootArgument,
		Description: "Where artifacts are stored, as a URI.",
		Given:       b.options.PipelineRoot != "",
	}
	if root := b.root(); root != "" {
		argument.Value = &root
	}
	return argument
}

func (b *builder) root() string {
	return cmp.Or(b.options.PipelineRoot, b.pipeline.DefaultRoot, b.options.FallbackRoot)
}

// choices lists the texts that an input takes, if those are few: Argo's forms
// let one choose then, and Argo refuses any other text. An input that may be
// absent takes the empty text too.
func choices(p *pipeline.Parameter) []string {
	var all []string
	for _, v := range p.Literals {
		all = append(all, natural(v))
	}
	if all == nil && p.Type == contract.Boolean {
		all = []string{"true", "false"}
	}
	if all != nil && p.MayBeAbsent() && !slices.Contains(all, "") {
		all = append(all, "")
	}
	return all
}

// natural is the text of a value as a person writes it on a command line.
func natural(value json.RawMessage) string {
	if contract.KindOf(value) == contract.KindString {
		return mustText(value)
	}
	return string(value)
}
