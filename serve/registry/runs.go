package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/validation/path"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clientretry "k8s.io/client-go/util/retry"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/retry"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

const runKind = "Run"

// NewRun is what a run is made of.
type NewRun struct {
	DisplayName, Description string
	// ExperimentID is that of an experiment, or empty for the default one of
	// Namespace.
	ExperimentID, Namespace string
	Version                 VersionRef
	// Workflow is what the pipeline was translated to, Spec the pipeline. Texts
	// lists the arguments that are plain text.
	Workflow *wfv1.Workflow
	Spec     []byte
	Texts    []string
	// Macros lists the arguments in which the runs of a recurring run replace macros.
	Macros []string
	// Digest names the version of the pipeline in the records of runs.
	Digest string
}

// Home returns the namespace for a run of an experiment, which must exist.
func (v *View) Home(ctx context.Context, experimentID, namespace string) (*Experiment, error) {
	if experimentID != "" {
		return v.Experiment(ctx, experimentID)
	}
	namespace, err := v.Namespace(ctx, namespace)
	if err != nil {
		return nil, err
	}
	return v.Experiment(ctx, DefaultExperimentID(namespace))
}

// CreateRun starts a run. The pipeline is stored before the Workflow, so that a
// server that dies in between leaves no run without one.
func (v *View) CreateRun(ctx context.Context, n NewRun) (*Run, error) {
	if n.DisplayName == "" {
		return nil, invalid("a run needs a display_name")
	}
	home, err := v.Home(ctx, n.ExperimentID, n.Namespace)
	if err != nil {
		return nil, err
	}
	w := n.Workflow.DeepCopy()
	w.Namespace = home.Namespace
	mark(&w.ObjectMeta, home.ID, n)
	if v.user != "" {
		w.Annotations[CreatorAnnotation] = v.user
	}
	spec, err := v.attach(ctx, home.Namespace, w.Annotations, n.Spec)
	if err != nil {
		return nil, err
	}
	created := &wfv1.Workflow{}
	if err := v.create(ctx, "workflows", w, created); err != nil {
		return nil, fmt.Errorf("creating the Workflow: %w", v.discarding(ctx, err, spec))
	}
	run := runOf(slimOf(created))
	if index := v.registry.Indexes[home.Namespace]; index != nil {
		index.note(run)
	}
	return run, v.own(ctx, spec, "Workflow", created.ObjectMeta)
}

// mark writes what KFP knows of a run, and Argo does not, on its Workflow.
func mark(meta *metav1.ObjectMeta, experimentID string, n NewRun) {
	if meta.Labels == nil {
		meta.Labels = map[string]string{}
	}
	if meta.Annotations == nil {
		meta.Annotations = map[string]string{}
	}
	meta.Labels[ExperimentLabel] = experimentID
	meta.Annotations[TitleAnnotation] = n.DisplayName
	meta.Annotations[DescriptionAnnotation] = n.Description // and not the pipeline's
	meta.Annotations[TextsAnnotation] = list(n.Texts)
	meta.Annotations[contract.DigestAnnotation] = n.Digest
	if len(n.Macros) > 0 {
		meta.Annotations[MacrosAnnotation] = list(n.Macros)
	}
	if n.Version != (VersionRef{}) {
		meta.Annotations[VersionAnnotation] = n.Version.PipelineID + "/" + n.Version.VersionID
	}
}

// Runs lists the runs of a namespace, in no order. They must not be changed.
func (v *View) Runs(ctx context.Context, namespace string) ([]*Run, error) {
	namespace, err := v.Namespace(ctx, namespace)
	if err != nil {
		return nil, err
	}
	all, err := v.present(ctx, namespace)
	if err != nil || v.registry.History == nil {
		return all, err
	}
	there := map[string]bool{}
	for _, r := range all {
		there[r.ID] = true
	}
	for _, r := range v.registry.History.of(namespace) {
		if !there[r.ID] {
			all = append(all, r)
		}
	}
	return all, nil
}

