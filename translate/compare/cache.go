package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/unfold"
)

// certainty says how sure it is that what a task makes is not what it made
// before.
type certainty int

const (
	kept    certainty = iota // it finds its earlier work
	perhaps                  // that depends on values that only a run knows
	lost                     // it does not
)

// verdict is what becomes of the earlier work of a task, and the reasons that
// are as certain.
type verdict struct {
	certainty certainty
	because   []string
}

func (v *verdict) find(c certainty, format string, args ...any) {
	if c > v.certainty {
		v.certainty, v.because = c, nil
	}
	if reason := fmt.Sprintf(format, args...); c == v.certainty && !slices.Contains(v.because, reason) {
		v.because = append(v.because, reason)
	}
}

// reruns lists the tasks that have lost their earlier work, or may have: those
// that were cached and still are.
func (c *comparer) reruns(to *unfold.Node) []Rerun {
	var all []Rerun
	for n := range to.All() {
		old := c.pairs[n]
		if old == nil || c.before.Plan.Cache(old.Task) == nil || c.after.Plan.Cache(n.Task) == nil {
			continue
		}
		if v := c.verdict(n); v.certainty > kept {
			all = append(all, Rerun{Path: n.Path, Certain: v.certainty == lost, Because: v.because})
		}
	}
	return all
}

// verdict judges a task of the new pipeline that is no DAG. What an earlier run
// has left counts only if it was left by a cached task.
func (c *comparer) verdict(n *unfold.Node) *verdict {
	if known := c.verdicts[n]; known != nil {
		return known
	}
	v := &verdict{}
	c.verdicts[n] = v
	old := c.pairs[n]
	if old == nil {
		v.find(lost, "it is new")
		return v
	}
	switch n.Component().Body.(type) {
	case *pipeline.Container:
		c.judgeContainer(v, old, n)
	default: // what these make follows from what they are and are given
		c.judgeFacts(v, old, n)
		c.judgeInputs(v, old, n)
	}
	return v
}

// judgeFacts compares what is not a container.
func (c *comparer) judgeFacts(v *verdict, old, n *unfold.Node) {
	before, after := facts{}, facts{}
	before.body(old.Component())
	after.body(n.Component())
	for _, change := range changes(before, after) {
		v.find(lost, "its %s changed", change.What)
	}
}

// judgeContainer compares what makes up the key of a task: see runtime/record.
func (c *comparer) judgeContainer(v *verdict, old, n *unfold.Node) {
	was, is := c.before.Plan.Cache(old.Task), c.after.Plan.Cache(n.Task)
	switch {
	case is == nil && was != nil:
		v.find(lost, "it is not cached any more")
		return
	case was == nil || is == nil:
		return // there was nothing to lose
	}
	if c.before.Pipeline.Name != c.after.Pipeline.Name {
		v.find(lost, "the pipeline has another name")
	}
	if c.before.Pipeline.DefaultRoot != c.after.Pipeline.DefaultRoot {
		v.find(perhaps, "the default pipeline root changed")
	}
	if was.Key != "" || is.Key != "" {
		if was.Key != is.Key {
			v.find(lost, "its cache key changed")
		}
		return
	}
	judgeProgram(v, old, n)
	for _, change := range changes(outputs(old.Component()), outputs(n.Component())) {
		v.find(lost, "its %s changed", change.What)
	}
	c.judgeInputs(v, old, n)
	c.judgeClaims(v, old, n)
}

// judgeProgram compares image and command line, with their placeholders.
func judgeProgram(v *verdict, old, n *unfold.Node) {
	was, ok := old.Component().Body.(*pipeline.Container)
	is := n.Component().Body.(*pipeline.Container)
	if !ok {
		v.find(lost, "it was no container before")
		return
	}
	if was.Spec.Image.Value != is.Spec.Image.Value {
		v.find(lost, "its image changed")
	}
	line := func(b *pipeline.Container) []string {
		var all []string
		for _, text := range slices.Concat(b.Spec.Command, b.Spec.Args) {
			all = append(all, text.Value)
		}
		return all
	}
	if !slices.Equal(line(was), line(is)) {
		v.find(lost, "its command changed")
	}
}

