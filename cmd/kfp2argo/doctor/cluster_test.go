package doctor

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	argo "github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
)

// answers is an API server that knows no more than these paths.
type answers map[string]any

type object = map[string]any

func (a answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	answer, ok := a[r.Method+" "+r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		answer = object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404, "message": "not found"}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// with returns the answers with others in place.
func (a answers) with(others answers) answers {
	all := answers{}
	for _, some := range []answers{a, others} {
		for path, answer := range some {
			all[path] = answer
		}
	}
	return all
}

func resources(names ...string) object {
	var all []object
	for _, name := range names {
		all = append(all, object{"name": name, "namespaced": true, "kind": "X"})
	}
	return object{"kind": "APIResourceList", "groupVersion": "argoproj.io/v1alpha1", "resources": all}
}

const (
	mine       = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
	theirs     = "POST /apis/authorization.k8s.io/v1/namespaces/team-a/localsubjectaccessreviews"
	argoServed = "GET /apis/argoproj.io/v1alpha1"
	team       = "GET /api/v1/namespaces/team-a"
)

func allowed(yes bool) object { return object{"status": object{"allowed": yes}} }

// base is a cluster in which only nobody picks up Workflows.
func base() answers {
	return answers{
		"GET /version": object{"gitVersion": "v1.34.4"},
		mine:           allowed(true),
		theirs:         allowed(true),
		argoServed:     resources("workflows", "workflowtaskresults", "workflowtemplates", "cronworkflows"),
		team:           object{"metadata": object{"name": "team-a", "labels": object{"pod-security.kubernetes.io/enforce": "baseline"}}},
		"GET /api/v1/namespaces/team-a/serviceaccounts/default":                           object{"metadata": object{"name": "default"}},
		"POST /apis/argoproj.io/v1alpha1/namespaces/team-a/workflows":                     object{"metadata": object{"name": "kfp2argo-doctor-x"}},
		"GET /apis/argoproj.io/v1alpha1/namespaces/team-a/workflows/kfp2argo-doctor-x":    object{"metadata": object{"name": "kfp2argo-doctor-x"}},
		"DELETE /apis/argoproj.io/v1alpha1/namespaces/team-a/workflows/kfp2argo-doctor-x": object{"kind": "Status", "status": "Success"},
	}
}

// TestExamine looks at clusters that lack something. What a whole one answers
// the end-to-end tests know.
func TestExamine(t *testing.T) {
	for name, c := range map[string]struct {
		answers answers
		change  func(*Options)
	}{
		"no-argo":        {answers: base().without(argoServed)},
		"no-results":     {answers: base().with(answers{argoServed: resources("workflows")})},
		"no-rights":      {answers: base().with(answers{mine: allowed(false)})},
		"no-namespace":   {answers: base().without(team)},
		"no-account":     {answers: base(), change: func(o *Options) { o.Translation.Pods.ServiceAccount = "nobody" }},
		"account-rights": {answers: base().with(answers{theirs: allowed(false)}), change: func(o *Options) { o.Claims = true }},
		"no-reviews":     {answers: base().without(theirs), change: func(o *Options) { o.Claims = true }},
		"no-templates": {
			answers: base().with(answers{argoServed: resources("workflows", "workflowtaskresults")}),
			change:  func(o *Options) { o.Translation.Pods.Security = translate.Off },
		},
	} {
		t.Run(name, func(t *testing.T) { requireGolden(t, name+".txt", examine(t, c.answers, c.change)) })
	}
}

// without returns the answers without some.
func (a answers) without(paths ...string) answers {
	all := a.with(nil)
	for _, path := range paths {
		delete(all, path)
	}
	return all
}

// examine examines a cluster that is not well, and returns what it says.
func examine(t *testing.T, a answers, change func(*Options)) string {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	config := &rest.Config{Host: server.URL, QPS: -1}
	kube, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	workflows, err := argo.NewForConfig(config)
	require.NoError(t, err)
	var got bytes.Buffer
	options := Options{
		Trial: newTrial(t, translate.Options{Namespace: "team-a"}), Translation: translate.Options{Namespace: "team-a"},
		Timeout: time.Second, PickUp: time.Second / 10,
		Report: func(f contract.Finding) { require.NoError(t, Write(&got, f)) },
	}
	if change != nil {
		change(&options)
	}
	require.False(t, Examine(t.Context(), Clients{kube, workflows}, options))
	return regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(got.String(), "HOST:PORT")
}

func TestSchema(t *testing.T) {
	const form = `{"spec": {"versions": [{"schema": {"openAPIV3Schema": {"properties": {"spec": `
	require.Equal(t, "full definitions", schemaOf([]byte(form+`{"properties": {"templates": {}}}}}}}]}}`)))
	require.Contains(t, schemaOf([]byte(form+`{"x-kubernetes-preserve-unknown-fields": true}}}}}]}}`)), "minimal")
	require.Empty(t, schemaOf([]byte(`{}`)))
}
