package pod_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/faulttable"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

func model() contract.Component {
	return contract.Component{
		Inputs: contract.ComponentInputs{
			Parameters: map[string]contract.InputParameter{
				"epochs": {Type: contract.NumberInteger},
				"title":  {Type: contract.String},
				"rate":   {Type: contract.NumberDouble, Optional: true, Default: json.RawMessage(`0.5`)},
			},
			Artifacts: map[string]contract.InputArtifact{"data": {Optional: true}},
		},
		Outputs: contract.ComponentOutputs{
			Parameters: map[string]contract.OutputParameterSpec{"loss": {Type: contract.NumberDouble, Argo: "a-loss"}},
			Artifacts: map[string]contract.OutputArtifact{"model": {
				Type:     contract.ArtifactType{SchemaTitle: "system.Model"},
				Metadata: map[string]json.RawMessage{"framework": json.RawMessage(`"none"`)},
			}},
		},
		TaskKeys: map[string]string{"train-1": "train_1"},
	}
}

// TestTask follows values and artifacts through two tasks.
func TestTask(t *testing.T) {
	store := t.TempDir()
	first := newTask(t, store, model())
	first.give("epochs", "3")
	r := first.mustRun("sh", "-c",
		`echo "$0 $1 $2"; echo to-stderr >&2; echo 0.25 > "$3"; mkdir -p "$4/sub"; echo weights > "$4/sub/w"; pwd > "$4/cwd"`,
		"{{$.inputs.parameters['epochs']}}",
		"{{$.inputs.parameters['title']}}",
		`{"Concat": ["rate=", "{{$.inputs.parameters['rate']}}"]}`,
		"{{$.outputs.parameters['loss'].output_file}}",
		"{{$.outputs.artifacts['model'].path}}")
	require.Equal(t, "3 train_1 of hello-x7k2p rate=0.5\n", r.stdout)
	require.Equal(t, "to-stderr\n", r.stderr)
	require.Equal(t, "0.25", first.output("a-loss"))
	made := first.artifact("model")
	require.Regexp(t, `^minio://bucket/root/hello/uid-1/loop-2\.train-1/[0-9a-f-]{36}/model$`, made.URI)
	require.Equal(t, "system.Model", made.Type.SchemaTitle)
	require.Equal(t, map[string]json.RawMessage{"framework": json.RawMessage(`"none"`), "display_name": json.RawMessage(`"model"`)}, made.Metadata)
	key := strings.TrimPrefix(made.URI, "minio://")
	require.ElementsMatch(t, []string{key + "/sub/w", key + "/cwd"}, slices.Collect(maps.Keys(outputsIn(stored(t, store)))))
	logs := keptLogs(t, store)
	require.Len(t, logs, 1)
	// The two streams are pipes of their own: which is read first is not said.
	require.ElementsMatch(t, strings.SplitAfter(r.stdout+r.stderr, "\n"), strings.SplitAfter(logs[path.Dir(key)+"/executor-logs"], "\n"))

	second := newTask(t, store, model())
	second.give("epochs", "1")
	second.document.Inputs["data"] = "[" + first.output("model") + "," + first.output("model") + "]"
	r = second.mustRun("sh", "-c", `cat "$0/sub/w"; echo "$1"; echo 1 > "$2"`,
		"{{$.inputs.artifacts['data'].path}}", "{{$.inputs.artifacts['data'].metadata['framework']}}",
		"{{$.outputs.parameters['loss'].output_file}}")
	require.Equal(t, "weights\nnone\n", r.stdout)
	require.Contains(t, r.stderr, "kfp2argo: warning: not stored: the program left no file at")
	require.NotEmpty(t, second.artifact("model").URI)

	metrics := model()
	output := metrics.Outputs.Artifacts["model"]
	output.Type.SchemaTitle = "system.Metrics"
	metrics.Outputs.Artifacts["model"] = output
	third := newTask(t, store, metrics)
	third.give("epochs", "2")
	r = third.mustRun("sh", "-c", `echo 1 > "$0"`, "{{$.outputs.parameters['loss'].output_file}}")
	require.Empty(t, r.stderr, "the SDK's metrics have no file")
}

