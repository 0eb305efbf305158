package emit

import (
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
)

// labels are those of the Workflow and all its pods.
func (e emitter) labels() map[string]string {
	return map[string]string{
		"app.kubernetes.io/managed-by": "kfp2argo",
		contract.PipelineLabel:         naming.Template(e.plan.Pipeline),
	}
}

// podLabels are those of each pod. Argo fills in what they say of the task: once for
// all templates, they cost a Workflow the same whatever its size.
func (e emitter) podLabels() map[string]string {
	itself := ""
	if entry, ok := e.plan.Templates[0].(*plan.DAG); ok && entry.Name == naming.Entry {
		itself = entry.Tasks[0].Name
	}
	all := e.labels()
	all[contract.TaskLabel] = expression.TaskLabel(itself).Tag()
	if e.plan.Loops() {
		all[contract.IterationLabel] = expression.IterationLabel().Tag()
	}
	return all
}
