package oracle_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/argoproj/argo-workflows/v3/cmd/argo/lint"
	"github.com/argoproj/argo-workflows/v3/pkg/apiclient"
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/validate"
	"github.com/stretchr/testify/require"
)

// TestWorkflows holds every Workflow against all that Argo has to say about
// one before it runs.
func TestWorkflows(t *testing.T) {
	schema, newest := workflowSchema(t), newArgo4(t)
	for _, w := range workflows(t) {
		t.Run(w.name, func(t *testing.T) {
			result := linted(t, w)
			require.True(t, result.Linted)
			require.Empty(t, result.Errs)
			require.Empty(t, schema.problems(t, w.text))
			newest.requireTaken(t, w.text)
			requireControllerTakes(t, decoded(t, w))
			requireExpressionsEvaluate(t, decoded(t, w))
			requireTasksAreAwaited(t, decoded(t, w))
		})
	}
}

// TestLintRefuses makes sure that the linter looks at what it is given.
func TestLintRefuses(t *testing.T) {
	for spec, want := range map[string]string{
		`{entrypoint: a, templates: [{name: a, dag: {tasks: [{name: b, template: c}]}}]}`:             "template name 'c' undefined",
		`{entrypoint: a, templates: [{name: a, suspend: {}, dags: {}}]}`:                              `unknown field "spec.templates[0].dags"`,
		`{entrypoint: a, templates: [{name: a}]}`:                                                     "template 'a' type is unknown",
		`{entrypoint: a, templates: [{name: a, container: {image: "{{inputs.parameters.x}}"}}]}`:      "failed to resolve {{inputs.parameters.x}}",
		`{entrypoint: a, templates: [{name: a, inputs: {parameters: [{name: x.y}]}, suspend: {}}]}`:   "Parameter/Artifact name must consist of",
		`{entrypoint: a, arguments: {parameters: [{value: x}]}, templates: [{name: a, suspend: {}}]}`: "name is required",
	} {
		result := linted(t, workflowOf(spec))
		require.Len(t, result.Errs, 1, spec)
		require.ErrorContains(t, result.Errs[0], want, spec)
	}
}

// workflowOf is a Workflow with a spec.
func workflowOf(spec string) printed {
	return printed{"spec", []byte("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: a-}\nspec: " + spec)}
}

// linted runs `argo lint --offline --strict` over a Workflow.
func linted(t *testing.T, w printed) *lint.LintResult {
	t.Helper()
	file := filepath.Join(t.TempDir(), "workflow.yaml")
	require.NoError(t, os.WriteFile(file, w.text, 0o600))
	ctx, client, err := apiclient.NewClientFromOpts(apiclient.Opts{Offline: true, OfflineFiles: []string{file}, Context: t.Context()})
	require.NoError(t, err)
	results, err := lint.Lint(ctx, &lint.LintOptions{
		Files: []string{file}, Strict: true, ServiceClients: lint.ServiceClients{WorkflowsClient: client.NewWorkflowServiceClient()},
	})
	require.NoError(t, err)
	require.Len(t, results.Results, 1)
	return results.Results[0]
}

// requireControllerTakes checks a Workflow as the controller does before it
// runs one: all arguments have values by then.
func requireControllerTakes(t *testing.T, workflow *wfv1.Workflow) {
	t.Helper()
	for i := range workflow.Spec.Arguments.Parameters {
		p := &workflow.Spec.Arguments.Parameters[i]
		switch {
		case p.Enum != nil:
			p.Value = &p.Enum[0]
		case p.Value == nil:
			p.Value = wfv1.AnyStringPtr("submitted")
		}
	}
	require.NoError(t, validate.ValidateWorkflow(nil, nil, workflow, nil, validate.ValidateOpts{}))
	require.NoError(t, validate.ValidateWorkflow(nil, nil, workflow, nil, validate.ValidateOpts{Submit: true}))
}
