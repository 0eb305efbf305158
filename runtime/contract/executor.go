package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ExecutorInput is what KFP programs receive as `{{$}}`: their inputs and the
// places of their outputs. Its JSON is protobuf's: camelCase, empty parts left
// out.
type ExecutorInput struct {
	Inputs  Inputs  `json:"inputs,omitzero"`
	Outputs Outputs `json:"outputs,omitzero"`
}

// Inputs holds the inputs that have a value, by name.
type Inputs struct {
	ParameterValues map[string]json.RawMessage `json:"parameterValues,omitempty"`
	Artifacts       map[string]ArtifactList    `json:"artifacts,omitempty"`
}

// Outputs says where a program puts its outputs. OutputFile is where it may
// write an [ExecutorOutput].
type Outputs struct {
	Parameters map[string]OutputParameter `json:"parameters,omitempty"`
	Artifacts  map[string]ArtifactList    `json:"artifacts,omitempty"`
	OutputFile string                     `json:"outputFile,omitempty"`
}

// OutputParameter names the file that takes an output parameter.
type OutputParameter struct {
	OutputFile string `json:"outputFile"`
}

// ArtifactList is a list of artifacts; a single artifact is a list of one.
type ArtifactList struct {
	Artifacts []RuntimeArtifact `json:"artifacts,omitempty"`
}

// RuntimeArtifact is one artifact: where its bytes are and what is known of
// it. CustomPath is set by programs that wrote the artifact elsewhere than
// where they were told; it is never passed on.
type RuntimeArtifact struct {
	Name       string                     `json:"name,omitempty"`
	Type       ArtifactType               `json:"type,omitzero"`
	URI        string                     `json:"uri,omitempty"`
	Metadata   map[string]json.RawMessage `json:"metadata,omitempty"`
	CustomPath string                     `json:"customPath,omitempty"`
	// MetadataReference replaces metadata that is too large for
	// Argo. No program sees it.
	MetadataReference *Reference `json:"metadataReference,omitempty"`
}

// ArtifactType is the schema of an artifact, by title or written out.
type ArtifactType struct {
	SchemaTitle    string `json:"schemaTitle,omitempty"`
	SchemaVersion  string `json:"schemaVersion,omitempty"`
	SchemaURI      string `json:"schemaUri,omitempty"`
	InstanceSchema string `json:"instanceSchema,omitempty"`
}

// ExecutorOutput is what a program may leave in [Outputs].OutputFile.
type ExecutorOutput struct {
	ParameterValues map[string]json.RawMessage `json:"parameterValues"`
	Artifacts       map[string]ArtifactList    `json:"artifacts"`
}

// ParseExecutorOutput reads an ExecutorOutput. It takes the names of fields in
// camelCase and in snake_case, as programs write both, ignores KFP's
// deprecated `parameters`, and refuses every other field.
func ParseExecutorOutput(data []byte) (*ExecutorOutput, error) {
	var wire struct {
		ParameterValues      map[string]json.RawMessage `json:"parameterValues"`
		ParameterValuesSnake map[string]json.RawMessage `json:"parameter_values"`
		Artifacts            map[string]wireArtifacts   `json:"artifacts"`
		Parameters           json.RawMessage            `json:"parameters"`
	}
	if err := strictJSON(data, &wire); err != nil {
		return nil, explainNotFinite(data, err)
	}
	out := &ExecutorOutput{ParameterValues: wire.ParameterValues, Artifacts: map[string]ArtifactList{}}
	if out.ParameterValues == nil {
		out.ParameterValues = wire.ParameterValuesSnake
	}
	for name, list := range wire.Artifacts {
		out.Artifacts[name] = list.list()
	}
	return out, nil
}

// wireArtifacts is an [ArtifactList] as programs may write it.
type wireArtifacts struct {
	Artifacts []struct {
		RuntimeArtifact
		CustomPathSnake       string          `json:"custom_path"`
		Properties            json.RawMessage `json:"properties"`
		CustomProperties      json.RawMessage `json:"customProperties"`
		CustomPropertiesSnake json.RawMessage `json:"custom_properties"`
	} `json:"artifacts"`
}

func (w wireArtifacts) list() ArtifactList {
	var l ArtifactList
	for _, a := range w.Artifacts {
		artifact := a.RuntimeArtifact
		if artifact.CustomPath == "" {
			artifact.CustomPath = a.CustomPathSnake
		}
		l.Artifacts = append(l.Artifacts, artifact)
	}
	return l
}

// strictJSON decodes one JSON document and refuses unknown fields and trailing
// text.
func strictJSON(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more text behind the document")
	}
	return nil
}

// DecodeArtifacts reads an artifact parameter: one artifact or a list of them.
// The empty text and null mean that there is no value: Artifacts is then nil,
// where an empty list gives an empty one.
func DecodeArtifacts(text string) (ArtifactList, error) {
	var list ArtifactList
	if strings.TrimSpace(text) == "" {
		return list, nil
	}
	if reason, ok := strings.CutPrefix(text, ErrorMark); ok {
		return list, errors.New(reason)
	}
	switch KindOf(json.RawMessage(text)) {
	case KindNull:
		return list, nil
	case KindList:
		err := json.Unmarshal([]byte(text), &list.Artifacts)
		return list, err
	}
	list.Artifacts = make([]RuntimeArtifact, 1)
	err := json.Unmarshal([]byte(text), &list.Artifacts[0])
	return list, err
}

// EncodeArtifact writes the parameter text of one artifact.
func EncodeArtifact(artifact RuntimeArtifact) (string, error) {
	artifact.CustomPath = ""
	text, err := json.Marshal(artifact)
	if err != nil {
		return "", fmt.Errorf("artifact %q: %w", artifact.Name, err)
	}
	return EncodeParameter(text)
}
