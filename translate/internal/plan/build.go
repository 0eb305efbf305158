package plan

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Options are the choices of the person who translates.
type Options struct {
	// Arguments overrides defaults of the pipeline's inputs, as natural texts.
	Arguments map[string]string
	// Macros lets each run replace macros in Arguments.
	Macros bool
	// PipelineRoot is the default of the argument of that name, or empty.
	PipelineRoot string
	// FallbackRoot is it where the pipeline has none of its own, or empty.
	FallbackRoot string
	// NoCache runs every task, whatever the pipeline says. CacheMaxAge is how
	// old a cached result may be; zero is any age.
	// CacheCheck says where a task looks for one.
	NoCache     bool
	CacheMaxAge time.Duration
	CacheCheck  CacheCheck
	// Patches are those of the templates that tasks run. A template is shared by
	// tasks with the same patches only.
	Patches map[*pipeline.Task][]json.RawMessage
	// Token has the tasks whose programs get the token of the service account.
	Token map[*pipeline.Task]bool
}

// Build plans the Workflow of a pipeline.
func Build(p *pipeline.Pipeline, options Options) *Workflow {
	b := &builder{
		options:  options,
		pipeline: p,
		taken:    naming.Names{naming.Entry: true, naming.Stop: true},
		byBody:   map[string]Template{},
		byName:   map[string]Template{},
		dags:     map[inherited]*DAG{},
		uses:     map[*Pod]use{},
		origins:  map[string]*pipeline.Task{},
		callees:  map[*pipeline.Task]string{},
		caches:   map[*pipeline.Task]*contract.Cache{},
		lookers:  map[*pipeline.Task]bool{},
		loops:    map[string][]*pipeline.Task{},
		analysis: analyse(p, options.Arguments),
		in:       map[*pipeline.Component]side{},
		out:      map[*pipeline.Component]side{},
	}
	for _, c := range p.Components {
		name := innerSide
		if c == p.Root {
			name = func(parameters, artifacts []string) side { return newSide(parameters, artifacts) }
		}
		b.in[c] = name(parameterNames(c.Parameters), artifactNames(c.Artifacts))
		b.out[c] = name(outputParamNames(c.OutputParams), outputArtifactNames(c.OutputArtifacts))
	}
	b.argumentNames = newSide(parameterNames(p.Root.Parameters), artifactNames(p.Root.Artifacts), contract.RootArgument)
	entry := b.entry()
	w := &Workflow{
		Pipeline:    p.Name,
		Description: p.Description,
		Arguments:   b.arguments(),
		Run:         runSettings(p.Platform),
		Entrypoint:  Name(entry),
		Templates:   b.readingOrder(entry),
		origins:     b.origins,
		callees:     b.callees,
		caches:      b.caches,
		lookers:     b.lookers,
		loops:       b.loops,
		sizes:       b.sizes,
	}
	if stop := b.onStop(); stop != nil {
		w.OnExit = stop.Name
		w.Templates = append(w.Templates, stop)
	}
	b.tellPods()
	return w
}

// builder holds what Build needs while it walks the pipeline.
type builder struct {
	analysis
	options  Options
	pipeline *pipeline.Pipeline
	taken    naming.Names
	// byBody and byName hold the templates made so far.
	byBody, byName map[string]Template
	// dags holds the template of each component that is a DAG.
	dags map[inherited]*DAG
	// argumentNames holds the names of the arguments for the pipeline's inputs:
	// those of the inputs, but for the name that the pipeline root has.
	argumentNames side
	// uses holds what is known of the tasks that run each pod.
	uses map[*Pod]use
	// origins holds the task that each template was made for first.
	origins map[string]*pipeline.Task
	// callees holds the template that runs each task once.
	callees map[*pipeline.Task]string
	// caches holds how tasks are cached.
	caches map[*pipeline.Task]*contract.Cache
	// lookers holds the tasks that look ahead.
	lookers map[*pipeline.Task]bool
	// loops holds the tasks that the template of each loop runs for.
	loops map[string][]*pipeline.Task
	// in and out hold the Argo names of each component's two sides.
	in, out map[*pipeline.Component]side
}

// share returns the template that stands for t: an equal one that exists
// already, or t itself under a name made of the wish.
func (b *builder) share(t Template, wish string) Template {
	key := body(t)
	if shared, ok := b.byBody[key]; ok {
		return shared
	}
	name := b.taken.Unique(naming.Template(wish))
	switch t := t.(type) {
	case *DAG:
		t.Name = name
	case *Pod:
		t.Name = name
	case *Claim:
		t.Name = name
	case *Nothing:
		t.Name = name
	case *Stop:
		panic("plan: a Stop is not shared")
	}
	b.byBody[key], b.byName[name] = t, t
	return t
}

