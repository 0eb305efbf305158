package mlmd

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
	"k8s.io/client-go/rest"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/serve/execution"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

const (
	runID     = "f9aba43a-84c4-408a-bb8f-1fec35554426"
	namespace = "team"
)

// opened returns a view of a cluster without Workflows, and a record of one run.
func opened(t *testing.T) func() (*registry.View, error) {
	t.Helper()
	kubernetes := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if !strings.HasSuffix(r.URL.Path, "/workflows") {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}`))
			return
		}
		_, _ = w.Write([]byte(`{"kind": "WorkflowList", "apiVersion": "argoproj.io/v1alpha1", "metadata": {"resourceVersion": "1"}, "items": []}`))
	}))
	t.Cleanup(kubernetes.Close)
	root, err := store.Open("file://"+t.TempDir(), func(string) string { return "" })
	require.NoError(t, err)
	archive := runs.In(root)
	require.NoError(t, archive.Write(t.Context(), recordOf()))
	history := registry.NewHistory(archive)
	require.NoError(t, history.Read(t.Context()))
	all := &registry.Registry{Namespaces: []string{namespace}, History: history}
	return func() (*registry.View, error) { return all.View(&rest.Config{Host: kubernetes.URL}, nil) }
}

// recordOf is the record of a run with a loop of one iteration.
func recordOf() *runs.Run {
	at := func(second int64) time.Time { return time.Unix(1_700_000_000+second, 0).UTC() }
	done := func(from, to int64) runs.Status {
		return runs.Status{State: runs.Succeeded, Started: at(from), Finished: at(to)}
	}
	data := contract.RuntimeArtifact{Name: "data", URI: "s3://bucket/data?endpoint=http://s3", Type: contract.ArtifactType{SchemaTitle: "system.Dataset"}}
	metrics := contract.RuntimeArtifact{
		Name: "metrics", URI: "s3://bucket/metrics", Type: contract.ArtifactType{SchemaTitle: "system.ClassificationMetrics"},
		Metadata: map[string]json.RawMessage{
			"accuracy": json.RawMessage("0.75"), "confusionMatrix": json.RawMessage(`{"rows": [1]}`), "confidenceMetrics": json.RawMessage(`[{"recall": 1}]`),
		},
	}
	return &runs.Run{
		Complete: true,
		Summary: runs.Summary{
			Version:  runs.Version,
			Identity: runs.Identity{Pipeline: "p", Name: "p-x", Namespace: namespace, UID: runID, Created: at(0)}, Status: done(0, 50),
		},
		Tasks: []*runs.Task{
			{
				Path: "make", Key: "make", Kind: runs.Pod, Status: done(1, 10), Cached: true,
				Attempts: []runs.Attempt{{Status: done(1, 10), Node: "p-x.make", Pod: "p-x-make-1"}},
				Outputs:  runs.Values{"data": {Artifacts: []contract.RuntimeArtifact{data}}, "n": {Parameter: json.RawMessage("5")}},
			},
			{Path: "each", Key: "each", Kind: runs.Loop, Status: done(11, 40), Inside: []*runs.Task{
				{Path: "each.each-0", Key: "each", Kind: runs.Group, Status: done(11, 40), Inside: []*runs.Task{{
					Path: "each.each-0.fit", Key: "fit", Kind: runs.Pod, Status: done(12, 30),
					Inputs:  runs.Values{"data": {Artifacts: []contract.RuntimeArtifact{data}}},
					Outputs: runs.Values{"metrics": {Artifacts: []contract.RuntimeArtifact{metrics}}},
				}}},
			}},
		},
	}
}

// ask sends a request and returns the answer as JSON, read with the descriptor of
// ML Metadata, and the status.
func ask(t *testing.T, open func() (*registry.View, error), name, response string, body []byte, text bool) (map[string]any, string) {
	t.Helper()
	framed := appendFrame(nil, messageFrame, body)
	r := httptest.NewRequest(http.MethodPost, "/x"+Service+name, bytes.NewReader(framed))
	r.Header.Set("Content-Type", binaryForm)
	if text {
		r = httptest.NewRequest(http.MethodPost, Service+name, strings.NewReader(base64.StdEncoding.EncodeToString(framed)))
		r.Header.Set("Content-Type", textForm)
	}
	method, ok := Method(r.URL.Path)
	require.True(t, ok)
	require.Equal(t, name, method)
	w := httptest.NewRecorder()
	_ = Answer(w, r, method, open, func(error) int { return 5 })
	answer := w.Body.Bytes()
	if text {
		var err error
		answer, err = base64.StdEncoding.DecodeString(w.Body.String())
		require.NoError(t, err)
	}
	var message []byte
	if answer[0] == messageFrame {
		n := binary.BigEndian.Uint32(answer[1:5])
		message, answer = answer[5:5+n], answer[5+n:]
	}
	require.Equal(t, byte(trailerFrame), answer[0])
	read := dynamicpb.NewMessage(descriptor(t, response))
	require.NoError(t, proto.Unmarshal(message, read))
	require.Empty(t, read.GetUnknown(), "a field that ML Metadata does not have")
	made, err := protojson.Marshal(read)
	require.NoError(t, err)
	var object map[string]any
	require.NoError(t, json.Unmarshal(made, &object))
	return object, string(answer[5:])
}

const ok = "grpc-status:0\r\n"

func byName(name string) []byte {
	var m message
	m.text(1, runType)
	m.text(2, name)
	return m
}

// numbered is a request with IDs, packed or not.
func numbered(packed bool, ids ...int64) []byte {
	var m, list message
	for _, id := range ids {
		list = protowire.AppendVarint(list, uint64(id))
		if !packed {
			m.int(1, id)
		}
	}
	if packed {
		m.message(1, list)
	}
	return m
}

// TestRun asks for a run what the page of a run asks for.
func TestRun(t *testing.T) {
	open := opened(t)
	answer, how := ask(t, open, "GetContextByTypeAndName", "ContextResponse", byName(runID), false)
	require.Equal(t, ok, how)
	require.Equal(t, runID, answer["context"].(map[string]any)["name"])
	inText, _ := ask(t, open, "GetContextByTypeAndName", "ContextResponse", byName(runID), true)
	require.Equal(t, answer, inText)
	nothing, how := ask(t, open, "GetContextByTypeAndName", "ContextResponse", byName("no such"), false)
	require.Equal(t, ok, how)
	require.Empty(t, nothing)

	context := execution.Number(runID)
	answer, how = ask(t, open, "GetExecutionsByContext", "Executions", numbered(false, context), false)
	require.Equal(t, ok, how)
	all := map[string]map[string]any{}
	ids := map[string]int64{}
	for _, e := range answer["executions"].([]any) {
		properties := e.(map[string]any)["customProperties"].(map[string]any)
		name := properties["task_name"].(map[string]any)["stringValue"].(string)
		if properties["iteration_index"] != nil {
			name += "[]"
		}
		all[name] = e.(map[string]any)
		id, err := json.Number(e.(map[string]any)["id"].(string)).Int64()
		require.NoError(t, err)
		ids[name] = id
	}
	require.Len(t, all, 5)
	property := func(task, name string) any { return all[task]["customProperties"].(map[string]any)[name] }
	require.Equal(t, "CACHED", all["make"]["lastKnownState"])
	require.Equal(t, map[string]any{"stringValue": "p-x-make-1"}, property("make", "pod_name"))
	require.Equal(t, map[string]any{"intValue": all[""]["id"]}, property("make", "parent_dag_id"))
	require.NotNil(t, property("make", "cached_execution_id"))
	require.Equal(t, map[string]any{"structValue": map[string]any{"n": 5.0}}, property("make", "outputs"))
	require.Equal(t, map[string]any{"intValue": "1"}, property("each", "iteration_count"))
	require.Equal(t, map[string]any{"intValue": "0"}, property("each[]", "iteration_index"))
	require.Equal(t, map[string]any{"intValue": all["each"]["id"]}, property("each[]", "parent_dag_id"))
	require.Equal(t, map[string]any{"intValue": all["each[]"]["id"]}, property("fit", "parent_dag_id"))
	require.Nil(t, property("", "parent_dag_id"))

	artifacts, how := ask(t, open, "GetArtifactsByContext", "Artifacts", numbered(false, context), false)
	require.Equal(t, ok, how)
	require.Len(t, artifacts["artifacts"], 2)
	metrics := artifacts["artifacts"].([]any)[1].(map[string]any)
	require.Equal(t, map[string]any{
		"accuracy": map[string]any{"doubleValue": 0.75}, "display_name": map[string]any{"stringValue": "metrics"},
		"confusionMatrix":   map[string]any{"structValue": map[string]any{"struct": map[string]any{"rows": []any{1.0}}}},
		"confidenceMetrics": map[string]any{"structValue": map[string]any{"list": []any{map[string]any{"recall": 1.0}}}},
	}, metrics["customProperties"])
	require.Equal(t, "s3://bucket/data", artifacts["artifacts"].([]any)[0].(map[string]any)["uri"])

	for _, packed := range []bool{false, true} {
		events, how := ask(t, open, "GetEventsByExecutionIDs", "Events", numbered(packed, ids["fit"], ids["make"]), false)
		require.Equal(t, ok, how)
		require.Len(t, events["events"], 3)
		require.Equal(t, "OUTPUT", events["events"].([]any)[0].(map[string]any)["type"])
		require.Equal(t, map[string]any{"steps": []any{map[string]any{"key": "data"}, map[string]any{"index": "0"}}}, events["events"].([]any)[0].(map[string]any)["path"])
	}
}

// TestOthers asks for what other pages ask for.
func TestOthers(t *testing.T) {
	open := opened(t)
	types, _ := ask(t, open, "GetArtifactTypes", "Types", nil, false)
	require.Len(t, types["types"], len(artifactTypes()))
	types, _ = ask(t, open, "GetArtifactTypesByID", "Types", numbered(true, 2), false)
	require.Equal(t, []any{map[string]any{"id": "2", "name": "system.Dataset"}}, types["types"])
	types, _ = ask(t, open, "GetExecutionTypes", "Types", nil, false)
	require.Len(t, types["types"], 3)
	var limit, options message
	limit.int(1, 1)
	options.message(1, limit)
	page, _ := ask(t, open, "GetArtifacts", "Artifacts", options, false)
	require.Len(t, page["artifacts"], 1)
	first := page["artifacts"].([]any)[0].(map[string]any)
	limit.text(3, page["nextPageToken"].(string))
	options = nil
	options.message(1, limit)
	page, _ = ask(t, open, "GetArtifacts", "Artifacts", options, false)
	require.Len(t, page["artifacts"], 1)
	require.NotEqual(t, first["id"], page["artifacts"].([]any)[0].(map[string]any)["id"])
	require.Nil(t, page["nextPageToken"])
	executions, _ := ask(t, open, "GetExecutions", "Executions", nil, false)
	require.Len(t, executions["executions"], 5)
	id, err := json.Number(first["id"].(string)).Int64()
	require.NoError(t, err)
	again, _ := ask(t, open, "GetArtifactsByID", "Artifacts", numbered(false, id, 7), false)
	require.Equal(t, []any{first}, again["artifacts"])
	events, _ := ask(t, open, "GetEventsByArtifactIDs", "Events", numbered(false, id), false)
	require.Len(t, events["events"], 2)
	task, err := json.Number(events["events"].([]any)[0].(map[string]any)["executionId"].(string)).Int64()
	require.NoError(t, err)
	contexts, _ := ask(t, open, "GetContextsByExecution", "Contexts", numbered(false, task), false)
	require.Len(t, contexts["contexts"], 1)
	byID, _ := ask(t, open, "GetExecutionsByID", "Executions", numbered(false, task), false)
	require.Len(t, byID["executions"], 1)
}

// TestRefuses asks for what is no request.
func TestRefuses(t *testing.T) {
	open := opened(t)
	for name, want := range map[string]string{"PutArtifacts": "grpc-status:12\r\n", "GetExecutionsByContext": "grpc-status:3\r\n"} {
		_, how := ask(t, open, name, "Executions", []byte{0xff}, false)
		require.Contains(t, how, want)
		require.Contains(t, how, "grpc-message:")
	}
	for _, body := range []string{"", "\x00\x00\x00\x00\x09x", "\x01\x00\x00\x00\x00", "\x80\x00\x00\x00\x00"} {
		_, _, err := read("GetContextByTypeAndName", []byte(body), false)
		require.Error(t, err, "%q", body)
	}
	_, err := decode64([]byte("!"))
	require.Error(t, err)
	twice, err := decode64([]byte("YQ==Yg=="))
	require.NoError(t, err)
	require.Equal(t, "ab", string(twice))
	message, err := url.PathUnescape(strings.TrimSuffix(strings.TrimPrefix(status{5, "no\r\nx: é"}.trailer(), "grpc-status:5\r\ngrpc-message:"), "\r\n"))
	require.NoError(t, err)
	require.Equal(t, "no\r\nx: é", message)
}

// FuzzRead makes sure that any body is a request or none.
func FuzzRead(f *testing.F) {
	f.Add("GetContextByTypeAndName", appendFrame(nil, messageFrame, byName(runID)), false)
	f.Add("GetEventsByExecutionIDs", appendFrame(nil, messageFrame, numbered(true, 1, 2)), false)
	f.Add("GetArtifacts", []byte("AAAAAAA="), true)
	f.Fuzz(func(t *testing.T, name string, body []byte, text bool) {
		_, r, err := read(name, body, text)
		if err == nil && len(r.ids) > maxIDs {
			t.Fatal(len(r.ids))
		}
	})
}
