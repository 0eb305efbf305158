package live

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// ErrNoRoot is the error for a run that has no store to be recorded in.
var ErrNoRoot = errors.New("the run has no pipeline root")

// Archive is where the run's record belongs. The error is [ErrNoRoot] for a run
// without a store, or says why the store cannot be seen from here.
func (s *Store) Archive() (*runs.Archive, error) {
	switch {
	case s.unreachable != nil:
		return nil, s.unreachable
	case !s.store.HasRoot():
		return nil, ErrNoRoot
	}
	return runs.In(s.store), nil
}

// Identity names the run that a Workflow is.
func Identity(w *wfv1.Workflow) runs.Identity {
	return runs.Identity{
		Pipeline: progress.Pipeline(w), Name: w.Name, Namespace: w.Namespace, UID: string(w.UID),
		Created: w.CreationTimestamp.UTC(),
	}
}

// Summarize returns what the Workflow says of its run, without metrics.
func Summarize(w *wfv1.Workflow) runs.Summary {
	s := runs.Summary{
		Version: runs.Version, Identity: Identity(w), Digest: w.Annotations[contract.DigestAnnotation],
		Status: runs.Status{
			State:   runs.State(stateOf(w.Status.Phase).String()),
			Started: w.Status.StartedAt.UTC(), Finished: w.Status.FinishedAt.UTC(), Message: w.Status.Message,
		},
		Labels: maps.Clone(w.Labels), Annotations: map[string]string{},
	}
	for name, value := range w.Annotations {
		if isOurs(name) && len(value) <= maxAnnotation {
			s.Annotations[name] = value
		}
	}
	for _, owner := range w.OwnerReferences {
		if owner.Kind == "CronWorkflow" {
			s.Owner = string(owner.UID)
		}
	}
	return s
}

// isOurs reports whether an annotation is one of kfp2argo's, or one in which Argo
// lets people tell about a run. Others change, and all who record a run are to
// write the same.
func isOurs(name string) bool {
	switch name {
	case "workflows.argoproj.io/title", "workflows.argoproj.io/description", "workflows.argoproj.io/scheduled-time":
		return true
	}
	return strings.HasPrefix(name, "kfp2argo.dev/")
}

// maxAnnotation is how long an annotation may be in bytes that is recorded. Longer ones
// are documents, such as a pipeline.
const maxAnnotation = 1024

// Keep stores the record of a run that has ended, and returns it. Who does
// so again stores the same.
func (s *Store) Keep(ctx context.Context, w *wfv1.Workflow) (*runs.Run, error) {
	archive, err := s.Archive()
	if err != nil {
		return nil, err
	}
	r, err := s.Record(ctx, w)
	if err != nil {
		return nil, err
	}
	return r, archive.Write(ctx, r)
}

// Record returns the record of a run as its Workflow and the records of its
// tasks have it. Of tasks that have records it has references to those.
func (s *Store) Record(ctx context.Context, w *wfv1.Workflow) (*runs.Run, error) {
	run, err := Read(w)
	if err != nil {
		return nil, err
	}
	r := &runs.Run{Summary: Summarize(w), Arguments: arguments(w)}
	nodes, err := progress.Nodes(w)
	var offloaded *progress.OffloadedError
	if err != nil && !errors.As(err, &offloaded) {
		return nil, err
	}
	recorder := recorder{ctx: ctx, store: s, nodes: nodes, records: map[string]left{}}
	if err := recorder.readRecords(r.Identity); err != nil {
		return nil, err
	}
	for _, t := range run.Tasks {
		task, err := recorder.task(t)
		if err != nil {
			return nil, err
		}
		r.Tasks = append(r.Tasks, task)
	}
	r.AllMetrics = recorder.metrics
	outputs, err := s.Outputs(ctx, w)
	if offloaded != nil {
		outputs, err = nil, nil
	}
	r.Outputs = recorded(outputs)
	return r, err
}

