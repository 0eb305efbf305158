//go:build e2e

package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestServeTokens asks with tokens of callers that may do different things, in
// two namespaces, and with tokens that are none.
func TestServeTokens(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	first, second := p.namespace(), p.namespace()
	p.role(first, "reader", "get", "list")
	p.role(first, "writer", "get", "list", "create", "delete")
	for _, name := range []string{"reader", "writer", "nobody"} {
		_, err := connect(t).kubernetes.CoreV1().ServiceAccounts(first).
			Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		require.NoError(t, err)
	}
	s := p.serve("-n", first, "-n", second, "--auth", "token", "--pipeline-root", p.root)
	const kfp = "pipelines.kubeflow.org"
	reader, writer, nobody := p.token(first, "reader", ""), p.token(first, "writer", ""), p.token(first, "nobody", "")
	for name, test := range map[string]struct {
		token, method, path string
		body                any
		status              int
	}{
		"health needs no token":       {"", http.MethodGet, "/healthz", nil, http.StatusOK},
		"no token":                    {"", http.MethodGet, "/runs?namespace=" + first, nil, http.StatusUnauthorized},
		"forged":                      {reader + "x", http.MethodGet, "/runs?namespace=" + first, nil, http.StatusUnauthorized},
		"no token at all":             {"secret", http.MethodGet, "/runs?namespace=" + first, nil, http.StatusUnauthorized},
		"another audience":            {p.token(first, "reader", "elsewhere"), http.MethodGet, "/runs?namespace=" + first, nil, http.StatusUnauthorized},
		"KFP's audience":              {p.token(first, "reader", kfp), http.MethodGet, "/runs?namespace=" + first, nil, http.StatusOK},
		"KFP's audience, forged":      {p.token(first, "reader", kfp) + "x", http.MethodGet, "/runs?namespace=" + first, nil, http.StatusUnauthorized},
		"KFP's audience, elsewhere":   {p.token(first, "reader", kfp), http.MethodGet, "/runs?namespace=" + second, nil, http.StatusForbidden},
		"a reader reads":              {reader, http.MethodGet, "/experiments?namespace=" + first, nil, http.StatusOK},
		"a reader reads no other":     {reader, http.MethodGet, "/experiments?namespace=" + second, nil, http.StatusForbidden},
		"a reader says where":         {reader, http.MethodGet, "/runs", nil, http.StatusBadRequest},
		"a reader does not write":     {reader, http.MethodPost, "/experiments", map[string]any{"display_name": "r", "namespace": first}, http.StatusForbidden},
		"a writer writes":             {writer, http.MethodPost, "/experiments", map[string]any{"display_name": "w", "namespace": first}, http.StatusOK},
		"a writer writes in no other": {writer, http.MethodPost, "/experiments", map[string]any{"display_name": "w", "namespace": second}, http.StatusForbidden},
		"nothing is there":            {reader, http.MethodGet, "/runs/8c2e3468-a1d2-4c0b-911e-780b147992c9", nil, http.StatusNotFound},
		"nobody sees nothing":         {nobody, http.MethodGet, "/runs/8c2e3468-a1d2-4c0b-911e-780b147992c9", nil, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			r := s.request(test.method, test.path, test.body)
			if test.token != "" {
				r.Header.Set("Authorization", "Bearer "+test.token)
			}
			status, answer := s.ask(r)
			require.Equal(t, test.status, status, "%v", answer)
		})
	}
}

// role lets a service account do something with all that the server needs.
func (p program) role(namespace, account string, verbs ...string) {
	p.t.Helper()
	rbac := connect(p.t).kubernetes.RbacV1()
	meta := metav1.ObjectMeta{Name: account}
	_, err := rbac.Roles(namespace).Create(p.t.Context(), &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"argoproj.io"}, Resources: []string{"workflows", "cronworkflows"}, Verbs: verbs},
		{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: verbs},
	}}, metav1.CreateOptions{})
	require.NoError(p.t, err)
	_, err = rbac.RoleBindings(namespace).Create(p.t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: account},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: account, Namespace: namespace}},
	}, metav1.CreateOptions{})
	require.NoError(p.t, err)
}

// token makes a token of a service account, for an audience or for Kubernetes.
func (p program) token(namespace, account, audience string) string {
	p.t.Helper()
	request := &authenticationv1.TokenRequest{}
	if audience != "" {
		request.Spec.Audiences = []string{audience}
	}
	made, err := connect(p.t).kubernetes.CoreV1().ServiceAccounts(namespace).CreateToken(p.t.Context(), account, request, metav1.CreateOptions{})
	require.NoError(p.t, err)
	return made.Status.Token
}
