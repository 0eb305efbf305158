package pod_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
)

// task plays one task's pod in a directory: the files that Argo writes, then
// the driver, then the launcher with a real program, then what Argo reads.
type task struct {
	t        *testing.T
	programs programs
	root     contract.Root
	document contract.Task
	environ  []string // of the driver
	user     uint32   // to run as; 0 for the user of the test
}

// result is how a program ended.
type result struct {
	code           int
	stdout, stderr string
	lastWords      string
}

// newTask returns a pod of a task. Its store is a directory, which tasks share
// that are given the same one.
func newTask(t *testing.T, store string, component contract.Component) *task {
	t.Helper()
	p := &task{
		t: t, programs: mustBuild(t), root: contract.Root(t.TempDir()),
		document: contract.Task{
			Version: contract.TaskVersion,
			Run: contract.Run{
				Pipeline: "hello", Name: "hello-x7k2p", UID: "uid-1", Node: "hello-x7k2p.loop.train-1(2:2)(0)",
				Created: "2026-08-01T12:00:00Z", PipelineRoot: "minio://bucket/root?endpoint=file://" + store,
			},
			Component: component,
			Inputs:    map[string]string{"title": `fill "{\u007b$.pipeline_task_name}} of {\u007b$.pipeline_job_name}}" with {}`},
		},
		environ: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "KFP2ARGO_S3_SECRET_KEY=very-secret"},
	}
	return p
}

// give sets an input as Argo passes it.
func (p *task) give(name, value string) {
	p.t.Helper()
	text, err := contract.EncodeParameter(json.RawMessage(value))
	require.NoError(p.t, err)
	p.document.Inputs[name] = text
}

// drive writes the task document and runs the driver.
func (p *task) drive() result {
	p.t.Helper()
	text, err := json.Marshal(p.document)
	require.NoError(p.t, err)
	for _, dir := range []string{contract.Dir, "/dev"} {
		require.NoError(p.t, os.MkdirAll(p.root.Path(dir), 0o777))
	}
	require.NoError(p.t, os.WriteFile(p.root.Path(contract.TaskFile), text, 0o666))
	require.NoError(p.t, os.WriteFile(p.root.Path(contract.TerminationFile), nil, 0o666))
	driver := exec.Command(p.programs.driver, "--root", string(p.root))
	run, err := json.Marshal(p.document.Run)
	require.NoError(p.t, err)
	driver.Env = append(slices.Clone(p.environ), contract.RunVariable+"="+string(run))
	return p.run(driver)
}

// launch runs the installed launcher with a component's command line.
func (p *task) launch(command ...string) result {
	p.t.Helper()
	return p.run(p.launcher(command...))
}

// mainEnvironment is that of main: what begins with our prefix only the driver
// has.
func (p *task) mainEnvironment() []string {
	return slices.DeleteFunc(slices.Clone(p.environ), func(v string) bool { return strings.HasPrefix(v, contract.VariablePrefix) })
}

func (p *task) launcher(command ...string) *exec.Cmd {
	shielded := make([]string, len(command))
	for i, text := range command {
		shielded[i] = placeholder.Shield(text)
	}
	launcher := exec.Command(p.root.Path(contract.LauncherFile), shielded...)
	launcher.Env = append(p.mainEnvironment(), "KFP2ARGO_ROOT="+string(p.root))
	return launcher
}

func (p *task) run(command *exec.Cmd) result {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if p.user != 0 {
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: p.user, Gid: p.user}}
	}
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(p.t, err)
	}
	words, err := os.ReadFile(p.root.Path(contract.TerminationFile))
	require.NoError(p.t, err)
	return result{command.ProcessState.ExitCode(), stdout.String(), stderr.String(), string(words)}
}

// mustRun drives and launches, and requires both to succeed.
func (p *task) mustRun(command ...string) result {
	p.t.Helper()
	r := p.drive()
	require.Zero(p.t, r.code, r.stderr)
	r = p.launch(command...)
	require.Zero(p.t, r.code, r.stderr)
	require.Empty(p.t, r.lastWords)
	return r
}

// output returns the text that Argo reads for an output.
func (p *task) output(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(p.root.Path(contract.ArgoOutputDir + "/" + name))
	require.NoError(p.t, err)
	return string(text)
}

// artifact returns an output artifact.
func (p *task) artifact(name string) contract.RuntimeArtifact {
	p.t.Helper()
	list, err := contract.DecodeArtifacts(p.output(name))
	require.NoError(p.t, err)
	require.Len(p.t, list.Artifacts, 1)
	return list.Artifacts[0]
}

// requireNoOutputs requires that Argo finds none.
func (p *task) requireNoOutputs() {
	p.t.Helper()
	entries, err := os.ReadDir(p.root.Path(contract.ArgoOutputDir))
	require.NoError(p.t, err)
	require.Empty(p.t, entries)
}

// stored returns the files of a store by key.
func stored(t *testing.T, store string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(store, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, store+"/")] = string(content)
		return err
	}))
	return files
}
