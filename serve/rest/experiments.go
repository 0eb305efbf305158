package rest

import (
	"time"

	"github.com/kfp2argo/kfp2argo/serve/listing"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// experiment is an experiment as JSON.
type experiment struct {
	ExperimentID     string     `json:"experiment_id"`
	DisplayName      string     `json:"display_name"`
	Description      string     `json:"description,omitempty"`
	CreatedAt        *time.Time `json:"created_at,omitempty"`
	Namespace        string     `json:"namespace"`
	StorageState     string     `json:"storage_state"`
	LastRunCreatedAt *time.Time `json:"last_run_created_at,omitempty"`
}

func experimentJSON(e registry.Experiment) experiment {
	return experiment{
		ExperimentID: e.ID, DisplayName: e.Name, Description: e.Description, Namespace: e.Namespace,
		CreatedAt: moment(e.Created), StorageState: storageState(e.Archived), LastRunCreatedAt: moment(e.LastRun),
	}
}

func experimentFields() listing.Fields[registry.Experiment] {
	id := func(e registry.Experiment) string { return e.ID }
	name := func(e registry.Experiment) string { return e.Name }
	return listing.Fields[registry.Experiment]{
		ID: id, Default: "created_at",
		Texts: map[string]func(registry.Experiment) string{
			"experiment_id": id, "id": id, "display_name": name, "name": name,
			"description":   func(e registry.Experiment) string { return e.Description },
			"namespace":     func(e registry.Experiment) string { return e.Namespace },
			"storage_state": func(e registry.Experiment) string { return storageState(e.Archived) },
		},
		Times: map[string]func(registry.Experiment) listing.Value{
			"created_at":          func(e registry.Experiment) listing.Value { return listing.Time(e.Created) },
			"last_run_created_at": func(e registry.Experiment) listing.Value { return listing.Time(e.LastRun) },
		},
	}
}

func createExperiment(c *call) (any, error) {
	var in struct {
		DisplayName string `json:"display_name"`
		Description string `json:"description"`
		Namespace   string `json:"namespace"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	e, err := c.view.CreateExperiment(c, in.Namespace, in.DisplayName, in.Description)
	if err != nil {
		return nil, err
	}
	return experimentJSON(*e), nil
}

func getExperiment(c *call) (any, error) {
	e, err := c.view.Experiment(c, c.vars["experiment_id"])
	if err != nil {
		return nil, err
	}
	return experimentJSON(*e), nil
}

func listExperiments(c *call) (any, error) {
	q, err := query(c, experimentFields())
	if err != nil {
		return nil, err
	}
	all, err := c.view.Experiments(c, c.query.Get("namespace"))
	if err != nil {
		return nil, err
	}
	var out struct {
		Experiments []experiment `json:"experiments"`
		page
	}
	out.Experiments, out.page = wired(q.Page(all), experimentJSON)
	return out, nil
}

func archiveExperiment(c *call) (any, error) {
	return nothing{}, c.view.ArchiveExperiment(c, c.vars["experiment_id"], true)
}

func unarchiveExperiment(c *call) (any, error) {
	return nothing{}, c.view.ArchiveExperiment(c, c.vars["experiment_id"], false)
}

func deleteExperiment(c *call) (any, error) {
	return nothing{}, c.view.DeleteExperiment(c, c.vars["experiment_id"])
}
