package retry

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/util/file"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Plan is what must be done for a retry.
type Plan struct {
	// Pods are the names of the pods that must be gone before the Workflow is
	// patched, sorted. Some may be gone already.
	Pods []string
	// Patch is a merge patch in JSON for the Workflow. It holds the version that
	// the Workflow had, so that the API server refuses it if the Workflow has
	// changed meanwhile.
	Patch []byte
}

// NotFailedError says that a Workflow has not failed, so that there is nothing
// to retry.
type NotFailedError struct {
	Workflow string
	Phase    wfv1.WorkflowPhase // empty before Argo has seen it
}

// Error says how the Workflow stands.
func (e *NotFailedError) Error() string {
	if e.Phase == "" {
		return fmt.Sprintf("Workflow %q has not begun: only what has failed can be retried", e.Workflow)
	}
	return fmt.Sprintf("Workflow %q is %s: only what has failed can be retried", e.Workflow, e.Phase)
}

// Of makes the plan for a Workflow, as of a time from which its deadlines count
// anew. The error is a [*NotFailedError], or a [*progress.OffloadedError] where
// the Workflow does not hold its nodes.
func Of(w *wfv1.Workflow, now time.Time) (*Plan, error) {
	if !w.Status.Phase.Completed() || w.Status.Phase == wfv1.WorkflowSucceeded {
		return nil, &NotFailedError{w.Name, w.Status.Phase}
	}
	byName, err := progress.Nodes(w)
	if err != nil {
		return nil, err
	}
	t := newTree(w, byName)
	t.retry()
	plan := &Plan{Pods: t.pods(w)}
	changes, err := t.changes(now)
	if err != nil {
		return nil, err
	}
	status := map[string]any{
		"phase": wfv1.WorkflowRunning, "message": nil, "startedAt": now.UTC().Format(time.RFC3339), "finishedAt": nil,
		"outputs": nil, "progress": nil, "conditions": conditions(w.Status.Conditions),
		"taskResultsCompletionStatus": t.forgotten(w),
	}
	spec := map[string]any{"shutdown": nil}
	if d := w.Spec.ActiveDeadlineSeconds; d != nil && *d == 0 {
		spec["activeDeadlineSeconds"] = nil // this is how others terminate
	}
	if w.Status.StoredWorkflowSpec != nil {
		status["storedWorkflowTemplateSpec"] = maps.Clone(spec)
	}
	if w.Status.CompressedNodes == "" {
		status["nodes"] = changes
	} else if status["compressedNodes"], err = t.compressed(now); err != nil {
		return nil, err
	}
	plan.Patch, err = json.Marshal(map[string]any{
		"metadata": map[string]any{
			"resourceVersion": w.ResourceVersion,
			"labels": map[string]any{
				"workflows.argoproj.io/completed":                 nil,
				"workflows.argoproj.io/workflow-archiving-status": nil,
				"workflows.argoproj.io/phase":                     wfv1.WorkflowRunning,
			},
		},
		"spec": spec, "status": status,
	})
	if err != nil {
		return nil, fmt.Errorf("retrying Workflow %q: %w", w.Name, err)
	}
	return plan, nil
}

// conditions says that the Workflow has not ended.
func conditions(all wfv1.Conditions) wfv1.Conditions {
	all = slices.Clone(all)
	all.UpsertCondition(wfv1.Condition{Type: wfv1.ConditionTypeCompleted, Status: metav1.ConditionFalse})
	return all
}

// pods names the pods of the nodes that are dropped.
func (t *tree) pods(w *wfv1.Workflow) []string {
	var names []string
	for id := range t.dropped {
		if n := t.nodes[id]; n.Type == wfv1.NodeTypePod {
			names = append(names, progress.PodName(w, n))
		}
	}
	slices.Sort(names)
	return names
}

// forgotten takes the dropped nodes out of the list of pods whose results have
// arrived.
func (t *tree) forgotten(w *wfv1.Workflow) map[string]any {
	gone := map[string]any{}
	for id := range w.Status.TaskResultsCompletionStatus {
		if t.dropped[id] {
			gone[id] = nil
		}
	}
	return gone
}

// changes is the patch of the nodes.
func (t *tree) changes(now time.Time) (map[string]any, error) {
	all := map[string]any{}
	for id, n := range t.nodes {
		if t.dropped[id] {
			all[id] = nil
			continue
		}
		change := map[string]any{}
		if kept := t.kept(n.Children); len(kept) < len(n.Children) {
			change["children"] = kept
		}
		if kept := t.kept(n.OutboundNodes); len(kept) < len(n.OutboundNodes) {
			change["outboundNodes"] = kept
		}
		if t.reset[id] {
			change["phase"], change["startedAt"] = wfv1.NodeRunning, now.UTC().Format(time.RFC3339)
			change["finishedAt"], change["message"], change["outputs"], change["progress"] = nil, nil, nil, nil
		}
		if len(change) > 0 {
			all[id] = change
		}
	}
	return all, nil
}

// compressed is all nodes as they are to be, as Argo compresses them.
func (t *tree) compressed(now time.Time) (string, error) {
	nodes := wfv1.Nodes{}
	for id, n := range t.nodes {
		if t.dropped[id] {
			continue
		}
		n.Children, n.OutboundNodes = t.kept(n.Children), t.kept(n.OutboundNodes)
		if t.reset[id] {
			n.Phase, n.StartedAt, n.FinishedAt = wfv1.NodeRunning, metav1.NewTime(now), metav1.Time{}
			n.Message, n.Outputs, n.Progress = "", nil, ""
		}
		nodes[id] = n
	}
	text, err := json.Marshal(nodes)
	if err != nil {
		return "", fmt.Errorf("compressing the nodes: %w", err)
	}
	return file.CompressEncodeString(string(text)), nil
}

// kept are those of some nodes that stay.
func (t *tree) kept(ids []string) []string {
	kept := []string{}
	for _, id := range ids {
		if !t.dropped[id] {
			kept = append(kept, id)
		}
	}
	return kept
}

// isExit reports whether a node is of the Workflow's exit handler. Node names
// that begin with that of the Workflow belong to no other.
func isExit(workflow, node string) bool { return strings.HasPrefix(node, workflow+".onExit") }
