// Package refcheck proves of a Workflow that every reference in it leads
// somewhere: each expression reads only what its template declares and what
// has run before. Argo itself does not look into expressions when it validates
// a Workflow, and a reference to an output that is not there blocks the run
// for ever; so the translator's tests hold every Workflow against this.
package refcheck

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
)

// Problems lists everything in a Workflow that refers to nothing, or to
// something that may not be there yet. It is empty for a sound Workflow.
func Problems(wf *wfv1.Workflow) []string {
	c := &checker{workflow: wf, templates: map[string]*wfv1.Template{}}
	for i := range wf.Spec.Templates {
		t := &wf.Spec.Templates[i]
		if c.templates[t.Name] != nil {
			c.problem("there are two templates %q", t.Name)
		}
		c.templates[t.Name] = t
	}
	if c.templates[wf.Spec.Entrypoint] == nil {
		c.problem("the entrypoint %q does not exist", wf.Spec.Entrypoint)
	}
	if exit := wf.Spec.OnExit; exit != "" && c.templates[exit] == nil {
		c.problem("the exit handler %q does not exist", exit)
	}
	for i := range wf.Spec.Templates {
		c.template(&wf.Spec.Templates[i])
	}
	if d := wf.Spec.TemplateDefaults; d != nil {
		c.leaf("the templates' defaults", d)
	}
	return c.problems
}

type checker struct {
	workflow  *wfv1.Workflow
	templates map[string]*wfv1.Template
	problems  []string
}

func (c *checker) problem(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

func (c *checker) template(t *wfv1.Template) {
	where := "template " + t.Name
	c.names(where, t.Inputs.Parameters)
	c.names(where, t.Outputs.Parameters)
	for _, o := range t.Outputs.Parameters {
		if o.ValueFrom == nil || o.ValueFrom.Default == nil || o.ValueFrom.Default.String() != "" {
			c.problem("%s: output %s has no empty default", where, o.Name)
		}
	}
	if len(t.Steps) > 0 {
		c.steps(t)
		return
	}
	if t.Resource != nil {
		c.resource(where, t)
	}
	if t.DAG == nil {
		c.leaf(where, t)
		return
	}
	if len(t.DAG.Tasks) == 0 {
		c.problem("%s: the DAG has no tasks", where)
	}
	for i := range t.DAG.Tasks {
		c.task(t, &t.DAG.Tasks[i])
	}
	for _, o := range t.Outputs.Parameters {
		if o.ValueFrom != nil {
			c.expression(where+", output "+o.Name, o.ValueFrom.Expression, c.outputsScope(t))
		}
	}
}

// names checks that every parameter has a name, and one of its own.
func (c *checker) names(where string, parameters []wfv1.Parameter) {
	seen := map[string]bool{}
	for _, p := range parameters {
		if p.Name == "" || seen[p.Name] {
			c.problem("%s: a parameter has the name %q, as another one or none has", where, p.Name)
		}
		seen[p.Name] = true
	}
}

// anyExpression is a tag that becomes a JSON value.
var anyExpression = regexp.MustCompile(`(?s)\{\{=.*?\}\}`)

// resource checks a template in which Argo creates or deletes an object: the
// manifest is JSON into which the run's values are put whole, the outputs are
// JSON too, and nothing else is in the pod.
func (c *checker) resource(where string, t *wfv1.Template) {
	if !json.Valid([]byte(anyExpression.ReplaceAllString(t.Resource.Manifest, `"a"`))) {
		c.problem("%s: the manifest is not JSON", where)
	}
	if d := c.workflow.Spec.TemplateDefaults; len(t.InitContainers) > 0 || d != nil && len(d.InitContainers) > 0 {
		c.problem("%s: the pod has init containers", where)
	}
	for _, o := range t.Outputs.Parameters {
		if o.ValueFrom == nil || !strings.HasPrefix(o.ValueFrom.JSONPath, `"`) || !strings.HasSuffix(o.ValueFrom.JSONPath, `"`) {
			c.problem("%s: output %s is not JSON", where, o.Name)
		}
	}
}

// leaf checks the tags in a pod template: those that are written there, and no
// others that Argo would take for one.
func (c *checker) leaf(where string, t *wfv1.Template) {
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // Argo's own type
	}
	var values any
	if err := json.Unmarshal(text, &values); err != nil {
		panic(err)
	}
	inside := c.scopeOf(t)
	inside.pod = true
	eachText(values, func(s string) { c.tags(where, s, inside, leafTags(t)) })
}

// leafTags lists the simple tags that Argo fills in for a pod.
func leafTags(t *wfv1.Template) []string {
	tags := []string{"workflow.name", "workflow.uid", "workflow.creationTimestamp.RFC3339", "node.name"}
	if t.RetryStrategy != nil {
		tags = append(tags, "retries")
	}
	return tags
}

