package compare

import (
	"fmt"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/unfold"
)

// facts describes something: each fact with its name.
type facts []fact

type fact struct{ what, text string }

func (f *facts) add(what, text string) { *f = append(*f, fact{what, text}) }

// say adds a fact unless its text is empty.
func (f *facts) say(what, text string) {
	if text != "" {
		f.add(what, text)
	}
}

// leaves adds the values of a message under a name.
func (f *facts) leaves(name string, message any) {
	for _, l := range document.Leaves(message) {
		f.add(strings.TrimLeft(name+"."+l.Path, "."), l.Text)
	}
}

func (f facts) get(what string) (string, bool) {
	for _, known := range f {
		if known.what == what {
			return known.text, true
		}
	}
	return "", false
}

// changes lists what differs: what is new or changed in the order of the new
// facts, then what is gone.
func changes(before, after facts) []Change {
	var all []Change
	for _, a := range after {
		switch old, ok := before.get(a.what); {
		case !ok:
			all = append(all, Change{Kind: Added, What: a.what, New: a.text})
		case old != a.text:
			all = append(all, Change{Kind: Changed, What: a.what, Old: old, New: a.text})
		}
	}
	for _, b := range before {
		if _, ok := after.get(b.what); !ok {
			all = append(all, Change{Kind: Removed, What: b.what, Old: b.text})
		}
	}
	return all
}

// pipelineFacts are those of the pipeline as a whole.
func (c *comparer) pipelineFacts(p *pipeline.Pipeline, root *unfold.Node) facts {
	f := facts{}
	f.say("name", p.Name)
	f.say("description", p.Description)
	f.say("default pipeline root", p.DefaultRoot)
	f.component(p.Root)
	c.handedOut(&f, root)
	if p.Platform != nil && p.Platform.PipelineConfig != nil {
		f.leaves("", p.Platform.PipelineConfig)
	}
	return f
}

// component adds the interface of a component.
func (f *facts) component(c *pipeline.Component) {
	for _, p := range c.Parameters {
		text := string(p.Type)
		if p.Optional {
			text += ", optional"
		}
		if p.Default != nil {
			text += ", default " + string(p.Default)
		}
		for i, l := range p.Literals {
			if i == 0 {
				text += ", one of"
			}
			text += " " + string(l)
		}
		f.add(fmt.Sprintf("declared input %q", p.Name), text)
	}
	for _, a := range c.Artifacts {
		text := typeText(a.Type)
		if a.List {
			text = "list of " + text
		}
		if a.Optional {
			text += ", optional"
		}
		f.add(fmt.Sprintf("declared input artifact %q", a.Name), text)
	}
	for _, what := range outputs(c) {
		f.add("declared "+what.what, what.text)
	}
}

// outputs are the declared outputs of a component.
func outputs(c *pipeline.Component) facts {
	f := facts{}
	for _, o := range c.OutputParams {
		f.add(fmt.Sprintf("output %q", o.Name), string(o.Type))
	}
	for _, o := range c.OutputArtifacts {
		text := typeText(o.Type)
		if o.List {
			text = "list of " + text
		}
		for _, l := range sortedMetadata(o.Metadata) {
			text += ", " + l
		}
		f.add(fmt.Sprintf("output artifact %q", o.Name), text)
	}
	return f
}

// handedOut says which tasks the outputs of a DAG come from.
func (c *comparer) handedOut(f *facts, n *unfold.Node) {
	dag, ok := n.Component().Body.(*pipeline.DAG)
	if !ok {
		return
	}
	from := func(outputs []pipeline.DAGOutput, kind string) {
		for _, o := range outputs {
			var all []string
			for _, t := range o.From {
				all = append(all, fmt.Sprintf("%q of %q", t.Output, c.name(n, t.Task)))
			}
			f.add(fmt.Sprintf("%s %q", kind, o.Name), "from "+strings.Join(all, " or "))
		}
	}
	from(dag.OutputParams, "output")
	from(dag.OutputArtifacts, "output artifact")
}

// taskFacts are those of a task.
func (c *comparer) taskFacts(n *unfold.Node) facts {
	f := facts{}
	t := n.Task
	f.say("component", t.Component.Key)
	f.body(t.Component)
	c.inputs(&f, n)
	f.component(t.Component)
	c.handedOut(&f, n)
	c.control(&f, n)
	return f
}

// body adds what a component runs.
func (f *facts) body(component *pipeline.Component) {
	switch body := component.Body.(type) {
	case *pipeline.DAG:
		f.add("kind", "pipeline")
	case *pipeline.Importer:
		f.add("kind", "importer")
		f.leaves("", body.Spec)
	case *pipeline.Claim:
		f.add("kind", body.Spec.Image.Value)
	case *pipeline.Container:
		f.add("kind", "container")
		f.container(body)
	}
}