// arguments returns the arguments of a run, as one types them.
func arguments(w *wfv1.Workflow) map[string]string {
	specs := []*wfv1.WorkflowSpec{&w.Spec}
	if w.Status.StoredWorkflowSpec != nil {
		specs = append(specs, w.Status.StoredWorkflowSpec)
	}
	all := map[string]string{}
	for _, spec := range slices.Backward(specs) {
		for _, p := range spec.Arguments.Parameters {
			if p.Value != nil {
				all[p.Name] = p.Value.String()
			}
		}
	}
	return all
}

// recorder writes down the tasks of a run.
type recorder struct {
	ctx     context.Context //nolint:containedctx // of one call of Record
	store   *Store
	nodes   map[string]wfv1.NodeStatus
	records map[string]left // by Argo node
	metrics []runs.Metric
}

// left is what a task left: the name of its record, and its metrics.
type left struct {
	attempt string
	outputs runs.Values
}

func (r *recorder) readRecords(i runs.Identity) error {
	archive, err := r.store.Archive()
	if err != nil {
		return nil //nolint:nilerr // then there are no records
	}
	records, err := archive.Records(r.ctx, i)
	for _, t := range records {
		r.records[t.Node] = left{t.Attempt, runs.OutputsOf(t)}
	}
	return err
}

func (r *recorder) task(t *progress.Task) (*runs.Task, error) {
	kinds := map[progress.Kind]runs.Kind{
		progress.Pod: runs.Pod, progress.Podless: runs.Podless, progress.Group: runs.Group, progress.Loop: runs.Loop,
	}
	made := &runs.Task{Path: t.Path, Key: t.Key, Kind: kinds[t.Kind], Status: status(t.Status), Cached: t.Cached}
	for _, a := range t.Attempts {
		made.Attempts = append(made.Attempts, runs.Attempt{
			Status: status(a.Status), Node: a.NodeName, Pod: a.PodName, Host: a.HostNode, ExitCode: a.ExitCode, NodeID: a.NodeID,
		})
	}
	if err := r.values(t, made); err != nil {
		return nil, err
	}
	for _, inner := range t.Inside {
		task, err := r.task(inner)
		if err != nil {
			return nil, err
		}
		made.Inside = append(made.Inside, task)
	}
	return made, nil
}

// values adds what a task was given and made, by reference where it left a
// record.
func (r *recorder) values(t *progress.Task, made *runs.Task) error {
	for _, node := range nodeNames(t) {
		if found, ok := r.records[node]; ok {
			made.Record = found.attempt
			r.metrics = append(r.metrics, runs.MetricsOf(t.Path, found.outputs)...)
			return nil
		}
	}
	if len(t.Inside) > 0 {
		return nil // what they are given is in the tasks inside
	}
	values, err := r.store.taskValues(r.ctx, r.nodes, t)
	if err != nil {
		return err
	}
	made.Inputs, made.Outputs = recorded(values.Inputs), recorded(values.Outputs)
	r.metrics = append(r.metrics, runs.MetricsOf(t.Path, made.Outputs)...)
	return nil
}

// nodeNames lists the nodes that may have left the record of a task, the likelier
// ones first.
func nodeNames(t *progress.Task) []string {
	var names []string
	for _, a := range slices.Backward(t.Attempts) {
		names = append(names, a.NodeName)
	}
	for _, a := range slices.Backward(t.LookUps) {
		names = append(names, a.NodeName)
	}
	return append(names, t.NodeName)
}

func status(s progress.Status) runs.Status {
	return runs.Status{State: runs.State(s.State.String()), Started: s.Started.UTC(), Finished: s.Finished.UTC(), Message: s.Message}
}

// recorded returns values as they are recorded: large ones stay where they are.
func recorded(all Values) runs.Values {
	if len(all) == 0 {
		return nil
	}
	made := runs.Values{}
	for name, v := range all {
		if v.reference != nil && v.Artifacts == nil {
			made[name] = runs.Value{Reference: v.reference}
			continue
		}
		made[name] = runs.Value{Parameter: v.Parameter, Artifacts: slices.Clone[[]contract.RuntimeArtifact](v.Artifacts)}
	}
	return made
}
