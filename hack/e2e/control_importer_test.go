//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
)

// TestImporterForms compares whole artifacts. The only pod is the program that
// says what to import.
func TestImporterForms(t *testing.T) {
	t.Parallel()
	const label = `it's "{{x}}" \ $(Y) é`
	r := runPipeline(t, cases+"importer_forms.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 1)
	name := r.workflow.Name
	artifact := func(kind any, uri string, metadata map[string]any) string {
		if metadata == nil {
			metadata = map[string]any{}
		}
		if metadata["display_name"] == nil {
			metadata["display_name"] = "artifact"
		}
		if title, ok := kind.(string); ok {
			kind = map[string]string{"schemaTitle": title, "schemaVersion": "0.0.1"}
		}
		text, err := json.Marshal(map[string]any{
			"name":     "artifact",
			"type":     kind,
			"uri":      uri,
			"metadata": metadata,
		})
		require.NoError(t, err)
		return string(text)
	}
	for output, want := range map[string]string{
		"constant": artifact("system.Dataset", `s3://pipelines/forms/{{x}} $(HOME) "é".txt`, map[string]any{
			"plain": "{{item}} $$", "list": []any{1, nil, 2, map[string]bool{"a": true}}, "display_name": "ours",
		}),
		"from_constant": artifact("system.Dataset", fmt.Sprintf("s3://pipelines/%s/constant", name), nil),
		"from_input":    artifact("system.Dataset", "s3://pipelines/forms/input", nil),
		"from_program":  artifact("system.Dataset", "s3://pipelines/made/"+name, nil),
		"group":         artifact("system.Dataset", "s3://pipelines/forms/input", nil),
		"own":           artifact("system.Dataset", "s3://pipelines/forms/input", nil),
		"schema": artifact(map[string]string{"instanceSchema": "title: Table {{x}}\ntype: object", "schemaVersion": "1.0.0"},
			"s3://pipelines/forms/schema", nil),
		"untyped": artifact("system.Dataset", "s3://pipelines/forms/untyped", nil),
		"labelled": artifact("system.Model", "s3://pipelines/made/"+name, map[string]any{
			`a "key"`:         fmt.Sprintf("of %s in %s", label, name),
			"prefix " + label: "0.1",
			"nested":          []any{map[string]any{`in a "key"`: []any{`{"a":[1],"b":"{{item}}"}`, 2.5}}},
		}),
	} {
		require.JSONEq(t, want, r.result(output), output)
	}
	require.Empty(t, r.result("group_skipped"))
	require.Empty(t, r.result("own_skipped"))
	r.requireTasks("importer-forms", `
		constant        Succeeded
		from-constant   Succeeded
		from-input      Succeeded
		from-program    Succeeded
		group           Succeeded
		group.importer  Succeeded
		group-skipped   Skipped
		labelled        Succeeded
		make-uri        Succeeded
		schema          Succeeded
		untyped         Succeeded
		own             Succeeded
		own-skipped     Skipped
	`)
}

func TestImporterOnly(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"importer_only.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 0)
	require.Equal(t, "s3://pipelines/only", r.artifact("importer", "artifact").URI)
}

// TestImporterEmpty imports nothing, which fails where it runs and nowhere else.
func TestImporterEmpty(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"importer_empty.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 0)
	r = runPipeline(t, cases+"importer_empty.yaml", submitting("fetch", "true"))
	r.requirePhase(wfv1.WorkflowFailed, 1)
	require.Contains(t, r.node("importer-empty.condition-1.importer").Message, "driver: Error (exit code 1): the artifactUri to import is empty")
}
