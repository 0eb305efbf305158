package pod_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// command is a program that says that it runs, and makes all outputs.
var command = []string{
	"sh", "-c", `echo running; echo 0.25 > "$0"; echo weights > "$1"`,
	"{{$.outputs.parameters['loss'].output_file}}", "{{$.outputs.artifacts['model'].path}}",
}

// cached returns the pod of a task of another run that may be cached.
func cached(t *testing.T, store, uid string, change ...func(*task)) *task {
	t.Helper()
	component := model()
	component.Cache = &contract.Cache{}
	delete(component.Inputs.Parameters, "title") // it names the run
	p := newTask(t, store, component)
	p.document.Run.UID, p.document.Run.Name = uid, "hello-"+uid
	p.give("epochs", "3")
	p.template("image:1", command)
	for _, c := range change {
		c(p)
	}
	return p
}

// template writes what Argo leaves in the pod.
func (p *task) template(image string, args []string, claims ...string) {
	p.t.Helper()
	volumes := []any{map[string]any{"name": "config", "configMap": map[string]any{"name": "settings"}}}
	for _, name := range claims {
		volumes = append(volumes, map[string]any{"name": name, "persistentVolumeClaim": map[string]any{"claimName": name}})
	}
	text, err := json.Marshal(map[string]any{"container": map[string]any{"image": image, "args": args}, "volumes": volumes})
	require.NoError(p.t, err)
	file := p.root.Path(contract.TemplateFile)
	require.NoError(p.t, os.MkdirAll(filepath.Dir(file), 0o777))
	require.NoError(p.t, os.WriteFile(file, text, 0o666))
}

// drives and launches, and reports whether the program ran.
func (p *task) ran() bool {
	p.t.Helper()
	return p.mustRun(command...).stdout != ""
}

// TestCache runs the same task in several runs.
func TestCache(t *testing.T) {
	store := t.TempDir()
	first := cached(t, store, "uid-1")
	require.True(t, first.ran())
	second := cached(t, store, "uid-2")
	require.False(t, second.ran())
	require.Equal(t, first.output("a-loss"), second.output("a-loss"))
	require.Equal(t, first.output("model"), second.output("model"))

	// The outputs of a cached task can be taken, too.
	require.False(t, cached(t, store, "uid-3").ran())
	for name, change := range map[string]func(*task){
		"input":    func(p *task) { p.give("epochs", "4") },
		"default":  func(p *task) { p.give("rate", "0.75") },
		"image":    func(p *task) { p.template("image:2", command) },
		"command":  func(p *task) { p.template("image:1", []string{"other"}) },
		"claim":    func(p *task) { p.template("image:1", command, "data") },
		"no cache": func(p *task) { p.document.Component.Cache = nil },
		"pipeline": func(p *task) { p.document.Run.Pipeline = "other" },
		"too old":  func(p *task) { p.document.Component.Cache.MaxAge = "1ns" },
		"output": func(p *task) {
			p.document.Component.Outputs.Parameters["loss"] = contract.OutputParameterSpec{Type: contract.String, Argo: "a-loss"}
		},
	} {
		require.True(t, cached(t, store, "uid-4", change).ran(), name)
	}
	require.False(t, cached(t, store, "uid-5", func(p *task) { p.give("rate", "0.5") }).ran(), "a default that is given")
	require.False(t, cached(t, store, "uid-6", func(p *task) { p.template("image:1", command, "data") }).ran(), "the same claim")
}

// TestCacheChecksArtifacts runs the task again whose output somebody has
// deleted.
func TestCacheChecksArtifacts(t *testing.T) {
	store := t.TempDir()
	first := cached(t, store, "uid-1")
	require.True(t, first.ran())
	file := filepath.Join(store, strings.TrimPrefix(first.artifact("model").URI, "minio://"))
	require.NoError(t, os.Remove(file))
	second := cached(t, store, "uid-2")
	r := second.drive()
	require.Zero(t, r.code)
	require.Contains(t, r.stderr, "kfp2argo: cache: miss key=")
	require.Contains(t, r.stderr, `output artifact \"model\" of run hello-uid-1 is gone: there is nothing at minio://bucket/root/hello/uid-1/`)
	require.NotEmpty(t, second.launch(command...).stdout)
	require.False(t, cached(t, store, "uid-3").ran(), "the new outputs are there")
}

