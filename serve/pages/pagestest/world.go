package pagestest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/serve"
	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/pages"
	"github.com/kfp2argo/kfp2argo/serve/registry"
	kfp "github.com/kfp2argo/kfp2argo/serve/rest"
	"github.com/kfp2argo/kfp2argo/translate"
)

// Namespace is where all runs are.
const Namespace = "team"

const day = 24 * time.Hour

// Began is when the first run began.
func Began() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) }

// Now is the time at which goldens are made.
func Now() time.Time { return Began().Add(2 * day) }

// World is a cluster and a store with something in them.
type World struct {
	*Cluster
	// Base is the path below which servers are.
	Base    string
	t       testing.TB
	config  *rest.Config
	archive *runs.Archive
	store   *store.Store
	root    string // a directory
	source  string // of the repository
}

// New makes a world. Source leads to the repository.
func New(t testing.TB, source string) *World {
	t.Helper()
	w := &World{Cluster: newCluster(), t: t, root: t.TempDir(), source: source}
	server := httptest.NewServer(w.Cluster)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections) // before that: watches last
	w.config = &rest.Config{Host: server.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}
	var err error
	w.store, err = store.Open("file://"+w.root, os.Getenv)
	require.NoError(t, err)
	w.archive = runs.In(w.store)
	return w
}

// Options are those of all translations.
func (w *World) Options() translate.Options {
	return translate.Options{Store: translate.Store{Root: "s3://bucket/pipelines"}}
}

// Site is the pages alone, at a fixed time.
func (w *World) Site(mode access.Mode) *pages.Site {
	w.t.Helper()
	history := registry.NewHistory(w.archive)
	require.NoError(w.t, history.Read(w.t.Context()))
	return pages.New(pages.Config{
		Gate:     &access.Gate{Mode: mode, Config: w.config, UserHeader: access.UserHeader},
		Registry: &registry.Registry{Namespaces: []string{Namespace}, History: history},
		Options:  w.Options(), Base: w.Base, Now: Now, Status: kfp.StatusOf,
	})
}

// Serve is a whole server, and returns its address.
func (w *World) Serve(mode access.Mode) string {
	w.t.Helper()
	server, err := serve.New(serve.Config{
		Cluster: w.config, Namespaces: []string{Namespace}, Auth: mode, UserHeader: access.UserHeader, Base: w.Base, Options: w.Options(),
		Records: &serve.Records{Archive: w.archive, Keep: nothingKept}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	require.NoError(w.t, err)
	listener, err := (&net.ListenConfig{}).Listen(w.t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	ended := make(chan error, 1)
	go func() { ended <- server.Run(w.t.Context(), listener) }()
	w.t.Cleanup(func() { require.NoError(w.t, <-ended) })
	return "http://" + listener.Addr().String()
}

// Pipeline is the text of a compiled pipeline of the repository.
func (w *World) Pipeline(name string) []byte {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.source, name))
	require.NoError(w.t, err)
	return text
}

// Outcomes is a run that a cluster had at its end, with its pipeline.
func (w *World) Outcomes() *wfv1.Workflow {
	w.t.Helper()
	var run wfv1.Workflow
	require.NoError(w.t, yaml.Unmarshal(w.Pipeline("translate/progress/testdata/outcomes.json"), &run))
	run.Namespace = Namespace
	run.APIVersion, run.Kind = "argoproj.io/v1alpha1", "Workflow"
	run.Annotations[registry.TitleAnnotation] = "Several outcomes"
	run.Annotations[registry.SpecAnnotation] = packed(w.Pipeline("testdata/pipelines/outcomes.yaml"))
	return &run
}

func packed(text []byte) string {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(text)
	_ = z.Close()
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

// At returns a run as it was some seconds after its beginning.
func At(w *wfv1.Workflow, seconds int) *wfv1.Workflow {
	w = w.DeepCopy()
	now := metav1.Time{Time: w.Status.StartedAt.Add(time.Duration(seconds) * time.Second)}
	for id, n := range w.Status.Nodes {
		switch {
		case now.Before(&n.StartedAt):
			delete(w.Status.Nodes, id)
			continue
		case now.Before(&n.FinishedAt):
			n.Phase, n.FinishedAt, n.Message, n.Outputs = wfv1.NodeRunning, metav1.Time{}, "", nil
		}
		w.Status.Nodes[id] = n
	}
	if now.Before(&w.Status.FinishedAt) {
		w.Status.Phase, w.Status.FinishedAt = wfv1.WorkflowRunning, metav1.Time{}
	}
	return w
}

// Run puts a Workflow into the cluster, under a name.
func (w *World) Run(run *wfv1.Workflow, name, title string) string {
	run = run.DeepCopy()
	old := run.Name
	text, err := json.Marshal(run)
	require.NoError(w.t, err)
	require.NoError(w.t, json.Unmarshal(bytes.ReplaceAll(text, []byte(old), []byte(name)), run))
	run.UID = types.UID(ID(name))
	run.Annotations[registry.TitleAnnotation] = title
	w.Put(workflows, run)
	return string(run.UID)
}

const workflows = "/apis/argoproj.io/v1alpha1/namespaces/" + Namespace + "/workflows"

// ID is that of the run with a name.
func ID(name string) string { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String() }

func nothingKept(context.Context, *wfv1.Workflow, []byte) (runs.Summary, error) {
	return runs.Summary{}, nil
}

// Record puts the record of a run into the store, with its pipeline.
func (w *World) Record(r *runs.Run, pipeline []byte) {
	w.t.Helper()
	text, err := yaml.YAMLToJSON(bytes.SplitN(pipeline, []byte("\n---\n"), 2)[0])
	require.NoError(w.t, err)
	r.Digest, err = w.archive.WritePipeline(w.t.Context(), r.Pipeline, text)
	require.NoError(w.t, err)
	r.AllMetrics = nil
	r.Walk(func(t *runs.Task) { r.AllMetrics = append(r.AllMetrics, runs.MetricsOf(t.Path, t.Outputs)...) })
	require.NoError(w.t, w.archive.Write(w.t.Context(), r))
}

// Bytes puts an object into the store and returns its URI.
func (w *World) Bytes(name, text string) string {
	w.t.Helper()
	uri, err := w.store.Root().Join("artifacts", name)
	require.NoError(w.t, err)
	require.NoError(w.t, w.store.Write(w.t.Context(), uri, []byte(text)))
	return uri.String()
}

// Log is what a pod has written.
func (w *World) Log(pod, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logs[pod] = text
}

func names[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }
