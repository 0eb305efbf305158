package live_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
)

// recorded reads a run that a cluster had at its end.
func recorded(t testing.TB) *wfv1.Workflow {
	t.Helper()
	text, err := os.ReadFile("../../../translate/progress/testdata/outcomes.json")
	require.NoError(t, err)
	var w wfv1.Workflow
	require.NoError(t, yaml.Unmarshal(text, &w))
	return &w
}

// at returns the run as it was some seconds after its beginning.
func at(w *wfv1.Workflow, seconds int) *wfv1.Workflow {
	w = w.DeepCopy()
	now := metav1.Time{Time: w.Status.StartedAt.Add(duration(seconds))}
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
	w.ResourceVersion = fmt.Sprint(1000 + seconds)
	return w
}

// apiServer is an API server that has one Workflow. A watch brings the next of
// its states and breaks off.
type apiServer struct {
	t      testing.TB
	mu     sync.Mutex
	states []*wfv1.Workflow
	// before is called for each request, and may answer it.
	before  func(w http.ResponseWriter, r *http.Request) bool
	logs    map[string]string
	patches []string
}

// cluster starts the server.
func (s *apiServer) cluster() *live.Cluster {
	server := httptest.NewServer(s)
	s.t.Cleanup(server.Close)
	c, err := live.NewCluster(&rest.Config{Host: server.URL}, "team")
	require.NoError(s.t, err)
	c.Environment.Getenv = os.Getenv
	return c
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if s.before != nil && s.before(w, r) {
		return
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/log"):
		s.log(w, r)
	case r.Method == http.MethodPatch:
		patch, err := io.ReadAll(r.Body)
		if err != nil {
			s.t.Error(err)
		}
		s.patches = append(s.patches, string(patch))
		s.answer(w, s.states[0])
	case r.URL.Query().Get("watch") != "":
		if len(s.states) > 1 {
			s.states = s.states[1:]
		}
		s.answer(w, metav1.WatchEvent{Type: "MODIFIED", Object: raw(s.t, s.states[0])})
	default:
		s.answer(w, s.states[0])
	}
}

func (s *apiServer) log(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	text, ok := s.logs[parts[len(parts)-2]+"/"+r.URL.Query().Get("container")]
	if !ok {
		refuse(w, metav1.Status{Code: http.StatusNotFound, Reason: metav1.StatusReasonNotFound, Message: "no such pod"})
		return
	}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		fmt.Fprintf(w, "2026-11-24T15:31:%02d.000000001Z %s\n", i, line)
	}
}

func (s *apiServer) answer(w io.Writer, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		s.t.Error(err)
	}
	_, _ = w.Write(append(text, '\n')) // who asked may have left
}

func raw(t testing.TB, v any) (object runtimeRaw) {
	text, err := json.Marshal(v)
	if err != nil {
		t.Error(err)
	}
	object.Raw = text
	return object
}

// refuse answers with an error as API servers do.
func refuse(w http.ResponseWriter, s metav1.Status) {
	s.Kind, s.APIVersion, s.Status = "Status", "v1", metav1.StatusFailure
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(int(s.Code))
	text, _ := json.Marshal(s)
	_, _ = w.Write(text)
}

// TestSubmit sends the API server the very document that was printed, in JSON.
func TestSubmit(t *testing.T) {
	const document = "# a comment\napiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: a-}\n"
	s := &apiServer{t: t}
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.JSONEq(t, `{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"generateName": "a-"}}`, string(body))
		require.Equal(t, "application/json", r.Header.Get("Content-Type"))
		require.Equal(t, "/apis/argoproj.io/v1alpha1/namespaces/team/workflows", r.URL.Path)
		require.Equal(t, "Strict", r.URL.Query().Get("fieldValidation"))
		_, err = io.WriteString(w, `{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "a-x7k2p"}}`)
		require.NoError(t, err)
		return true
	}
	created, err := s.cluster().Submit(t.Context(), []byte(document))
	require.NoError(t, err)
	require.Equal(t, "a-x7k2p", created.Name)
}