// TestTaskInS3 does the same with an S3 server.
func TestTaskInS3(t *testing.T) {
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	first := newTask(t, "", model())
	first.environ = append(first.environ, server.Environment()...)
	first.document.Run.PipelineRoot = server.Root("minio", "bucket/root")
	first.give("epochs", "3")
	first.mustRun("sh", "-c", `echo 1 > "$0"; echo weights > "$1"`,
		"{{$.outputs.parameters['loss'].output_file}}", "{{$.outputs.artifacts['model'].path}}")

	second := newTask(t, "", model())
	second.environ, second.document.Run = first.environ, first.document.Run
	second.give("epochs", "3")
	second.document.Inputs["data"] = first.output("model")
	r := second.mustRun("sh", "-c", `cat "$0"; echo 1 > "$1"`,
		"{{$.inputs.artifacts['data'].path}}", "{{$.outputs.parameters['loss'].output_file}}")
	require.Equal(t, "weights\n", r.stdout)
}

// TestUsers runs the driver, and the program of each task, as a user of its
// own, with the usual umask.
func TestUsers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can run programs as other users")
	}
	store := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(store), 0o755))
	require.NoError(t, os.Chmod(store, 0o777))
	made := ""
	for user := range uint32(3) {
		p := newTask(t, store, model())
		p.document.Run.Node = fmt.Sprintf("hello-x7k2p.task-%d", user)
		p.give("epochs", "3")
		p.document.Inputs["data"] = made
		for _, dir := range []string{"", "/kfp", "/tmp", "/s3", "/minio", "/gcs", "/dev"} {
			require.NoError(t, os.MkdirAll(p.root.Path(dir), 0o777))
			require.NoError(t, os.Chmod(p.root.Path(dir), 0o777))
		}
		p.user = 2001 + user
		r := p.drive()
		require.Zero(t, r.code, r.stderr)
		p.user = 3001 + user
		r = p.launch("sh", "-ec", `umask 077; echo 1 > "$0"; mkdir "$1"; echo x > "$1/x"; touch "$HOME/home"; echo y > "$2/y"; cat "$2/x"`,
			"{{$.outputs.parameters['loss'].output_file}}", "{{$.outputs.artifacts['model'].path}}",
			`{"IfPresent": {"InputName": "data", "Then": "{{$.inputs.artifacts['data'].path}}", "Else": "{{$.outputs.artifacts['model'].path}}"}}`)
		require.Zero(t, r.code, r.stderr)
		require.Equal(t, "x\n", r.stdout)
		made = p.output("model")
	}
}

// TestFailures lists how a task ends that does not succeed: with which code,
// and which words that Argo shows.
func TestFailures(t *testing.T) {
	loss := contract.Component{Outputs: contract.ComponentOutputs{
		Parameters: map[string]contract.OutputParameterSpec{"loss": {Type: contract.NumberInteger}, "text": {Type: contract.String}},
	}}
	script := filepath.Join(t.TempDir(), "script")
	require.NoError(t, os.WriteFile(script, []byte("#!/no/such/interpreter\n"), 0o777))
	plain := filepath.Join(t.TempDir(), "plain")
	require.NoError(t, os.WriteFile(plain, []byte("not a program"), 0o666))
	garbage := filepath.Join(t.TempDir(), "garbage")
	require.NoError(t, os.WriteFile(garbage, []byte("not a program"), 0o777))
	const write = `echo 1 > "$LOSS"; echo x > "$TEXT"; `
	for _, test := range []struct {
		name    string
		command []string
		code    int
		words   string
	}{
		{"its own code", []string{"sh", "-c", write + "exit 7"}, 7, ""},
		{"a signal", []string{"sh", "-c", write + "kill -SEGV $$"}, 139, "the program was ended by signal 11 (segmentation fault)"},
		{"killed", []string{"sh", "-c", write + "kill -9 $$"}, 137, "signal 9 (killed): was it out of memory?"},
		{"no such program", []string{"no-such-program"}, 127, `the image has no program "no-such-program" in PATH (`},
		{"no such path", []string{"/no/such/program"}, 127, "the image has no program /no/such/program"},
		{"no interpreter", []string{script}, 127, "the interpreter or loader that " + script + " needs is not in the image"},
		{"not executable", []string{plain}, 126, plain + " is not executable"},
		{"no program", []string{garbage}, 126, garbage + " is not a program for this machine, or a script without #!"},
		{"a directory", []string{"/tmp"}, 126, "/tmp is not executable"},
		{"nothing to run", nil, 1, "the component has neither command nor args"},
		{"an input without value", []string{"echo", "{{$.inputs.parameters['x']}}"}, 1, `element 1 of the command line: it mentions input "x", which has no value`},
		{"no output", []string{"sh", "-c", `echo x > "$TEXT"`}, 1, `output parameter "loss": the program wrote no value: neither a file`},
		{"not the type", []string{"sh", "-c", write + `echo 1.5 > "$LOSS"`}, 1, `"1.5" is not a whole number`},
		{"bad report", []string{"sh", "-c", write + `mkdir -p $(dirname $FILE); echo '{"news": 1}' > "$FILE"`}, 1, `unknown field "news"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newTask(t, t.TempDir(), loss)
			p.environ = append(p.environ,
				"LOSS="+p.root.Path("/tmp/kfp/outputs/loss"), "TEXT="+p.root.Path("/tmp/kfp/outputs/text"))
			require.Zero(t, p.drive().code)
			plan := p.plan()
			p.environ = append(p.environ, "FILE="+plan.ExecutorInput.Outputs.OutputFile)
			r := p.launch(test.command...)
			require.Equal(t, test.code, r.code, r.stderr)
			require.Contains(t, r.lastWords, test.words)
			if test.words == "" {
				require.Empty(t, r.lastWords)
				require.Empty(t, r.stderr)
			} else {
				require.Equal(t, "kfp2argo: error: "+r.lastWords+"\n", r.stderr)
			}
			p.requireNoOutputs()
		})
	}
}

// TestFailureIsTold has an exit task report what the programs have recorded of
// another task, which its launcher or already its driver has failed.
func TestFailureIsTold(t *testing.T) {
	needy := contract.Component{Inputs: contract.ComponentInputs{
		Parameters: map[string]contract.InputParameter{"rows": {Type: contract.NumberInteger}},
	}}
	exit := contract.Component{Inputs: contract.ComponentInputs{
		Parameters: map[string]contract.InputParameter{"status": {Type: contract.TaskFinalStatus}},
	}}
	for _, test := range []struct {
		name, rows, command string
		code                int
		message             string
	}{
		{"the program", "3", "exit 5", 5, "the program ended with exit code 5"},
		{"a signal", "3", "kill -9 $$", 137, "the program was ended by signal 9 (killed): was it out of memory?"},
		{"the driver", "{}", "", 1, `input parameter "rows": a struct is not of type NUMBER_INTEGER`},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := t.TempDir()
			p := newTask(t, store, needy)
			p.document.Run.Node = "hello-x7k2p.body.work(0)"
			p.give("rows", test.rows)
			if r := p.drive(); test.command != "" {
				require.Zero(t, r.code, r.stderr)
				require.Equal(t, test.code, p.launch("sh", "-c", test.command).code)
			} else {
				require.Equal(t, test.code, r.code)
				require.Equal(t, test.message, r.lastWords)
			}
			p = newTask(t, store, exit)
			p.document.Run.Node = "hello-x7k2p.clean-up"
			p.give("status", `{"state":"FAILED","pipelineJobResourceName":"hello-x7k2p","pipelineTaskName":"body"}`)
			told, err := json.Marshal(map[string]any{
				"state": "FAILED", "pipelineJobResourceName": "hello-x7k2p", "pipelineTaskName": "body",
				"error": map[string]any{"code": test.code, "message": test.message},
			})
			require.NoError(t, err)
			require.JSONEq(t, string(told), p.mustRun("printf", "%s", "{{$.inputs.parameters['status']}}").stdout)
		})
	}
}

func (p *task) plan() *contract.Plan {
	p.t.Helper()
	data, err := os.ReadFile(p.root.Path(contract.PlanFile))
	require.NoError(p.t, err)
	plan, err := contract.ParsePlan(data)
	require.NoError(p.t, err)
	return plan
}

func TestLongCommandLine(t *testing.T) {
	p := newTask(t, t.TempDir(), contract.Component{Inputs: contract.ComponentInputs{Parameters: map[string]contract.InputParameter{
		"small": {Type: contract.String}, "big": {Type: contract.String},
	}}})
	p.give("small", `"x"`)
	p.give("big", strconv.Quote(strings.Repeat("x", 200_000)))
	require.Zero(t, p.drive().code)
	r := p.launch("echo", "{{$.inputs.parameters['big']}}")
	require.Equal(t, 126, r.code)
	require.Equal(t, "the command line has an argument of 200000 bytes, the kernel's limit is 131071; "+
		`the largest input is "big" with 200002 bytes: pass it as an artifact`, r.lastWords)

	many := []string{"echo"}
	for range 40 {
		many = append(many, strings.Repeat("y", 100_000))
	}
	for i := range many[1:] {
		many[i+1] = "{{$.inputs.parameters['big']}}"
	}
	p.give("big", strconv.Quote(strings.Repeat("x", 120_000)))
	require.Zero(t, p.drive().code)
	r = p.launch(many...)
	require.Equal(t, 126, r.code)
	require.Regexp(t, `^the command line is 4800045 bytes and the environment \d+, which is more than the kernel takes in all; the largest input is "big"`, r.lastWords)
}

// TestExecutorOutput is about what programs report in the executor output.
func TestExecutorOutput(t *testing.T) {
	store := t.TempDir()
	p := newTask(t, store, contract.Component{Outputs: contract.ComponentOutputs{
		Parameters: map[string]contract.OutputParameterSpec{"n": {Type: contract.NumberInteger}, "s": {Type: contract.String}},
		Artifacts: map[string]contract.OutputArtifact{
			"custom": {}, "elsewhere": {}, "moved": {}, "web": {}, "plain": {Metadata: map[string]json.RawMessage{"a": json.RawMessage("1")}},
		},
	}})
	require.Zero(t, p.drive().code)
	outputs := p.plan().ExecutorInput.Outputs
	custom := filepath.Join(t.TempDir(), "custom")
	require.NoError(t, os.WriteFile(custom, []byte("c"), 0o666))
	moved := strings.TrimSuffix(outputs.Artifacts["moved"].Artifacts[0].URI, "/moved") + "/other"
	movedLocal, _ := p.root.LocalPath(moved)
	report := map[string]any{
		"parameterValues": map[string]any{"n": 1, "undeclared": 1},
		"artifacts": map[string]any{
			"custom":     artifact(map[string]any{"custom_path": custom}),
			"moved":      artifact(map[string]any{"uri": moved}),
			"elsewhere":  artifact(map[string]any{"uri": "s3://other/data"}),
			"web":        artifact(map[string]any{"uri": "https://host/x"}),
			"plain":      artifact(map[string]any{"name": "renamed", "metadata": map[string]any{"b": true, "display_name": "mine"}}),
			"undeclared": artifact(map[string]any{"uri": "x"}),
		},
	}
	text, err := json.Marshal(report)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(movedLocal, []byte("m"), 0o666))
	plain, _ := p.root.LocalPath(outputs.Artifacts["plain"].Artifacts[0].URI)
	require.NoError(t, os.WriteFile(plain, []byte("p"), 0o666))
	require.NoError(t, os.WriteFile(outputs.OutputFile, text, 0o666))
	require.NoError(t, os.WriteFile(outputs.Parameters["n"].OutputFile, []byte("7"), 0o666))
	require.NoError(t, os.WriteFile(outputs.Parameters["s"].OutputFile, []byte("{{x}} $é\n"), 0o666))

	r := p.launch("true")
	require.Zero(t, r.code, r.stderr)
	require.Equal(t, `1`, p.output("n"), "the report counts, not the file")
	require.Equal(t, `"{\u007bx}} \u0024\u00e9\n"`, p.output("s"))
	require.Equal(t, outputs.Artifacts["custom"].Artifacts[0].URI, p.artifact("custom").URI)
	require.Equal(t, moved, p.artifact("moved").URI)
	require.Equal(t, "s3://other/data", p.artifact("elsewhere").URI)
	require.Equal(t, "https://host/x", p.artifact("web").URI)
	require.Equal(t, "plain", p.artifact("plain").Name)
	require.Equal(t, map[string]json.RawMessage{
		"a": json.RawMessage("1"), "b": json.RawMessage("true"), "display_name": json.RawMessage(`"mine"`),
	}, p.artifact("plain").Metadata)
	var contents []string
	for _, content := range outputsIn(stored(t, store)) {
		contents = append(contents, content)
	}
	require.ElementsMatch(t, []string{"c", "m", "p"}, contents)
	require.NoFileExists(t, p.root.Path(contract.ArgoOutputDir+"/undeclared"))
}

func artifact(fields map[string]any) map[string]any {
	return map[string]any{"artifacts": []any{fields}}
}

// TestOutsideOfTheRoot refuses to store where the pipeline has no business.
func TestOutsideOfTheRoot(t *testing.T) {
	for _, uri := range []string{"s3://other/data", "minio://bucket/root-old/x", "minio://bucket/root/../x"} {
		p := newTask(t, t.TempDir(), contract.Component{Outputs: contract.ComponentOutputs{
			Artifacts: map[string]contract.OutputArtifact{"m": {}},
		}})
		require.Zero(t, p.drive().code)
		local, _ := p.root.LocalPath(uri)
		r := p.launch("sh", "-c", `mkdir -p "$(dirname "$0")"; echo x > "$0"; printf '%s' "$2" > "$1"`, local, "{{$.outputs.output_file}}",
			fmt.Sprintf(`{"artifacts":{"m":{"artifacts":[{"uri":%q}]}}}`, uri))
		require.Equal(t, 1, r.code, uri)
		require.Contains(t, r.lastWords, `output artifact "m": `)
		p.requireNoOutputs()
	}
}

// TestEnvironment is about what the program finds around it.
func TestEnvironment(t *testing.T) {
	home := t.TempDir()
	p := newTask(t, t.TempDir(), contract.Component{})
	kfpHome := p.root.Path(contract.HomeDir)
	for variable, want := range map[string]string{
		"HOME=" + home: home, "HOME=/": kfpHome, "HOME=": kfpHome, "HOME=/no/such": kfpHome, "X=1": kfpHome,
	} {
		p.environ = []string{"PATH=" + os.Getenv("PATH"), "KFP2ARGO_S3_SECRET_KEY=very-secret", "KFP2=mine", variable}
		r := p.mustRun("sh", "-c", `echo "$HOME"; touch "$HOME/x" && env`)
		first, rest, _ := strings.Cut(r.stdout, "\n")
		require.Equal(t, want, first, variable)
		require.NotContains(t, rest, "KFP2ARGO_")
		require.Contains(t, rest, "KFP2=mine")
	}
	p.environ = []string{"HOME=" + home}
	r := p.mustRun("sh", "-c", "echo found without PATH")
	require.Equal(t, "found without PATH\n", r.stdout)
}

func TestStreams(t *testing.T) {
	p := newTask(t, t.TempDir(), contract.Component{})
	require.Zero(t, p.drive().code)
	command := p.launcher("sh", "-c", "cat; echo err >&2")
	command.Stdin = strings.NewReader("from stdin\n")
	r := p.run(command)
	require.Equal(t, result{stdout: "from stdin\n", stderr: "err\n"}, r)
}

// start starts the launcher and returns once the program has said something.
func (p *task) start(command ...string) (*exec.Cmd, string) {
	p.t.Helper()
	require.Zero(p.t, p.drive().code)
	launcher := p.launcher(command...)
	stdout, err := launcher.StdoutPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, launcher.Start())
	p.t.Cleanup(func() { _ = launcher.Process.Kill() })
	line := make([]byte, 100)
	n, err := stdout.Read(line)
	require.NoError(p.t, err)
	return launcher, strings.TrimSpace(string(line[:n]))
}

// TestSignals sends signals to the launcher.
func TestSignals(t *testing.T) {
	require.True(t, faulttable.Of(t, faulttable.TaskCancelled, faulttable.Run).Fails())
	for _, test := range []struct {
		name   string
		script string
		signal syscall.Signal
		code   int
	}{
		{"handled", `trap 'exit 3' TERM; echo ready; sleep 60 & wait`, syscall.SIGTERM, 3},
		{"not handled", `echo ready; sleep 60`, syscall.SIGTERM, 143},
		{"taken as the end", `trap 'exit 0' TERM; echo ready; sleep 60 & wait`, syscall.SIGTERM, 143},
		// Without exec, a shell that has just forked can swallow the signal.
		{"interrupt", `echo ready; exec sleep 60`, syscall.SIGINT, 130},
		{"of the program's own", `trap 'exit 5' USR1; echo ready; sleep 60 & wait`, syscall.SIGUSR1, 5},
		{"hang-up", `trap 'exit 6' HUP; echo ready; sleep 60 & wait`, syscall.SIGHUP, 6},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newTask(t, t.TempDir(), contract.Component{})
			command, _ := p.start("sh", "-c", test.script)
			require.NoError(t, command.Process.Signal(test.signal))
			_ = command.Wait()
			require.Equal(t, test.code, command.ProcessState.ExitCode())
			p.requireNoOutputs()
		})
	}
}

// TestGroup requires that a program's children end with it.
func TestGroup(t *testing.T) {
	p := newTask(t, t.TempDir(), contract.Component{})
	command, child := p.start("sh", "-c", `sleep 60 >&2 & echo $!; sleep 0.2`)
	pid, err := strconv.Atoi(child)
	require.NoError(t, err)
	require.NoError(t, command.Wait())
	require.Eventually(t, func() bool { return !isRunning(pid) }, 5*time.Second, 10*time.Millisecond)
}

// isRunning reports whether a process runs; one that nobody has waited for yet
// does not.
func isRunning(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

func TestLauncherAlone(t *testing.T) {
	p := newTask(t, t.TempDir(), contract.Component{})
	require.Zero(t, p.drive().code)
	require.NoError(t, os.Remove(p.root.Path(contract.PlanFile)))
	r := p.launch("true")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.lastWords, "/kfp/plan.json: the driver has not run in this pod")
}
