package plan

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// pod plans the template that runs a task's component: one for all tasks whose
// pods are alike. The task has a name in Argo.
func (s scope) pod(t *pipeline.Task, settings settings, name string) *Pod {
	return s.sharePod(s.unshared(t, settings), t.Component.Name(), name, t.Key)
}

// unshared plans the pod of a task without a name.
func (s scope) unshared(t *pipeline.Task, settings settings) *Pod {
	c := t.Component
	body := c.Body.(*pipeline.Container)
	p := &Pod{
		Inputs:  s.podInputs(t),
		Image:   settings.image(body.Spec.Image).Text(),
		Command: shielded(body.Spec.Command, body.Spec.Args),
		Spec:    settings.spec(c),
		Component: contract.Component{
			Inputs:  s.componentInputs(t),
			Outputs: s.componentOutputs(c),
		},
		Retry: s.retryOf(t),
	}
	if s.mounts(t) {
		p.mountWorkspace()
	}
	p.Component.ShieldedEnv, p.Component.Required = p.Spec.ShieldedEnv, p.Spec.Required
	p.Component.Settings = settings.open
	p.Component.Cache = s.cache(t)
	s.caches[t] = p.Component.Cache
	p.TaskConfig = settings.config(c)
	for _, a := range settings.arguments {
		p.Inputs = append(p.Inputs, PodInput{Name: a.Name, Optional: true})
	}
	p.Outputs = s.podOutputs(c)
	p.Patches, p.Token = s.options.Patches[t], s.options.Token[t]
	return p
}

// podOutputs lists a pod's output parameters.
func (s scope) podOutputs(c *pipeline.Component) []string {
	var all []string
	for _, o := range c.OutputParams {
		all = append(all, s.out[c].parameters[o.Name])
	}
	for _, o := range c.OutputArtifacts {
		all = append(all, s.out[c].artifacts[o.Name])
	}
	return all
}

// cache says how the task is cached, or nil. What is told how another task
// has ended always runs, and so does, unless the pipeline chose the key, what
// may look into the workspace: each run has another.
func (s scope) cache(t *pipeline.Task) *contract.Cache {
	told := slices.ContainsFunc(t.Parameters, func(b pipeline.Binding) bool {
		_, isStatus := b.Source.(pipeline.FinalStatus)
		return isStatus
	})
	if !t.Cached || told || s.options.NoCache || s.mounts(t) && t.CacheKey == "" {
		return nil
	}
	c := &contract.Cache{Key: t.CacheKey}
	if s.options.CacheMaxAge > 0 {
		c.MaxAge = s.options.CacheMaxAge.String()
	}
	return c
}

// sharePod shares a pod with all tasks whose pods are alike, but for those that
// have the task's name in another DAG and another key: the name is all that the
// pod will know of its task.
func (s scope) sharePod(p *Pod, wish, name, key string) *Pod {
	for {
		shared := s.share(p, wish).(*Pod)
		use := s.useOf(shared)
		if known, taken := use.keys[name]; taken && known != key {
			p.Variant++
			continue
		}
		use.keys[name] = key
		for output, spec := range p.Component.Outputs.Parameters {
			use.inline[output] = use.inline[output] || spec.Inline
		}
		return shared
	}
}

// use is what is known of the tasks that run a pod.
type use struct {
	// keys holds their keys, by their names in Argo.
	keys map[string]string
	// inline holds the outputs that Argo itself reads of any of them.
	inline map[string]bool
}

func (b *builder) useOf(p *Pod) use {
	if _, known := b.uses[p]; !known {
		b.uses[p] = use{keys: map[string]string{}, inline: map[string]bool{}}
	}
	return b.uses[p]
}

// tellPods tells the pods of all tasks that run them.
func (b *builder) tellPods() {
	for p, use := range b.uses {
		p.Component.TaskKeys = map[string]string{}
		for name, key := range use.keys {
			if name != key {
				p.Component.TaskKeys[name] = key
			}
		}
		p.Component.Outputs.Parameters = maps.Clone(p.Component.Outputs.Parameters)
		for output, spec := range p.Component.Outputs.Parameters {
			spec.Inline = use.inline[output]
			p.Component.Outputs.Parameters[output] = spec
		}
	}
}

func shielded(parts ...[]document.Text) []string {
	var all []string
	for _, texts := range parts {
		for _, t := range texts {
			all = append(all, placeholder.Shield(t.Value))
		}
	}
	return all
}

// podInputs lists a pod's Argo parameters.
func (s scope) podInputs(t *pipeline.Task) []PodInput {
	var all []PodInput
	in := s.in[t.Component]
	for _, p := range t.Component.Parameters {
		if p.Type == contract.TaskConfig {
			continue
		}
		all = append(all, PodInput{Name: in.parameters[p.Name], Optional: !p.Required()})
	}
	for _, a := range t.Component.Artifacts {
		all = append(all, PodInput{Name: in.artifacts[a.Name], Optional: a.Optional})
	}
	return all
}

func (s scope) componentInputs(t *pipeline.Task) contract.ComponentInputs {
	in := s.in[t.Component]
	inputs := contract.ComponentInputs{
		Parameters: map[string]contract.InputParameter{},
		Artifacts:  map[string]contract.InputArtifact{},
	}
	for _, p := range t.Component.Parameters {
		inputs.Parameters[p.Name] = contract.InputParameter{
			Type:     p.Type,
			Optional: p.Optional,
			Default:  p.Default,
			Literals: p.Literals,
			Argo:     differing(p.Name, in.parameters[p.Name]),
		}
	}
	for _, a := range t.Component.Artifacts {
		inputs.Artifacts[a.Name] = contract.InputArtifact{
			Optional: a.Optional,
			Argo:     differing(a.Name, in.artifacts[a.Name]),
		}
	}
	return inputs
}

func (s scope) componentOutputs(c *pipeline.Component) contract.ComponentOutputs {
	out := s.out[c]
	outputs := contract.ComponentOutputs{
		Parameters: map[string]contract.OutputParameterSpec{},
		Artifacts:  map[string]contract.OutputArtifact{},
	}
	for _, o := range c.OutputParams {
		outputs.Parameters[o.Name] = contract.OutputParameterSpec{
			Type:   o.Type,
			Argo:   differing(o.Name, out.parameters[o.Name]),
			Inline: s.inline[o] && mayBeLarge(o.Type),
		}
	}
	for _, o := range c.OutputArtifacts {
		outputs.Artifacts[o.Name] = contract.OutputArtifact{
			Type:     o.Type,
			Metadata: o.Metadata,
			Argo:     differing(o.Name, out.artifacts[o.Name]),
		}
	}
	return outputs
}

// mayBeLarge reports whether values of a type can be of any size.
func mayBeLarge(t contract.ParameterType) bool {
	return !slices.Contains([]contract.ParameterType{contract.NumberInteger, contract.NumberDouble, contract.Boolean}, t)
}

// usesStore reports whether a pod cannot do without a pipeline root.
func (p *Pod) usesStore() bool {
	if i := p.Component.Import; i != nil && i.URI == "" {
		return false // it fails first
	}
	if len(p.Component.Inputs.Artifacts)+len(p.Component.Outputs.Artifacts) > 0 {
		return true
	}
	return slices.ContainsFunc(p.Command, func(text string) bool { return mentionsRoot(contract.QuoteText(text)) })
}

func mentionsRoot(value json.RawMessage) bool {
	found := false
	constant.EachPlaceholder(value, func(p placeholder.Part) {
		named, ok := p.(placeholder.Pipeline)
		found = found || ok && named.Name == placeholder.PipelineRoot
	})
	return found
}
