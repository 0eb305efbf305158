package pagestest

import (
	"bytes"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// PipelineName is the pipeline that has two versions, and a schedule.
const PipelineName = "training"

// pipelines puts pipelines, an experiment and a recurring run into the cluster, as
// the registry does.
func (w *World) pipelines() {
	view, err := (&registry.Registry{Namespaces: []string{Namespace}}).View(w.config, nil)
	require.NoError(w.t, err)
	first := w.Pipeline("examples/training.yaml")
	second := bytes.ReplaceAll(first, []byte("python:3.11"), []byte("python:3.12"))
	p, err := view.CreatePipeline(w.t.Context(), registry.Pipeline{Name: PipelineName, Description: "Trains the model of each night."}, registry.Version{Name: "v1", Spec: first})
	require.NoError(w.t, err)
	v, err := view.CreateVersion(w.t.Context(), registry.Version{PipelineID: p.ID, Name: "v2", Description: "Python 3.12", Spec: second})
	require.NoError(w.t, err)
	_, err = view.CreatePipeline(w.t.Context(), registry.Pipeline{Name: Hostile, Description: Hostile}, registry.Version{Name: Hostile, Description: Hostile, CodeSource: "javascript:alert(1)", Spec: first})
	require.NoError(w.t, err)
	e, err := view.CreateExperiment(w.t.Context(), Namespace, "Nightly", "Runs of each night")
	require.NoError(w.t, err)
	_, err = view.CreateExperiment(w.t.Context(), Namespace, Hostile, Hostile)
	require.NoError(w.t, err)
	translated, err := posted.Translate(posted.Name, second, posted.Settings{}, w.Options())
	require.NoError(w.t, err)
	_, err = view.CreateRecurringRun(w.t.Context(), registry.NewRecurringRun{
		NewRun: registry.NewRun{
			DisplayName: "Each night", Description: "at three", ExperimentID: e.ID, Namespace: Namespace,
			Version: registry.VersionRef{PipelineID: p.ID, VersionID: v.ID}, Spec: second, Workflow: translated.Workflow, Texts: translated.Texts, Digest: translated.Digest,
		},
		Trigger: registry.Trigger{Cron: "0 0 3 * * *", Start: Began(), End: Began().Add(300 * day)}, MaxConcurrency: 1, Enabled: true,
	})
	require.NoError(w.t, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes = nil
}

// Upload puts one more pipeline into the cluster, and returns the address of its version.
func (w *World) Upload(name string, text []byte) string {
	w.t.Helper()
	view, err := (&registry.Registry{Namespaces: []string{Namespace}}).View(w.config, nil)
	require.NoError(w.t, err)
	p, err := view.CreatePipeline(w.t.Context(), registry.Pipeline{Name: name}, registry.Version{Name: "v1", Spec: text})
	require.NoError(w.t, err)
	versions, err := view.Versions(w.t.Context(), p.ID)
	require.NoError(w.t, err)
	require.Len(w.t, versions, 1)
	return "/pipelines/" + p.ID + "/versions/" + versions[0].ID
}

// IDs are those of the pipeline, its second version and the recurring run.
func (w *World) IDs() (pipeline, version, recurring string) {
	w.t.Helper()
	view, err := (&registry.Registry{Namespaces: []string{Namespace}}).View(w.config, nil)
	require.NoError(w.t, err)
	all, err := view.Pipelines(w.t.Context(), Namespace)
	require.NoError(w.t, err)
	for _, p := range all {
		if p.Name == PipelineName {
			pipeline = p.ID
		}
	}
	versions, err := view.Versions(w.t.Context(), pipeline)
	require.NoError(w.t, err)
	for _, v := range versions {
		if v.Name == "v2" {
			version = v.ID
		}
	}
	schedules, err := view.RecurringRuns(w.t.Context(), Namespace)
	require.NoError(w.t, err)
	return pipeline, version, schedules[0].ID
}
