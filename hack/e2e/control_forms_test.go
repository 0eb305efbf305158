//go:build e2e

package e2e

import (
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
)

// TestAllForms follows data through a pipeline of all forms.
func TestAllForms(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"all_forms.yaml", gate)
	r.requirePhase(wfv1.WorkflowSucceeded, 1)
	require.Equal(t, "yes", r.result("text"))
	require.Equal(t, []string{"s3://bucket/each"}, r.uris(r.result("files")))
	for task, uri := range map[string]string{
		"after":           "s3://bucket/yes",
		"clean-up.import": "s3://bucket/COMPLETE",
		"import":          "s3://bucket/root",
		"tolerant":        "s3://bucket/yes",
		"tolerant-after":  "s3://bucket/nothing",
	} {
		require.Equal(t, []string{uri}, r.uris(r.output("all-forms."+task, "file")), task)
	}
	require.Equal(t, []string{"s3://bucket/each"}, r.uris(r.input("all-forms.tolerant", "files")))
	require.JSONEq(t, `"`+r.workflow.Name+`"`, string(r.artifact("all-forms.import", "file").Metadata["root"]))
}
