package placeholder

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// Values are the values of the placeholders in one task.
type Values struct {
	ExecutorInput contract.ExecutorInput
	// Given names the inputs that the task was given a value for.
	Given []string
	// Pipeline holds the values of the [Pipeline] placeholders.
	Pipeline map[string]string
	// Root is the directory of the local paths of artifacts.
	Root contract.Root
}

// ExpandCommand parses a shielded command line and expands it. Every element
// becomes one argument but for an IfPresent, which may become several or none.
func ExpandCommand(command []string, values Values) ([]string, error) {
	var argv []string
	for i, text := range command {
		element, err := Parser(ParseShielded).ParseElement(text)
		if err != nil {
			return nil, fmt.Errorf("element %d of the command line: %w", i, err)
		}
		arguments, err := values.arguments(element)
		if err != nil {
			return nil, fmt.Errorf("element %d of the command line: %w", i, err)
		}
		argv = append(argv, arguments...)
	}
	return argv, nil
}

func (v Values) arguments(e Element) ([]string, error) {
	switch e := e.(type) {
	case Text:
		text, err := v.Expand(e)
		return []string{text}, err
	case Concat:
		all, err := v.all(e)
		return []string{strings.Join(all, "")}, err
	case IfPresent:
		if slices.Contains(v.Given, e.Input) {
			return v.all(e.Then)
		}
		return v.all(e.Else)
	}
	panic(fmt.Sprintf("placeholder: element of type %T", e))
}

func (v Values) all(elements []Element) ([]string, error) {
	var all []string
	for _, e := range elements {
		arguments, err := v.arguments(e)
		if err != nil {
			return nil, err
		}
		all = append(all, arguments...)
	}
	return all, nil
}

// Expand returns a text with every placeholder replaced by its value. A
// placeholder of an input that has no value is an error.
func (v Values) Expand(parts []Part) (string, error) {
	var b strings.Builder
	for _, p := range parts {
		text, err := v.text(p)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func (v Values) text(p Part) (string, error) {
	switch p := p.(type) {
	case Literal:
		return string(p), nil
	case Brace:
		return "{", nil
	case ExecutorInput:
		return jsonText(v.ExecutorInput.Aliased())
	case OutputFile:
		return v.ExecutorInput.Outputs.OutputFile, nil
	case InputParameter:
		value, ok := v.ExecutorInput.Inputs.ParameterValues[p.Name]
		if !ok {
			return "", fmt.Errorf("it mentions input %q, which has no value", p.Name)
		}
		return contract.Text(value)
	case OutputParameterFile:
		output, ok := v.ExecutorInput.Outputs.Parameters[p.Name]
		if !ok {
			return "", fmt.Errorf("it mentions output %q, which the component does not have", p.Name)
		}
		return output.OutputFile, nil
	case Artifact:
		return v.artifact(p)
	case Pipeline:
		value, ok := v.Pipeline[p.Name]
		if !ok {
			return "", fmt.Errorf("{{$.%s}} has no value here", p.Name)
		}
		return value, nil
	}
	panic(fmt.Sprintf("placeholder: part of type %T", p))
}

func (v Values) artifact(p Artifact) (string, error) {
	artifacts, side := v.ExecutorInput.Inputs.Artifacts, "input"
	if p.Output {
		artifacts, side = v.ExecutorInput.Outputs.Artifacts, "output"
	}
	artifactList, ok := artifacts[p.Name]
	list := artifactList.Artifacts
	switch {
	case ok && len(list) == 0 && p.Field == Whole:
		return "[]", nil
	case ok && p.Field == Whole:
		return jsonText(list)
	case len(list) == 0:
		return "", fmt.Errorf("it mentions %s artifact %q, which has no value", side, p.Name)
	}
	return v.artifactField(list[0], p)
}

func (v Values) artifactField(a contract.RuntimeArtifact, p Artifact) (string, error) {
	switch p.Field {
	case URI:
		return a.URI, nil
	case Name:
		return a.Name, nil
	case Path:
		if local, ok := v.Root.LocalPathOf(a); ok {
			return local, nil
		}
		return a.URI, nil // as the SDK's Artifact.path does
	case Metadata:
		if a.Metadata == nil {
			return "{}", nil
		}
		return jsonText(a.Metadata)
	case MetadataKey:
		value, ok := a.Metadata[p.Key]
		if !ok {
			return "", fmt.Errorf("it mentions metadata %q of artifact %q, which has no such entry", p.Key, p.Name)
		}
		return contract.Text(value)
	case Whole:
	}
	panic(fmt.Sprintf("placeholder: artifact field %d", p.Field))
}

// jsonText writes compact JSON without HTML escapes, as protobuf does.
func jsonText(value any) (string, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
