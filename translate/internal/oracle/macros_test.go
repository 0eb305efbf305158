package oracle_test

import (
	"bytes"
	"maps"
	"os"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

// TestMacros lets Argo check and start a schedule whose argument has macros.
func TestMacros(t *testing.T) {
	text, err := os.ReadFile("../../../examples/hello.yaml")
	require.NoError(t, err)
	const given = "[[ScheduledTime]] {{$.currentTime.strftime('%Y')}} {{workflow.name}} [[RunUUID]]"
	w, found, err := translate.Translate(diag.Source{Name: "hello.yaml", Text: text}, translate.Options{
		Arguments: map[string]string{"recipient": given}, Macros: true,
	})
	require.NoError(t, err)
	require.NotNil(t, w, "%v", found)
	cron, err := kind.Cron(w, kind.Schedule{Cron: []string{"@daily"}})
	require.NoError(t, err)
	var printed bytes.Buffer
	require.NoError(t, translate.Print(&printed, cron, "hello.yaml"))
	requireKindTaken(t, kindSchemas(t, argo3), printed.Bytes())
	newArgo4(t).requireTaken(t, printed.Bytes())

	variables := maps.Clone(global())
	maps.Copy(variables, map[string]string{
		"workflow.creationTimestamp":         "2025-11-30T03:00:02Z",
		"workflow.creationTimestamp.RFC3339": "2025-11-30T03:00:02Z", "workflow.creationTimestamp.Y": "2025",
		"workflow.parameters.recipient": argumentOf(cron.Spec.WorkflowSpec, "recipient"),
	})
	entry := cron.Spec.WorkflowSpec.Templates[0].DAG.Tasks[0].Arguments.GetParameterByName("recipient").Value.String()
	require.Equal(t, `"20261130030000 2025 {\u007bworkflow.name}} 0b4f6a4e-1111-2222-3333-444455556666"`, filledIn(t, entry, variables))
}

func argumentOf(spec wfv1.WorkflowSpec, name string) string {
	return spec.Arguments.GetParameterByName(name).Value.String()
}
