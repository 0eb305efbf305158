package pages

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
	"github.com/kfp2argo/kfp2argo/translate"
)

// startContent is a form that starts a run: of the pipeline of another, or of a
// version.
type startContent struct {
	Heading, Action, Back string
	Name, Description     string
	Experiments           []registry.Experiment
	Experiment            string
	Fields                []field
	Root, ServiceAccount  string
	Problem               string
	// Schedule says that the form makes a recurring run.
	Schedule bool
	Cron     string
	// Unsupported are inputs that a form cannot give.
	Unsupported []string
}

// field is an input of a pipeline in a form.
type field struct {
	Name, Label, Description string
	// Kind is text, number, choice or JSON.
	Kind     string
	Value    string
	Required bool
	Step     string // of a number
	// Given says that the input has a value; one that is not required may go
	// without.
	Given bool
	Type  string
	Hint  string
}

// fieldPrefix is how the names of inputs begin in a form.
const fieldPrefix = "input."

// fieldsOf are the fields of a pipeline, with the values of a run or of a form
// that was refused, or with the defaults.
func fieldsOf(p *translate.Pipeline, values map[string]json.RawMessage) (fields []field, unsupported []string) {
	for _, in := range p.Inputs {
		if in.Artifact {
			unsupported = append(unsupported, in.Name)
			continue
		}
		raw, given := values[in.Name]
		if !given {
			raw = in.Default
		}
		f := field{
			Name: fieldPrefix + in.Name, Label: in.Name, Description: in.Description, Required: in.Required(), Type: typeWord(in.Type),
			Value: parameterText(raw), Given: raw != nil && string(raw) != "null",
		}
		switch in.Type {
		case "NUMBER_INTEGER":
			f.Kind, f.Step = "number", "1"
		case "NUMBER_DOUBLE":
			f.Kind, f.Step = "number", "any"
		case "BOOLEAN":
			f.Kind = "choice"
		case "STRING":
			f.Kind = "text"
		default:
			f.Kind, f.Value = "json", pretty(raw)
		}
		if in.Default != nil {
			f.Hint = "default: " + shorten(80, parameterText(in.Default))
		}
		fields = append(fields, f)
	}
	return fields, unsupported
}

func typeWord(of string) string {
	words := map[string]string{
		"STRING": "text", "NUMBER_INTEGER": "whole number", "NUMBER_DOUBLE": "number", "BOOLEAN": "true or false", "LIST": "list, as JSON", "STRUCT": "object, as JSON",
	}
	return cmp.Or(words[of], strings.ToLower(of))
}

// given reads the inputs of a pipeline from a form. What is empty and may be
// absent is absent; an empty text is one where the input must be given, or where its
// default is another.
func given(p *translate.Pipeline, form url.Values) (map[string]json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	var trouble []string
	for _, in := range p.Inputs {
		texts, there := form[fieldPrefix+in.Name]
		if !there || in.Artifact {
			continue
		}
		text := strings.ReplaceAll(texts[0], "\r\n", "\n")
		if in.Type == "STRING" {
			if text != "" || in.Required() || in.Default != nil {
				all[in.Name] = quoted(text)
			}
			continue
		}
		text = strings.TrimSpace(text)
		switch {
		case text == "" && in.Required():
			trouble = append(trouble, fmt.Sprintf("%s needs a value", in.Name))
		case text == "":
		case !json.Valid([]byte(text)):
			trouble = append(trouble, fmt.Sprintf("%s must be a %s; this is none: %s", in.Name, typeWord(in.Type), text))
		default:
			all[in.Name] = json.RawMessage(text)
		}
	}
	if len(trouble) > 0 {
		return all, errors.New(strings.Join(trouble, "\n"))
	}
	return all, nil
}

func quoted(text string) json.RawMessage {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic("pages: a text without JSON: " + err.Error())
	}
	return bytes.TrimSpace(out.Bytes())
}

// showAgain is the form that runs the pipeline of a run again.
func showAgain(v *visit) (answer, error) {
	c, _, err := v.again()
	if err != nil {
		return nil, err
	}
	return page{Look: "start", Title: c.Heading, Section: "runs", Content: c}, nil
}

