//go:build e2e

package e2e

import (
	"net/http"
	"testing"
	"time"

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

// TestServeHeader asks as users that a gateway names, with the roles that Kubeflow
// gives them: alice writes in the first namespace and reads in the second, bob
// reads in the first, nobody has a role in the third.
func TestServeHeader(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	first, second, third := p.namespace(), p.namespace(), p.namespace()
	const alice, bob, carol = "alice@example.com", "bob@example.com", "carol@example.com"
	reads := []string{"get", "list"}
	writes := append([]string{"create", "delete", "archive", "unarchive", "terminate", "retry", "enable", "disable"}, reads...)
	p.kubeflowRole(first, "alice", alice, writes)
	p.kubeflowRole(second, "alice", alice, reads)
	p.kubeflowRole(first, "bob", bob, reads)
	s := p.serve("-n", first, "-n", second, "-n", third, "--auth", "header", "--pipeline-root", p.root)
	as := func(user string, r *http.Request) *http.Request {
		if user != "" {
			r.Header.Set("kubeflow-userid", user)
		}
		return r
	}
	status, made := s.ask(as(alice, s.request(http.MethodPost, "/experiments", map[string]any{"display_name": "hers", "namespace": first})))
	require.Equal(t, http.StatusOK, status, "%v", made)
	hers := made["experiment_id"].(string)
	status, made = s.ask(as(alice, s.request(http.MethodPost, "/runs", map[string]any{
		"display_name": "hers", "experiment_id": hers, "pipeline_spec": pipelineSpec(t, examples+"hello.yaml"),
	})))
	require.Equal(t, http.StatusOK, status, "%v", made)
	run := made["run_id"].(string)
	for name, test := range map[string]struct {
		user, method, path string
		body               any
		status             int
	}{
		"health needs no user":          {"", http.MethodGet, "/healthz", nil, http.StatusOK},
		"no user":                       {"", http.MethodGet, "/runs?namespace=" + first, nil, http.StatusUnauthorized},
		"a writer lists":                {alice, http.MethodGet, "/runs?namespace=" + first, nil, http.StatusOK},
		"a reader lists":                {bob, http.MethodGet, "/runs?namespace=" + first, nil, http.StatusOK},
		"a reader reads":                {bob, http.MethodGet, "/runs/" + run, nil, http.StatusOK},
		"who has no role lists nothing": {carol, http.MethodGet, "/runs?namespace=" + first, nil, http.StatusForbidden},
		"who has no role reads nothing": {carol, http.MethodGet, "/runs/" + run, nil, http.StatusForbidden},
		"a reader says where":           {bob, http.MethodGet, "/runs", nil, http.StatusBadRequest},
		"a reader elsewhere":            {bob, http.MethodGet, "/runs?namespace=" + second, nil, http.StatusForbidden},
		"a writer reads elsewhere":      {alice, http.MethodGet, "/pipelines?namespace=" + second, nil, http.StatusOK},
		"a writer writes not elsewhere": {alice, http.MethodPost, "/experiments", map[string]any{"display_name": "x", "namespace": second}, http.StatusForbidden},
		"nobody is in the third":        {alice, http.MethodGet, "/experiments?namespace=" + third, nil, http.StatusForbidden},
		"a namespace that is not served": {
			alice, http.MethodGet, "/experiments?namespace=kube-system", nil, http.StatusBadRequest,
		},
		"a reader does not write":     {bob, http.MethodPost, "/experiments", map[string]any{"display_name": "x", "namespace": first}, http.StatusForbidden},
		"a reader starts nothing":     {bob, http.MethodPost, "/runs", map[string]any{"display_name": "x", "experiment_id": hers, "pipeline_spec": map[string]any{}}, http.StatusForbidden},
		"a reader terminates nothing": {bob, http.MethodPost, "/runs/" + run + ":terminate", nil, http.StatusForbidden},
		"a reader retries nothing":    {bob, http.MethodPost, "/runs/" + run + ":retry", nil, http.StatusForbidden},
		"a reader deletes nothing":    {bob, http.MethodDelete, "/runs/" + run, nil, http.StatusForbidden},
		"a writer archives":           {alice, http.MethodPost, "/runs/" + run + ":archive", nil, http.StatusOK},
		"a writer sees what is not there": {
			alice, http.MethodGet, "/runs/8c2e3468-a1d2-4c0b-911e-780b147992c9", nil, http.StatusNotFound,
		},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := s.ask(as(test.user, s.request(test.method, test.path, test.body)))
			require.Equal(t, test.status, status, "%v", answer)
		})
	}
	twice := as(alice, s.request(http.MethodGet, "/runs?namespace="+first, nil))
	twice.Header.Add("kubeflow-userid", bob)
	status, _ = s.ask(twice)
	require.Equal(t, http.StatusUnauthorized, status, "two names are none")
}

// TestServeRevoked asks with tokens that have been good.
func TestServeRevoked(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	own := p.namespace()
	p.role(own, "reader", "get", "list")
	accounts := connect(t).kubernetes.CoreV1().ServiceAccounts(own)
	_, err := accounts.Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "reader"}}, metav1.CreateOptions{})
	require.NoError(t, err)
	s := p.serve("-n", own, "--auth", "token")
	tokens := []string{p.token(own, "reader", ""), p.token(own, "reader", "pipelines.kubeflow.org")}
	ask := func(token string) int {
		r := s.request(http.MethodGet, "/runs", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		status, _ := s.ask(r)
		return status
	}
	for _, token := range tokens {
		require.Equal(t, http.StatusOK, ask(token))
	}
	require.NoError(t, accounts.Delete(t.Context(), "reader", metav1.DeleteOptions{}))
	for _, token := range tokens {
		require.Eventually(t, func() bool { return ask(token) == http.StatusUnauthorized }, time.Minute, time.Second)
	}
}

// kubeflowRole lets a user do something with what Kubeflow's roles speak of.
func (p program) kubeflowRole(namespace, name, user string, verbs []string) {
	p.t.Helper()
	rbac := connect(p.t).kubernetes.RbacV1()
	meta := metav1.ObjectMeta{Name: name}
	_, err := rbac.Roles(namespace).Create(p.t.Context(), &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"pipelines.kubeflow.org"}, Resources: []string{"experiments", "runs", "jobs", "pipelines"}, Verbs: verbs},
	}}, metav1.CreateOptions{})
	require.NoError(p.t, err)
	_, err = rbac.RoleBindings(namespace).Create(p.t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}, metav1.CreateOptions{})
	require.NoError(p.t, err)
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
