package pod_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// importer returns a pod that fetches into the workspace.
func importer(t *testing.T, store, uri string) *task {
	t.Helper()
	p := newTask(t, store, contract.Component{
		Inputs: contract.ComponentInputs{Parameters: map[string]contract.InputParameter{
			"uri": {Type: contract.String}, "label": {Type: contract.String},
		}},
		Outputs: contract.ComponentOutputs{Artifacts: map[string]contract.OutputArtifact{
			"data": {Type: contract.ArtifactType{SchemaTitle: "system.Dataset"}, Argo: "a-data"},
		}},
		Import: &contract.Import{
			URI:      "{{$.inputs.parameters['uri']}}",
			Metadata: json.RawMessage(`{"of {{$.inputs.parameters['label']}}": {"by": ["{{$.pipeline_job_name}}"]}, "rows": 5}`),
		},
	})
	p.give("uri", string(contract.QuoteText(uri)))
	p.give("label", `"tests"`)
	return p
}

// put writes an object into a store that is a directory.
func put(t *testing.T, store, key, text string) {
	t.Helper()
	file := filepath.Join(store, filepath.FromSlash(key))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
}

// TestImport fetches a tree into the workspace, and reads it in another task
// that mounts it. Nothing is stored, and the other task fetches nothing.
func TestImport(t *testing.T) {
	store := t.TempDir()
	put(t, store, "bucket/data/one", "1")
	put(t, store, "bucket/data/sub/two", "2")
	p := importer(t, store, "minio://bucket/data")
	require.NoError(t, os.Mkdir(p.root.Path(contract.WorkspaceDir), 0o777))
	r := p.mustRun()
	require.Contains(t, r.stderr, "fetched into the workspace")
	made := p.artifact("a-data")
	require.Equal(t, "minio://bucket/data", made.URI)
	require.Equal(t, "system.Dataset", made.Type.SchemaTitle)
	metadata, err := json.Marshal(made.Metadata)
	require.NoError(t, err)
	require.JSONEq(t, `{"_kfp_workspace": true, "display_name": "data", "of tests": {"by": ["hello-x7k2p"]}, "rows": 5}`, string(metadata))
	require.Len(t, outputsIn(stored(t, store)), 2)

	require.NoError(t, os.RemoveAll(filepath.Join(store, "bucket")))
	second := newTask(t, store, model())
	require.NoError(t, os.Rename(p.root.Path(contract.WorkspaceDir), second.root.Path(contract.WorkspaceDir)))
	second.give("epochs", "1")
	second.document.Inputs["data"] = p.output("a-data")
	r = second.mustRun("sh", "-c", `echo "$0"; cat "$0/one" "$0/sub/two"; echo 1 > "$1"`,
		"{{$.inputs.artifacts['data'].path}}", "{{$.outputs.parameters['loss'].output_file}}")
	require.Equal(t, second.root.Path("/kfp-workspace/.artifacts/minio/bucket/data")+"\n12", r.stdout)
	require.NotContains(t, r.stderr, "there is nothing at the URI of an input")
}

// TestImportFails imports what is not there, and what cannot be fetched.
func TestImportFails(t *testing.T) {
	for uri, want := range map[string]string{
		"minio://bucket/nothing": "importing minio://bucket/nothing: there is nothing",
		"oci://registry/model":   `"oci://registry/model" cannot be fetched into the workspace: it lies in no store`,
		"https://example.com/":   `"https://example.com/" cannot be fetched into the workspace: it lies in no store`,
		"gs://bucket/../data":    `gs://bucket/../data: the key "../data" has the segment ".."`,
		"":                       "the artifactUri to import is empty",
	} {
		store := t.TempDir()
		put(t, store, "bucket/other", "")
		p := importer(t, store, uri)
		r := p.drive()
		if r.code == 0 {
			r = p.launch()
		}
		require.EqualValues(t, contract.ExitFailure, r.code)
		require.Contains(t, r.lastWords, want, uri)
	}
}

// TestNoWorkspace gives a task what is in a workspace that it does not mount.
func TestNoWorkspace(t *testing.T) {
	p := newTask(t, t.TempDir(), model())
	p.give("epochs", "1")
	p.document.Inputs["data"] = `{"name":"data","type":{},"uri":"minio://bucket/data","metadata":{"_kfp_workspace":true}}`
	r := p.drive()
	require.EqualValues(t, contract.ExitFailure, r.code)
	require.Equal(t, `input artifact "data": minio://bucket/data lies in the workspace, which this task does not mount: mention {{$.workspace_path}} in its command line`,
		r.lastWords)
}
