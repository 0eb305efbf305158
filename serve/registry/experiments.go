package registry

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const experimentKind = "Experiment"

// DefaultExperimentID is the ID of the experiment of a namespace that is there
// without having been created.
func DefaultExperimentID(namespace string) string {
	return idOf(kindExperiment, namespace, DefaultExperiment)
}

// CreateExperiment creates an experiment. The error is an [ExistsError] if there
// is one of the name.
func (v *View) CreateExperiment(ctx context.Context, namespace, name, description string) (*Experiment, error) {
	namespace, err := v.Namespace(ctx, namespace)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, invalid("an experiment needs a display_name")
	}
	id := idOf(kindExperiment, namespace, name)
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name:   objectName(kindExperiment, id),
			Labels: map[string]string{KindLabel: kindExperiment, IDLabel: id},
		},
		Data: map[string]string{"name": name, "description": description},
	}
	created, err := v.core.ConfigMaps(namespace).Create(ctx, object, metav1.CreateOptions{})
	switch {
	case apierrors.IsAlreadyExists(err):
		return nil, &ExistsError{experimentKind, name}
	case err != nil:
		return nil, fmt.Errorf("creating the experiment: %w", err)
	}
	e := experimentOf(created)
	return &e, nil
}

func experimentOf(c *corev1.ConfigMap) Experiment {
	return Experiment{
		ID:          c.Labels[IDLabel],
		Name:        c.Data["name"],
		Description: c.Data["description"],
		Namespace:   c.Namespace,
		Created:     c.CreationTimestamp.Time,
		Archived:    c.Labels[StorageLabel] == archived,
	}
}

// Experiment returns an experiment.
func (v *View) Experiment(ctx context.Context, id string) (*Experiment, error) {
	var found Experiment
	err := v.locate(ctx, experimentKind, id, func(namespace string) error {
		c, err := v.core.ConfigMaps(namespace).Get(ctx, objectName(kindExperiment, id), metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err) && id == DefaultExperimentID(namespace):
			found = Experiment{ID: id, Name: DefaultExperiment, Namespace: namespace}
		case err != nil:
			return err
		default:
			found = experimentOf(c)
		}
		found.LastRun = v.lastRuns(namespace)[id]
		return nil
	})
	return &found, err
}

// Experiments lists the experiments of a namespace, in no order. That of the
// name Default is always among them.
func (v *View) Experiments(ctx context.Context, namespace string) ([]Experiment, error) {
	namespace, err := v.Namespace(ctx, namespace)
	if err != nil {
		return nil, err
	}
	objects, err := v.core.ConfigMaps(namespace).List(ctx, metav1.ListOptions{LabelSelector: KindLabel + "=" + kindExperiment})
	if err != nil {
		return nil, fmt.Errorf("listing the experiments: %w", err)
	}
	last := v.lastRuns(namespace)
	byDefault := Experiment{ID: DefaultExperimentID(namespace), Name: DefaultExperiment, Namespace: namespace}
	all := []Experiment{}
	for i := range objects.Items {
		e := experimentOf(&objects.Items[i])
		if e.ID == byDefault.ID {
			byDefault = e
			continue
		}
		e.LastRun = last[e.ID]
		all = append(all, e)
	}
	byDefault.LastRun = last[byDefault.ID]
	return append(all, byDefault), nil
}

// lastRuns tells when the newest run of each experiment was created, where an
// index knows that.
func (v *View) lastRuns(namespace string) map[string]time.Time {
	last := map[string]time.Time{}
	index := v.registry.Indexes[namespace]
	if index == nil {
		return last
	}
	for _, r := range index.all() {
		if r.Created.After(last[r.ExperimentID]) {
			last[r.ExperimentID] = r.Created
		}
	}
	return last
}

// ArchiveExperiment archives an experiment with its runs, and stops its
// recurring runs; or takes the experiment alone back from there, as KFP does.
func (v *View) ArchiveExperiment(ctx context.Context, id string, archive bool) error {
	e, err := v.Experiment(ctx, id)
	if err != nil {
		return err
	}
	if e.Created.IsZero() {
		if _, err := v.CreateExperiment(ctx, e.Namespace, e.Name, ""); err != nil {
			return err
		}
	}
	if archive {
		if err := v.archiveWithin(ctx, e); err != nil {
			return err
		}
	}
	_, err = v.core.ConfigMaps(e.Namespace).Patch(ctx, objectName(kindExperiment, id), types.MergePatchType, storagePatch(archive), metav1.PatchOptions{})
	if err != nil {
		return fmt.Errorf("archiving the experiment: %w", err)
	}
	return nil
}

// archiveWithin archives the runs of an experiment and stops its recurring runs.
// It comes before the experiment itself, so that a server that dies in between
// leaves one that can be archived again.
func (v *View) archiveWithin(ctx context.Context, e *Experiment) error {
	runs, err := v.Runs(ctx, e.Namespace)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.ExperimentID != e.ID || r.Archived {
			continue
		}
		if err := v.archiveRun(ctx, r, true); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	recurring, err := v.RecurringRuns(ctx, e.Namespace)
	if err != nil {
		return err
	}
	for _, r := range recurring {
		if r.ExperimentID != e.ID || !r.Enabled {
			continue
		}
		if err := v.suspend(ctx, r.Namespace, r.Name, true); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// storagePatch sets or removes the label of what is archived.
func storagePatch(archive bool) []byte {
	value := "null"
	if archive {
		value = `"` + archived + `"`
	}
	return fmt.Appendf(nil, `{"metadata":{"labels":{%q:%s}}}`, StorageLabel, value)
}

// DeleteExperiment deletes an experiment. Its runs stay, as in KFP.
func (v *View) DeleteExperiment(ctx context.Context, id string) error {
	return v.locate(ctx, experimentKind, id, func(namespace string) error {
		return v.core.ConfigMaps(namespace).Delete(ctx, objectName(kindExperiment, id), metav1.DeleteOptions{})
	})
}
