package refcheck_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/internal/refcheck"
)

// TestNothingIsOptional takes one thing after another out of every golden
// Workflow, everywhere it stands. The checker must miss each.
func TestNothingIsOptional(t *testing.T) {
	goldens, err := filepath.Glob("../../../testdata/workflows/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, goldens)
	for _, golden := range goldens {
		text, err := os.ReadFile(golden)
		require.NoError(t, err)
		sound := parse(t, string(text))
		require.Empty(t, refcheck.Problems(sound), golden)
		b := breaker{t: t, name: filepath.Base(golden), sound: sound, text: mustJSON(t, sound)}
		b.arguments()
		for i := range sound.Spec.Templates {
			b.parameters(i)
			for j := range tasks(&sound.Spec.Templates[i]) {
				b.task(i, j)
			}
		}
	}
}

// breaker breaks copies of a sound Workflow.
type breaker struct {
	t     *testing.T
	name  string
	sound *wfv1.Workflow
	text  string
}

// broken requires that a change of the Workflow is noticed.
func (b breaker) broken(what string, change func(*wfv1.Workflow)) {
	b.t.Helper()
	w := b.sound.DeepCopy()
	change(w)
	require.NotEmpty(b.t, refcheck.Problems(w), "%s: %s", b.name, what)
}

// arguments takes away the arguments that are read.
func (b breaker) arguments() {
	for i, p := range b.sound.Spec.Arguments.Parameters {
		if strings.Contains(b.text, "workflow.parameters['"+p.Name+"']") {
			b.broken("no argument "+p.Name, func(w *wfv1.Workflow) { w.Spec.Arguments.Parameters[i].Name += "-x" })
		}
	}
}

// parameters takes away a template, the inputs that it is given, the outputs
// that are read, and the defaults of its outputs.
func (b breaker) parameters(i int) {
	of := b.sound.Spec.Templates[i]
	b.broken("no template "+of.Name, func(w *wfv1.Workflow) { w.Spec.Templates[i].Name += "-x" })
	for j, in := range of.Inputs.Parameters {
		if b.isGiven(of.Name, in.Name) {
			b.broken(of.Name+" without input "+in.Name, func(w *wfv1.Workflow) { w.Spec.Templates[i].Inputs.Parameters[j].Name += "-x" })
		}
	}
	for j, out := range of.Outputs.Parameters {
		if b.isRead(of.Name, out.Name) {
			b.broken(of.Name+" without output "+out.Name, func(w *wfv1.Workflow) { w.Spec.Templates[i].Outputs.Parameters[j].Name += "-x" })
		}
		b.broken(of.Name+" without the default of "+out.Name, func(w *wfv1.Workflow) { w.Spec.Templates[i].Outputs.Parameters[j].ValueFrom.Default = nil })
	}
}

// task takes away what a task waits for, if it reads anything of it, and the
// arguments that its template needs.
func (b breaker) task(i, j int) {
	task := tasks(&b.sound.Spec.Templates[i])[j]
	where := b.sound.Spec.Templates[i].Name + ", task " + task.Name
	change := func(what string, f func(*wfv1.DAGTask)) {
		b.broken(where+what, func(w *wfv1.Workflow) { f(&w.Spec.Templates[i].DAG.Tasks[j]) })
	}
	change(" runs nothing", func(t *wfv1.DAGTask) { t.Template += "-x" })
	if strings.Contains(mustJSON(b.t, task), "tasks['") {
		change(" waits for nothing", func(t *wfv1.DAGTask) { t.Depends = "" })
	}
	if before := awaited.FindString(task.Depends); before != "" {
		change(" waits for nobody", func(t *wfv1.DAGTask) { t.Depends = strings.ReplaceAll(t.Depends, before, "nobody.") })
	}
	for k, a := range task.Arguments.Parameters {
		if in := b.template(task.Template).Inputs.GetParameterByName(a.Name); in.Default == nil {
			change(" does not give "+a.Name, func(t *wfv1.DAGTask) {
				t.Arguments.Parameters = append(t.Arguments.Parameters[:k:k], t.Arguments.Parameters[k+1:]...)
			})
		}
		change(" gives no value to "+a.Name, func(t *wfv1.DAGTask) { t.Arguments.Parameters[k].Value = nil })
		change(" gives an item to "+a.Name, func(t *wfv1.DAGTask) { t.Arguments.Parameters[k].Value = wfv1.AnyStringPtr("{{item}}") })
		change(" reads nothing into "+a.Name, func(t *wfv1.DAGTask) {
			t.Arguments.Parameters[k].Value = wfv1.AnyStringPtr("{{=inputs.parameters['x']}}")
		})
		change(" gives "+a.Name+" twice", func(t *wfv1.DAGTask) { t.Arguments.Parameters = append(t.Arguments.Parameters, a) })
	}
}

var awaited = regexp.MustCompile(`[a-z0-9-]+\.`)

// isGiven reports whether any task gives a value to an input of a template.
func (b breaker) isGiven(template, input string) bool {
	for i := range b.sound.Spec.Templates {
		for _, task := range tasks(&b.sound.Spec.Templates[i]) {
			if task.Template == template && task.Arguments.GetParameterByName(input) != nil {
				return true
			}
		}
	}
	return false
}

// isRead reports whether a DAG reads an output of a template that it runs.
func (b breaker) isRead(template, output string) bool {
	for i := range b.sound.Spec.Templates {
		of := &b.sound.Spec.Templates[i]
		for _, task := range tasks(of) {
			if task.Template == template && strings.Contains(mustJSON(b.t, of), "tasks['"+task.Name+"'].outputs.parameters['"+output+"']") {
				return true
			}
		}
	}
	return false
}

func (b breaker) template(name string) *wfv1.Template { return b.sound.GetTemplateByName(name) }

func tasks(of *wfv1.Template) []wfv1.DAGTask {
	if of.DAG == nil {
		return nil
	}
	return of.DAG.Tasks
}

func mustJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}
