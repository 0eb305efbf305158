package oracle_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/translate/kind"
)

func TestSchemaRefuses(t *testing.T) {
	s := workflowSchema(t)
	for spec, want := range map[string]string{
		`{arguments: {parameters: [{name: a, value: 1.5}]}}`: "spec.arguments.parameters[0].value: Invalid value",
		`{entrypoint: a, entrypiont: b}`:                     "spec.entrypiont",
		`{arguments: {parameters: [{value: x}]}}`:            "spec.arguments.parameters[0].name: Required value",
	} {
		problems := s.problems(t, workflowOf(spec).text)
		require.Len(t, problems, 1, spec)
		require.Contains(t, problems[0], want, spec)
	}
}

// workflowSchemas is one of Argo's full resource definitions, in the forms in which
// the Kubernetes API server uses it: types, required fields, no unknown
// fields. Argo 3.7 installs the minimal definition, which accepts nearly
// everything; Argo 4, the full one.
type workflowSchemas struct {
	structural *schema.Structural
	validator  validation.SchemaValidator
}

// workflowSchema reads the definition of a Workflow.
func workflowSchema(t *testing.T) workflowSchemas {
	t.Helper()
	return schemaOf(t, argo3, kind.Workflow)
}

// argo3 is the module of Argo 3.7.
const argo3 = "github.com/argoproj/argo-workflows/v3"

// schemaOf reads the definition of a kind from a module of Argo.
func schemaOf(t *testing.T, argo string, k kind.Kind) workflowSchemas {
	t.Helper()
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", argo).Output()
	require.NoError(t, err)
	name := "manifests/base/crds/full/argoproj.io_" + strings.ToLower(string(k)) + "s.yaml"
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(module)), name))
	require.NoError(t, err)
	var definition apiextensionsv1.CustomResourceDefinition
	require.NoError(t, yaml.UnmarshalStrict(text, &definition))
	var s apiextensions.JSONSchemaProps
	require.NoError(t, apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(
		definition.Spec.Versions[0].Schema.OpenAPIV3Schema, &s, nil))
	structural, err := schema.NewStructural(&s)
	require.NoError(t, err)
	validator, _, err := validation.NewSchemaValidator(&s)
	require.NoError(t, err)
	return workflowSchemas{structural, validator}
}

// problems lists what the API server would refuse, or drop.
func (s workflowSchemas) problems(t *testing.T, text []byte) []string {
	t.Helper()
	var object map[string]any
	require.NoError(t, yaml.UnmarshalStrict(text, &object))
	all := slices.Clone(pruning.PruneWithOptions(object, s.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}))
	for _, err := range validation.ValidateCustomResource(nil, object, s.validator) {
		all = append(all, err.Error())
	}
	return all
}
