package progress

import (
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/translate/internal/role"
)

// Document returns what the document of a pod says of its component. It is nil
// for a template or a node without a document of ours.
func Document(inputs wfv1.Inputs) *contract.Component { return role.Component(inputs) }

// isCacheable reports whether a pod looks for an earlier result.
func isCacheable(template *wfv1.Template) bool {
	c := Document(template.Inputs)
	return c != nil && c.Cache != nil
}

// ahead reads a task that looks ahead. If its own pod was not needed, the
// look-up was a hit.
func (r *reader) ahead(t *Task, template *wfv1.Template, node string) {
	t.Kind = Pod
	t.LookUps = r.attempts(t, nodename.Task(node, template.DAG.Tasks[0].Name))
	run := nodename.Task(node, template.DAG.Tasks[1].Name)
	t.Attempts = r.attempts(t, run)
	t.Cached = t.State == Succeeded && r.nodes[run].Phase == wfv1.NodeSkipped
}
