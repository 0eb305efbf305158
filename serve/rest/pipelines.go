package rest

import (
	"encoding/json"
	"time"

	"github.com/kfp2argo/kfp2argo/serve/listing"
	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// pipeline is a pipeline as JSON.
type pipeline struct {
	PipelineID  string            `json:"pipeline_id"`
	DisplayName string            `json:"display_name"`
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	CreatedAt   *time.Time        `json:"created_at,omitempty"`
	Namespace   string            `json:"namespace,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
}

func pipelineJSON(p registry.Pipeline) pipeline {
	return pipeline{p.ID, p.DisplayName, p.Name, p.Description, moment(p.Created), p.Namespace, p.Tags}
}

// version is a version of a pipeline as JSON.
type version struct {
	PipelineID        string            `json:"pipeline_id"`
	PipelineVersionID string            `json:"pipeline_version_id"`
	DisplayName       string            `json:"display_name"`
	Name              string            `json:"name"`
	Description       string            `json:"description,omitempty"`
	CreatedAt         *time.Time        `json:"created_at,omitempty"`
	CodeSourceURL     string            `json:"code_source_url,omitempty"`
	PipelineSpec      json.RawMessage   `json:"pipeline_spec,omitempty"`
	Tags              map[string]string `json:"tags,omitempty"`
}

func versionJSON(v *registry.Version) (version, error) {
	spec, err := posted.JSON(v.Spec)
	return version{
		v.PipelineID, v.ID, v.DisplayName, v.Name, v.Description, moment(v.Created), v.CodeSource, spec, v.Tags,
	}, err
}

func pipelineFields() listing.Fields[registry.Pipeline] {
	id := func(p registry.Pipeline) string { return p.ID }
	return listing.Fields[registry.Pipeline]{
		ID: id, Default: "created_at",
		Texts: map[string]func(registry.Pipeline) string{
			"pipeline_id": id, "id": id,
			"display_name": func(p registry.Pipeline) string { return p.DisplayName },
			"name":         func(p registry.Pipeline) string { return p.Name },
			"description":  func(p registry.Pipeline) string { return p.Description },
			"namespace":    func(p registry.Pipeline) string { return p.Namespace },
		},
		Times: map[string]func(registry.Pipeline) listing.Value{
			"created_at": func(p registry.Pipeline) listing.Value { return listing.Time(p.Created) },
		},
		Tag: func(p registry.Pipeline, name string) listing.Value { return tag(p.Tags, name) },
	}
}

func versionFields() listing.Fields[*registry.Version] {
	type v = *registry.Version
	id := func(v v) string { return v.ID }
	return listing.Fields[v]{
		ID: id, Default: "created_at",
		Texts: map[string]func(v) string{
			"pipeline_version_id": id, "id": id,
			"display_name": func(v v) string { return v.DisplayName },
			"name":         func(v v) string { return v.Name },
			"description":  func(v v) string { return v.Description },
		},
		Times: map[string]func(v) listing.Value{"created_at": func(v v) listing.Value { return listing.Time(v.Created) }},
		Tag:   func(v v, name string) listing.Value { return tag(v.Tags, name) },
	}
}

func tag(tags map[string]string, name string) listing.Value {
	value, ok := tags[name]
	if !ok {
		return listing.Value{}
	}
	return listing.Text(value)
}

func getPipeline(c *call) (any, error) {
	p, err := c.view.Pipeline(c, c.vars["pipeline_id"])
	if err != nil {
		return nil, err
	}
	return pipelineJSON(*p), nil
}

func listPipelines(c *call) (any, error) {
	q, err := query(c, pipelineFields())
	if err != nil {
		return nil, err
	}
	all, err := c.view.Pipelines(c, c.query.Get("namespace"))
	if err != nil {
		return nil, err
	}
	var out struct {
		Pipelines []pipeline `json:"pipelines"`
		page
	}
	out.Pipelines, out.page = wired(q.Page(all), pipelineJSON)
	return out, nil
}

func deletePipeline(c *call) (any, error) {
	return nothing{}, c.view.DeletePipeline(c, c.vars["pipeline_id"], c.query.Get("cascade") == "true")
}

// versionVars is the version that a path names.
func (c *call) versionVars() registry.VersionRef {
	return registry.VersionRef{PipelineID: c.vars["pipeline_id"], VersionID: c.vars["pipeline_version_id"]}
}

func getVersion(c *call) (any, error) {
	v, err := c.view.Version(c, c.versionVars())
	if err != nil {
		return nil, err
	}
	return versionJSON(v)
}

func listVersions(c *call) (any, error) {
	q, err := query(c, versionFields())
	if err != nil {
		return nil, err
	}
	all, err := c.view.Versions(c, c.vars["pipeline_id"])
	if err != nil {
		return nil, err
	}
	found := q.Page(all)
	var out struct {
		Versions []version `json:"pipeline_versions"`
		page
	}
	out.Versions, out.page = make([]version, 0, len(found.Objects)), page{found.Total, found.Next}
	for _, v := range found.Objects {
		wire, err := versionJSON(v)
		if err != nil {
			return nil, err
		}
		out.Versions = append(out.Versions, wire)
	}
	return out, nil
}

func deleteVersion(c *call) (any, error) {
	ref := c.versionVars()
	if err := c.view.DeleteVersion(c, ref); err != nil {
		return nil, err
	}
	return nothing{}, c.renew(ref.PipelineID)
}
