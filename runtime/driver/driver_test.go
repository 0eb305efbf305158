package driver

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// TestResolve compares the plans of the tasks in testdata with their goldens.
func TestResolve(t *testing.T) {
	tasks, err := filepath.Glob("testdata/*.task.json")
	require.NoError(t, err)
	require.NotEmpty(t, tasks)
	for _, file := range tasks {
		t.Run(filepath.Base(file), func(t *testing.T) {
			plan, err := resolve(readTask(t, file), Options{Attempt: "attempt-1"})
			require.NoError(t, err)
			var got bytes.Buffer
			encoder := json.NewEncoder(&got)
			encoder.SetIndent("", "  ")
			require.NoError(t, encoder.Encode(plan))
			requireGolden(t, strings.TrimSuffix(file, ".task.json")+".plan.json", got.String())
		})
	}
}

func readTask(t *testing.T, file string) *contract.Task {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	run, document, _ := strings.Cut(string(text), "\n---\n")
	task, err := contract.ParseTask([]byte(document))
	require.NoError(t, err)
	task.Run, err = contract.ParseRun(run)
	require.NoError(t, err)
	return task
}

func requireGolden(t *testing.T, path, got string) {
	t.Helper()
	goldentest.Compare(t, path, got)
}

// TestResolveRefuses changes one thing about a task at a time.
func TestResolveRefuses(t *testing.T) {
	input := func(p contract.InputParameter, text string) func(*contract.Task) {
		return func(task *contract.Task) {
			task.Component.Inputs.Parameters = map[string]contract.InputParameter{"p": p}
			task.Inputs = map[string]string{"p": text}
		}
	}
	output := func(name string) func(*contract.Task) {
		return func(task *contract.Task) {
			task.Component.Outputs.Artifacts = map[string]contract.OutputArtifact{name: {}}
		}
	}
	outputParameter := func(name string) func(*contract.Task) {
		return func(task *contract.Task) {
			task.Component.Outputs.Parameters = map[string]contract.OutputParameterSpec{name: {Type: contract.String}}
		}
	}
	root := func(uri string) func(*contract.Task) {
		return func(task *contract.Task) {
			task.Run.PipelineRoot = uri
			output("m")(task)
		}
	}
	artifact := func(text string) func(*contract.Task) {
		return func(task *contract.Task) {
			task.Component.Inputs.Artifacts = map[string]contract.InputArtifact{"a": {}}
			task.Inputs = map[string]string{"a": text}
		}
	}
	for name, test := range map[string]struct {
		change func(*contract.Task)
		want   string
	}{
		"no value":           {input(contract.InputParameter{Type: contract.String}, ""), `input parameter "p": it has no value, no default, and is not optional`},
		"null":               {input(contract.InputParameter{Type: contract.String}, "null"), `input parameter "p": it has no value, no default, and is not optional`},
		"not JSON":           {input(contract.InputParameter{Type: contract.String}, "World"), `input parameter "p": not JSON: invalid character 'W' looking for beginning of value`},
		"other type":         {input(contract.InputParameter{Type: contract.NumberInteger}, `"1"`), `input parameter "p": a string is not of type NUMBER_INTEGER`},
		"not allowed":        {input(contract.InputParameter{Type: contract.String, Literals: raw(`"a"`, `"b"`)}, `"c"`), `input parameter "p": its value is not one of those that the component allows`},
		"filled, other type": {input(contract.InputParameter{Type: contract.NumberInteger}, `fill "{\u007b$.pipeline_job_name}}" with {}`), `input parameter "p": a string is not of type NUMBER_INTEGER`},
		"filled, unknown":    {input(contract.InputParameter{Type: contract.String}, `fill ["{\u007b$.inputs.parameters['q']}}"] with {}`), `input parameter "p": it mentions input "q", which has no value`},
		"filled with error":  {input(contract.InputParameter{Type: contract.String}, `fill ["{\u007b$.inputs.parameters['q']}}"] with {"q":"!no"}`), `input parameter "p": it mentions input "q": no`},
		"no member":          {input(contract.InputParameter{Type: contract.String}, `member ["k",0] of {"k":{}}`), `input parameter "p": the value it is taken from has no member ["k"][0]`},
		"member of none":     {input(contract.InputParameter{Type: contract.String}, `member ["k"] of `), `input parameter "p": it has no value, no default, and is not optional`},
		"member, other type": {input(contract.InputParameter{Type: contract.String, Literals: raw(`"a"`)}, `member ["k"] of {"k":"b"}`), `input parameter "p": its value is not one of those that the component allows`},
		"not evaluated":      {input(contract.InputParameter{Type: contract.String}, `member ["k"] of {{=inputs.parameters['x']}}`), `input parameter "p": Argo could not evaluate the expression for its value`},
		"no artifact":        {artifact(""), `input artifact "a": it has no value, no default, and is not optional`},
		"bad artifact":       {artifact("s3://b/k"), `input artifact "a": invalid character 's' looking for beginning of value`},
		"no root":            {root(""), `output artifact "m": the pipeline has no pipeline root to store it under`},
		"root in a web":      {root("https://host/x"), "pipeline root https://host/x: such URIs can only be read"},
		"root leads out":     {root("s3://b/../x"), `pipeline root s3://b/../x: the key "../x" has the segment ".."`},
		"pipeline leads out": {func(task *contract.Task) { task.Run.Pipeline = ".." }, `URI of the outputs: the key "../uid-1/train/attempt-1" has the segment ".."`},
		"artifact leads out": {output("../m"), `output artifact "../m": its name does not serve as the name of an object`},
		"output leads out":   {outputParameter("../p"), `output parameter "../p": its name does not serve as the name of a file`},
		"output has no name": {outputParameter("."), `output parameter ".": its name does not serve as the name of a file`},
	} {
		task := &contract.Task{Run: contract.Run{Pipeline: "hello", Name: "w", UID: "uid-1", Node: "w.train", PipelineRoot: "s3://b/r"}}
		test.change(task)
		_, err := resolve(task, Options{Attempt: "attempt-1"})
		require.EqualError(t, err, test.want, name)
	}
}

