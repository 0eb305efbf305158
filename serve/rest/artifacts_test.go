package rest

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/execution"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// TestNativeArtifacts tells of a run whose task has a data set and metrics, and of
// one that reads the data set.
func TestNativeArtifacts(t *testing.T) {
	of := func(uri, schema string, metadata map[string]json.RawMessage) runs.Value {
		return runs.Value{Artifacts: []contract.RuntimeArtifact{{Name: schema, URI: uri, Type: contract.ArtifactType{SchemaTitle: schema}, Metadata: metadata}}}
	}
	data := of("s3://b/data", "system.Dataset", nil)
	metrics := of("s3://b/metrics", "system.Metrics", map[string]json.RawMessage{
		"accuracy": json.RawMessage("0.5"), "loss": json.RawMessage("2"), "note": json.RawMessage(`"x"`), "none": json.RawMessage("null"),
	})
	r := execution.Of(&registry.Detail{Run: registry.Run{ID: "f9aba43a-84c4-408a-bb8f-1fec35554426", Namespace: "team", State: registry.Succeeded}}, []*runs.Task{
		{Path: "fit", Key: "fit", Kind: runs.Pod, Status: runs.Status{State: runs.Succeeded}, Outputs: runs.Values{"data": data, "metrics": metrics, "n": {Parameter: json.RawMessage("5")}}},
		{Path: "use", Key: "use", Kind: runs.Pod, Status: runs.Status{State: runs.Running}, Inputs: runs.Values{"given": data}},
	})
	all := nativeTasks(r)
	require.Len(t, all, 3)
	require.Equal(t, "SUCCEEDED", all[0].State)
	require.Equal(t, []nativeParameter{{json.RawMessage("5"), "OUTPUT", "n"}}, all[1].Outputs.Parameters)
	names := func(list []nativeArtifact) (names []string) {
		for _, a := range list {
			names = append(names, a.Type+" "+a.Name)
		}
		return names
	}
	require.Len(t, all[1].Outputs.Artifacts, 2)
	require.Equal(t, []string{"Dataset system.Dataset"}, names(all[1].Outputs.Artifacts[0].Artifacts))
	told := all[1].Outputs.Artifacts[1].Artifacts
	require.Equal(t, []string{"Metric accuracy", "Metric loss"}, names(told))
	require.InDelta(t, 0.5, *told[0].NumberValue, 0)
	require.InDelta(t, 2, *told[1].NumberValue, 0)
	require.NotEqual(t, told[0].ArtifactID, told[1].ArtifactID)
	require.Equal(t, all[1].Outputs.Artifacts[0].Artifacts, all[2].Inputs.Artifacts[0].Artifacts)

	links := artifactTasks(r)
	require.Len(t, links, 4)
	ids := map[string]bool{}
	for _, l := range links {
		ids[l.ID] = true
		require.Equal(t, "fit", l.Producer.TaskName)
	}
	require.Len(t, ids, 4)
	require.Equal(t, "COMPONENT_INPUT", links[3].Type)
	require.Equal(t, all[2].TaskID, links[3].TaskID)
}
