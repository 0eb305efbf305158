package budget

import (
	"fmt"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// began is when the run begins that is predicted.
const began = 1_800_000_000

// add adds the record of a node as it ends.
func (w *walker) add(v visit, kind wfv1.NodeType) *record {
	at := metav1.NewTime(time.Unix(began+int64(7*len(w.nodes)), 0).UTC())
	r := &record{weight: v.weight, node: wfv1.NodeStatus{
		ID:            w.workflow.NodeID(v.name),
		Name:          v.name,
		DisplayName:   nodename.Last(v.name),
		Type:          kind,
		TemplateName:  v.template,
		TemplateScope: "local/" + w.workflow.Name,
		Phase:         wfv1.NodeSucceeded,
		BoundaryID:    v.boundary,
		StartedAt:     at,
		FinishedAt:    at,
	}}
	if kind == wfv1.NodeTypePod {
		synced := true
		r.node.HostNodeName, r.node.TaskResultSynced = "node-17", &synced
	}
	if kind != wfv1.NodeTypeSkipped {
		n := wfv1.ResourceDuration(len(w.nodes))
		r.node.Progress = "1/1"
		r.node.ResourcesDuration = wfv1.ResourcesDuration{"cpu": n%9 + 1, "memory": n%90 + 10}
	}
	w.nodes = append(w.nodes, r)
	return r
}

// fill gives a node its values.
func (w *walker) fill(r *record, v visit, t *wfv1.Template) {
	if t.Inputs.HasInputs() {
		r.node.Inputs = t.Inputs.DeepCopy()
		w.inputs(r.node.Inputs, v)
	}
	if !t.Outputs.HasOutputs() {
		return
	}
	r.node.Outputs = t.Outputs.DeepCopy()
	if t.Container != nil {
		code := "0"
		r.node.Outputs.ExitCode = &code
	}
	for i := range r.node.Outputs.Parameters {
		r.node.Outputs.Parameters[i].Value = w.unknown(v.name, i)
	}
}

// inputs gives inputs their values, in the parameters and once more in the
// document that the pod reads.
func (w *walker) inputs(in *wfv1.Inputs, v visit) {
	values := map[string]string{}
	for i := range in.Parameters {
		p := &in.Parameters[i]
		if text, ok := v.values[p.Name]; ok {
			p.Value = wfv1.AnyStringPtr(text)
		} else {
			p.Value = w.unknown(v.name, i)
		}
		values[p.Name] = string(*p.Value)
	}
	text := string(marshal(values))
	for i := range in.Artifacts {
		if raw := in.Artifacts[i].Raw; raw != nil {
			raw.Data = strings.ReplaceAll(raw.Data, expression.AllInputs().Tag(), text)
		}
	}
}

// unknown stands for a value that the run decides: an artifact, or what a
// program writes. Part of it is different for each node.
func (w *walker) unknown(node string, i int) *wfv1.AnyString {
	if w.assumed.Least {
		return wfv1.AnyStringPtr("")
	}
	own := strings.TrimPrefix(w.workflow.NodeID(fmt.Sprint(node, i)), w.workflow.Name)
	return wfv1.AnyStringPtr(`{"name":"output","uri":"s3://bucket/pipelines/` + w.workflow.Name + own +
		`/output","type":{"schemaTitle":"system.Artifact"}}`)
}

// literals are the arguments that are the same in all runs.
func literals(arguments wfv1.Arguments) map[string]string {
	known := map[string]string{}
	for _, p := range arguments.Parameters {
		if p.Value != nil && !strings.Contains(string(*p.Value), "{{") {
			known[p.Name] = string(*p.Value)
		}
	}
	return known
}
