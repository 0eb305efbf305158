// Package role says what part the templates of a Workflow play: it reads what
// packages plan and emit have written, by the same names and expressions.
package role

import (
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
)

// Role is the part that a template plays for a task of the pipeline.
type Role int

// The roles.
const (
	// Pod is a pod, or a request to Kubernetes that Argo makes in a pod.
	Pod Role = iota
	// Ahead is two pods: one that looks for an earlier result, and one that runs if
	// there is none.
	Ahead
	// Podless is an importer that Argo evaluates by itself.
	Podless
	// Loop repeats another template.
	Loop
	// Group has the tasks of a nested pipeline.
	Group
)

// Templates are the templates of a Workflow.
type Templates struct {
	entrypoint string
	byName     map[string]*wfv1.Template
}

// Spec is the specification that Argo runs a Workflow by: with what the template
// has that it refers to, as soon as Argo has looked at it.
func Spec(w *wfv1.Workflow) *wfv1.WorkflowSpec {
	if stored := w.Status.StoredWorkflowSpec; stored != nil {
		return stored
	}
	return &w.Spec
}

// In returns the templates of a specification.
func In(spec *wfv1.WorkflowSpec) Templates {
	all := Templates{spec.Entrypoint, map[string]*wfv1.Template{}}
	for i := range spec.Templates {
		all.byName[spec.Templates[i].Name] = &spec.Templates[i]
	}
	return all
}

// Named returns a template, or nil.
func (ts Templates) Named(name string) *wfv1.Template { return ts.byName[name] }

// Entry returns the template around the pipeline and its only task, which runs the
// pipeline. They are nil for a pipeline that has neither inputs nor outputs.
func (ts Templates) Entry() (*wfv1.Template, *wfv1.DAGTask) {
	t := ts.byName[ts.entrypoint]
	if t == nil || t.Name != naming.Entry || t.DAG == nil || len(t.DAG.Tasks) == 0 {
		return nil, nil
	}
	return t, &t.DAG.Tasks[0]
}

// PlainOutputs lists the outputs of the pipeline that are plain text: all others
// are JSON.
func (ts Templates) PlainOutputs() map[string]bool {
	plain := map[string]bool{}
	entry, pipeline := ts.Entry()
	if entry == nil {
		return plain
	}
	for _, o := range entry.Outputs.Parameters {
		text := expression.StringOf(expression.Output(pipeline.Name, o.Name))
		plain[o.Name] = o.ValueFrom != nil && o.ValueFrom.Expression == text.String()
	}
	return plain
}

// Of returns the role of a template.
func (ts Templates) Of(t *wfv1.Template) Role {
	switch {
	case t.DAG == nil:
		return Pod
	case ts.isAhead(t):
		return Ahead
	case len(t.DAG.Tasks) != 1:
		return Group
	case t.DAG.Tasks[0].When == expression.Never().Tag():
		return Podless
	case Repeats(&t.DAG.Tasks[0]):
		return Loop
	}
	return Group
}

// isAhead looks at the document of the second pod too: a nested pipeline may have
// tasks of the same names.
func (ts Templates) isAhead(t *wfv1.Template) bool {
	tasks := t.DAG.Tasks
	if len(tasks) != 2 || tasks[0].Name != naming.LookUp || tasks[1].Name != naming.Run {
		return false
	}
	run := ts.byName[tasks[1].Template]
	if run == nil {
		return false
	}
	c := Component(run.Inputs)
	return c != nil && c.Inner
}

// Repeats reports whether a task runs once for each of some items.
func Repeats(t *wfv1.DAGTask) bool {
	return len(t.WithItems) > 0 || t.WithParam != "" || t.WithSequence != nil
}

// IsIteration reports whether a task that repeats is itself all that is in an
// iteration, which then has no node of its own.
func IsIteration(t *wfv1.DAGTask) bool { return Repeats(t) && t.Name != naming.Iteration }

// Component returns what the document of a pod says of its component. It is nil
// for a template or a node without a document of ours.
func Component(inputs wfv1.Inputs) *contract.Component {
	for _, a := range inputs.Artifacts {
		if a.Path == contract.TaskFile && a.Raw != nil {
			return contract.ParseComponent(a.Raw.Data)
		}
	}
	return nil
}
