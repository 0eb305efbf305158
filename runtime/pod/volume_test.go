package pod_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// sdk treats artifacts as KFP's SDK does: it knows them from the executor input
// alone, finds the file of a URI by replacing minio:// by /minio/, and reports
// URIs that it makes of paths the other way round. It copies the text of its
// input, if there is one, to its output, and adds a line.
func sdk(root, executorInput, line string) error {
	var given contract.ExecutorInput
	if err := json.Unmarshal([]byte(executorInput), &given); err != nil {
		return err
	}
	pathOf := func(uri string) string { return root + "/minio/" + strings.TrimPrefix(uri, "minio://") }
	model := given.Outputs.Artifacts["model"].Artifacts[0]
	if line == "elsewhere" { // dsl.get_uri('Elsewhere')
		directory := strings.TrimPrefix(filepath.Dir(given.Outputs.OutputFile), root+"/minio/")
		model.URI = "minio://" + directory + "/Elsewhere"
	}
	var text []byte
	for _, a := range given.Inputs.Artifacts["data"].Artifacts {
		content, err := os.ReadFile(pathOf(a.URI))
		if err != nil {
			return err
		}
		text = append(text, content...)
	}
	report, err := json.Marshal(contract.ExecutorOutput{
		ParameterValues: map[string]json.RawMessage{"loss": json.RawMessage("1.5"), "where": contract.QuoteText(model.URI)},
		Artifacts:       map[string]contract.ArtifactList{"model": {Artifacts: []contract.RuntimeArtifact{model}}},
	})
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(pathOf(model.URI), append(text, line+"\n"...), 0o666),
		os.WriteFile(given.Outputs.OutputFile, report, 0o666))
}

// onVolume returns a pod of a task whose pipeline root is a directory.
func onVolume(t *testing.T, volume string) *task {
	t.Helper()
	component := model()
	component.Outputs.Parameters["where"] = contract.OutputParameterSpec{Type: contract.String}
	p := newTask(t, "", component)
	p.document.Run.PipelineRoot = "file://" + volume + "/pipelines"
	p.give("epochs", "1")
	return p
}

// TestVolume stores artifacts in a mounted volume, for which KFP's SDK has no
// paths, and passes them on.
func TestVolume(t *testing.T) {
	volume := t.TempDir()
	program, err := os.Executable()
	require.NoError(t, err)
	command := func(p *task, line string) []string {
		return []string{program, "sdk", string(p.root), "{{$}}", line}
	}
	first := onVolume(t, volume)
	first.mustRun(command(first, "first")...)
	made := first.artifact("model")
	base := "file://" + volume + "/pipelines/hello/uid-1/loop-2.train-1/"
	require.Regexp(t, "^"+base+`[0-9a-f-]{36}/model$`, made.URI)
	require.Equal(t, string(contract.QuoteText(made.URI)), first.output("where"))
	require.Equal(t, "first\n", textOfFile(t, strings.TrimPrefix(made.URI, "file://")))

	second := onVolume(t, volume)
	second.document.Inputs["data"] = first.output("model")
	second.mustRun(command(second, "elsewhere")...)
	moved := second.artifact("model")
	require.Regexp(t, "^"+base+`[0-9a-f-]{36}/Elsewhere$`, moved.URI)
	require.Equal(t, "first\nelsewhere\n", textOfFile(t, strings.TrimPrefix(moved.URI, "file://")))
	for key, text := range stored(t, volume) {
		require.NotContains(t, text, "_file", "%s has an alias", key)
	}

	// An alias that a program made a text of finds its way too.
	third := onVolume(t, volume)
	third.document.Inputs["data"] = strings.Replace(second.output("model"), moved.URI, contract.Alias(moved.URI), 1)
	r := third.mustRun("sh", "-c", `cat "$0"; echo; echo "$0 $1 $2"; echo 1 > "$3"; echo "$1" > "$4"`,
		"{{$.inputs.artifacts['data'].path}}", "{{$.inputs.artifacts['data'].uri}}", "{{$.outputs.artifacts['model'].uri}}",
		"{{$.outputs.parameters['loss'].output_file}}", "{{$.outputs.parameters['where'].output_file}}")
	local := third.root.Path("/minio/_file" + strings.TrimPrefix(moved.URI, "file://"))
	require.Contains(t, r.stdout, "first\nelsewhere\n\n"+local+" "+moved.URI+" "+base)
}

func textOfFile(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

// TestStoreConfig hands the driver's settings of the store on to the launcher,
// and to nobody else.
func TestStoreConfig(t *testing.T) {
	store := t.TempDir()
	p := newTask(t, "", model())
	p.document.Run.PipelineRoot = "s3://bucket/root"
	p.give("epochs", "1")
	config := contract.StoreConfig{Places: []contract.StorePlace{{URI: "s3://bucket", Endpoint: "file://" + store}}}
	environ := p.environ
	p.environ = append(environ, contract.StoreVariable+"="+string(config.Text()))
	r := p.drive()
	require.Zero(t, r.code, r.stderr)
	p.environ = environ
	r = p.launch("sh", "-c", `env | grep KFP2ARGO; echo 1 > "$0"; echo weights > "$1"`,
		"{{$.outputs.parameters['loss'].output_file}}", "{{$.outputs.artifacts['model'].path}}")
	require.Zero(t, r.code, r.stderr)
	require.Empty(t, r.stdout)
	key := strings.TrimPrefix(p.artifact("model").URI, "s3://")
	require.Equal(t, "weights\n", stored(t, store)[key])
}