func (f *facts) container(body *pipeline.Container) {
	f.say("image", body.Spec.Image.Value)
	for i, text := range body.Spec.Command {
		f.add(fmt.Sprintf("command %d", i+1), text.Value)
	}
	for i, text := range body.Spec.Args {
		f.add(fmt.Sprintf("argument %d", i+1), text.Value)
	}
	for _, v := range body.Spec.Env {
		f.add(fmt.Sprintf("variable %q", v.Name.Value), v.Value.Value)
	}
	f.leaves("resources", body.Spec.Resources)
	f.leaves("kubernetes", body.Kubernetes)
}

// inputs adds where the inputs of a task come from.
func (c *comparer) inputs(f *facts, n *unfold.Node) {
	for i := range n.Task.Parameters {
		b := &n.Task.Parameters[i]
		text := c.source(n, b.Source)
		if spec, ok := n.Task.Spec.Inputs.Parameters.Get(b.Input); ok && spec != nil {
			if selector := spec.ParameterExpressionSelector.Value; selector != "" {
				text += ", of it " + selector
			}
		}
		f.add(fmt.Sprintf("input %q", b.Input), text)
	}
	for i := range n.Task.Artifacts {
		b := &n.Task.Artifacts[i]
		f.add(fmt.Sprintf("input artifact %q", b.Input), c.source(n, b.Source))
	}
}

// source says where a value comes from, as the pipeline's author would.
func (c *comparer) source(n *unfold.Node, source pipeline.Source) string {
	switch source := source.(type) {
	case pipeline.Constant:
		return string(source.Value)
	case pipeline.TaskOutput:
		return fmt.Sprintf("output %q of task %q", source.Output, c.name(n.Parent, source.Task))
	case pipeline.FinalStatus:
		return fmt.Sprintf("the final status of task %q", c.name(n.Parent, source.Task))
	case pipeline.DAGInput:
		if n.Parent.Task == nil {
			return fmt.Sprintf("input %q of the pipeline", source.Input)
		}
		return fmt.Sprintf("input %q of %q", source.Input, c.newPath(n.Parent))
	}
	return "nothing"
}

// name is the key of a task of a DAG: the new one, for a task that was renamed.
func (c *comparer) name(dag *unfold.Node, t *pipeline.Task) string {
	for _, n := range dag.Children {
		if renamed := c.was[n]; n.Task == t && renamed != nil {
			return renamed.Task.Key
		}
	}
	return t.Key
}

func (c *comparer) newPath(n *unfold.Node) string {
	if renamed := c.was[n]; renamed != nil {
		return renamed.Path
	}
	return n.Path
}

// control adds when, how often and over what a task runs.
func (c *comparer) control(f *facts, n *unfold.Node) {
	t := n.Task
	var after []string
	for _, before := range t.After {
		after = append(after, c.name(n.Parent, before))
	}
	f.say("runs after", strings.Join(after, ", "))
	f.say("condition", t.Spec.TriggerPolicy.Condition.Value)
	if t.Always {
		f.add("runs", "also after failures")
	}
	if l := t.Loop; l != nil {
		items := fmt.Sprintf("input %q", l.Input)
		if l.Static != nil {
			items = list(l.Static)
		}
		f.add("loop over", items)
		f.add("item", l.Item)
		if l.Parallelism > 0 {
			f.add("iterations at once", fmt.Sprint(l.Parallelism))
		}
	}
	f.leaves("retry", t.Spec.RetryPolicy)
	switch {
	case !t.Cached:
		f.add("caching", "off")
	case t.CacheKey != "":
		f.add("caching", fmt.Sprintf("on, under the key %q", t.Spec.CachingOptions.CacheKey.Value))
	default:
		f.add("caching", "on")
	}
}

// about says what a task is.
func about(n *unfold.Node) string {
	switch body := n.Component().Body.(type) {
	case *pipeline.Container:
		return fmt.Sprintf("component %s, image %s", n.Component().Key, body.Spec.Image.Value)
	case *pipeline.Importer:
		return fmt.Sprintf("component %s, an importer", n.Component().Key)
	case *pipeline.Claim:
		return fmt.Sprintf("component %s, %s", n.Component().Key, body.Spec.Image.Value)
	case *pipeline.DAG:
		// Its tasks tell what it does.
	}
	inside := 0
	for range n.All() {
		inside++
	}
	if inside == 1 {
		return fmt.Sprintf("component %s, with 1 task", n.Component().Key)
	}
	return fmt.Sprintf("component %s, with %d tasks", n.Component().Key, inside)
}

// essence is a text that two tasks share that do the same under other names.
func essence(n *unfold.Node) string {
	f := facts{}
	f.body(n.Component())
	f.component(n.Component())
	var b strings.Builder
	for _, known := range f {
		fmt.Fprintf(&b, "%q %q\n", known.what, known.text)
	}
	for _, c := range n.Children {
		fmt.Fprintf(&b, "%q %s", c.Task.Key, essence(c))
	}
	return b.String()
}
