package oracle_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// requireExpressionsEvaluate has Argo evaluate every expression of a Workflow
// with values for what its template declares, and for nothing else. There must
// be values with which it works out; that an expression is right for all
// values is for the tests of its builder.
func requireExpressionsEvaluate(t *testing.T, workflow *wfv1.Workflow) {
	t.Helper()
	templates := map[string]*wfv1.Template{}
	for i := range workflow.Spec.Templates {
		templates[workflow.Spec.Templates[i].Name] = &workflow.Spec.Templates[i]
	}
	for _, of := range templates {
		names := declared(workflow, of, templates)
		for _, e := range expressions(t, of) {
			require.True(t, evaluates(e, names), "template %s: %s", of.Name, e)
		}
	}
}

func TestBrokenExpressionsAreFound(t *testing.T) {
	names := []string{"inputs.parameters.a", "tasks.t.outputs.parameters.o", "tasks.t.status"}
	for e, want := range map[string]bool{
		"inputs.parameters['a']":                              true,
		"fromJSON(inputs.parameters['a']) > 2":                true,
		"toJson(fromJSON(inputs.parameters['a'])[int(item)])": true,
		"tasks['t'].outputs.parameters['o']":                  true,
		"tasks['t'].status == 'Succeeded'":                    true,
		"fromJSON(inputs.parameters['a'])['member'] > 'a'":    true,
		"inputs.parameters['b']":                              false,
		"tasks['t'].outputs.parameters['a']":                  false,
		"unknown(inputs.parameters['a'])":                     false,
		"inputs.parameters['a'":                               false,
		"let v = unknown(inputs.parameters['a']); v":          false,
		"fromJSON(inputs.parameters['a'])[0].b.c":             false,
	} {
		require.Equal(t, want, evaluates(e, names), e)
	}
}

// declared lists the variables whose values a template can read.
func declared(workflow *wfv1.Workflow, of *wfv1.Template, templates map[string]*wfv1.Template) []string {
	var names []string
	for _, p := range workflow.Spec.Arguments.Parameters {
		names = append(names, "workflow.parameters."+p.Name)
	}
	for _, p := range of.Inputs.Parameters {
		names = append(names, "inputs.parameters."+p.Name)
	}
	if of.DAG == nil {
		return names
	}
	for _, task := range of.DAG.Tasks {
		names = append(names, "tasks."+task.Name+".status")
		for _, o := range templates[task.Template].Outputs.Parameters {
			names = append(names, "tasks."+task.Name+".outputs.parameters."+o.Name)
		}
	}
	return names
}

var status = regexp.MustCompile(`^tasks\.[^.]+\.status$`)

var tag = regexp.MustCompile(`(?s)\{\{=(.*?)\}\}`)

// expressions lists the expressions of a template: those in tags, and those of
// its outputs.
func expressions(t *testing.T, of *wfv1.Template) []string {
	t.Helper()
	var all []string
	for _, o := range of.Outputs.Parameters {
		if o.ValueFrom.Expression != "" {
			e, err := replaced(o.ValueFrom.Expression, global()) // which has tags of its own
			require.NoError(t, err)
			all = append(all, e)
		}
	}
	if of.DAG != nil {
		of = of.DeepCopy()
		of.DAG.Tasks = slices.DeleteFunc(of.DAG.Tasks, func(task wfv1.DAGTask) bool {
			return task.WithParam == expression.NoItems().Tag() // it never runs
		})
	}
	text, err := json.Marshal(of)
	require.NoError(t, err)
	for _, match := range tag.FindAllSubmatch(text, -1) {
		var e string
		require.NoError(t, json.Unmarshal([]byte(`"`+string(match[1])+`"`), &e))
		all = append(all, e)
	}
	return all
}

// evaluates reports whether there are values with which Argo can evaluate an
// expression.
func evaluates(e string, names []string) bool {
	var read []string
	variables := global()
	variables["item"] = "0"
	variables["workflow.failures"] = strconv.Quote(`[{"displayName": "a", "templateName": "b", "message": "c"}]`)
	for _, name := range names {
		variables[name] = `"text"`
		if status.MatchString(name) {
			variables[name] = "Succeeded"
		} else if strings.Contains(e, "'"+name[strings.LastIndex(name, ".")+1:]+"'") {
			read = append(read, name)
		}
	}
	attempts := 20_000
	return tries(e, read, variables, &attempts)
}

// tries goes through the values of the variables that an expression reads,
// for as long as there are attempts left.
func tries(e string, read []string, variables map[string]string, attempts *int) bool {
	if len(read) == 0 {
		*attempts--
		result, err := replaced("{{="+e+"}}", variables)
		return err == nil && result != "{{="+e+"}}"
	}
	for _, value := range values(e) {
		variables[read[0]] = value
		if *attempts > 0 && tries(e, read[1:], variables, attempts) {
			return true
		}
	}
	return false
}

var literal = regexp.MustCompile(`'(\w+)'`)

// values are values of all kinds; the objects have the members that an
// expression may ask for. The last is a list as loops take theirs, by lines.
func values(e string) []string {
	members := map[string]any{}
	for _, match := range literal.FindAllStringSubmatch(e, -1) {
		members[match[1]] = "text"
	}
	object, err := json.Marshal(members)
	if err != nil {
		panic(err) // of texts
	}
	return []string{`"text"`, `["a","b"]`, `3`, string(object), `[` + string(object) + `]`, `[["a"]]`, `true`, ``, "[\n\"a\"\n]"}
}
