package pipeline

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// Resolve builds the pipeline that a document describes. It reports names that
// refer to nothing, components that contain themselves, and tasks that wait
// for each other; what cannot be resolved is left out of the result, so that
// the passes that follow can report their own findings. The result is nil only
// where the document has no root at all.
func Resolve(doc *document.Document, source diag.Source, report *diag.Report) *Pipeline {
	if doc == nil || doc.Pipeline == nil {
		return nil
	}
	if doc.Pipeline.Root == nil {
		messages{report, source}.noRoot(doc.Pipeline)
		return nil
	}
	r := &resolver{
		spec:       doc.Pipeline,
		platform:   kubernetes(doc.Platform),
		messages:   messages{report, source},
		components: map[string]*Component{},
	}
	p := &Pipeline{
		Name:        doc.Pipeline.PipelineInfo.Name.Value,
		Description: doc.Pipeline.PipelineInfo.Description.Value,
		DefaultRoot: doc.Pipeline.DefaultPipelineRoot.Value,
		Platform:    r.platform,
	}
	p.Root = r.newComponent("", doc.Pipeline.Root)
	r.resolveBody(p.Root)
	p.Components = r.ordered(p.Root)
	r.reportUnused()
	r.reportUnusedSettings(doc.Platform)
	return p
}

func kubernetes(platform *document.PlatformSpec) *document.SinglePlatformSpec {
	if platform == nil {
		return nil
	}
	return platform.Platforms.Kubernetes
}

// resolver holds what Resolve needs while it walks the document.
type resolver struct {
	spec     *document.PipelineSpec
	platform *document.SinglePlatformSpec
	messages messages
	// components holds the components met so far, by key.
	components map[string]*Component
	// path holds the components that the walk is inside of.
	path []*Component
}

// component returns the component of a task, resolving it on first use. It
// returns nil, having reported it, where the name is unknown or where the
// component would contain itself.
func (r *resolver) component(task string, ref document.Text) *Component {
	if c, ok := r.components[ref.Value]; ok {
		if slices.Contains(r.path, c) {
			r.messages.recursive(task, ref)
			return nil
		}
		return c
	}
	spec, ok := r.spec.Components.Get(ref.Value)
	if !ok || spec == nil {
		r.messages.unknownComponent(task, ref, keys(r.spec.Components))
		return nil
	}
	c := r.newComponent(ref.Value, spec)
	r.components[ref.Value] = c
	r.resolveBody(c)
	return c
}

func (r *resolver) newComponent(key string, spec *document.ComponentSpec) *Component {
	c := &Component{
		Key:             key,
		Spec:            spec,
		Parameters:      parameters(spec.InputDefinitions.Parameters),
		Artifacts:       artifacts(spec.InputDefinitions.Artifacts),
		OutputParams:    outputParams(spec.OutputDefinitions.Parameters),
		OutputArtifacts: outputArtifacts(spec.OutputDefinitions.Artifacts),
		Passthroughs:    map[document.PassthroughField]bool{},
	}
	for _, p := range spec.TaskConfigPassthroughs {
		c.Passthroughs[p.Field.Value] = p.ApplyToTask.Value
	}
	if spec.DAG != nil {
		c.OutputParams = handedOut(c.OutputParams, spec.DAG.Outputs.Parameters, newOutputParameter)
		c.OutputArtifacts = handedOut(c.OutputArtifacts, spec.DAG.Outputs.Artifacts, newOutputArtifact)
	}
	return c
}

// handedOut lists the outputs of a DAG: what its tasks really hand out, which
// KFP goes by, with the declaration where there is one.
func handedOut[D interface{ name() string }, T any](declared []D, outputs document.Map[T], undeclared func(document.Text) D) []D {
	var all []D
	for _, e := range outputs {
		i := slices.IndexFunc(declared, func(d D) bool { return d.name() == e.Key.Value })
		if i < 0 {
			all = append(all, undeclared(e.Key))
			continue
		}
		all = append(all, declared[i])
	}
	slices.SortFunc(all, func(a, b D) int { return cmp.Compare(a.name(), b.name()) })
	return all
}

