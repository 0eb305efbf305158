package translate

import (
	"fmt"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/budget"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
)

// origins finds the places in the pipeline that parts of its Workflow come from.
func origins(w *plan.Workflow) budget.Origins {
	component := func(template string) budget.Origin {
		t := w.Origin(template)
		if t == nil {
			return budget.Origin{Name: fmt.Sprintf("template %q", template)}
		}
		return budget.Origin{Name: fmt.Sprintf("component %q", t.Component.Key), Span: t.Component.Spec.Span}
	}
	return budget.Origins{
		Template: component,
		Items:    w.Items,
		Filled:   w.Filled,
		Argument: func(template string, index int) budget.Origin {
			o := component(template)
			o.Span = argumentSpan(w.Origin(template), index, o.Span)
			return o
		},
		Loop: func(template string) budget.Origin {
			t := w.Origin(template)
			if t == nil {
				return component(template)
			}
			return budget.Origin{Name: fmt.Sprintf("loop %q", t.Key), Span: t.Span}
		},
	}
}

// argumentSpan is the place of an argument of a task's program, or else the
// other.
func argumentSpan(t *pipeline.Task, index int, other diag.Span) diag.Span {
	if t == nil {
		return other
	}
	container, ok := t.Component.Body.(*pipeline.Container)
	if !ok {
		return other
	}
	for _, list := range [][]document.Text{container.Spec.Command, container.Spec.Args} {
		if index < len(list) {
			return list[index].Span
		}
		index -= len(list)
	}
	return other
}