func raw(values ...string) []json.RawMessage {
	var all []json.RawMessage
	for _, v := range values {
		all = append(all, json.RawMessage(v))
	}
	return all
}

// TestExpand is about fixed values that mention placeholders.
func TestExpand(t *testing.T) {
	task := readTask(t, "testdata/everything.task.json")
	plan, err := resolve(task, Options{Attempt: "attempt-1"})
	require.NoError(t, err)
	require.JSONEq(t, `{"list": ["hello-x7k2p", 5, "3 {{x}}"], "{{$}}": true}`, string(plan.ExecutorInput.Inputs.ParameterValues["nested"]))
}

// run runs the driver's Main in a directory, with a task document.
func run(t *testing.T, root contract.Root, document any, arguments ...string) (contract.ExitCode, string) {
	t.Helper()
	text, err := json.Marshal(document)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(root.Path(contract.Dir), 0o777))
	require.NoError(t, os.WriteFile(root.Path(contract.TaskFile), text, 0o666))
	require.NoError(t, os.MkdirAll(filepath.Dir(root.Path(contract.TemplateFile)), 0o777))
	if _, err := os.Stat(root.Path(contract.TemplateFile)); err != nil {
		require.NoError(t, os.WriteFile(root.Path(contract.TemplateFile), []byte(`{"container": {"image": "i", "args": ["{{$}}"]}}`), 0o666))
	}
	var stderr bytes.Buffer
	arguments = append([]string{"--root", string(root), "--no-install"}, arguments...)
	code := Main(t.Context(), arguments, environment(t, document), &stderr, &stderr)
	return code, stderr.String()
}

// environment is that of the driver of a task.
func environment(t *testing.T, document any) func(string) string {
	t.Helper()
	task, _ := document.(contract.Task)
	run, err := json.Marshal(task.Run)
	require.NoError(t, err)
	return func(name string) string { return map[string]string{contract.RunVariable: string(run)}[name] }
}

// consumer is a task with two input artifacts.
func consumer(root, first, second string) contract.Task {
	return contract.Task{
		Version: contract.TaskVersion,
		Run:     contract.Run{Pipeline: "p", Name: "w", UID: "u", Node: "w.t", PipelineRoot: root},
		Component: contract.Component{Inputs: contract.ComponentInputs{
			Artifacts: map[string]contract.InputArtifact{"first": {}, "second": {}},
		}},
		Inputs: map[string]string{"first": first, "second": second},
	}
}

