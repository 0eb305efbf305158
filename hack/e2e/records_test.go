//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/translate"
)

// listed is a run as `kfp2argo runs -o json` prints it.
type listed struct {
	UID, State      string
	Cluster, Stored bool
	Metrics         []struct {
		Task, Name string
		Value      float64
	}
}

// listed returns what is listed of a run, or nothing.
func (p program) listed(r *run, args ...string) *listed {
	p.t.Helper()
	text := p.good(append([]string{"runs", "-n", namespace, "--pipeline-root", p.root, "-o", "json", "--limit", "0"}, args...)...)
	var all []listed
	require.NoError(p.t, json.Unmarshal([]byte(text), &all))
	for _, l := range all {
		if l.UID == string(r.workflow.UID) {
			return &l
		}
	}
	return nil
}

// forget deletes the Workflow of a run.
func (r *run) forget() {
	r.t.Helper()
	require.NoError(r.t, r.workflows.ArgoprojV1alpha1().Workflows(namespace).Delete(r.t.Context(), r.workflow.Name, metav1.DeleteOptions{}))
}

// TestRecords runs a pipeline twice, and nobody watches. Of the run whose end is
// recorded later all is known when the cluster has forgotten it; of the other one
// that it was there, and what its tasks left.
func TestRecords(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	recorded := runPipeline(t, examples+"artifacts.yaml")
	require.Equal(t, wfv1.WorkflowSucceeded, recorded.workflow.Status.Phase)
	metrics := func(l *listed) map[string]float64 {
		values := map[string]float64{}
		for _, m := range l.Metrics {
			values[m.Name] = m.Value
		}
		return values
	}
	require.Equal(t, "Succeeded", p.listed(recorded).State)
	found := p.listed(recorded, "--record")
	require.True(t, found.Cluster && found.Stored)
	recorded.forget()

	unseen := runPipeline(t, examples+"artifacts.yaml")
	unseen.forget()

	found = p.listed(recorded)
	require.Equal(t, listed{UID: found.UID, State: "Succeeded", Stored: true, Metrics: found.Metrics}, *found)
	require.NotEmpty(t, metrics(found))
	prefix, _, _ := strings.Cut(p.root, "?")
	var record struct {
		Complete bool
		Tasks    []struct{ State string }
	}
	text := recorded.object(prefix + "/" + strings.Join(place.Run{Pipeline: "artifacts", UID: found.UID}.Document(), "/"))
	require.NoError(t, json.Unmarshal([]byte(text), &record))
	require.True(t, record.Complete)
	require.NotEmpty(t, record.Tasks)

	found = p.listed(unseen)
	require.False(t, found.Cluster)
	// Another test may have recorded all runs of the namespace in between.
	require.Equal(t, map[bool]string{false: "Unknown", true: "Succeeded"}[found.Stored], found.State)
}

// TestStoreSecretMissing runs a task with something to store where the Secret of the
// store, or one of its keys, is missing: it fails by its name, before its program.
func TestStoreSecretMissing(t *testing.T) {
	t.Parallel()
	c := connect(t)
	_, err := c.kubernetes.CoreV1().Secrets(namespace).Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "half-a-store"}, StringData: map[string]string{"accesskey": "x"},
	}, metav1.CreateOptions{})
	requireMade(t, err)
	for secret, missing := range map[string]string{"no-store": "no-store/accesskey", "half-a-store": "half-a-store/secretkey"} {
		t.Run(secret, func(t *testing.T) {
			t.Parallel()
			r := runPipeline(t, cases+"hidden_keys.yaml", option{translate: func(o *translate.Options) { o.Store.Secret = secret }})
			r.requirePhase(wfv1.WorkflowFailed, 1)
			require.Contains(t, r.messages(), "no credentials: the namespace has no Secret and key "+missing+", or it is empty")
		})
	}
}
