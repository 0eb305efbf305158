package oracle_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/common"
	"github.com/argoproj/argo-workflows/v3/workflow/templateresolution"
	"github.com/argoproj/argo-workflows/v3/workflow/util"
	"github.com/argoproj/argo-workflows/v3/workflow/validate"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

// TestKinds holds the goldens of the other kinds against Argo's resource
// definitions and the checks of its controller.
func TestKinds(t *testing.T) {
	files, err := filepath.Glob("../../../testdata/kinds/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	schemas, newest := kindSchemas(t, argo3), newArgo4(t)
	seen := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
			t.Run(filepath.Base(file), func(t *testing.T) {
				seen[requireKindTaken(t, schemas, document)] = true
				newest.requireTaken(t, document)
			})
		}
	}
	require.Len(t, seen, len(schemas), "there is no golden of some kind")
}

// TestEveryWorkflowAsKind makes a template and a schedule of every Workflow.
func TestEveryWorkflowAsKind(t *testing.T) {
	schemas, newest := kindSchemas(t, argo3), newArgo4(t)
	for _, w := range workflows(t) {
		workflow := decoded(t, w)
		for i, p := range workflow.Spec.Arguments.Parameters {
			if p.Value == nil {
				workflow.Spec.Arguments.Parameters[i].Value = wfv1.AnyStringPtr(submittable(p))
			}
		}
		kinds := []kind.Kind{kind.WorkflowTemplate, kind.Workflow, kind.CronWorkflow}
		objects, err := kind.Objects(workflow, kinds, kind.Schedule{Cron: []string{"@daily"}})
		require.NoError(t, err, w.name)
		whole, err := kind.Cron(workflow, kind.Schedule{Cron: []string{"@daily"}})
		require.NoError(t, err, w.name)
		for _, object := range append(objects, whole) {
			var text bytes.Buffer
			require.NoError(t, translate.Print(&text, object, w.name))
			requireKindTaken(t, schemas, text.Bytes())
			newest.requireTaken(t, text.Bytes())
		}
	}
}

// submittable is a value that an argument takes.
func submittable(p wfv1.Parameter) string {
	if p.Enum != nil {
		return p.Enum[0].String()
	}
	return "submitted"
}

func TestKindsAreRefused(t *testing.T) {
	cron := schemaOf(t, argo3, kind.CronWorkflow)
	problems := cron.problems(t, []byte(`{apiVersion: argoproj.io/v1alpha1, kind: CronWorkflow, metadata: {name: a}, spec: {schedules: "@daily", workflowSpec: {}}}`))
	require.Len(t, problems, 1)
	require.Contains(t, problems[0], "spec.schedules")
	template := schemaOf(t, argo3, kind.WorkflowTemplate)
	problems = template.problems(t, []byte(`{apiVersion: argoproj.io/v1alpha1, kind: WorkflowTemplate, metadata: {name: a}, spec: {schedules: []}}`))
	require.Equal(t, []string{"spec.schedules"}, problems)
}

// kindSchemas reads the definitions of all kinds from a module of Argo.
func kindSchemas(t *testing.T, argo string) map[string]workflowSchemas {
	t.Helper()
	all := map[string]workflowSchemas{}
	for _, k := range []kind.Kind{kind.Workflow, kind.WorkflowTemplate, kind.ClusterWorkflowTemplate, kind.CronWorkflow} {
		all[string(k)] = schemaOf(t, argo, k)
	}
	return all
}

// requireKindTaken holds an object against all that Argo has to say about its
// kind, which is returned.
func requireKindTaken(t *testing.T, schemas map[string]workflowSchemas, text []byte) string {
	t.Helper()
	parsed := common.ParseObjects(text, true)
	require.Len(t, parsed, 1)
	require.NoError(t, parsed[0].Err)
	kind := parsed[0].Object.(runtime.Object).GetObjectKind().GroupVersionKind().Kind
	require.Contains(t, schemas, kind)
	require.Empty(t, schemas[kind].problems(t, text))
	switch object := parsed[0].Object.(type) {
	case *wfv1.Workflow:
		requireRefers(t, object.Spec)
	case *wfv1.WorkflowTemplate:
		require.NoError(t, validate.ValidateWorkflowTemplate(nil, nil, object, nil, validate.ValidateOpts{}))
	case *wfv1.ClusterWorkflowTemplate:
		require.NoError(t, validate.ValidateClusterWorkflowTemplate(nil, nil, object, nil, validate.ValidateOpts{}))
	case *wfv1.CronWorkflow:
		if object.Spec.WorkflowSpec.WorkflowTemplateRef != nil {
			requireRefers(t, object.Spec.WorkflowSpec)
		}
		templates := anyTemplates{}
		require.NoError(t, validate.ValidateCronWorkflow(context.Background(), templates, nil, object, nil))
	}
	return kind
}

// requireRefers checks that a spec has nothing beside a reference that Argo
// refuses under `templateReferencing: Strict`.
func requireRefers(t *testing.T, spec wfv1.WorkflowSpec) {
	t.Helper()
	require.NotNil(t, spec.WorkflowTemplateRef)
	require.NoError(t, util.ValidateUserOverrides(&spec))
	require.NoError(t, validate.ValidateWorkflowTemplateRefFields(spec))
}

// anyTemplates are the templates of a namespace that has one of every name.
type anyTemplates struct{}

var _ templateresolution.WorkflowTemplateNamespacedGetter = anyTemplates{}

// Get returns a template that does nothing.
func (anyTemplates) Get(name string) (*wfv1.WorkflowTemplate, error) {
	if name == "" {
		return nil, apierrors.NewNotFound(schema.GroupResource{Resource: "workflowtemplates"}, name)
	}
	return &wfv1.WorkflowTemplate{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: wfv1.WorkflowSpec{
		Entrypoint: "a", Templates: []wfv1.Template{{Name: "a", Suspend: &wfv1.SuspendTemplate{}}},
	}}, nil
}