func newOutputParameter(key document.Text) *OutputParameter {
	return &OutputParameter{Name: key.Value, Span: key.Span}
}

func newOutputArtifact(key document.Text) *OutputArtifact {
	return &OutputArtifact{Name: key.Value, Span: key.Span}
}

func (r *resolver) resolveBody(c *Component) {
	switch {
	case c.Spec.DAG != nil:
		r.path = append(r.path, c)
		c.Body = r.dag(c, c.Spec.DAG)
		r.path = r.path[:len(r.path)-1]
	case c.Spec.ExecutorLabel.Set:
		c.Body = r.executor(c, c.Spec.ExecutorLabel)
	default:
		r.messages.noImplementation(c)
	}
}

// executor resolves what runs a component.
func (r *resolver) executor(c *Component, label document.Text) Body {
	executors := r.spec.DeploymentSpec.Executors
	executor, ok := executors.Get(label.Value)
	switch {
	case !ok || executor == nil:
		r.messages.unknownExecutor(label, keys(executors))
	case executor.Container != nil:
		return r.container(label, executor.Container)
	case executor.Importer != nil:
		return r.importer(c, label, executor.Importer)
	default:
		r.messages.notContainer(label, executor)
	}
	return nil
}

func (r *resolver) container(label document.Text, spec *document.ContainerSpec) Body {
	if action, ok := claimAction(spec); ok {
		return &Claim{Label: label.Value, Spec: spec, Action: action}
	}
	c := &Container{Label: label.Value, Spec: spec}
	if r.platform != nil {
		c.Kubernetes, _ = r.platform.DeploymentSpec.Executors.Get(label.Value)
	}
	return c
}

// claimAction is the action on a claim that a container stands for, if any.
func claimAction(spec *document.ContainerSpec) (ClaimAction, bool) {
	switch spec.Image.Value {
	case "argostub/createpvc":
		return CreateClaim, true
	case "argostub/deletepvc":
		return DeleteClaim, true
	}
	return 0, false
}

func (r *resolver) importer(c *Component, label document.Text, spec *document.ImporterSpec) Body {
	i := &Importer{Label: label.Value, Spec: spec}
	if len(c.OutputArtifacts) != 1 {
		r.messages.importerOutputs(c)
		return nil
	}
	output := c.OutputArtifacts[0]
	if output.List {
		r.messages.importerOfList(c, output)
	}
	i.Output, i.Type = output.Name, output.Type
	if schema := spec.TypeSchema; schema.SchemaTitle.Set || schema.SchemaURI.Set || schema.InstanceSchema.Set {
		i.Type = artifactType(schema)
	}
	switch uri := spec.ArtifactURI; {
	case uri != nil && uri.RuntimeParameter.Value != "":
		i.URIInput = uri.RuntimeParameter.Value
	case uri != nil && contract.KindOf(uri.Constant.JSON) == contract.KindString:
		i.URI, _ = contract.Text(uri.Constant.JSON)
	default:
		r.messages.importerWithoutURI(c, spec)
		return nil
	}
	return i
}

// ordered lists a component and all that it contains, in the order of use.
func (r *resolver) ordered(root *Component) []*Component {
	var all []*Component
	var visit func(c *Component)
	visit = func(c *Component) {
		if slices.Contains(all, c) {
			return
		}
		all = append(all, c)
		if dag, ok := c.Body.(*DAG); ok {
			for _, t := range dag.Tasks {
				visit(t.Component)
			}
		}
	}
	visit(root)
	return all
}

// reportUnused warns of components that no task uses: nothing of them reaches
// the Workflow.
func (r *resolver) reportUnused() {
	for _, e := range r.spec.Components {
		if r.components[e.Key.Value] == nil {
			r.messages.unusedComponent(e.Key)
		}
	}
}

