package driver

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/failure"
)

// TestExplainStatus completes statuses with failures that are really stored.
func TestExplainStatus(t *testing.T) {
	root := "file://" + t.TempDir()
	options := Options{Getenv: os.Getenv, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	place := failure.Place{Root: root, Directory: root + "/run/failures", Getenv: os.Getenv}
	require.NoError(t, place.Leave(t.Context(), failure.Record{Node: "run.body.work", Code: 3, Message: "broken", Time: time.Now()}))

	for _, test := range []struct{ node, value, want string }{
		{"run.exit", `{"state":"FAILED","error":{},"pipelineJobResourceName":"run","pipelineTaskName":"body"}`,
			`{"error":{"code":3,"message":"broken"},"pipelineJobResourceName":"run","pipelineTaskName":"body","state":"FAILED"}`},
		{"run.exit.inner.report", `{"state":"FAILED","pipelineJobResourceName":"run","pipelineTaskName":"body"}`,
			`{"error":{"code":3,"message":"broken"},"pipelineJobResourceName":"run","pipelineTaskName":"body","state":"FAILED"}`},
		{"run.exit", `{"state":"FAILED","pipelineJobResourceName":"run","pipelineTaskName":"other"}`,
			`{"error":{"code":0,"message":"task \"other\" has failed"},"pipelineJobResourceName":"run","pipelineTaskName":"other","state":"FAILED"}`},
		{"run.exit", `{"state":"COMPLETE","error":{},"pipelineJobResourceName":"run","pipelineTaskName":"body"}`,
			`{"state":"COMPLETE","error":{},"pipelineJobResourceName":"run","pipelineTaskName":"body"}`},
		{"run.exit", `{"state":"FAILED","of":"somebody else's struct"}`, `{"state":"FAILED","of":"somebody else's struct"}`},
		{"run.exit", `"FAILED"`, `"FAILED"`},
	} {
		plan := &contract.Plan{PipelineRoot: root, Failures: place.Directory}
		plan.ExecutorInput.Inputs.ParameterValues = map[string]json.RawMessage{"status": json.RawMessage(test.value)}
		require.NoError(t, explainStatus(t.Context(), plan, contract.Run{Name: "run", Node: test.node}, options))
		require.Equal(t, test.want, string(plan.ExecutorInput.Inputs.ParameterValues["status"]), test.value)
	}
}

// TestUnreadableReason lets the program run where nobody can tell it why.
func TestUnreadableReason(t *testing.T) {
	var log bytes.Buffer
	options := Options{Getenv: os.Getenv, Log: slog.New(slog.NewTextHandler(&log, nil))}
	plan := &contract.Plan{PipelineRoot: "https://nowhere", Failures: "https://nowhere/failures"}
	plan.ExecutorInput.Inputs.ParameterValues = map[string]json.RawMessage{
		"status": json.RawMessage(`{"state":"FAILED","pipelineJobResourceName":"run","pipelineTaskName":"body"}`),
	}
	require.NoError(t, explainStatus(t.Context(), plan, contract.Run{Name: "run", Node: "run.exit"}, options))
	require.JSONEq(t, `{"error":{"code":0,"message":"task \"body\" has failed"},"pipelineJobResourceName":"run","pipelineTaskName":"body","state":"FAILED"}`,
		string(plan.ExecutorInput.Inputs.ParameterValues["status"]))
	require.Contains(t, log.String(), "reading why a task has failed: pipeline root https://nowhere")
}
