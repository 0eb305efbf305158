package posted

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// Name is what diagnostics call a pipeline that has no file.
const Name = "pipeline.yaml"

// Text returns the text of a compiled pipeline for the translator. JSON, as it
// was posted, becomes YAML; a file stays as it is.
func Text(spec []byte) ([]byte, error) {
	if json.Valid(spec) {
		return Document(spec)
	}
	return spec, nil
}

// JSON writes a compiled pipeline as KFP's API answers with it: the pipeline, or
// {pipeline_spec, platform_spec}. What was posted is returned as it came.
func JSON(spec []byte) (json.RawMessage, error) {
	if json.Valid(spec) {
		return spec, nil
	}
	var pipeline, platform json.RawMessage
	decoder := yaml.NewDecoder(bytes.NewReader(spec))
	for {
		var document map[string]any
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return join(pipeline, platform)
		case err != nil:
			return nil, fmt.Errorf("the compiled pipeline: %w", err)
		}
		text, err := json.Marshal(document)
		switch {
		case err != nil:
			return nil, fmt.Errorf("the compiled pipeline: %w", err)
		case document == nil:
		case document["platforms"] != nil:
			platform = text
		default:
			pipeline = text
		}
	}
}

func join(pipeline, platform json.RawMessage) (json.RawMessage, error) {
	if platform == nil {
		return pipeline, nil
	}
	return json.Marshal(map[string]json.RawMessage{"pipeline_spec": pipeline, "platform_spec": platform})
}

// Model returns what the translator knows of a compiled pipeline, or nil if it
// can make nothing of it.
func Model(spec []byte) *translate.Pipeline {
	if len(spec) == 0 {
		return nil
	}
	text, err := Text(spec)
	if err != nil {
		return nil
	}
	resolved, _, err := translate.Resolve(diag.Source{Name: Name, Text: text})
	if err != nil {
		return nil
	}
	return resolved
}