func parameters(definitions document.Map[*document.InputParameterDefinition]) []*Parameter {
	var all []*Parameter
	for _, e := range definitions {
		p := &Parameter{
			Name:        e.Key.Value,
			Type:        parameterType(e.Value.ParameterType.Value, e.Value.Type.Value),
			Optional:    e.Value.IsOptional.Value,
			Default:     e.Value.DefaultValue.JSON,
			Description: e.Value.Description.Value,
			Span:        e.Key.Span,
		}
		if contract.KindOf(p.Default) == contract.KindNull {
			p.Default, p.Optional = nil, true // KFP hands a null default on as no value
		}
		for _, v := range e.Value.Literals {
			p.Literals = append(p.Literals, v.JSON)
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *Parameter) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// parameterType returns the type of a parameter, from its deprecated form
// where it has no other. A parameter without any type is a STRING, as KFP has
// it.
func parameterType(t document.ParameterType, deprecated document.PrimitiveType) contract.ParameterType {
	if t != document.TypeUnspecified {
		return contract.ParameterType(t.String())
	}
	switch deprecated {
	case document.PrimitiveInt:
		return contract.NumberInteger
	case document.PrimitiveDouble:
		return contract.NumberDouble
	}
	return contract.String
}

func artifacts(definitions document.Map[*document.InputArtifactDefinition]) []*Artifact {
	var all []*Artifact
	for _, e := range definitions {
		all = append(all, &Artifact{
			Name:        e.Key.Value,
			Type:        artifactType(e.Value.ArtifactType),
			Optional:    e.Value.IsOptional.Value,
			List:        e.Value.IsArtifactList.Value,
			Description: e.Value.Description.Value,
			Span:        e.Key.Span,
		})
	}
	slices.SortFunc(all, func(a, b *Artifact) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func artifactType(t document.ArtifactTypeSchema) contract.ArtifactType {
	return contract.ArtifactType{
		SchemaTitle:    t.SchemaTitle.Value,
		SchemaVersion:  t.SchemaVersion.Value,
		SchemaURI:      t.SchemaURI.Value,
		InstanceSchema: t.InstanceSchema.Value,
	}
}

func outputParams(definitions document.Map[*document.OutputParameterDefinition]) []*OutputParameter {
	var all []*OutputParameter
	for _, e := range definitions {
		all = append(all, &OutputParameter{
			Name: e.Key.Value,
			Type: parameterType(e.Value.ParameterType.Value, e.Value.Type.Value),
			Span: e.Key.Span,
		})
	}
	slices.SortFunc(all, func(a, b *OutputParameter) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func outputArtifacts(definitions document.Map[*document.OutputArtifactDefinition]) []*OutputArtifact {
	var all []*OutputArtifact
	for _, e := range definitions {
		all = append(all, &OutputArtifact{
			Name:     e.Key.Value,
			Type:     artifactType(e.Value.ArtifactType),
			Metadata: metadata(e.Value.Metadata.JSON),
			List:     e.Value.IsArtifactList.Value,
			Span:     e.Key.Span,
		})
	}
	slices.SortFunc(all, func(a, b *OutputArtifact) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// metadata reads a Struct field; the reader has made sure that it is one.
func metadata(value json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if value != nil && json.Unmarshal(value, &m) != nil {
		return nil
	}
	return m
}

// keys lists the keys of a map field.
func keys[T any](m document.Map[T]) []string {
	all := make([]string, 0, len(m))
	for _, e := range m {
		all = append(all, e.Key.Value)
	}
	return all
}

// deprecatedValue reads KFP's first form of a constant: an object with one of
// intValue, doubleValue and stringValue.
func deprecatedValue(value json.RawMessage) json.RawMessage {
	var v struct {
		IntValue    json.RawMessage
		DoubleValue json.RawMessage
		StringValue json.RawMessage
	}
	if json.Unmarshal(value, &v) != nil {
		return value
	}
	for _, set := range []json.RawMessage{v.IntValue, v.DoubleValue, v.StringValue} {
		if set != nil {
			return set
		}
	}
	return value
}