// TestCacheOfData looks at what is at the URI of an input that no run made.
func TestCacheOfData(t *testing.T) {
	store := t.TempDir()
	data := filepath.Join(store, "other", "data")
	require.NoError(t, os.MkdirAll(filepath.Dir(data), 0o777))
	take := func(p *task) { p.document.Inputs["data"] = `{"uri": "minio://other/data"}` }
	require.NoError(t, os.WriteFile(data, []byte("one"), 0o666))
	require.True(t, cached(t, store, "uid-1", take).ran())
	require.False(t, cached(t, store, "uid-2", take).ran())
	require.NoError(t, os.WriteFile(data, []byte("three"), 0o666))
	require.True(t, cached(t, store, "uid-3", take).ran())
}

// TestCacheKey takes the key that the pipeline chose for all that counts.
func TestCacheKey(t *testing.T) {
	store := t.TempDir()
	chosen := func(p *task) { p.document.Component.Cache.Key = "chosen" }
	other := func(p *task) { p.give("epochs", "4") }
	require.True(t, cached(t, store, "uid-1", chosen).ran())
	require.False(t, cached(t, store, "uid-2", chosen, other).ran())
}

// lookUp makes a pod one that looks ahead for what it would run.
func lookUp(p *task) {
	p.document.Run.Node = "hello.loop.train-1(2:2).look-up(0)"
	p.document.Component.Inner = true
	p.document.LookUp = &contract.LookUp{Image: "image:1", Hit: "hit"}
	for _, text := range command {
		p.document.LookUp.Command = append(p.document.LookUp.Command, placeholder.Shield(text))
	}
	p.template("kfp2argo", nil)
}

// TestLookAhead finds nothing, then what the task's own pod has made, and runs
// no program either way.
func TestLookAhead(t *testing.T) {
	store := t.TempDir()
	before := cached(t, store, "uid-1", lookUp)
	require.Empty(t, before.mustRun().stdout)
	require.Equal(t, contract.Missed, before.output("hit"))
	require.NoFileExists(t, before.root.Path(contract.ArgoOutputDir+"/model"))

	run := cached(t, store, "uid-1", func(p *task) {
		p.document.Run.Node, p.document.Component.Inner = "hello.loop.train-1(2:2).run(0)", true
	})
	require.True(t, run.ran())
	require.Contains(t, run.artifact("model").URI, "/uid-1/hello.loop-2.train-1/")

	after := cached(t, store, "uid-2", lookUp)
	require.Empty(t, after.mustRun().stdout)
	require.Equal(t, contract.Found, after.output("hit"))
	require.Equal(t, run.output("model"), after.output("model"))
	require.Equal(t, run.output("a-loss"), after.output("a-loss"))
	require.False(t, cached(t, store, "uid-3").ran(), "both have the same key")
}

// TestRecords reads what tasks leave of themselves.
func TestRecords(t *testing.T) {
	store := t.TempDir()
	require.True(t, cached(t, store, "uid-1").ran())
	require.False(t, cached(t, store, "uid-2").ran())
	files := stored(t, store)
	var first, second record.Task
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch {
		case strings.Contains(name, "/uid-1/records/"):
			require.NoError(t, json.Unmarshal([]byte(files[name]), &first))
		case strings.Contains(name, "/uid-2/records/"):
			require.NoError(t, json.Unmarshal([]byte(files[name]), &second))
		}
	}
	require.Contains(t, files, "bucket/root/hello/cache/"+first.Key+".json")
	require.Equal(t, "image:1", first.Inputs.Image)
	require.JSONEq(t, "3", string(first.Inputs.Parameters["epochs"]))
	require.JSONEq(t, "0.25", string(first.Outputs.Parameters["loss"]))
	require.Nil(t, first.From)
	require.Equal(t, first.Origin(), *second.From)
	require.Equal(t, first.Outputs, second.Outputs)
	require.False(t, second.Finished.Before(second.Started))
	for name, text := range files {
		require.NotContains(t, text, "very-secret", name)
	}
}
