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
	for i := range wf.Spec.Templates {
		c.template(&wf.Spec.Templates[i])
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
			c.expression(where+", output "+o.Name, o.ValueFrom.Expression, c.scopeOf(t, taskNames(t)))
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
	eachText(values, func(s string) {
		c.tags(where, s, c.scopeOf(t, nil), leafTags())
	})
}

// leafTags lists the simple tags that Argo fills in for every pod.
func leafTags() []string {
	return []string{"workflow.name", "workflow.uid", "workflow.creationTimestamp.RFC3339", "node.name"}
}

func (c *checker) task(dag *wfv1.Template, task *wfv1.DAGTask) {
	where := "template " + dag.Name + ", task " + task.Name
	for _, name := range dependencies(task.Depends) {
		if !slices.Contains(taskNames(dag), name) {
			c.problem("%s: depends on %s, which does not exist", where, name)
		}
	}
	callee := c.templates[task.Template]
	if callee == nil {
		c.problem("%s: runs template %q, which does not exist", where, task.Template)
		return
	}
	c.arguments(where, callee, task)
	scope := c.scopeOf(dag, ancestors(dag, task.Name))
	for _, a := range task.Arguments.Parameters {
		if a.Value == nil {
			c.problem("%s: argument %s has no value", where, a.Name)
			continue
		}
		c.tags(where+", argument "+a.Name, a.Value.String(), scope, nil)
	}
	c.tags(where+", when", task.When, scope, nil)
}

// arguments checks that a task gives its template each input it needs, once,
// and nothing else.
func (c *checker) arguments(where string, callee *wfv1.Template, task *wfv1.DAGTask) {
	var given []string
	for _, a := range task.Arguments.Parameters {
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

var dependency = regexp.MustCompile(`([A-Za-z0-9_-]+)\.Succeeded`)

// dependencies lists the tasks that must have succeeded for a `depends` to
// hold. Other conditions promise nothing about outputs.
func dependencies(depends string) []string {
	if strings.ContainsAny(depends, "|!") {
		return nil
	}
	var names []string
	for _, m := range dependency.FindAllStringSubmatch(depends, -1) {
		names = append(names, m[1])
	}
	return names
}

// ancestors lists the tasks that have succeeded whenever a task runs.
func ancestors(dag *wfv1.Template, task string) []string {
	var all []string
	var visit func(name string)
	visit = func(name string) {
		for _, t := range dag.DAG.Tasks {
			if t.Name != name {
				continue
			}
			for _, before := range dependencies(t.Depends) {
				if !slices.Contains(all, before) {
					all = append(all, before)
					visit(before)
				}
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
