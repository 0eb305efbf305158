package driver

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/failure"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// TestExplainStatus completes statuses with failures that are really stored.
func TestExplainStatus(t *testing.T) {
	rootText := "file://" + t.TempDir()
	root, err := store.ParseRoot(rootText)
	require.NoError(t, err)
	directory, err := root.URI().Join("failures")
	require.NoError(t, err)
	options := Options{Getenv: os.Getenv, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	record := failure.Record{Node: "run.body.work", Code: 3, Message: "broken", Time: time.Now()}
	require.NoError(t, failure.Leave(t.Context(), store.New(root, os.Getenv), directory, record))

	for _, test := range []struct{ node, value, want string }{
		{"run.exit", `{"state":"FAILED","pipelineJobResourceName":"run","pipelineTaskName":"body"}`,
			`{"error":{"code":3,"message":"broken"},"pipelineJobResourceName":"run","pipelineTaskName":"body","state":"FAILED"}`},
		{"run.exit.inner.report", `{"state":"FAILED","pipelineJobResourceName":"run","pipelineTaskName":"body"}`,
			`{"error":{"code":3,"message":"broken"},"pipelineJobResourceName":"run","pipelineTaskName":"body","state":"FAILED"}`},
		{"run.exit", `{"state":"FAILED","pipelineJobResourceName":"run","pipelineTaskName":"other"}`,
			`{"error":{"code":0,"message":"task \"other\" has failed"},"pipelineJobResourceName":"run","pipelineTaskName":"other","state":"FAILED"}`},
		{"run.exit", `{"state":"COMPLETE","pipelineJobResourceName":"run","pipelineTaskName":"body"}`,
			`{"state":"COMPLETE","pipelineJobResourceName":"run","pipelineTaskName":"body"}`},
		{"run.exit", `{"state":"FAILED","of":"somebody else's struct"}`, `{"state":"FAILED","of":"somebody else's struct"}`},
		{"run.exit", `"FAILED"`, `"FAILED"`},
	} {
		plan := &contract.Plan{PipelineRoot: rootText, Failures: directory.String()}
		plan.ExecutorInput.Inputs.ParameterValues = map[string]json.RawMessage{"status": json.RawMessage(test.value)}
		require.NoError(t, explainStatus(t.Context(), plan, contract.Run{Name: "run", Node: test.node}, options))
		require.Equal(t, test.want, string(plan.ExecutorInput.Inputs.ParameterValues["status"]), test.value)
	}
}
