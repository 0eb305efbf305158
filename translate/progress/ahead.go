package progress

import (
	"encoding/json"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
)

// Document returns what the document of a pod says of its component. It is nil
// for a template or a node without a document of ours.
func Document(inputs wfv1.Inputs) *contract.Component {
	for _, artifact := range inputs.Artifacts {
		if artifact.Path != contract.TaskFile || artifact.Raw == nil {
			continue
		}
		// Other parts of the document are expressions, until Argo has put values
		// there.
		_, rest, found := strings.Cut(artifact.Raw.Data, `"component": `)
		var c contract.Component
		if !found || json.NewDecoder(strings.NewReader(rest)).Decode(&c) != nil {
			return nil
		}
		return &c
	}
	return nil
}

// isCacheable reports whether a pod looks for an earlier result.
func isCacheable(template *wfv1.Template) bool {
	c := Document(template.Inputs)
	return c != nil && c.Cache != nil
}

// looksAhead reports whether a template is that of a task that looks for an
// earlier result in a pod of its own.
func (r *reader) looksAhead(t *wfv1.Template) bool {
	if len(t.DAG.Tasks) != 2 || t.DAG.Tasks[0].Name != plan.LookUpName || t.DAG.Tasks[1].Name != plan.RunName {
		return false
	}
	run := r.templates[t.DAG.Tasks[1].Template]
	if run == nil {
		return false
	}
	c := Document(run.Inputs)
	return c != nil && c.Inner
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