func TestStageIn(t *testing.T) {
	store := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(store, "b", "tree", "sub"), 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(store, "b", "tree", "sub", "x"), []byte("x"), 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(store, "b", "file"), []byte("f"), 0o666))
	root := contract.Root(t.TempDir())
	code, stderr := run(t, root, consumer("s3://b/r?endpoint=file://"+store,
		`[{"uri":"s3://b/tree"},{"uri":"s3://b/file"},{"uri":"s3://b/nothing"},{"uri":"s3://b/tree"}]`,
		`[{"uri":"hf://owner/model"},{"uri":"https://host/"},{"uri":"s3://b/file"}]`))
	require.Equal(t, contract.ExitOK, code, stderr)
	require.FileExists(t, root.Path("/s3/b/tree/sub/x"))
	require.FileExists(t, root.Path("/s3/b/file"))
	require.NoFileExists(t, root.Path("/s3/b/nothing"))
	require.ElementsMatch(t, []string{
		"kfp2argo: warning: there is nothing at the URI of an input input=first uri=s3://b/nothing",
		"kfp2argo: not fetched: the program reads it by its URI input=second uri=hf://owner/model",
		"kfp2argo: not fetched: the program reads it by its URI input=second uri=https://host/",
	}, strings.Split(strings.TrimSpace(stderr), "\n"))
}

// TestStageInByName has URIs that only the libraries of programs read: MLflow's,
// which have no host, and those of stores that we do not know.
func TestStageInByName(t *testing.T) {
	for _, uri := range []string{"runs:/0f5a/model", "models:/forecast/3", "models:/forecast@champion", "bq://project.data.table", "hdfs://node/data"} {
		root := contract.Root(t.TempDir())
		code, stderr := run(t, root, consumer("", `{"uri":"`+uri+`"}`, "[]"))
		require.Equal(t, contract.ExitOK, code, stderr)
		require.Equal(t, "kfp2argo: not fetched: the program reads it by its URI input=first uri="+uri+"\n", stderr)
		require.FileExists(t, root.Path(contract.PlanFile))
	}
}

// TestStageInWeb has a file of a web server, which is asked for as the URI says.
func TestStageInWeb(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.RequestURI)
	}))
	t.Cleanup(server.Close)
	uri := server.URL + "/data.csv?signature=" + strings.Repeat("a%2Fb/", 100)
	root := contract.Root(t.TempDir())
	code, stderr := run(t, root, consumer("", `{"uri":"`+uri+`"}`, `{"uri":"`+uri+`"}`))
	require.Equal(t, contract.ExitOK, code, stderr)
	local, ok := root.LocalPath(contract.Alias(uri))
	require.True(t, ok)
	content, err := os.ReadFile(local)
	require.NoError(t, err)
	require.Equal(t, strings.TrimPrefix(uri, server.URL), string(content))
}

// TestStageInOfOthers has a file that cannot be had of its server. It is not
// asked for where the program only names it.
func TestStageInOfOthers(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(server.Close)
	for argument, want := range map[string]bool{
		"{{$}}": true, "{{$.inputs.artifacts['first'].path}}": true, "{{$.inputs.artifacts['first']}}": true,
		`{"Concat": ["--in=", "{{$.inputs.artifacts['first'].path}}"]}`: true, `{"Concat": 1}`: true,
		"{{$.inputs.artifacts['first'].uri}}": false, "{{$.inputs.artifacts['second'].path}}": false,
		`{"IfPresent": {"InputName": "first", "Then": "{{$.inputs.artifacts['first'].name}}"}}`: false,
	} {
		asked = 0
		root := contract.Root(t.TempDir())
		require.NoError(t, os.MkdirAll(filepath.Dir(root.Path(contract.TemplateFile)), 0o777))
		template, err := json.Marshal(map[string]any{"container": map[string]any{"image": "i", "args": []string{"a", argument}}})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(root.Path(contract.TemplateFile), template, 0o666))
		code, stderr := run(t, root, consumer("", `{"uri":"`+server.URL+`/x"}`, `{"uri":"hf://owner/model"}`))
		require.Equal(t, contract.ExitOK, code, stderr)
		require.Equal(t, want, asked > 0, argument)
		require.Equal(t, want, strings.Contains(stderr, "kfp2argo: warning: an input is not fetched input=first uri="+server.URL+"/x because="), stderr)
	}
}

