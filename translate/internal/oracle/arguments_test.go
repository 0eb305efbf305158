package oracle_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/util/template"
	"github.com/argoproj/argo-workflows/v3/workflow/validate"
	"github.com/stretchr/testify/require"
)

// TestArguments submits texts that Argo may take for tags, as `argo submit -p`
// does. Argo must refuse the Workflow, or leave the text as it is when it fills
// in the tags of a Workflow's arguments.
func TestArguments(t *testing.T) {
	text, err := os.ReadFile("../../../testdata/workflows/arguments_late.yaml")
	require.NoError(t, err)
	golden := decoded(t, printed{"arguments_late.yaml", text})
	refused := 0
	for _, argument := range append(argumentsWithTags(), randomTexts(500)...) {
		workflow := submitted(golden, argument)
		err := validate.ValidateWorkflow(nil, nil, workflow, nil, validate.ValidateOpts{})
		if err != nil {
			require.ErrorContains(t, err, "{{workflow.parameters.t has a tag that Argo would fill in}}", "%q", argument)
			refused++
			continue
		}
		require.Equal(t, argument, afterFirstLook(t, workflow).GetParameterByName("t").Value.String())
	}
	require.NotZero(t, refused)
	for _, fine := range []string{"{{ name }}", "{{", "}}", "{{item}} {% if %}", `{\u007bworkflow.name}}`, "workflow.name = {{ x }}"} {
		require.NoError(t, validate.ValidateWorkflow(nil, nil, submitted(golden, fine), nil, validate.ValidateOpts{}), fine)
	}
}

// submitted is a Workflow with another argument t.
func submitted(golden *wfv1.Workflow, text string) *wfv1.Workflow {
	workflow := golden.DeepCopy()
	for i, p := range workflow.Spec.Arguments.Parameters {
		if p.Name == "t" {
			workflow.Spec.Arguments.Parameters[i].Value = wfv1.AnyStringPtr(text)
		}
	}
	return workflow
}

// afterFirstLook returns the arguments as the controller stores them.
func afterFirstLook(t *testing.T, workflow *wfv1.Workflow) *wfv1.Arguments {
	t.Helper()
	spec := workflow.Spec.DeepCopy()
	spec.Templates = nil
	text, err := json.Marshal(spec)
	require.NoError(t, err)
	variables := global()
	for _, p := range spec.Arguments.Parameters {
		variables["workflow.parameters."+p.Name] = p.Value.String()
	}
	stored, err := template.Replace(string(text), variables, true)
	require.NoError(t, err, string(text))
	require.NoError(t, json.Unmarshal([]byte(stored), spec))
	return &spec.Arguments
}

func argumentsWithTags() []string {
	return []string{
		"{{workflow.name}}", "{{ workflow.uid }}", "{{\u00a0workflow.uid\u3000}}", "{{\nworkflow.uid}}", "{{=1+1}}", "{{=1 +}}", "{{=", "{{=}}",
		"{{=<% %>=}} Dear <% name %>", "{{workflow.parameters.l}}", "{{workflow.parameters}}", "{{ a {{workflow.name}}", "{{{workflow.name}}}",
		"{{{=1}}}", "x }} {{ y", "{{", "{{ {{ {{", "}}", `{{"workflow.name"}}`, `{{\workflow.name}}`, `{\u007b=1+1}}`, "{{workflow.name", "", "{{ name }}",
	}
}

// randomTexts makes texts of what tags are made of.
func randomTexts(count int) []string {
	parts := []string{"{", "{{", "}}", "}", "=", " ", "workflow.", "workflow.name", "name", "\"", "\\", "\n", "\u00a0", "item", "1+1", `\u007b`, "'", "é"}
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]string, count)
	for i := range all {
		var text strings.Builder
		for range 1 + random.IntN(8) {
			text.WriteString(parts[random.IntN(len(parts))])
		}
		all[i] = text.String()
	}
	return all
}