// present lists the runs of a namespace whose Workflows are there.
func (v *View) present(ctx context.Context, namespace string) ([]*Run, error) {
	if index := v.registry.Indexes[namespace]; index != nil {
		err := index.Wait(ctx)
		return index.all(), err
	}
	var all []*Run
	_, err := v.slim.list(ctx, namespace, func(w *slim) {
		if r := runOf(w); r != nil {
			all = append(all, r)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("listing the runs: %w", err)
	}
	return all, nil
}

// Detail is all there is to know of a run.
type Detail struct {
	Run
	// Spec is the compiled pipeline, or nil if the run was not started here.
	Spec []byte
	// Workflow is the run as Argo has it, or nil where it is gone.
	Workflow *wfv1.Workflow
	// Record is what was recorded of the run when it ended, with inputs and
	// outputs, or nil.
	Record *runs.Run
	// Incomplete says why the Workflow lacks the nodes that Argo keeps in its
	// database, if there is a server that should have them.
	Incomplete error

	tasks  func() []*runs.Task // reads them once
	models *modelCache         // or nil
}

// Run returns a run by its ID, or by the name of its Workflow. It must not be
// changed: others may be given the same.
func (v *View) Run(ctx context.Context, id string) (*Detail, error) {
	var (
		kept *Detail
		w    *wfv1.Workflow
		gone runs.Summary
	)
	err := v.locate(ctx, runKind, id, func(namespace string) error {
		if kept = v.registry.kept(namespace, id); kept != nil {
			return nil
		}
		var err error
		if s, ended := v.registry.ended(namespace, id); ended {
			gone = s
		} else {
			w, gone, err = v.workflowOrRecordIn(ctx, namespace, id)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case kept != nil:
		return kept, nil
	case w == nil:
		return v.goneRun(ctx, gone)
	}
	return v.presentRun(ctx, w)
}

// goneRun reads a run of which there is only a record.
func (v *View) goneRun(ctx context.Context, s runs.Summary) (*Detail, error) {
	edition := v.registry.History.editionOf(s.UID)
	d, err := v.registry.History.detail(ctx, s)
	if err != nil {
		return nil, err
	}
	d.models = &v.registry.models
	v.registry.keep(d, stamp{edition: edition})
	return d, nil
}

// presentRun reads what belongs to a Workflow.
func (v *View) presentRun(ctx context.Context, w *wfv1.Workflow) (*Detail, error) {
	spec, err := v.attached(ctx, w.ObjectMeta)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, err
	}
	d := &Detail{Run: *runOf(slimOf(w)), Spec: spec, Workflow: w, models: &v.registry.models}
	if v.registry.Complete != nil {
		d.Incomplete = v.registry.Complete(ctx, w)
	}
	d.tasks = sync.OnceValue(d.readTasks)
	whole := err == nil && d.Incomplete == nil
	h := v.registry.History
	now := stamp{d.version, h.edition(d.ID, d.State, d.Finished)}
	if now.edition != 0 {
		// What its tasks were given and have made is in the record only. Without that
		// the Workflow tells the rest.
		recorded, err := h.detail(ctx, h.summary(d.ID))
		if err == nil {
			d.Record = recorded.Record
		}
		whole = whole && err == nil
	}
	if whole {
		v.registry.keep(d, now)
	}
	return d, nil
}

// ListedRun returns a run by its ID as [View.Runs] has it, which costs less than all
// there is to know of it. It must not be changed.
func (v *View) ListedRun(ctx context.Context, id string) (*Run, error) {
	var found *Run
	err := v.locate(ctx, runKind, id, func(namespace string) (err error) {
		found, err = v.listedIn(ctx, namespace, id)
		return err
	})
	if err == nil && found.ID != id {
		err = &NotFoundError{runKind, id} // it is the name of one
	}
	return found, err
}

// listedIn is [View.ListedRun] for a namespace.
func (v *View) listedIn(ctx context.Context, namespace, id string) (*Run, error) {
	found, err := v.presentIn(ctx, namespace, id)
	if h := v.registry.History; h != nil && err == nil && found == nil {
		if s, ok := h.find(namespace, id); ok {
			found = runOfSummary(s)
		}
	}
	if err == nil && found == nil {
		err = &NotFoundError{runKind, id}
	}
	return found, err
}

// presentIn returns a run of a namespace whose Workflow is there, or nil.
func (v *View) presentIn(ctx context.Context, namespace, id string) (*Run, error) {
	if index := v.registry.Indexes[namespace]; index != nil {
		err := index.Wait(ctx)
		return index.find(id), err
	}
	name, err := v.nameOf(ctx, namespace, id)
	var missing *NotFoundError
	if errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	w, err := v.slim.get(ctx, namespace, name)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil // it has been deleted since its name was noted
	case err != nil:
		return nil, err
	}
	return runOf(w), nil
}

// workflow returns the Workflow of a run. One that is gone can only be looked at.
func (v *View) workflow(ctx context.Context, id string) (*wfv1.Workflow, error) {
	w, _, err := v.workflowOrRecord(ctx, id)
	if err == nil && w == nil {
		return nil, invalid("the Workflow of run %s is gone; there is only its record", id)
	}
	return w, err
}

// workflowOrRecord returns the Workflow of a run, or nil and the record where it
// is gone. Who may read the Workflows of a namespace may read its records.
func (v *View) workflowOrRecord(ctx context.Context, id string) (found *wfv1.Workflow, gone runs.Summary, err error) {
	err = v.locate(ctx, runKind, id, func(namespace string) error {
		var err error
		found, gone, err = v.workflowOrRecordIn(ctx, namespace, id)
		return err
	})
	return found, gone, err
}

// workflowOrRecordIn is [View.workflowOrRecord] for a namespace.
func (v *View) workflowOrRecordIn(ctx context.Context, namespace, id string) (found *wfv1.Workflow, gone runs.Summary, err error) {
	err = v.find(ctx, namespace, id, &found)
	var missing *NotFoundError
	if h := v.registry.History; h != nil && (errors.As(err, &missing) || apierrors.IsNotFound(err)) {
		if s, ok := h.find(namespace, id); ok {
			return nil, s, nil
		}
	}
	return found, gone, err
}

// find reads the Workflow of a run in a namespace.
func (v *View) find(ctx context.Context, namespace, id string, found **wfv1.Workflow) error {
	name, err := v.nameOf(ctx, namespace, id)
	if err != nil {
		return err
	}
	w, err := v.workflows.Workflows(namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case err != nil:
		return err
	case string(w.UID) != id && w.Name != id, runOf(slimOf(w)) == nil:
		return &NotFoundError{runKind, id}
	}
	*found = w
	return nil
}

// nameOf finds the name of the Workflow of a run. An ID that is no UUID is a
// name already. What the index does not know another server may have created
// just now.
func (v *View) nameOf(ctx context.Context, namespace, id string) (string, error) {
	if uuid.Validate(id) != nil {
		if len(path.IsValidPathSegmentName(id)) > 0 {
			return "", &NotFoundError{runKind, id} // nothing can have such a name
		}
		return id, nil
	}
	if index := v.registry.Indexes[namespace]; index != nil {
		if r := index.find(id); r != nil {
			return r.Name, nil
		}
	}
	if name, ok := v.registry.names.get(namespace, id); ok {
		return name, nil
	}
	found := ""
	err := v.slim.names(ctx, namespace, func(name, uid string) {
		if uid == id {
			found = name
		}
		v.registry.names.put(namespace, uid, name)
	})
	if err == nil && found == "" {
		err = &NotFoundError{runKind, id}
	}
	return found, err
}

// ArchiveRun archives a run, or takes it back.
func (v *View) ArchiveRun(ctx context.Context, id string, archive bool) error {
	w, gone, err := v.workflowOrRecord(ctx, id)
	switch {
	case err != nil:
		return err
	case w == nil:
		return v.archiveRun(ctx, runOfSummary(gone), archive)
	}
	return v.archiveRun(ctx, runOf(slimOf(w)), archive)
}

func (v *View) archiveRun(ctx context.Context, r *Run, archive bool) error {
	if r.Gone {
		return v.archiveRecord(ctx, r, archive)
	}
	return v.patchRun(ctx, r.Namespace, r.Name, storagePatch(archive))
}

// archiveRecord archives a run that is only recorded.
func (v *View) archiveRecord(ctx context.Context, r *Run, archive bool) error {
	s, ok := v.registry.History.find(r.Namespace, r.ID)
	if !ok {
		return &NotFoundError{runKind, r.ID}
	}
	s.Labels = maps.Clone(s.Labels)
	if s.Labels == nil {
		s.Labels = map[string]string{}
	}
	delete(s.Labels, StorageLabel)
	if archive {
		s.Labels[StorageLabel] = archived
	}
	return v.registry.History.change(ctx, s)
}

// StopRun asks Argo to end a run. Exit tasks still run.
func (v *View) StopRun(ctx context.Context, id string) error {
	return v.shutDown(ctx, id, wfv1.ShutdownStrategyStop)
}

// TerminateRun asks Argo to end a run, also one that is stopping, without its
// exit tasks.
func (v *View) TerminateRun(ctx context.Context, id string) error {
	return v.shutDown(ctx, id, wfv1.ShutdownStrategyTerminate)
}

func (v *View) shutDown(ctx context.Context, id string, how wfv1.ShutdownStrategy) error {
	w, err := v.workflow(ctx, id)
	if err != nil {
		return err
	}
	if run := runOf(slimOf(w)); run.State.Final() {
		return invalid("run %s has ended already: %s", id, run.State)
	}
	return v.patchRun(ctx, w.Namespace, w.Name, fmt.Appendf(nil, `{"spec":{"shutdown":%q}}`, how))
}

// RetryRun lets a run that has failed go on: what has succeeded stays, the rest
// runs again.
func (v *View) RetryRun(ctx context.Context, id string, now time.Time) error {
	err := clientretry.RetryOnConflict(clientretry.DefaultRetry, func() error {
		w, err := v.workflow(ctx, id)
		if err != nil {
			return err
		}
		retried, err := retry.Apply(ctx, w, now, v.workflows.Workflows(w.Namespace), v.core.Pods(w.Namespace))
		if err == nil {
			v.tell(retried)
		}
		return err
	})
	var (
		wrong  *retry.NotFailedError
		absent *progress.OffloadedError
	)
	if errors.As(err, &wrong) || errors.As(err, &absent) {
		return invalid("run %s: %v", id, err)
	}
	return err
}

// patchRun changes a Workflow and tells the index.
func (v *View) patchRun(ctx context.Context, namespace, name string, patch []byte) error {
	w, err := v.workflows.Workflows(namespace).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return fmt.Errorf("changing the Workflow: %w", err)
	}
	v.tell(w)
	return nil
}

// tell tells the index of a Workflow that has changed.
func (v *View) tell(w *wfv1.Workflow) {
	if index := v.registry.Indexes[w.Namespace]; index != nil {
		index.note(runOf(slimOf(w)))
	}
}

// DeleteRun deletes a run with its pods and its record. What its tasks have
// stored stays: other runs may use it.
func (v *View) DeleteRun(ctx context.Context, id string) error {
	w, gone, err := v.workflowOrRecord(ctx, id)
	switch {
	case err != nil:
		return err
	case w == nil:
		return v.registry.History.forget(ctx, gone)
	}
	background := metav1.DeletePropagationBackground
	options := metav1.DeleteOptions{PropagationPolicy: &background, Preconditions: metav1.NewUIDPreconditions(string(w.UID))}
	if err := v.workflows.Workflows(w.Namespace).Delete(ctx, w.Name, options); err != nil {
		return fmt.Errorf("deleting the Workflow: %w", err)
	}
	if index := v.registry.Indexes[w.Namespace]; index != nil {
		index.forget(string(w.UID))
	}
	if h := v.registry.History; h != nil {
		if s, ok := h.find(w.Namespace, string(w.UID)); ok {
			return h.forget(ctx, s)
		}
	}
	return nil
}