// judgeInputs compares the values of inputs, and judges the tasks that make them.
func (c *comparer) judgeInputs(v *verdict, old, n *unfold.Node) {
	for _, name := range union(parameters(old), parameters(n)) {
		c.judgeValue(v, fmt.Sprintf("input %q", name), c.given(old, name), c.given(n, name))
	}
	for _, name := range union(artifacts(old), artifacts(n)) {
		c.judgeValue(v, fmt.Sprintf("input artifact %q", name), old.Artifact(name), n.Artifact(name))
	}
}

// given is the value of an input parameter of a task, if it counts.
func (c *comparer) given(n *unfold.Node, name string) unfold.Value {
	if p := n.Component().Parameter(name); p != nil && p.Type == contract.TaskConfig {
		return nil
	}
	return n.Parameter(name)
}

// judgeClaims compares the claims that a task mounts.
func (c *comparer) judgeClaims(v *verdict, old, n *unfold.Node) {
	was, is := claims(old), claims(n)
	for i := range max(len(was), len(is)) {
		if i >= len(was) || i >= len(is) {
			v.find(lost, "the claims that it mounts changed")
			return
		}
		c.judgeValue(v, "the name of a claim", was[i], is[i])
	}
}

func claims(n *unfold.Node) []unfold.Value {
	var all []unfold.Value
	for i := range n.Task.Settings {
		if s := &n.Task.Settings[i]; s.Kind == pipeline.ClaimName && s.Source != nil {
			all = append(all, n.Setting(s))
		}
	}
	return all
}

// judgeValue compares a value, and judges the tasks that it comes from.
func (c *comparer) judgeValue(v *verdict, what string, was, is unfold.Value) {
	before, after := c.identity(was), c.identity(is)
	if before != after {
		if was.Fixed() && is.Fixed() || comesFromAnother(was, is) {
			v.find(lost, "%s changed", what)
		} else {
			v.find(perhaps, "%s may have another value", what)
		}
		return
	}
	for _, candidate := range is {
		output, ok := candidate.Origin.(unfold.Output)
		if !ok {
			continue
		}
		maker := output.Node
		switch of := c.verdict(maker); {
		case of.certainty == lost && output.Artifact && len(is) == 1:
			v.find(lost, "%s comes from %q, which runs again", what, maker.Path)
		case of.certainty == lost:
			v.find(perhaps, "%s comes from %q, which runs again", what, maker.Path)
		case of.certainty == perhaps:
			v.find(perhaps, "%s comes from %q, which may run again", what, maker.Path)
		}
	}
}

// comesFromAnother reports whether both values are artifacts of one task each.
// They are not the same: artifacts of different tasks have different URIs.
func comesFromAnother(was, is unfold.Value) bool {
	single := func(v unfold.Value) bool {
		if len(v) != 1 {
			return false
		}
		o, ok := v[0].Origin.(unfold.Output)
		return ok && o.Artifact
	}
	return single(was) && single(is)
}

// identity is a text that two values share exactly where they come from the
// same place.
func (c *comparer) identity(v unfold.Value) string {
	var all []string
	for _, candidate := range v {
		text := c.made(candidate.Origin)
		for _, p := range candidate.Parts {
			text += "\n" + p.String()
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return strings.Join(all, "\n\n")
}

func (c *comparer) made(o unfold.Origin) string {
	switch o := o.(type) {
	case unfold.Constant:
		return "constant " + string(o.Value)
	case unfold.Input:
		return fmt.Sprintf("input %q, %s", o.Name, o.Default)
	case unfold.Output:
		return fmt.Sprintf("output %q of %q", o.Name, c.newPath(o.Node))
	case unfold.Status:
		return fmt.Sprintf("status of %q", c.newPath(o.Node))
	case unfold.Absent:
		return "nothing"
	}
	return ""
}

func parameters(n *unfold.Node) []string {
	var all []string
	for _, p := range n.Component().Parameters {
		all = append(all, p.Name)
	}
	for i := range n.Task.Parameters {
		all = append(all, n.Task.Parameters[i].Input)
	}
	return all
}

func artifacts(n *unfold.Node) []string {
	var all []string
	for _, a := range n.Component().Artifacts {
		all = append(all, a.Name)
	}
	for i := range n.Task.Artifacts {
		all = append(all, n.Task.Artifacts[i].Input)
	}
	return all
}

// union lists the names in either list, sorted, each once.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.SortFunc(all, cmp.Compare)
	return slices.Compact(all)
}
