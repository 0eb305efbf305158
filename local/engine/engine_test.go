//go:build linux

package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/local/argo"
	"github.com/kfp2argo/kfp2argo/local/engine"
	"github.com/kfp2argo/kfp2argo/local/process"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

// TestMain lets the test's own program be the helper of sandboxes.
func TestMain(m *testing.M) {
	if os.Args[0] == sandbox.HelperName {
		_ = sandbox.Main()
		os.Exit(128)
	}
	os.Exit(m.Run())
}

// workflow has what pipelines are made of: an artifact whose text has the
// inputs, outputs by files, a loop, a condition, a task that fails and a hook
// that runs all the same.
const workflow = `
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  entrypoint: main
  onExit: bye
  volumes: [{name: v, emptyDir: {}}]
  templates:
  - name: main
    dag:
      tasks:
      - {name: one, template: say, arguments: {parameters: [{name: word, value: one}]}}
      - name: each
        depends: one
        template: say
        arguments: {parameters: [{name: word, value: "{{item}}-{{tasks.one.outputs.parameters.out}}"}]}
        withItems: [a, b]
      - {name: never, depends: one, template: say, when: "1 == 2", arguments: {parameters: [{name: word, value: x}]}}
      - {name: bad, depends: one.Succeeded, template: fail}
  - name: say
    inputs:
      parameters: [{name: word}]
      artifacts: [{name: text, path: /v/text, raw: {data: "{{inputs.parameters.word}}!"}}]
    outputs: {parameters: [{name: out, valueFrom: {path: /v/out}}]}
    container: {image: "alpine:3", command: [sh, -c, "cat /v/text >/v/out; cat /v/text"], volumeMounts: [{name: v, mountPath: /v}]}
  - name: fail
    container: {image: "alpine:3", command: [sh, -c, "echo no >&2; exit 3"]}
  - name: bye
    container: {image: "alpine:3", command: [sh, -c, "echo {{workflow.status}}"]}
`

// start starts an engine over a directory and returns what ends it.
func start(t *testing.T, dir string) (stop func()) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	box := sandbox.New(self)
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- engine.Run(ctx, engine.Options{
			Dir: dir, Namespace: "local",
			Runtime: &process.Runtime{Sandbox: box, IsOurs: func(string) bool { return false }, Environ: os.Environ()},
			Log:     t.Output(),
			Ready:   func() error { close(ready); return nil },
		})
	}()
	select {
	case <-ready:
	case err := <-ended:
		require.NoError(t, err)
	}
	return func() {
		cancel()
		require.NoError(t, <-ended)
		box.Close()
	}
}

func client(t *testing.T, dir string) versioned.Interface {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(dir, engine.KubeconfigFile))
	require.NoError(t, err)
	c, err := versioned.NewForConfig(config)
	require.NoError(t, err)
	return c
}

// Argo's controller runs a Workflow, and what has become of it is there for the
// next engine over the directory. A second one at once is refused. Argo's
// controller can be made once in a process: so all is one test.
func TestEngine(t *testing.T) {
	require.NoError(t, argo.Prepare(t.Output()))
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	stop := start(t, dir)
	require.ErrorIs(t, engine.Run(t.Context(), engine.Options{Dir: dir}), engine.ErrBusy)

	workflows := client(t, dir).ArgoprojV1alpha1().Workflows("local")
	var w wfv1.Workflow
	require.NoError(t, yaml.Unmarshal([]byte(workflow), &w))
	_, err = workflows.Create(t.Context(), &w, metav1.CreateOptions{})
	require.NoError(t, err)
	var last *wfv1.Workflow
	require.Eventually(t, func() bool {
		last, err = workflows.Get(t.Context(), "w", metav1.GetOptions{})
		return err == nil && last.Status.Phase.Completed()
	}, time.Minute, 20*time.Millisecond)
	requireOutcome(t, last)
	stop()
	require.FileExists(t, filepath.Join(dir, "objects", "workflows", "local", "w.json"))
	require.NoFileExists(t, filepath.Join(dir, engine.KubeconfigFile))
}

func requireOutcome(t *testing.T, w *wfv1.Workflow) {
	t.Helper()
	require.Equal(t, wfv1.WorkflowFailed, w.Status.Phase, w.Status.Message)
	phases, outputs := map[string]wfv1.NodePhase{}, map[string]string{}
	for _, n := range w.Status.Nodes {
		phases[n.DisplayName] = n.Phase
		if n.Outputs != nil && len(n.Outputs.Parameters) == 1 {
			outputs[n.DisplayName] = n.Outputs.Parameters[0].Value.String()
		}
	}
	require.Equal(t, map[string]wfv1.NodePhase{
		"w": wfv1.NodeFailed, "one": wfv1.NodeSucceeded, "each": wfv1.NodeSucceeded, "each(0:a)": wfv1.NodeSucceeded, "each(1:b)": wfv1.NodeSucceeded,
		"never": wfv1.NodeSkipped, "bad": wfv1.NodeFailed, "w.onExit": wfv1.NodeSucceeded,
	}, phases)
	require.Equal(t, "one!", outputs["one"])
	require.Equal(t, "b-one!!", outputs["each(1:b)"])
}
