//go:build e2e

package e2e

import (
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
)

// TestArgumentsWithTags gives texts that Argo fills in where it finds them. The
// second task and the loop start after Argo has stored the Workflow.
func TestArgumentsWithTags(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		option option
		want   string
	}{
		"default":   {want: "A {{workflow.name}} {{=2*3}} {{ x }} B"},
		"malformed": {option: giving("t", "{{=1 +}} {{=<% %>=}} {{"), want: "{{=1 +}} {{=<% %>=}} {{"},
		"another argument": {
			option: giving("t", "{{workflow.parameters.l}} $(HOSTNAME)"), want: "{{workflow.parameters.l}} $(HOSTNAME)",
		},
		"submitted":         {option: submitting("t", "Dear {{ name }}, {% if %} {{"), want: "Dear {{ name }}, {% if %} {{"},
		"submitted escaped": {option: submitting("t", `{\u007bworkflow.uid}}`), want: "{{workflow.uid}}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runPipeline(t, cases+"arguments_late.yaml", c.option)
			r.requirePhase(wfv1.WorkflowSucceeded, 4)
			for _, task := range []string{"first", "second"} {
				require.Contains(t, r.log("arguments-late."+task), "MSG:"+c.want+"\n", task)
			}
			require.Contains(t, r.log("arguments-late.for-loop-1.iteration(0:0).echo"), "MSG:{{workflow.uid}}\n")
			require.Contains(t, r.log("arguments-late.for-loop-1.iteration(1:1).echo"), "MSG:{{=1+1}}\n")
		})
	}
}

// TestArgumentsRefused submits, past this translator, what would not arrive as
// it is. The run ends before it begins, and says why.
func TestArgumentsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{{workflow.name}}", "{{=1 +}}", "{{=", "{{=<% %>=}} Dear <% name %>"} {
		r := startPipeline(t, cases+"arguments_late.yaml", submitting("t", text))
		r.wait()
		r.requirePhase(wfv1.WorkflowFailed, 0)
		require.Contains(t, r.workflow.Status.Message, "workflow.parameters.t has a tag that Argo would fill in", text)
	}
}
