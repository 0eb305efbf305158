package live_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// rooted is a run whose store is a directory.
func rooted(t *testing.T) (*wfv1.Workflow, string) {
	t.Helper()
	w, root := recorded(t), "file://"+t.TempDir()
	setRoot(t, w, root)
	return w, root
}

func setRoot(t *testing.T, w *wfv1.Workflow, root string) {
	t.Helper()
	all := w.Spec.Arguments.Parameters
	i := slices.IndexFunc(all, func(p wfv1.Parameter) bool { return p.Name == "pipeline-root" })
	require.GreaterOrEqual(t, i, 0)
	all[i].Value = wfv1.AnyStringPtr(root)
}

// TestKeep records a run of which one task left a record of its own.
func TestKeep(t *testing.T) {
	w, root := rooted(t)
	w.Labels["team"] = "a"
	w.Annotations[contract.DigestAnnotation] = strings.Repeat("0", 64)
	run, err := live.Read(w)
	require.NoError(t, err)
	var fit *progress.Task
	run.Walk(func(task *progress.Task, _ int) {
		if task.Path == "all.train-all-0.fit" {
			fit = task
		}
	})
	opened, err := store.Open(root, os.Getenv)
	require.NoError(t, err)
	require.NoError(t, record.In(opened, run.Pipeline).Leave(t.Context(), record.Task{
		Version: record.Version, Pipeline: run.Pipeline, Run: run.Name, UID: run.UID, Task: fit.Path, Attempt: "attempt-of-fit",
		Node: fit.Attempts[len(fit.Attempts)-1].NodeName, Started: fit.Started, Finished: fit.Finished,
		Outputs: record.Outputs{Artifacts: map[string]contract.RuntimeArtifact{"metrics": {
			Type:     contract.ArtifactType{SchemaTitle: "system.Metrics"},
			Metadata: map[string]json.RawMessage{"accuracy": json.RawMessage("0.75")},
		}}},
	}))

	s := live.OpenStore(w, live.Environment{Getenv: os.Getenv})
	r, err := s.Keep(t.Context(), w)
	require.NoError(t, err)
	again, err := s.Keep(t.Context(), w)
	require.NoError(t, err)
	require.Equal(t, r, again)
	archive, err := s.Archive()
	require.NoError(t, err)
	summary, err := archive.Find(t.Context(), w.Name)
	require.NoError(t, err)
	read, err := archive.Read(t.Context(), summary)
	require.NoError(t, err)
	require.Equal(t, []runs.Metric{{Task: fit.Path, Artifact: "metrics", Name: "accuracy", Value: 0.75}}, summary.Metrics)
	require.Equal(t, "attempt-of-fit", read.Task(fit.Path).Record)
	require.Empty(t, read.Task(fit.Path).Outputs)
	require.NoError(t, archive.Fill(t.Context(), read, read.Task(fit.Path)))
	require.NotEmpty(t, read.Task(fit.Path).Outputs)

	uri, err := opened.Root().Join(run.Pipeline, run.UID, "run.json")
	require.NoError(t, err)
	text, err := opened.Read(t.Context(), uri)
	require.NoError(t, err)
	requireGolden(t, "record.json", strings.ReplaceAll(string(text), root, "file:///store"))
}

// TestKeepNowhere has runs without a store, and with one that only pods see.
func TestKeepNowhere(t *testing.T) {
	w, _ := rooted(t)
	setRoot(t, w, "")
	_, err := live.OpenStore(w, live.Environment{Getenv: os.Getenv}).Keep(t.Context(), w)
	require.ErrorIs(t, err, live.ErrNoRoot)
	for _, root := range []string{"minio://b?endpoint=file://" + contract.StoreDir, "file://" + contract.StoreDir, "file://" + contract.StoreDir + "/team"} {
		setRoot(t, w, root)
		_, err = live.OpenStore(w, live.Environment{Getenv: os.Getenv}).Keep(t.Context(), w)
		var unreachable *live.UnreachableError
		require.ErrorAs(t, err, &unreachable, root)
	}
}

// TestKeepInClaim has a run that stores artifacts in a volume. The claims of this
// machine can be seen, and a volume that is mounted here.
func TestKeepInClaim(t *testing.T) {
	w, _ := rooted(t)
	setRoot(t, w, "file://"+contract.StoreDir)
	w.Namespace = "team"
	claim := corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}
	w.Spec.Volumes = append(w.Spec.Volumes, corev1.Volume{Name: "kfp-store", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &claim}})
	main := w.Spec.TemplateDefaults.Container
	main.VolumeMounts = append(main.VolumeMounts, corev1.VolumeMount{Name: "kfp-store", MountPath: contract.StoreDir, SubPath: "kept"})

	claims, mounted := t.TempDir(), t.TempDir()
	nothing := func(string) string { return "" }
	_, err := live.OpenStore(w, live.Environment{Getenv: nothing, Claims: claims}).Keep(t.Context(), w)
	require.NoError(t, err)
	require.DirExists(t, filepath.Join(claims, "team", "data", "kept", "runs"))
	_, err = live.OpenStore(w, live.Environment{Getenv: func(name string) string {
		if name == contract.VolumeVariable {
			return mounted
		}
		return ""
	}}).Keep(t.Context(), w)
	require.NoError(t, err)
	require.DirExists(t, filepath.Join(mounted, "runs"))
}

// TestMerge has runs of the cluster, of the store, and of both.
func TestMerge(t *testing.T) {
	created := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	workflow := func(uid string, after int, phase wfv1.WorkflowPhase) wfv1.Workflow {
		w := wfv1.Workflow{ObjectMeta: metav1.ObjectMeta{Name: "of-" + uid}}
		w.UID, w.CreationTimestamp = types.UID("uid-"+uid), metav1.Time{Time: created.Add(time.Duration(after) * time.Second)}
		w.Status.Phase = phase
		return w
	}
	summary := func(uid string, after int, state runs.State) runs.Summary {
		return runs.Summary{
			Identity: runs.Identity{UID: "uid-" + uid, Name: "of-" + uid, Created: created.Add(time.Duration(after) * time.Second)},
			Status:   runs.Status{State: state},
		}
	}
	found := live.Merge(
		[]wfv1.Workflow{workflow("a", 1, wfv1.WorkflowRunning), workflow("b", 2, wfv1.WorkflowSucceeded), workflow("d", 4, wfv1.WorkflowFailed)},
		[]runs.Summary{summary("c", 3, runs.Failed), summary("b", 2, runs.Succeeded), summary("a", 1, runs.Unknown), summary("e", 0, runs.Unknown)},
	)
	type row struct {
		name    string
		state   runs.State
		cluster bool
		stored  bool
	}
	var rows []row
	for _, f := range found {
		rows = append(rows, row{f.Name, f.State, f.Workflow != nil, f.Stored})
	}
	require.Equal(t, []row{
		{"of-d", runs.Failed, true, false},
		{"of-c", runs.Failed, false, true},
		{"of-b", runs.Succeeded, true, true},
		{"of-a", runs.Running, true, false},
		{"of-e", runs.Unknown, false, false},
	}, rows)
}
