// Package kind makes Argo's other kinds out of a translated Workflow: templates
// that runs refer to, schedules, and Workflows that only refer to a template.
//
//	translate.Translate ─▶ *Workflow ─┬▶ Template          ─▶ WorkflowTemplate
//	                                  ├▶ ClusterTemplate   ─▶ ClusterWorkflowTemplate
//	                                  ├▶ Cron              ─▶ CronWorkflow
//	                                  └▶ Reference         ─▶ Workflow ─▶ Cron ─▶ CronWorkflow
//
// All of them hold the same spec: nothing in it depends on the kind or on the
// name under which it runs. So there is one translation, patches are merged
// before, and who calls gets Argo's own type for each kind. None of the
// functions changes the Workflow that it is given; the results share its parts.
package kind

import (
	"fmt"
	"maps"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// How long the names of objects may be. Argo makes labels of the names of
// templates, and puts the time behind that of a CronWorkflow.
const (
	maxTemplateName = validation.LabelValueMaxLength
	maxCronName     = 52
)

// Template makes a WorkflowTemplate that has the name of the Workflow, or else
// the prefix of one without its dash. The labels and annotations of the
// Workflow are on the template and on each of its runs. The error says why
// Argo would not take the name.
func Template(w *wfv1.Workflow) (*wfv1.WorkflowTemplate, error) {
	meta, err := named(w, maxTemplateName)
	if err != nil {
		return nil, fmt.Errorf("the WorkflowTemplate: %w", err)
	}
	return &wfv1.WorkflowTemplate{TypeMeta: typeOf("WorkflowTemplate"), ObjectMeta: meta, Spec: specOfTemplate(w)}, nil
}

// ClusterTemplate makes a ClusterWorkflowTemplate, which is as [Template] has
// it and in no namespace.
func ClusterTemplate(w *wfv1.Workflow) (*wfv1.ClusterWorkflowTemplate, error) {
	meta, err := named(w, maxTemplateName)
	if err != nil {
		return nil, fmt.Errorf("the ClusterWorkflowTemplate: %w", err)
	}
	meta.Namespace = ""
	return &wfv1.ClusterWorkflowTemplate{TypeMeta: typeOf("ClusterWorkflowTemplate"), ObjectMeta: meta, Spec: specOfTemplate(w)}, nil
}

func typeOf(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: wfv1.SchemeGroupVersion.String(), Kind: kind}
}

// named is the metadata of an object that others refer to by its name.
func named(w *wfv1.Workflow, limit int) (metav1.ObjectMeta, error) {
	meta := *w.ObjectMeta.DeepCopy()
	if meta.Name == "" {
		meta.Name = cut(strings.TrimRight(meta.GenerateName, "-."), limit)
		meta.GenerateName = ""
	}
	problems := validation.IsDNS1123Subdomain(meta.Name)
	switch {
	case len(meta.Name) > limit:
		return meta, fmt.Errorf("its name %q has %d characters; Argo takes %d at most", meta.Name, len(meta.Name), limit)
	case len(problems) > 0:
		return meta, fmt.Errorf("its name %q: %s", meta.Name, problems[0])
	}
	return meta, nil
}

func cut(name string, limit int) string {
	if len(name) > limit {
		name = strings.TrimRight(name[:limit], "-.")
	}
	return name
}

// specOfTemplate is the spec of a Workflow with its labels and annotations as
// those of all runs. Those that the spec has already win.
func specOfTemplate(w *wfv1.Workflow) wfv1.WorkflowSpec {
	spec := w.Spec
	own := &wfv1.WorkflowMetadata{}
	if spec.WorkflowMetadata != nil {
		own = spec.WorkflowMetadata
	}
	all := &wfv1.WorkflowMetadata{
		Labels:      merged(literal(w.Labels), own.Labels),
		Annotations: merged(literal(w.Annotations), own.Annotations),
		LabelsFrom:  own.LabelsFrom,
	}
	if len(all.Labels)+len(all.Annotations)+len(all.LabelsFrom) > 0 {
		spec.WorkflowMetadata = all
	}
	return spec
}

// merged copies texts, of which later ones win, or returns nil where there are
// none.
func merged(texts ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, t := range texts {
		maps.Copy(all, t)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// literal leaves out the texts in which Argo would look for tags: those of a
// template's runs are part of its spec, those of an object are not.
func literal(texts map[string]string) map[string]string {
	all := map[string]string{}
	for key, text := range texts {
		if !strings.Contains(text, "{{") {
			all[key] = text
		}
	}
	return all
}
