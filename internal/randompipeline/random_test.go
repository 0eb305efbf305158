package randompipeline_test

import (
	"bytes"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/randompipeline"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// TestTranslates translates each pipeline of the first seeds.
func TestTranslates(t *testing.T) {
	for seed := range uint64(200) {
		p := randompipeline.Make(seed)
		workflow, found, err := translate.Translate(diag.Source{Name: "random.json", Text: p.Text()}, translate.Options{})
		require.NoError(t, err, "seed %d", seed)
		require.NotNil(t, workflow, "seed %d: %v\n%s", seed, found, p.Text())
		require.Equal(t, p.Text(), randompipeline.Make(seed).Text(), "seed %d", seed)
	}
}

// TestForms looks for all that a pipeline may have in those of the first seeds.
func TestForms(t *testing.T) {
	var all bytes.Buffer
	for seed := range uint64(200) {
		all.Write(randompipeline.Make(seed).Text())
	}
	for _, form := range []string{
		`"constant": ""`, `"InputName\": \"text\"`, "valueFromOneof", "artifactSelectors", "taskOutputArtifact", "taskFinalStatus",
		"ALL_UPSTREAM_TASKS_COMPLETED", "parameterIterator", "retryPolicy", `"comp-say-file"`, `"comp-gather"`, "== ''",
	} {
		require.Contains(t, all.String(), form)
	}
}

// TestCheck has runs in which something is other than it must be.
func TestCheck(t *testing.T) {
	p := randompipeline.Make(7)
	run := wfv1.Workflow{Status: wfv1.WorkflowStatus{Phase: wfv1.WorkflowSucceeded}}
	run.Name = "run"
	nothing := p.Check(&run)
	require.NotEmpty(t, nothing)
	run.Status.Nodes = wfv1.Nodes{"a": {Name: "run.random.unknown(0)", Type: wfv1.NodeTypePod, Phase: wfv1.NodeFailed}}
	require.Subset(t, p.Check(&run), nothing)
	require.Contains(t, p.Check(&run), "unknown(0) must not run: Failed")
	run.Status.Nodes = wfv1.Nodes{"a": {Name: "run.random.loop.unknown(3:3)(0)", Type: wfv1.NodeTypePod, Phase: wfv1.NodeFailed}}
	require.Contains(t, p.Check(&run), "loop.iteration(3:3).unknown(0) must not run: Failed")
}