// originate notes the task that a template was made for.
func (b *builder) originate(template Template, t *pipeline.Task) {
	name := Name(template)
	if b.origins[name] == nil {
		b.origins[name] = t
	}
	if b.callees[t] == "" {
		b.callees[t] = name
	}
}

// readingOrder lists the templates that can be reached from the entry, each
// before those that it uses.
func (b *builder) readingOrder(entry Template) []Template {
	var ordered []Template
	var visit func(Template)
	visit = func(t Template) {
		if slices.Contains(ordered, t) {
			return
		}
		ordered = append(ordered, t)
		if dag, ok := t.(*DAG); ok {
			for _, task := range dag.Tasks {
				visit(b.byName[task.Template])
			}
		}
	}
	visit(entry)
	return ordered
}

// inherited is a component together with the retry policy that its tasks have
// where they have none of their own, and with the task that has patches for it,
// if any.
type inherited struct {
	component *pipeline.Component
	retry     *pipeline.Retry
	patched   *pipeline.Task
}

// dag plans the template of a component that is a DAG. Where there is none yet,
// it gets a name made of the wish.
func (b *builder) dag(i inherited, wish string) *DAG {
	if planned, ok := b.dags[i]; ok {
		return planned
	}
	c := i.component
	graph := c.Body.(*pipeline.DAG)
	s := scope{builder: b, owner: c, retry: i.retry, names: naming.Tasks(graph.Tasks)}
	d := &DAG{Inputs: b.inputs(c), Target: s.target(graph.Tasks), Patches: b.options.Patches[i.patched]}
	for _, t := range graph.Tasks {
		d.Tasks = append(d.Tasks, s.task(t))
	}
	for _, o := range graph.OutputParams {
		d.Outputs = append(d.Outputs, Output{Name: b.out[c].parameters[o.Name], Value: s.handedOut(o.From)})
	}
	for _, o := range graph.OutputArtifacts {
		d.Outputs = append(d.Outputs, Output{Name: b.out[c].artifacts[o.Name], Value: s.handedOut(o.From)})
	}
	b.dags[i] = b.share(d, wish).(*DAG)
	return b.dags[i]
}

// inputs lists the Argo names of the inputs that a component's template takes,
// parameters first.
func (b *builder) inputs(c *pipeline.Component) []string {
	var all []string
	for _, p := range c.Parameters {
		if b.takes(c, p.Name, false) {
			all = append(all, b.in[c].parameters[p.Name])
		}
	}
	for _, a := range c.Artifacts {
		if b.takes(c, a.Name, true) {
			all = append(all, b.in[c].artifacts[a.Name])
		}
	}
	return all
}

func parameterNames(all []*pipeline.Parameter) []string {
	return named(all, func(p *pipeline.Parameter) string { return p.Name })
}

func artifactNames(all []*pipeline.Artifact) []string {
	return named(all, func(a *pipeline.Artifact) string { return a.Name })
}

func outputParamNames(all []*pipeline.OutputParameter) []string {
	return named(all, func(o *pipeline.OutputParameter) string { return o.Name })
}

func outputArtifactNames(all []*pipeline.OutputArtifact) []string {
	return named(all, func(o *pipeline.OutputArtifact) string { return o.Name })
}

func named[T any](all []T, name func(T) string) []string {
	names := make([]string, len(all))
	for i, v := range all {
		names[i] = name(v)
	}
	return names
}

// usesArtifacts reports whether any component of the pipeline reads or writes
// artifacts, or the pipeline root itself.
func (b *builder) usesStore() bool {
	for t := range maps.Values(b.byName) {
		if pod, ok := t.(*Pod); ok && pod.usesStore() {
			return true
		}
	}
	for _, c := range b.pipeline.Components {
		if dag, ok := c.Body.(*pipeline.DAG); ok && slices.ContainsFunc(dag.Tasks, givenRoot) {
			return true
		}
	}
	return false
}

// givenRoot reports whether a task is given a constant that mentions the
// pipeline root.
func givenRoot(t *pipeline.Task) bool {
	return slices.ContainsFunc(t.Parameters, func(given pipeline.Binding) bool {
		c, ok := given.Source.(pipeline.Constant)
		return ok && mentionsRoot(c.Value)
	})
}
