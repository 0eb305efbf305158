package kind

import (
	"fmt"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Ref names a template: a WorkflowTemplate of the namespace, or a
// ClusterWorkflowTemplate.
type Ref struct {
	Name    string
	Cluster bool
}

// ParseRef reads the name of a template, with or without a kind in the words
// of `argo submit --from`: training, workflowtemplate/training or
// clusterworkflowtemplate/training.
func ParseRef(text string) (Ref, error) {
	kind, name, ok := strings.Cut(text, "/")
	if !ok {
		kind, name = "workflowtemplate", text
	}
	if kind != "workflowtemplate" && kind != "clusterworkflowtemplate" {
		return Ref{}, fmt.Errorf("there is no kind %q of templates; it can be workflowtemplate or clusterworkflowtemplate", kind)
	}
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		return Ref{}, fmt.Errorf("%q is not the name of a template: %s", name, problems[0])
	}
	return Ref{Name: name, Cluster: kind == "clusterworkflowtemplate"}, nil
}

// Reference makes a Workflow that runs a template, which is a translation of
// the same pipeline, and has nothing of its own but metadata and arguments.
// That is all that Argo takes where its configuration has `templateReferencing:
// Strict` or Secure.
//
// Of the arguments it has those that are named, for Argo prefers them to the
// template's, and those without a value, which must be set on submission.
// All else is the template's, now and when that changes.
func Reference(w *wfv1.Workflow, template Ref, arguments []string) *wfv1.Workflow {
	r := &wfv1.Workflow{TypeMeta: w.TypeMeta, ObjectMeta: *w.ObjectMeta.DeepCopy()}
	r.Spec.WorkflowTemplateRef = &wfv1.WorkflowTemplateRef{Name: template.Name, ClusterScope: template.Cluster}
	for _, p := range w.Spec.Arguments.Parameters {
		if p.Value == nil || slices.Contains(arguments, p.Name) {
			r.Spec.Arguments.Parameters = append(r.Spec.Arguments.Parameters, p)
		}
	}
	return r
}
