package rest

import (
	"encoding/json"
	"time"

	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// What KFP's web UI still asks of the old API, v1beta1: enough of each object
// that its pages show what the new one tells.

// oldRun is a run, or a recurring run, of v1beta1.
type oldRun struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Description  string     `json:"description,omitempty"`
	CreatedAt    *time.Time `json:"created_at,omitempty"`
	PipelineSpec oldSpec    `json:"pipeline_spec"`
}

// oldSpec has the pipeline as the text of its JSON.
type oldSpec struct {
	PipelineManifest string `json:"pipeline_manifest,omitempty"`
}

func oldSpecOf(spec []byte) (oldSpec, error) {
	if len(spec) == 0 {
		return oldSpec{}, nil
	}
	text, err := posted.JSON(spec)
	return oldSpec{string(text)}, err
}

// oldPipeline is a pipeline, or a version of one, of v1beta1.
type oldPipeline struct {
	ID             string       `json:"id"`
	Name           string       `json:"name"`
	Description    string       `json:"description,omitempty"`
	CreatedAt      *time.Time   `json:"created_at,omitempty"`
	DefaultVersion *oldPipeline `json:"default_version,omitempty"`
}

func oldVersion(v *registry.Version) *oldPipeline {
	return &oldPipeline{ID: v.ID, Name: v.DisplayName, Description: v.Description, CreatedAt: moment(v.Created)}
}

func getOldRun(c *call) (any, error) {
	d, err := c.view.Run(c, c.vars["run_id"])
	if err != nil {
		return nil, err
	}
	spec, err := oldSpecOf(d.Spec)
	var out struct {
		Run oldRun `json:"run"`
	}
	out.Run = oldRun{d.ID, d.DisplayName, d.Description, moment(d.Created), spec}
	return out, err
}

func getOldJob(c *call) (any, error) {
	r, err := c.view.RecurringRun(c, c.vars["job_id"])
	if err != nil {
		return nil, err
	}
	spec, err := oldSpecOf(r.Spec)
	return oldRun{r.ID, r.DisplayName, r.Description, moment(r.Created), spec}, err
}

func getOldPipeline(c *call) (any, error) {
	p, err := c.view.Pipeline(c, c.vars["pipeline_id"])
	if err != nil {
		return nil, err
	}
	out := oldPipeline{ID: p.ID, Name: p.DisplayName, Description: p.Description, CreatedAt: moment(p.Created)}
	if newest, err := c.view.Version(c, registry.VersionRef{PipelineID: p.ID}); err == nil {
		out.DefaultVersion = oldVersion(newest)
	}
	return out, nil
}

func getOldVersion(c *call) (any, error) {
	v, err := c.view.Version(c, registry.VersionRef{VersionID: c.vars["version_id"]})
	if err != nil {
		return nil, err
	}
	return oldVersion(v), nil
}

// listOldVersions answers with none: the UI asks to find out whether a pipeline
// is of the first kind, and there are no such here.
func listOldVersions(*call) (any, error) {
	return map[string][]json.RawMessage{"versions": {}}, nil
}
