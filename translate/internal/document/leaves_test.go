package document_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

func TestLeaves(t *testing.T) {
	text := `pipelineInfo: {name: x}
schemaVersion: 2.1.0
root:
  dag:
    tasks:
      train:
        taskInfo: {name: train}
        dependentTasks: [a, b]
        cachingOptions: {enableCache: true}
        triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}
        retryPolicy: {maxRetryCount: '2', backoffFactor: 1.5}
        inputs: {parameters: {rows: {runtimeValue: {constant: {a: [1]}}}}}
        componentRef: {name: ''}
`
	var report diag.Report
	doc := document.Read(diag.Source{Name: "x", Text: []byte(text)}, &report)
	require.Empty(t, report.Diagnostics())
	require.Equal(t, []document.Leaf{
		{Path: `["train"].taskInfo.name`, Text: "train"},
		{Path: `["train"].inputs.parameters["rows"].runtimeValue.constant`, Text: `{"a":[1]}`},
		{Path: `["train"].dependentTasks[0]`, Text: "a"},
		{Path: `["train"].dependentTasks[1]`, Text: "b"},
		{Path: `["train"].cachingOptions.enableCache`, Text: "true"},
		{Path: `["train"].componentRef.name`, Text: ""},
		{Path: `["train"].triggerPolicy.strategy`, Text: "ALL_UPSTREAM_TASKS_COMPLETED"},
		{Path: `["train"].retryPolicy.maxRetryCount`, Text: "2"},
		{Path: `["train"].retryPolicy.backoffFactor`, Text: "1.5"},
	}, document.Leaves(doc.Pipeline.Root.DAG.Tasks))
}