// again opens a run for another like it.
func (v *visit) again() (*startContent, *registry.Detail, error) {
	view, err := v.also("runs", "get")
	if err != nil {
		return nil, nil, err
	}
	d, err := view.Run(v, v.request.PathValue("run"))
	if err != nil {
		return nil, nil, err
	}
	v.namespace = d.Namespace
	model := posted.Model(d.Spec)
	if model == nil {
		return nil, nil, badForm("the compiled pipeline of this run is not kept, so that it cannot be run again from here")
	}
	address := link(nil, "runs", d.ID)
	c := &startContent{
		Heading: "Run again: " + d.DisplayName, Action: address + "/again", Back: address, Name: d.DisplayName, Description: d.Description,
		Experiments: v.experiments(), Experiment: d.ExperimentID, Root: d.Root, ServiceAccount: d.ServiceAccount,
	}
	c.Fields, c.Unsupported = fieldsOf(model, d.Parameters)
	return c, d, nil
}

func runAgain(v *visit) (answer, error) {
	c, d, err := v.again()
	if err != nil {
		return nil, err
	}
	return v.start(c, source{d.Spec, d.Version})
}

// source is a compiled pipeline that is to run.
type source struct {
	spec    []byte
	version registry.VersionRef // zero for one that is no version of a pipeline
}

// start starts a run as a form says, or shows the form again with what is wrong.
func (v *visit) start(c *startContent, of source) (answer, error) {
	n, err := v.newRun(c, of)
	if err == nil {
		var run *registry.Run
		if run, err = v.view.CreateRun(v, n); err == nil {
			return redirect{link(nil, "runs", run.ID)}, nil
		}
	}
	return refusedForm(c, err)
}

// refusedForm shows a form again with what is wrong with it. Errors of the world
// are errors.
func refusedForm(c *startContent, err error) (answer, error) {
	if !isRefusal(err) {
		return nil, err
	}
	c.Problem = err.Error()
	return page{Look: "start", Title: c.Heading, Section: "runs", Status: http.StatusBadRequest, Content: c}, nil
}

// isRefusal reports whether an error says what is wrong with what was typed.
func isRefusal(err error) bool {
	var (
		trouble *posted.ProblemsError
		invalid *registry.InvalidError
		exists  *registry.ExistsError
		wrong   *formError
	)
	return errors.As(err, &trouble) || errors.As(err, &invalid) || errors.As(err, &exists) || errors.As(err, &wrong)
}

// newRun reads a form, keeps in it what was typed, and translates the pipeline.
func (v *visit) newRun(c *startContent, of source) (registry.NewRun, error) {
	form := v.request.PostForm
	c.Name, c.Description, c.Experiment = strings.TrimSpace(form.Get("name")), form.Get("description"), form.Get("experiment")
	c.Root, c.ServiceAccount = form.Get("root"), form.Get("service-account")
	model := posted.Model(of.spec)
	if model == nil {
		return registry.NewRun{}, badForm("this version of kfp2argo cannot read the compiled pipeline")
	}
	values, err := given(model, form)
	for i, f := range c.Fields {
		c.Fields[i].Value = form.Get(f.Name)
	}
	if err != nil {
		return registry.NewRun{}, badForm(err.Error())
	}
	text, err := posted.Text(of.spec)
	if err != nil {
		return registry.NewRun{}, err
	}
	translated, err := posted.Translate(posted.Name, text, posted.Settings{Parameters: values, Root: c.Root, ServiceAccount: c.ServiceAccount, Macros: c.Schedule}, v.site.config.Options)
	if err != nil {
		return registry.NewRun{}, err
	}
	return registry.NewRun{
		DisplayName: c.Name, Description: c.Description, ExperimentID: c.Experiment, Namespace: v.namespace, Version: of.version, Spec: of.spec,
		Workflow: translated.Workflow, Texts: translated.Texts, Macros: translated.Macros, Digest: translated.Digest,
	}, nil
}

// names are the keys of a map in order.
func names[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }
