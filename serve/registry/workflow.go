package registry

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/internal/macro"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// runOf reads a run from a Workflow. It is nil if the Workflow is none of
// kfp2argo's.
func runOf(w *slim) *Run {
	pipeline, ours := w.Annotations[PipelineAnnotation]
	if !ours {
		return nil
	}
	r := runOfMeta(w.Name, w.Namespace, string(w.UID), w.Labels, w.Annotations)
	r.RecurringRunID, r.Pipeline, r.ServiceAccount = starterOf(w), pipeline, w.Spec.ServiceAccountName
	r.Created, r.Started, r.Finished = w.CreationTimestamp.Time, w.Status.StartedAt.Time, w.Status.FinishedAt.Time
	r.State, r.Terminated, r.version = stateOf(w), isStopped(w), w.ResourceVersion
	if r.Scheduled.IsZero() {
		r.Scheduled = r.Created
	}
	if r.State == Failed {
		r.Message = w.Status.Message
	}
	r.Parameters, r.Root = parametersOf(w.Spec.Arguments, w.Annotations[TextsAnnotation])
	r.replaceMacros(w.Annotations[MacrosAnnotation])
	return r
}

// replaceMacros shows those parameters as its tasks get them which a recurring
// run has given with macros.
func (r *Run) replaceMacros(annotation string) {
	var names []string
	if json.Unmarshal([]byte(annotation), &names) != nil {
		return // there are none
	}
	values := macro.Run{Scheduled: r.Scheduled, Created: r.Created, UID: r.ID}
	for _, name := range names {
		if raw, ok := r.Parameters[name]; ok {
			r.Parameters[name] = json.RawMessage(values.Replace(contract.PlainArgument(string(raw))))
		}
	}
}

// runOfMeta reads what the labels and the annotations of a Workflow say of a run.
func runOfMeta(name, namespace, uid string, labels, annotations map[string]string) *Run {
	r := &Run{
		ID: uid, Name: name, Namespace: namespace,
		DisplayName:  cmp.Or(annotations[TitleAnnotation], name),
		Description:  annotations[DescriptionAnnotation],
		Creator:      annotations[CreatorAnnotation],
		ExperimentID: cmp.Or(labels[ExperimentLabel], DefaultExperimentID(namespace)),
		Archived:     labels[StorageLabel] == archived,
	}
	r.Version.PipelineID, r.Version.VersionID, _ = strings.Cut(annotations[VersionAnnotation], "/")
	if due, err := time.Parse(time.RFC3339, annotations[scheduledAnnotation]); err == nil {
		r.Scheduled = due
	}
	return r
}

// starterOf is the ID of the recurring run that has started a run: its owner.
func starterOf(w *slim) string {
	for _, owner := range w.OwnerReferences {
		if owner.Kind == "CronWorkflow" {
			return string(owner.UID)
		}
	}
	return ""
}

// stateOf is the state of a run. A Workflow that is asked to end, or to wait,
// still runs, as far as Argo says.
func stateOf(w *slim) State {
	switch w.Status.Phase {
	case wfv1.WorkflowSucceeded:
		return Succeeded
	case wfv1.WorkflowFailed, wfv1.WorkflowError:
		return Failed
	}
	switch {
	case isStopped(w):
		return Canceling
	case w.Status.Phase != wfv1.WorkflowRunning:
		return Pending
	case w.Spec.Suspend:
		return Paused
	}
	return Running
}

func isStopped(w *slim) bool {
	deadline := w.Spec.ActiveDeadlineSeconds
	return w.Spec.Shutdown != "" || deadline != nil && *deadline == 0
}

// parametersOf turns arguments into KFP's parameters. Texts lists those that are
// plain text. Where nobody has noted that, a text that is JSON counts as JSON.
func parametersOf(arguments wfv1.Arguments, texts string) (parameters map[string]json.RawMessage, root string) {
	var plain []string
	known := json.Unmarshal([]byte(texts), &plain) == nil
	parameters = map[string]json.RawMessage{}
	for _, p := range arguments.Parameters {
		switch {
		case p.Value == nil:
		case p.Name == contract.RootArgument:
			root = p.Value.String()
		case slices.Contains(plain, p.Name) || !json.Valid([]byte(*p.Value)):
			// An empty text that may be absent is not told apart from none here.
			if known || *p.Value != "" {
				parameters[p.Name] = quoted(contract.PlainArgument(p.Value.String()))
			}
		default:
			parameters[p.Name] = json.RawMessage(p.Value.String())
		}
	}
	return parameters, root
}

func quoted(text string) json.RawMessage {
	raw, err := json.Marshal(text)
	if err != nil {
		panic("registry: a text without JSON: " + err.Error())
	}
	return raw
}

// slimOf makes a slim Workflow of a whole one.
func slimOf(w *wfv1.Workflow) *slim {
	return &slim{
		ObjectMeta: w.ObjectMeta,
		Spec: slimSpec{
			Arguments: w.Spec.Arguments, ServiceAccountName: w.Spec.ServiceAccountName,
			Shutdown: w.Spec.Shutdown, Suspend: w.Spec.Suspend != nil && *w.Spec.Suspend,
			ActiveDeadlineSeconds: w.Spec.ActiveDeadlineSeconds,
		},
		Status: slimStatus{
			Phase: w.Status.Phase, StartedAt: w.Status.StartedAt, FinishedAt: w.Status.FinishedAt, Message: w.Status.Message,
		},
	}
}

// list writes names as JSON.
func list(names []string) string {
	raw, err := json.Marshal(names)
	if err != nil {
		panic("registry: names without JSON: " + err.Error())
	}
	return string(raw)
}
