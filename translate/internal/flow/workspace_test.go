package flow_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// mounting lists the tasks of a pipeline that mount the workspace.
func mounting(p *pipeline.Pipeline, arguments map[string]string) []string {
	found := map[string]bool{}
	for at := range flow.Of(p).MayNameWorkspace(arguments) {
		if body, ok := at.(flow.Body); ok {
			found[body.Task.Key] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// TestWorkspace names each task after why it mounts the workspace, or does not.
func TestWorkspace(t *testing.T) {
	p := resolved(t, "testdata/workspace.yaml")
	want := []string{
		"artifact", "artifact-of-loop", "artifact-of-nested", "args", "constant", "default", "env", "import", "inner", "item-of-input",
		"item-of-list", "mentions-input", "output-of-nested", "output-of-task",
	}
	slices.Sort(want)
	require.Equal(t, want, mounting(p, nil))
	argued := append(slices.Clone(want), "input")
	slices.Sort(argued)
	require.Equal(t, argued, mounting(p, map[string]string{"where": "/kfp-workspace/x"}))

	p.Platform.PipelineConfig.Workspace = nil
	require.Empty(t, mounting(p, nil), "there is nothing to mount")
}
