//go:build e2e

package e2e

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
	corev1 "k8s.io/api/core/v1"
)

// corpus holds KFP's own pipelines, which lie beside the repository.
const corpus = "../../../shared/corpus/"

// corpusRun is an entry of testdata/corpus.yaml: a pipeline and how its run
// ends.
type corpusRun struct {
	File string
	// Cluster is set where a cluster runs the pipeline, too, without the flag
	// -corpus: the one of its form in which pods and the controller do the most.
	Cluster   bool
	Arguments map[string]string
	// Objects are put into the store before, by key.
	Objects map[string]string
	// Phase is Succeeded where it is empty.
	Phase wfv1.WorkflowPhase
	// Pods lists how many there may be: more than one number where the pipeline
	// throws a coin.
	Pods []int
	// Outputs and Contents are the outputs of the pipeline, the latter what is
	// in an artifact.
	Outputs, Contents map[string]string
	// Logs and Messages are parts of what tasks print, and of what Argo says of
	// them.
	Logs, Messages map[string]string
	// Skipped are tasks that do not run.
	Skipped []string
	// Unrecorded is why what becomes of the run is not recorded, where it is not.
	Unrecorded string
	// Varies are outputs that differ from run to run, as TASK/OUTPUT.
	Varies varying
}

var wholeCorpus = flag.Bool("corpus", false, "run all of KFP's own pipelines on a cluster, too")

// TestCorpus runs KFP's own pipelines, as many of them as can run here: on the
// engine of this machine all of them, on a cluster one of each form.
func TestCorpus(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(corpus); err != nil {
		require.Empty(t, os.Getenv("CI"), "the reference pipelines are missing: %v", err)
		t.Skipf("the reference pipelines are missing: %v", err)
	}
	onCluster := os.Getenv(programsVariable) == ""
	for _, c := range corpusRuns(t) {
		if onCluster && !c.Cluster && !*wholeCorpus {
			continue
		}
		t.Run(strings.TrimSuffix(c.File, ".yaml"), func(t *testing.T) {
			t.Parallel()
			options := []option{asHere}
			for name, value := range c.Arguments {
				options = append(options, submitting(name, value))
			}
			for key, text := range c.Objects {
				connect(t).putObject(t, "corpus", key, text)
			}
			r := runPipeline(t, filepath.Join(corpus, filepath.FromSlash(c.File)), options...)
			c.requireEnd(r)
			if c.Unrecorded == "" {
				r.requireRecorded(c.Varies)
			}
		})
	}
}

func corpusRuns(t *testing.T) []corpusRun {
	t.Helper()
	text, err := os.ReadFile("testdata/corpus.yaml")
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var table struct {
		Runs []corpusRun
		// Left out are for the translator's own tests, which hold the list
		// complete.
		Excluded []yaml.Node
	}
	require.NoError(t, decoder.Decode(&table))
	require.NotEmpty(t, table.Runs)
	return table.Runs
}

// asHere fits a Workflow to the test cluster. It takes images from the node,
// where Kubernetes asks a registry first if they have no tag, or `latest`; and
// it starts few pods at once, for a small node is slow with dozens.
var asHere = option{submit: func(w *wfv1.Workflow) {
	w.Spec.Parallelism = ptr(int64(4))
	for i := range w.Spec.Templates {
		if container := w.Spec.Templates[i].Container; container != nil {
			container.ImagePullPolicy = corev1.PullIfNotPresent
		}
	}
}}

func (c corpusRun) requireEnd(r *run) {
	r.t.Helper()
	phase := c.Phase
	if phase == "" {
		phase = wfv1.WorkflowSucceeded
	}
	require.Equal(r.t, phase, r.workflow.Status.Phase, r.workflow.Status.Message)
	require.Contains(r.t, c.Pods, len(r.tasks()))
	for name, want := range c.Outputs {
		require.Equal(r.t, want, r.result(name), name)
	}
	for name, want := range c.Contents {
		uris := r.uris(r.result(name))
		require.Len(r.t, uris, 1, name)
		require.Equal(r.t, want, r.object(uris[0]), name)
	}
	for task, want := range c.Logs {
		require.Contains(r.t, r.log(task), want, task)
	}
	for task, want := range c.Messages {
		require.Contains(r.t, r.node(task).Message, want, task)
	}
	for _, task := range c.Skipped {
		require.Equal(r.t, wfv1.NodeSkipped, r.node(task).Phase, task)
	}
}
