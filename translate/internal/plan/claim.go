package plan

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/podspec"
)

// Claim is a template that creates or deletes a PersistentVolumeClaim.
type Claim struct {
	Name    string
	Action  pipeline.ClaimAction
	Inputs  []string
	Outputs []string
	// Manifest is the JSON of the claim, with tags.
	Manifest string
	// Retry is nil where it is not tried again.
	Retry *pipeline.Retry
	// Patches are merged into the template that is emitted.
	Patches []json.RawMessage
}

func (*Claim) template() {}

// claim plans the template of a task that creates or deletes a claim. What the
// pipeline fixes stands in the manifest; the rest are inputs.
func (s scope) claim(t *pipeline.Task) *Claim {
	c := t.Component
	planned := &Claim{Action: c.Body.(*pipeline.Claim).Action, Retry: s.retryOf(t), Patches: s.options.Patches[t]}
	m := claimMaker{scope: s, task: t}
	switch planned.Action {
	case pipeline.CreateClaim:
		planned.Manifest = m.created().Manifest()
	case pipeline.DeleteClaim:
		planned.Manifest = podspec.Claim{Name: m.field(pipeline.ClaimNameInput)}.Manifest()
	}
	for _, p := range c.Parameters {
		if m.isOpen(p) {
			planned.Inputs = append(planned.Inputs, s.in[c].parameters[p.Name])
		}
	}
	for _, o := range c.OutputParams {
		planned.Outputs = append(planned.Outputs, s.out[c].parameters[o.Name])
	}
	return s.share(planned, c.Name()).(*Claim)
}

// claimArguments binds the inputs of a claim's template.
func (s scope) claimArguments(t *pipeline.Task) []Binding {
	var all []Binding
	m := claimMaker{scope: s, task: t}
	for _, p := range t.Component.Parameters {
		given := t.Parameter(p.Name)
		if given == nil || !m.isOpen(p) {
			continue
		}
		value := s.dagArgument(t, p)
		if p.Name == pipeline.ClaimClassInput {
			value = s.value(t, given, p.Type) // its default is not applied
		}
		all = append(all, Binding{Name: s.in[t.Component].parameters[p.Name], Value: value})
	}
	return append(all, s.loopItems(t)...)
}

// claimMaker makes the manifest of a task that creates or deletes a claim.
type claimMaker struct {
	scope
	task *pipeline.Task
}

// created holds the fields of a claim that is created. KFP's component has the
// default ” for the storage class, which no back end applies: it would mean
// that the claim waits for a volume that is made by hand.
func (m claimMaker) created() podspec.Claim {
	class := m.field(pipeline.ClaimClassInput)
	if m.task.Parameter(pipeline.ClaimClassInput) == nil && string(class.JSON) == `""` {
		class = podspec.Field{}
	}
	return podspec.Claim{
		Name:         m.name(),
		Annotations:  m.field(pipeline.ClaimAnnotationsInput),
		AccessModes:  m.field(pipeline.ClaimModesInput),
		Size:         m.field(pipeline.ClaimSizeInput),
		StorageClass: class,
		Volume:       m.field(pipeline.ClaimVolumeInput),
		DataSource:   m.field(pipeline.ClaimSourceInput),
	}
}

// isOpen reports whether the run decides an input that the action takes.
func (m claimMaker) isOpen(p *pipeline.Parameter) bool {
	if !takes(m.task, p.Name) {
		return false
	}
	if m.task.TakesItem(p.Name) {
		return true
	}
	given := m.task.Parameter(p.Name)
	if given == nil {
		return false
	}
	c, ok := given.Source.(pipeline.Constant)
	return !ok || given.Selector != nil || constant.HasPlaceholder(c.Value)
}

// takes reports whether the action of a task on a claim takes an input.
func takes(t *pipeline.Task, input string) bool {
	body, ok := t.Component.Body.(*pipeline.Claim)
	return ok && body.Action.Takes(input)
}

// known is the value of an input that the pipeline fixes, or nil.
func (m claimMaker) known(input string) json.RawMessage {
	p := m.task.Component.Parameter(input)
	if p == nil || m.isOpen(p) {
		return nil
	}
	value := p.Default
	if given := m.task.Parameter(input); given != nil {
		value = given.Source.(pipeline.Constant).Value
	}
	if contract.KindOf(value) == contract.KindNull || value == nil {
		return nil
	}
	value, err := p.Type.Coerce(value)
	if err != nil {
		panic(err) // the check has compared types
	}
	return value
}

// field is the JSON of an input; null, as Kubernetes reads it, is none.
func (m claimMaker) field(input string) podspec.Field {
	p := m.task.Component.Parameter(input)
	if p == nil || !m.isOpen(p) {
		return podspec.Field{JSON: m.known(input)}
	}
	value := m.input(p)
	switch {
	case p.Type == contract.String && !m.isCertain(p):
		return podspec.Field{Text: expression.NullOr(value, expression.Coerce(value))}
	case m.task.TakesItem(p.Name) || m.task.Parameter(input).Selector != nil || flow.MayBeAbsent(m.owner, m.task, input):
		return podspec.Field{Text: expression.NullOr(value, value)}
	}
	return podspec.Field{Text: value}
}

// input is the parameter text of an open input.
func (m claimMaker) input(p *pipeline.Parameter) expression.Parameter {
	value := expression.Input(m.in[m.task.Component].parameters[p.Name])
	if m.isCertain(p) {
		return value.Holding(contract.String)
	}
	return value
}

// isCertain reports whether an open input holds a string or nothing.
func (m claimMaker) isCertain(p *pipeline.Parameter) bool {
	return m.isString(m.task, p.Name)
}

// name is the name of a claim that is created: that given, or one that no other
// claim has, which begins with the name of the Workflow and ends with the
// suffix given. Where the run gives both, what it becomes is no name, and
// Kubernetes says so.
func (m claimMaker) name() podspec.Field {
	name, suffix := m.text(pipeline.ClaimNameInput), m.text(pipeline.ClaimSuffixInput)
	switch {
	case name.known != "" && suffix.isNone():
		return podspec.Field{JSON: m.known(pipeline.ClaimNameInput)}
	case name.isNone():
		return podspec.Field{Text: expression.Shield(expression.ToJSON(expression.UniqueName(suffix.text)))}
	case suffix.isNone():
		unique := expression.UniqueName(suffix.text)
		return podspec.Field{Text: expression.NameOr(m.input(m.task.Component.Parameter(pipeline.ClaimNameInput)), unique)}
	}
	return podspec.Field{Text: expression.Shield(expression.ToJSON(expression.EitherName(name.text, suffix.text)))}
}

// claimText is the text of an input: what is known of it, if it is, and as an
// expression.
type claimText struct {
	known string
	open  bool
	text  expression.Text
}

func (c claimText) isNone() bool { return !c.open && c.known == "" }

// text is the text of an input.
func (m claimMaker) text(input string) claimText {
	p := m.task.Component.Parameter(input)
	if p != nil && m.isOpen(p) {
		return claimText{open: true, text: expression.AsText(m.input(p))}
	}
	known := ""
	if value := m.known(input); value != nil {
		known = mustText(value)
	}
	return claimText{known: known, text: expression.String(known)}
}
