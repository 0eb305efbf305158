//go:build linux

package suite_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"github.com/argoproj/argo-workflows/v3/workflow/packer"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/internal/valuetable"
	"github.com/kfp2argo/kfp2argo/local/argo"
	"github.com/kfp2argo/kfp2argo/local/engine"
	"github.com/kfp2argo/kfp2argo/local/process"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// TestMain lets the test's own program be the helper of sandboxes.
func TestMain(m *testing.M) {
	if os.Args[0] == sandbox.HelperName {
		_ = sandbox.Main()
		os.Exit(128)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// TestEngine runs tables and random pipelines. Argo's controller can be made once
// in a process: so all is one test.
func TestEngine(t *testing.T) {
	require.NoError(t, argo.Prepare(t.Output()))
	m := start(t)
	t.Run("Table", m.tables)
	t.Run("Random", m.random)
}

const namespace = "local"

// ours is the image of driver and launcher.
const ours = "kfp2argo/kfp2argo:table"

// machine is an engine that runs, and clients of it.
type machine struct {
	workflows versioned.Interface
	pods      kubernetes.Interface
}

// tables runs the tables of all sources.
func (m machine) tables(t *testing.T) {
	for _, source := range valuetable.Sources() {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			for _, table := range valuetable.All(source) {
				name := m.submit(t, table)
				count, wrong := table.Check(m.end(t, name), m.podsOf(t, name))
				for _, w := range wrong {
					t.Error(w)
				}
				t.Log(count, "combinations")
			}
		})
	}
}

// start starts an engine with the programs of the pods.
func start(t *testing.T) machine {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	program := filepath.Join(dir, "kfp2argo-pod")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/kfp2argo-pod")
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	self, err := os.Executable()
	require.NoError(t, err)
	box := sandbox.New(self)
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- engine.Run(ctx, engine.Options{
			Dir: dir, Namespace: namespace,
			Runtime: &process.Runtime{
				Sandbox: box, Environ: os.Environ(),
				Programs: map[string]string{"/driver": program, "/launcher": program},
				IsOurs:   func(image string) bool { return image == ours },
			},
			Ready: func() error { close(ready); return nil },
		})
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		box.Close()
	})
	select {
	case <-ready:
	case err := <-ended:
		require.NoError(t, err)
	}
	return connect(t, filepath.Join(dir, engine.KubeconfigFile))
}

func connect(t *testing.T, kubeconfig string) machine {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	require.NoError(t, err)
	config.QPS = -1
	workflows, err := versioned.NewForConfig(config)
	require.NoError(t, err)
	pods, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	return machine{workflows, pods}
}

// submit starts a table's run and returns its name.
func (m machine) submit(t *testing.T, table *valuetable.Table) string {
	t.Helper()
	o := translate.Options{MaxSize: -1, Pods: translate.Pods{Image: ours}, Store: translate.Store{InlineLimit: 1 << 20}}
	if table.Source == valuetable.Given {
		o.Arguments = table.Arguments()
	}
	translated, found, err := translate.Translate(diag.Source{Name: "values.yaml", Text: table.Pipeline()}, o)
	require.NoError(t, err)
	require.NotNil(t, translated, "%v", found)
	workflow := printed(t, translated)
	if table.Source == valuetable.Submitted {
		for i, p := range workflow.Spec.Arguments.Parameters {
			workflow.Spec.Arguments.Parameters[i].Value = wfv1.AnyStringPtr(contract.EscapeArgument(table.Arguments()[p.Name]))
		}
	}
	return m.create(t, workflow)
}

// printed is a Workflow as its reader has it.
func printed(t *testing.T, translated *wfv1.Workflow) *wfv1.Workflow {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, translate.Print(&text, translated, "values.yaml"))
	var workflow wfv1.Workflow
	require.NoError(t, yaml.UnmarshalStrict(text.Bytes(), &workflow))
	return &workflow
}

func (m machine) create(t *testing.T, workflow *wfv1.Workflow) string {
	t.Helper()
	created, err := m.workflows.ArgoprojV1alpha1().Workflows(namespace).Create(t.Context(), workflow, metav1.CreateOptions{})
	require.NoError(t, err)
	return created.Name
}

// end waits for the end of a run.
func (m machine) end(t *testing.T, name string) *wfv1.Workflow {
	t.Helper()
	var last *wfv1.Workflow
	require.Eventually(t, func() bool {
		var err error
		last, err = m.workflows.ArgoprojV1alpha1().Workflows(namespace).Get(t.Context(), name, metav1.GetOptions{})
		return err == nil && last.Status.Phase.Completed()
	}, 5*time.Minute, time.Second, name)
	require.NoError(t, packer.DecompressWorkflow(last))
	return last
}

func (m machine) podsOf(t *testing.T, name string) []corev1.Pod {
	t.Helper()
	pods, err := m.pods.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "workflows.argoproj.io/workflow=" + name})
	require.NoError(t, err)
	return pods.Items
}
