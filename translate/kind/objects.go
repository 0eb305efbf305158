package kind

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Kind is one of Argo's kinds.
type Kind string

// The kinds that a pipeline can become.
const (
	Workflow                Kind = "Workflow"
	WorkflowTemplate        Kind = "WorkflowTemplate"
	ClusterWorkflowTemplate Kind = "ClusterWorkflowTemplate"
	CronWorkflow            Kind = "CronWorkflow"
)

func kinds() []Kind { return []Kind{Workflow, WorkflowTemplate, ClusterWorkflowTemplate, CronWorkflow} }

// IsTemplate reports whether runs can refer to an object of the kind.
func (k Kind) IsTemplate() bool { return k == WorkflowTemplate || k == ClusterWorkflowTemplate }

// Parse reads a kind, or several between commas: a template, and behind it
// what refers to it.
func Parse(text string) ([]Kind, error) {
	var all []Kind
	for name := range strings.SplitSeq(text, ",") {
		k, err := parse(name)
		switch {
		case err != nil:
			return nil, err
		case len(all) > 0 && (!all[0].IsTemplate() || k.IsTemplate() || slices.Contains(all, k)):
			return nil, errors.New("several kinds are a template, and behind it Workflow, CronWorkflow or both, which refer to it")
		}
		all = append(all, k)
	}
	return all, nil
}

func parse(name string) (Kind, error) {
	for _, k := range kinds() {
		if strings.EqualFold(name, string(k)) {
			return k, nil
		}
	}
	return "", fmt.Errorf("there is no kind %q; it can be Workflow, WorkflowTemplate, ClusterWorkflowTemplate or CronWorkflow", name)
}

// Objects makes the objects of several kinds of a Workflow, as [Parse] takes
// them: behind a template stand those that refer to it. The schedule is that of
// the CronWorkflow.
func Objects(w *wfv1.Workflow, kinds []Kind, schedule Schedule) ([]runtime.Object, error) {
	var all []runtime.Object
	var problems []error
	for _, k := range kinds {
		object, err := object(w, k, schedule)
		problems = append(problems, err)
		all = append(all, object)
		if template, ok := object.(interface{ GetName() string }); ok && err == nil && k.IsTemplate() {
			w = Reference(w, Ref{Name: template.GetName(), Cluster: k == ClusterWorkflowTemplate}, nil)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return all, nil
}

func object(w *wfv1.Workflow, k Kind, schedule Schedule) (runtime.Object, error) {
	switch k {
	case Workflow:
		return w, nil
	case WorkflowTemplate:
		return Template(w)
	case ClusterWorkflowTemplate:
		return ClusterTemplate(w)
	case CronWorkflow:
		return Cron(w, schedule)
	}
	panic("kind: unknown kind " + string(k))
}