func (c *checker) task(dag *wfv1.Template, task *wfv1.DAGTask) {
	where := "template " + dag.Name + ", task " + task.Name
	for _, name := range dependencies(task.Depends, mustEnd) {
		if !slices.Contains(taskNames(dag), name) {
			c.problem("%s: depends on %s, which does not exist", where, name)
		}
	}
	callee := c.templates[task.Template]
	if callee == nil {
		c.problem("%s: runs template %q, which does not exist", where, task.Template)
		return
	}
	c.arguments(where, callee, task.Arguments.Parameters)
	scope := c.taskScope(dag, task)
	for _, a := range task.Arguments.Parameters {
		if a.Value == nil {
			c.problem("%s: argument %s has no value", where, a.Name)
			continue
		}
		c.tags(where+", argument "+a.Name, a.Value.String(), scope, nil)
	}
	c.tags(where+", when", task.When, scope, nil)
	c.tags(where+", withParam", task.WithParam, scope, nil)
}

// steps checks the exit handler, which is one group of steps.
func (c *checker) steps(t *wfv1.Template) {
	for _, group := range t.Steps {
		for _, step := range group.Steps {
			where := "template " + t.Name + ", step " + step.Name
			callee := c.templates[step.Template]
			if callee == nil {
				c.problem("%s: runs template %q, which does not exist", where, step.Template)
				continue
			}
			c.arguments(where, callee, step.Arguments.Parameters)
			for _, a := range step.Arguments.Parameters {
				c.tags(where+", argument "+a.Name, a.Value.String(), c.scopeOf(t), nil)
			}
			c.tags(where+", when", step.When, c.scopeOf(t), nil)
		}
	}
}

// arguments checks that a task gives its template each input it needs, once,
// and nothing else.
func (c *checker) arguments(where string, callee *wfv1.Template, arguments []wfv1.Parameter) {
	var given []string
	for _, a := range arguments {
		if callee.Inputs.GetParameterByName(a.Name) == nil {
			c.problem("%s: template %s has no input %s", where, callee.Name, a.Name)
		}
		if slices.Contains(given, a.Name) {
			c.problem("%s: gives input %s twice", where, a.Name)
		}
		given = append(given, a.Name)
	}
	for _, in := range callee.Inputs.Parameters {
		if in.Default == nil && in.Value == nil && !slices.Contains(given, in.Name) {
			c.problem("%s: gives no value to input %s of template %s", where, in.Name, callee.Name)
		}
	}
}

func taskNames(dag *wfv1.Template) []string {
	var names []string
	for _, t := range dag.DAG.Tasks {
		names = append(names, t.Name)
	}
	return names
}

// promise is what a `depends` guarantees about a task.
type promise int

const (
	mustSucceed promise = iota // it has succeeded
	mustEnd                    // it has ended, one way or another
)

// anyEnd is the condition of a task that runs however another has ended.
var anyEnd = regexp.MustCompile(`^\(([A-Za-z0-9-]+)\.Succeeded \|\| .+\.Failed \|\| .+\.Errored \|\| .+\.Skipped \|\| .+\.Omitted\)$`)

// dependencies lists the tasks about which a `depends` guarantees something. It
// reads the two forms that the translator writes; of another it promises
// nothing.
func dependencies(depends string, p promise) []string {
	var names []string
	for _, condition := range strings.Split(depends, " && ") {
		if m := anyEnd.FindStringSubmatch(condition); m != nil && p == mustEnd {
			names = append(names, m[1])
		}
		if name, ok := strings.CutSuffix(condition, ".Succeeded"); ok && !strings.ContainsAny(name, "(| ") {
			names = append(names, name)
		}
	}
	return names
}

// ancestors lists the tasks of which something holds whenever a task runs.
func ancestors(dag *wfv1.Template, task string, p promise) []string {
	var all []string
	var visit func(name string)
	visit = func(name string) {
		i := slices.IndexFunc(dag.DAG.Tasks, func(t wfv1.DAGTask) bool { return t.Name == name })
		if i < 0 {
			return
		}
		for _, before := range dependencies(dag.DAG.Tasks[i].Depends, p) {
			if !slices.Contains(all, before) {
				all = append(all, before)
				visit(before)
			}
		}
	}
	visit(task)
	return all
}

// eachText calls f for every string in a JSON value.
func eachText(value any, f func(string)) {
	switch v := value.(type) {
	case string:
		f(v)
	case []any:
		for _, item := range v {
			eachText(item, f)
		}
	case map[string]any:
		for _, item := range v {
			eachText(item, f)
		}
	}
}
