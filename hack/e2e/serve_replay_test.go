//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// recorded is a request of the real SDK, and what a stub has answered.
type recorded struct {
	Method, Path string
	Query        map[string]string
	Body         any
	Status       int
	Response     map[string]any
}

// differs are the requests that are answered in another way than by the stub,
// with what they are answered with: a stub knows no rules.
func differs() map[int]int {
	return map[int]int{
		41: http.StatusBadRequest, // the pipeline still has its first version
	}
}

// onePage is the list of which a page of one run is asked for. Kubernetes keeps
// whole seconds, and two runs of one second have no order.
const onePage = "request 28."

// archivedBefore is the state of runs whose experiment was archived and taken
// back: they stay where they are, as in KFP. The stub knows nothing of that.
const archivedBefore = "request 45.runs.storage_state"

// TestServeReplay sends what the real SDK sends, in its order, and compares the
// answers. IDs are those of this server.
func TestServeReplay(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	own := p.namespace()
	replayAll(p.serve("-n", own, "--pipeline-root", p.root), own, p.root)
}

// replayAll sends what was recorded to a server of one namespace.
func replayAll(s served, namespace, root string) {
	t := s.t
	t.Helper()
	r := replay{served: s, ids: map[string]string{"team-a": namespace, "s3://bucket/root": root}}
	text, err := os.ReadFile("../../serve/testdata/sdk-requests.json")
	require.NoError(t, err)
	var all []recorded
	require.NoError(t, json.Unmarshal(text, &all))
	require.Len(t, all, 48)
	for i, request := range all {
		if id, ok := strings.CutSuffix(request.Path, ":retry"); ok {
			// The record retries a run that goes on. This one fails: its service account
			// does not exist.
			require.Equal(t, "FAILED", r.wait(r.mapped(path.Base(id)))["state"])
		}
		status, answer := r.ask(r.made(request))
		want, other := differs()[i]
		if other {
			require.Equal(t, want, status, "request %d: %v", i, answer)
			continue
		}
		require.Equal(t, request.Status, status, "request %d, %s %s: %v", i, request.Method, request.Path, answer)
		r.compare(fmt.Sprintf("request %d", i), request.Response, answer)
	}
}

// namespace makes a namespace for the test alone.
func (p program) namespace() string {
	p.t.Helper()
	namespaces := connect(p.t).kubernetes.CoreV1().Namespaces()
	made, err := namespaces.Create(p.t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "kfp-serve-"}}, metav1.CreateOptions{})
	require.NoError(p.t, err)
	p.t.Cleanup(func() {
		require.NoError(p.t, namespaces.Delete(context.Background(), made.Name, metav1.DeleteOptions{}))
	})
	return made.Name
}

// replay sends what was recorded.
type replay struct {
	served
	ids map[string]string // of the record, to those of the server
}

// made makes a request of what was recorded.
func (r replay) made(request recorded) *http.Request {
	query := url.Values{}
	for name, value := range request.Query {
		query.Set(name, r.mapped(value))
	}
	path := r.mapped(strings.TrimPrefix(request.Path, "/apis/v2beta1")) + "?" + query.Encode()
	if body, ok := request.Body.(map[string]any); ok && body["multipart"] != nil {
		return r.upload(path, "../../serve/testdata/small.yaml")
	}
	if request.Body == nil {
		return r.request(request.Method, path, nil)
	}
	return r.request(request.Method, path, r.filled(request.Body))
}

// upload makes the form with a file that the client sends.
func (r served) upload(path, file string) *http.Request {
	r.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("uploadfile", filepath.Base(file))
	require.NoError(r.t, err)
	text, err := os.ReadFile(file)
	require.NoError(r.t, err)
	_, err = part.Write(text)
	require.NoError(r.t, err)
	require.NoError(r.t, w.Close())
	made, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.base+"/apis/v2beta1"+path, &form)
	require.NoError(r.t, err)
	made.Header.Set("Content-Type", w.FormDataContentType())
	return made
}

// mapped puts this server's IDs into a text.
func (r replay) mapped(text string) string {
	for from, to := range r.ids {
		text = strings.ReplaceAll(text, from, to)
	}
	return text
}

// filled puts this server's IDs and the posted pipeline into a body.
func (r replay) filled(value any) any {
	switch v := value.(type) {
	case string:
		if v != "@posted-pipeline-spec.json" {
			return r.mapped(v)
		}
		text, err := os.ReadFile("../../serve/testdata/posted-pipeline-spec.json")
		require.NoError(r.t, err)
		return json.RawMessage(text)
	case map[string]any:
		filled := map[string]any{}
		for name, element := range v {
			filled[name] = r.filled(element)
		}
		return filled
	}
	return value
}

// compare compares what must agree, and learns IDs.
func (r replay) compare(where string, want, got map[string]any) {
	r.t.Helper()
	for name, value := range want {
		here := where + "." + name
		switch v := value.(type) {
		case map[string]any:
			inner, ok := got[name].(map[string]any)
			require.True(r.t, ok, "%s: %v", here, got[name])
			r.compare(here, v, inner)
		case []any:
			r.compareList(here, v, got[name])
		default:
			r.compareValue(here, name, v, got[name])
		}
	}
}

// compareList finds each object of a list, whatever the order, by its ID.
func (r replay) compareList(where string, want []any, got any) {
	r.t.Helper()
	list, ok := got.([]any)
	require.True(r.t, ok, "%s: %v", where, got)
	if strings.HasSuffix(where, ".state_history") || strings.HasSuffix(where, ".details") {
		return
	}
	if strings.HasPrefix(where, onePage) {
		require.Len(r.t, list, len(want), where)
		return
	}
	for _, element := range want {
		object, ok := element.(map[string]any)
		require.True(r.t, ok, where)
		at := slices.IndexFunc(list, func(other any) bool { return r.same(object, other.(map[string]any)) })
		require.GreaterOrEqual(r.t, at, 0, "%s: %v is not in %v", where, object, list)
		r.compare(where, object, list[at].(map[string]any))
	}
}

// same reports whether two objects have the same IDs and the same name.
func (r replay) same(want, got map[string]any) bool {
	for name, value := range want {
		text, isText := value.(string)
		if isText && isID(name) && r.ids[text] != "" && r.ids[text] != got[name] {
			return false
		}
	}
	return want["display_name"] == got["display_name"]
}

func isID(name string) bool { return strings.HasSuffix(name, "_id") }

// compareValue compares a value that is no object. Times and states are those of
// this run, and numbers may be texts.
func (r replay) compareValue(where, name string, want, got any) {
	r.t.Helper()
	text, isText := want.(string)
	switch {
	case isID(name) && isText:
		require.NotEmpty(r.t, got, where)
		if known := r.ids[text]; known != "" {
			require.Equal(r.t, known, got, where)
		}
		r.ids[text] = got.(string)
	case strings.HasSuffix(name, "_at"), name == "state", name == "namespace", name == "pipeline_spec":
		if name != "finished_at" && name != "pipeline_spec" {
			require.NotEmpty(r.t, got, where)
		}
	case where == archivedBefore:
		require.Equal(r.t, "ARCHIVED", got, where)
	case name == "next_page_token":
		require.NotEmpty(r.t, got, where)
	case name == "total_size":
		require.GreaterOrEqual(r.t, got, want, where) // the experiment Default is always there
	case isText:
		require.Equal(r.t, r.mapped(text), got, where)
	default:
		require.Equal(r.t, fmt.Sprint(want), fmt.Sprint(got), where)
	}
}
