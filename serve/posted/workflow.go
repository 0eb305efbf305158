package posted

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/internal/macro"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// ProblemsError says why a pipeline cannot run as it is asked for: text of one
// or more lines, with places and hints.
type ProblemsError struct{ Text string }

// Error is the text.
func (e *ProblemsError) Error() string { return e.Text }

// Settings are KFP's runtime_config and service account.
type Settings struct {
	// Parameters are the values of inputs as JSON. Null is none.
	Parameters     map[string]json.RawMessage
	Root           string
	ServiceAccount string
	// Macros lets each run replace the macros in parameters: those of a recurring
	// run. Others have them as plain text.
	Macros bool
}

// Translated is a pipeline that can run.
type Translated struct {
	Workflow *wfv1.Workflow
	// Texts are the arguments that are plain text and not JSON.
	Texts []string
	// Macros are the arguments with macros.
	Macros []string
	// Digest names the version of the pipeline, as [translate.PipelineJSON] does.
	Digest string
	// Warnings are the translator's, as text, or empty.
	Warnings string
}

// Translate translates a compiled pipeline. What it lacks the options say, which
// are the server's. The error is a [*ProblemsError], or the translator's own.
func Translate(name string, spec []byte, s Settings, options translate.Options) (*Translated, error) {
	source := diag.Source{Name: name, Text: spec}
	resolved, found, err := translate.Resolve(source)
	if err != nil {
		return nil, err
	}
	if resolved == nil {
		return nil, problems(source, found, options)
	}
	options.Arguments, err = arguments(resolved, s.Parameters)
	if err != nil {
		return nil, err
	}
	options.Macros = s.Macros
	if s.Root != "" {
		options.Store.Root = s.Root
	}
	if s.ServiceAccount != "" {
		options.Pods.ServiceAccount = s.ServiceAccount
	}
	w, found, err := translate.Translate(source, options)
	switch {
	case err != nil:
		return nil, err
	case w == nil:
		return nil, problems(source, found, options)
	}
	if missing := unset(w); len(missing) > 0 {
		return nil, &ProblemsError{"these inputs of the pipeline have no value: " + strings.Join(missing, ", ")}
	}
	_, digest, err := translate.PipelineJSON(source)
	if err != nil {
		return nil, err
	}
	return &Translated{w, texts(resolved), macros(options), digest, render(source, found, options)}, nil
}

// macros lists the arguments with macros that runs replace, in order.
func macros(options translate.Options) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(options.Arguments)) {
		if found, err := macro.Find(options.Arguments[name]); options.Macros && err == nil && len(found) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// Check reads a compiled pipeline and returns its name and description. The
// error is a [*ProblemsError], or the translator's own.
func Check(name string, spec []byte) (pipeline, description string, err error) {
	source := diag.Source{Name: name, Text: spec}
	resolved, found, err := translate.Resolve(source)
	switch {
	case err != nil:
		return "", "", err
	case resolved == nil:
		return "", "", problems(source, found, translate.Options{})
	}
	return resolved.Name, resolved.Description, nil
}

// arguments writes parameters as the arguments of a Workflow.
func arguments(p *translate.Pipeline, given map[string]json.RawMessage) (map[string]string, error) {
	types := map[string]string{}
	for _, input := range p.Inputs {
		if !input.Artifact {
			types[input.Name] = input.Type
		}
	}
	all := map[string]string{}
	var trouble []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		raw := bytes.TrimSpace(given[name])
		of, known := types[name]
		switch {
		case !known:
			trouble = append(trouble, fmt.Sprintf("the pipeline has no input %q; it has %s", name, strings.Join(slices.Sorted(maps.Keys(types)), ", ")))
		case string(raw) == "null":
		case of != string(contract.String):
			all[name] = string(raw)
		default:
			var text string
			if err := json.Unmarshal(raw, &text); err != nil {
				trouble = append(trouble, fmt.Sprintf("input %q is a STRING; %s is none", name, raw))
			}
			all[name] = text
		}
	}
	if len(trouble) > 0 {
		return nil, &ProblemsError{strings.Join(trouble, "\n")}
	}
	return all, nil
}

// texts lists the inputs that are plain text as arguments.
func texts(p *translate.Pipeline) []string {
	all := []string{}
	for _, input := range p.Inputs {
		if input.Type == string(contract.String) {
			all = append(all, input.Name)
		}
	}
	return all
}

// unset lists the arguments without a value.
func unset(w *wfv1.Workflow) []string {
	var names []string
	for _, p := range w.Spec.Arguments.Parameters {
		if p.Value == nil {
			names = append(names, p.Name)
		}
	}
	return names
}

func problems(source diag.Source, found []diag.Diagnostic, options translate.Options) error {
	return &ProblemsError{render(source, found, options)}
}

// render writes diagnostics as text, with the lines that they are about.
func render(source diag.Source, found []diag.Diagnostic, options translate.Options) string {
	others := slices.Clone(options.Overlays)
	for _, config := range options.Store.Configs {
		others = append(others, config.Source)
	}
	var out bytes.Buffer
	err := diag.Render(&out, source, found, diag.Options{Others: others, Limit: 20})
	if err != nil {
		panic(errors.Join(errors.New("posted: writing to memory"), err))
	}
	return strings.TrimRight(out.String(), "\n")
}
