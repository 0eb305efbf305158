package registry

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// withClaims is a Workflow with all metadata that Kubernetes' types date.
const withClaims = `
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: a-, annotations: {note: 'creationTimestamp: null'}}
spec:
  volumeClaimTemplates:
  - metadata: {name: kfp-workspace}
    spec: {accessModes: [ReadWriteOnce]}
  templates:
  - name: a
    securityContext: {runAsUser: 9007199254740993}
    volumes:
    - name: scratch
      ephemeral: {volumeClaimTemplate: {metadata: {labels: {a: b}}, spec: {accessModes: [ReadWriteOnce]}}}
`

// TestCreate looks at what an API server with Argo's full definitions gets: it
// refuses fields that it does not know.
func TestCreate(t *testing.T) {
	var method, path, query, body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		method, path, query, body = r.Method, r.URL.Path, r.URL.Query().Get("fieldValidation"), string(text)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	}))
	t.Cleanup(server.Close)
	v, err := (&Registry{}).View(&rest.Config{Host: server.URL}, nil)
	require.NoError(t, err)
	var workflow wfv1.Workflow
	require.NoError(t, yaml.UnmarshalStrict([]byte(withClaims), &workflow))
	runs := &wfv1.CronWorkflow{TypeMeta: workflow.TypeMeta, Spec: wfv1.CronWorkflowSpec{WorkflowSpec: workflow.Spec}}
	runs.Kind, runs.Spec.WorkflowMetadata = "CronWorkflow", &workflow.ObjectMeta
	workflow.Name, runs.Name, runs.Status.Succeeded = "a-1", "a-1", 7
	workflow.Namespace, runs.Namespace = "team", "team"
	for resource, o := range map[string]struct {
		object  argoObject
		created runtime.Object
	}{
		"workflows":     {&workflow, &wfv1.Workflow{}},
		"cronworkflows": {runs, &wfv1.CronWorkflow{}},
	} {
		require.NoError(t, v.create(t.Context(), resource, o.object, o.created))
		require.Equal(t, "POST /apis/argoproj.io/v1alpha1/namespaces/team/"+resource, method+" "+path)
		var sent map[string]any
		require.NoError(t, json.Unmarshal([]byte(body), &sent))
		require.NotContains(t, sent, "status")
		require.NoError(t, v.update(t.Context(), resource, o.object, o.created))
		require.Equal(t, "PUT /apis/argoproj.io/v1alpha1/namespaces/team/"+resource+"/a-1", method+" "+path)
		require.Equal(t, "Strict", query)
		require.NotContains(t, body, `"creationTimestamp":`)
		require.Contains(t, body, `{"note":"creationTimestamp: null"}`)
		require.Contains(t, body, "9007199254740993")
		o.created.GetObjectKind().SetGroupVersionKind(o.object.GetObjectKind().GroupVersionKind()) // clients drop it
		require.Equal(t, o.object, o.created)
	}
}
