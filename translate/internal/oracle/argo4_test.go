package oracle_test

import (
	"context"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v4/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v4/util/logging"
	"github.com/argoproj/argo-workflows/v4/workflow/common"
	"github.com/argoproj/argo-workflows/v4/workflow/templateresolution"
	"github.com/argoproj/argo-workflows/v4/workflow/util"
	"github.com/argoproj/argo-workflows/v4/workflow/validate"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kfp2argo/kfp2argo/translate/kind"
)

// argo4 holds objects against Argo 4: its types, which know no field that it
// has removed, its full resource definitions, which it installs by default, and
// the checks of its controller.
type argo4 struct {
	schemas map[string]workflowSchemas
}

func newArgo4(t *testing.T) argo4 {
	t.Helper()
	return argo4{kindSchemas(t, "github.com/argoproj/argo-workflows/v4")}
}

// requireTaken requires that Argo 4 takes an object.
func (a argo4) requireTaken(t *testing.T, text []byte) {
	t.Helper()
	ctx := argo4Context(t)
	object := decoded4(ctx, t, text)
	require.Empty(t, a.schemas[object.GetObjectKind().GroupVersionKind().Kind].problems(t, text))
	require.NoError(t, validated4(ctx, object))
}

// decoded4 reads an object as `argo lint --strict` of Argo 4 does.
func decoded4(ctx context.Context, t *testing.T, text []byte) runtime.Object {
	t.Helper()
	parsed := common.ParseObjects(ctx, text, true)
	require.Len(t, parsed, 1)
	require.NoError(t, parsed[0].Err)
	return parsed[0].Object.(runtime.Object)
}

// validated4 checks an object as the controller does before it runs one: all
// arguments of a Workflow have values by then.
func validated4(ctx context.Context, object runtime.Object) error {
	switch object := object.(type) {
	case *wfv1.Workflow:
		if object.Spec.WorkflowTemplateRef != nil {
			spec := object.Spec
			if err := util.ValidateUserOverrides(&spec); err != nil {
				return err
			}
			return validate.ValidateWorkflowTemplateRefFields(spec)
		}
		for i, p := range object.Spec.Arguments.Parameters {
			if p.Enum != nil {
				object.Spec.Arguments.Parameters[i].Value = &p.Enum[0]
			} else if p.Value == nil {
				object.Spec.Arguments.Parameters[i].Value = wfv1.AnyStringPtr("submitted")
			}
		}
		return validate.ValidateWorkflow(ctx, nil, nil, object, nil, validate.ValidateOpts{Submit: true})
	case *wfv1.WorkflowTemplate:
		return validate.ValidateWorkflowTemplate(ctx, nil, nil, object, nil, validate.ValidateOpts{})
	case *wfv1.ClusterWorkflowTemplate:
		return validate.ValidateClusterWorkflowTemplate(ctx, nil, nil, object, nil, validate.ValidateOpts{})
	}
	return validate.ValidateCronWorkflow(ctx, anyTemplates4{}, nil, object.(*wfv1.CronWorkflow), nil)
}

func argo4Context(t *testing.T) context.Context {
	t.Helper()
	return logging.WithLogger(t.Context(), logging.NewSlogLogger(logging.Error, logging.Text))
}

// TestArgo4Refuses makes sure that each of the three is looked at: the fields
// that Argo 4 has removed, the limits of its definitions, its own checks.
func TestArgo4Refuses(t *testing.T) {
	ctx := argo4Context(t)
	for spec, want := range map[string]string{
		`{entrypoint: a, synchronization: {mutex: {name: m}}}`:                                                                       `unknown field "spec.synchronization.mutex"`,
		`{entrypoint: a, templates: [{name: a, suspend: {}, synchronization: {semaphore: {configMapKeyRef: {name: s, key: k}}}}]}`:   `unknown field "spec.templates[0].synchronization.semaphore"`,
		`{entrypoint: a, templates: [{name: a, suspend: {}, memoize: {key: k, maxAge: 1h, cache: {configMap: {name: c, key: k}}}}]}`: `unknown field "spec.templates[0].memoize.cache.configMap.key"`,
	} {
		parsed := common.ParseObjects(ctx, workflowOf(spec).text, true)
		require.Len(t, parsed, 1)
		require.ErrorContains(t, parsed[0].Err, want)
		// Argo 3.7 has them all.
		decoded(t, workflowOf(spec))
	}
	problems := newArgo4(t).schemas[string(kind.Workflow)].problems(t, workflowOf(`{templates: [{name: a, suspend: {}, dag: {tasks: []}}]}`).text)
	require.NotEmpty(t, problems)
	undefined := decoded4(ctx, t, workflowOf(`{entrypoint: a, templates: [{name: a, dag: {tasks: [{name: b, template: c}]}}]}`).text)
	require.ErrorContains(t, validated4(ctx, undefined), "template name 'c' undefined")
}

// anyTemplates4 are the templates of a namespace that has one of every name.
type anyTemplates4 struct{}

var _ templateresolution.WorkflowTemplateNamespacedGetter = anyTemplates4{}

// Get returns a template that does nothing.
func (anyTemplates4) Get(_ context.Context, name string) (*wfv1.WorkflowTemplate, error) {
	if name == "" {
		return nil, apierrors.NewNotFound(schema.GroupResource{Resource: "workflowtemplates"}, name)
	}
	return &wfv1.WorkflowTemplate{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: wfv1.WorkflowSpec{
		Entrypoint: "a", Templates: []wfv1.Template{{Name: "a", Suspend: &wfv1.SuspendTemplate{}}},
	}}, nil
}
