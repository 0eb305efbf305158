package posted

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxDepth is how deep JSON may be nested.
const maxDepth = 200

// Document writes the pipeline_spec of KFP's API as the YAML that the SDK
// compiles: one document, or two with platform options. So a diagnostic has a
// line that a person finds in the compiled file, and not a column in a line of
// ten thousand. Numbers keep their digits and keys their order.
func Document(spec json.RawMessage) ([]byte, error) {
	node, err := decode(spec)
	if err != nil {
		return nil, fmt.Errorf("the pipeline_spec: %w", err)
	}
	if node.Kind != yaml.MappingNode {
		return nil, errors.New("the pipeline_spec is no JSON object")
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	for _, document := range unwrap(node) {
		if err := encoder.Encode(document); err != nil {
			return nil, fmt.Errorf("the pipeline_spec: %w", err)
		}
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("the pipeline_spec: %w", err)
	}
	return out.Bytes(), nil
}

// unwrap takes {pipeline_spec, platform_spec} apart, in which the client puts a
// pipeline with platform options. Anything else is a pipeline, or wrong, which
// the translator finds out.
func unwrap(n *yaml.Node) []*yaml.Node {
	var documents []*yaml.Node
	for i := 0; i < len(n.Content); i += 2 {
		switch n.Content[i].Value {
		case "pipeline_spec", "pipelineSpec":
			documents = append([]*yaml.Node{n.Content[i+1]}, documents...)
		case "platform_spec", "platformSpec":
			documents = append(documents, n.Content[i+1])
		default:
			return []*yaml.Node{n}
		}
	}
	if len(documents) == 0 {
		return []*yaml.Node{n}
	}
	return documents
}

// decode reads JSON into YAML's model. The YAML package itself does not read all
// of JSON: it refuses the surrogates of Python's escapes.
func decode(text []byte) (*yaml.Node, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	n, err := value(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more behind its end")
	}
	return n, nil
}

func value(d *json.Decoder, depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return scalar(token), nil
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	if delim == '{' {
		n = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	for d.More() {
		// The keys of an object are values like others: json.Decoder sees to it
		// that they are strings.
		element, err := value(d, depth+1)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, element)
	}
	_, err = d.Token()
	if len(n.Content) == 0 {
		n.Style = yaml.FlowStyle
	}
	return n, err
}

func scalar(token json.Token) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode}
	switch v := token.(type) {
	case nil:
		n.Tag, n.Value = "!!null", "null"
	case bool:
		n.Tag, n.Value = "!!bool", fmt.Sprint(v)
	case json.Number:
		n.Tag, n.Value = number(v.String()), v.String()
	case string:
		n.SetString(v)
		if mustBeQuoted(v) {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	return n
}

// mustBeQuoted reports whether yaml.v3 would write a text such that it is read as
// another: in a block it loses an empty first line, and what was a boolean in
// YAML 1.1 it leaves plain.
func mustBeQuoted(v string) bool {
	switch strings.ToLower(v) {
	case "y", "n", "yes", "no", "on", "off":
		return true
	}
	return v != strings.TrimLeft(v, " \t\n\r")
}

// number is YAML's tag for a number of JSON. YAML takes 1e5 for a text unless it
// is told better.
func number(text string) string {
	if bytes.ContainsAny([]byte(text), ".eE") {
		return "!!float"
	}
	return "!!int"
}
