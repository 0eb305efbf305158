package rest

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
)

// values are the inputs or outputs of a task by name. KFP's own have nothing but
// IDs of artifacts, and leaves them empty.
type values map[string]value

// value is a parameter, or a list of artifacts.
type value struct {
	Parameter json.RawMessage `json:"parameter,omitempty"`
	Artifacts []artifact      `json:"artifacts,omitempty"`
	// URI is where a parameter is that is too large to stand here.
	URI string `json:"uri,omitempty"`
}

// artifact is an artifact as JSON.
type artifact struct {
	Name     string                     `json:"name,omitempty"`
	URI      string                     `json:"uri"`
	Type     string                     `json:"type"`
	Metadata map[string]json.RawMessage `json:"metadata,omitempty"`
}

func valuesOf(all runs.Values) values {
	made := values{}
	for name, v := range all {
		one := value{Parameter: v.Parameter, Artifacts: artifactsOf(v.Artifacts)}
		if v.Reference != nil {
			one.URI = v.Reference.URI
		}
		made[name] = one
	}
	return made
}

func artifactsOf(all []contract.RuntimeArtifact) []artifact {
	var made []artifact
	for _, a := range all {
		made = append(made, artifact{a.Name, a.URI, a.Type.SchemaTitle, a.Metadata})
	}
	return made
}