// TestStageInModel has one model in an image that is mounted, and one that is
// not.
func TestStageInModel(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	image := strings.TrimPrefix(server.URL, "http://") + "/team/model:v1"
	reference, err := name.ParseReference(image)
	require.NoError(t, err)
	made, err := crane.Image(map[string][]byte{"models/weights": []byte("w"), "etc/passwd": []byte("x")})
	require.NoError(t, err)
	require.NoError(t, remote.Write(reference, made))

	root := contract.Root(t.TempDir())
	require.NoError(t, os.MkdirAll(root.Path("/oci/mounted/models"), 0o777))
	code, stderr := run(t, root, consumer("", `{"uri":"oci://`+image+`"}`, `{"uri":"oci://mounted"}`))
	require.Equal(t, contract.ExitOK, code, stderr)
	require.Equal(t, "kfp2argo: not fetched: the image is mounted input=second uri=oci://mounted\n", stderr)
	local, _ := root.LocalPath("oci://" + image)
	content, err := os.ReadFile(filepath.Join(local, "weights"))
	require.NoError(t, err)
	require.Equal(t, "w", string(content))
	require.NoFileExists(t, filepath.Join(local, "passwd"))
}

func TestStageInRefuses(t *testing.T) {
	for uri, want := range map[string]string{
		"gs:///k":         `input artifact "first": gs:///k: expected gs://bucket/key`,
		"s3://b/../etc/x": `input artifact "first": s3://b/../etc/x: the key "../etc/x" has the segment ".."`,
		"minio://b/k":     `input artifact "first": fetching minio://b/k: no endpoint: add ?endpoint=HOST:PORT to the pipeline root or set AWS_ENDPOINT_URL_S3`,
	} {
		root := contract.Root(t.TempDir())
		require.NoError(t, os.Mkdir(root.Path("/dev"), 0o777))
		require.NoError(t, os.WriteFile(root.Path(contract.TerminationFile), nil, 0o666))
		code, stderr := run(t, root, consumer("", `{"uri":"`+uri+`"}`, "[]"))
		require.Equal(t, contract.ExitFailure, code)
		require.Equal(t, "kfp2argo: error: "+want+"\n", stderr)
		words, err := os.ReadFile(root.Path(contract.TerminationFile))
		require.NoError(t, err)
		require.Equal(t, want, string(words))
		require.NoFileExists(t, root.Path(contract.PlanFile))
	}
}

func TestMainRefuses(t *testing.T) {
	root := contract.Root(t.TempDir())
	code, stderr := run(t, root, map[string]any{"version": 99})
	require.Equal(t, contract.ExitFailure, code)
	require.Contains(t, stderr, "task document: it has version 99")

	code, _ = run(t, root, nil, "--no-such-flag")
	require.Equal(t, contract.ExitUsage, code)

	require.NoError(t, os.Remove(root.Path(contract.TaskFile)))
	var b bytes.Buffer
	code = Main(t.Context(), []string{"--root", string(root)}, os.Getenv, &b, &b)
	require.Equal(t, contract.ExitFailure, code)
	require.Contains(t, b.String(), "reading the task document")

	b.Reset()
	require.Equal(t, contract.ExitOK, Main(t.Context(), []string{"--help"}, os.Getenv, &b, &b))
	require.Contains(t, b.String(), "-no-install")
}

func TestInstall(t *testing.T) {
	dir := t.TempDir()
	from := filepath.Join(dir, "from")
	require.NoError(t, os.WriteFile(from, []byte("program"), 0o600))
	require.NoError(t, install(from, filepath.Join(dir, "to")))
	info, err := os.Stat(filepath.Join(dir, "to"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode())
	require.Error(t, install(filepath.Join(dir, "none"), filepath.Join(dir, "to")))
}
