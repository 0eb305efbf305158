//go:build e2e

package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	admissionv1 "k8s.io/api/admission/v1"
	admission "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate"
)

// The range of users that the cluster assigns, as OpenShift does for a namespace.
const firstUser, users = 1_000_720_000, 10_000

// assigned is the label of pods whose users the test's webhook assigns.
const assigned = "kfp2argo.dev/test-assigned-user"

// TestClusterChoosesUser runs pipelines where the cluster refuses pods that name a
// user or a group, and gives each another user of a range, with group 0: artifacts
// are stored and fetched, and the store's keys are handed over and stay hidden.
func TestClusterChoosesUser(t *testing.T) {
	c := connect(t)
	w := &webhook{t: t}
	w.register(c)
	t.Run("pods that name a user are refused", func(t *testing.T) {
		r := startPipeline(t, examples+"hello.yaml", labelled())
		r.wait()
		require.NotEqual(t, wfv1.WorkflowSucceeded, r.workflow.Status.Phase)
		require.Contains(t, r.messages(), "names a user or a group")
	})
	byCluster := option{translate: func(o *translate.Options) { o.Pods.User = translate.UserOfCluster }}
	t.Run("artifacts", func(t *testing.T) {
		r := runPipeline(t, cases+"any_user.yaml", byCluster, labelled())
		r.requirePhase(wfv1.WorkflowSucceeded, 2)
		require.Equal(t, `"written"`, r.output("any-user.read", "seen"))
		var seen struct {
			UID, GID        int
			Groups          []int
			Root, Home, Tmp bool
		}
		log := r.log("any-user.write")
		require.NoError(t, json.NewDecoder(strings.NewReader(log[strings.Index(log, "{"):])).Decode(&seen), log)
		require.GreaterOrEqual(t, seen.UID, firstUser)
		require.Zero(t, seen.GID)
		require.Contains(t, seen.Groups, firstUser)
		require.False(t, seen.Root, "the root file system is read-only")
		require.True(t, seen.Home)
		require.True(t, seen.Tmp)
	})
	t.Run("keys", func(t *testing.T) {
		r := runPipeline(t, cases+"hidden_keys.yaml", byCluster, labelled())
		r.requirePhase(wfv1.WorkflowSucceeded, 1)
		require.Contains(t, r.log("hidden-keys.thief"),
			"launcher, environment: refused\nlauncher, memory: refused\nlauncher, ptrace: refused\nelsewhere: nothing\n")
	})
	require.GreaterOrEqual(t, w.admitted.Load(), int64(3))
}

// labelled leaves the users of a run's pods to the webhook.
func labelled() option {
	return setting(func(s *wfv1.WorkflowSpec) {
		s.PodMetadata = &wfv1.Metadata{Labels: map[string]string{assigned: "true"}}
	})
}

// messages joins what Argo says of the run and of its nodes.
func (r *run) messages() string {
	all := []string{r.workflow.Status.Message}
	for _, n := range r.workflow.Status.Nodes {
		all = append(all, n.Message)
	}
	return strings.Join(all, "\n")
}

// webhook assigns users to pods, and refuses those that name their own.
type webhook struct {
	t        *testing.T
	admitted atomic.Int64
}

// register has the API server, which runs on this machine, ask the webhook.
func (w *webhook) register(c cluster) {
	w.t.Helper()
	certificate, authority := selfSigned(w.t)
	server := httptest.NewUnstartedServer(w)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	w.t.Cleanup(server.Close)
	fail, none, name := admission.Fail, admission.SideEffectClassNone, unique("users")
	_, err := c.kubernetes.AdmissionregistrationV1().MutatingWebhookConfigurations().Create(w.t.Context(), &admission.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Webhooks: []admission.MutatingWebhook{{
			Name:                    "users.kfp2argo.dev",
			ClientConfig:            admission.WebhookClientConfig{URL: &server.URL, CABundle: authority},
			ObjectSelector:          &metav1.LabelSelector{MatchLabels: map[string]string{assigned: "true"}},
			FailurePolicy:           &fail,
			SideEffects:             &none,
			AdmissionReviewVersions: []string{"v1"},
			Rules: []admission.RuleWithOperations{{
				Operations: []admission.OperationType{admission.Create},
				Rule:       admission.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
		}},
	}, metav1.CreateOptions{})
	require.NoError(w.t, err)
	w.t.Cleanup(func() {
		deleted(w.t, c.kubernetes.AdmissionregistrationV1().MutatingWebhookConfigurations().Delete(context.Background(), name, metav1.DeleteOptions{}))
	})
}

func (w *webhook) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	var review admissionv1.AdmissionReview
	var pod corev1.Pod
	if err := json.NewDecoder(in.Body).Decode(&review); err != nil {
		w.t.Error(err)
		return
	}
	if err := json.Unmarshal(review.Request.Object.Raw, &pod); err != nil {
		w.t.Error(err)
		return
	}
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: !namesUser(pod.Spec)}
	if review.Response.Allowed {
		jsonPatch := admissionv1.PatchTypeJSONPatch
		review.Response.PatchType = &jsonPatch
		review.Response.Patch = w.patch(pod.Spec)
	} else {
		review.Response.Result = &metav1.Status{Message: "the pod names a user or a group", Code: http.StatusForbidden}
	}
	review.Request = nil
	if err := json.NewEncoder(out).Encode(review); err != nil {
		w.t.Error(err)
	}
}

// patch gives a pod a user of its own, group 0 and the group of its volumes.
func (w *webhook) patch(spec corev1.PodSpec) []byte {
	user, root, group := firstUser+1+w.admitted.Add(1)%users, int64(0), int64(firstUser)
	context := corev1.PodSecurityContext{}
	if spec.SecurityContext != nil {
		context = *spec.SecurityContext
	}
	context.RunAsUser, context.RunAsGroup, context.FSGroup = &user, &root, &group
	text, err := json.Marshal([]map[string]any{{"op": "add", "path": "/spec/securityContext", "value": context}})
	if err != nil {
		w.t.Error(err)
	}
	return text
}

// namesUser reports whether a pod says who it runs as.
func namesUser(spec corev1.PodSpec) bool {
	if s := spec.SecurityContext; s != nil && (s.RunAsUser != nil || s.RunAsGroup != nil || s.FSGroup != nil || s.SupplementalGroups != nil) {
		return true
	}
	for _, c := range append(spec.InitContainers, spec.Containers...) {
		if s := c.SecurityContext; s != nil && (s.RunAsUser != nil || s.RunAsGroup != nil) {
			return true
		}
	}
	return false
}

// selfSigned makes a certificate for this machine, and says it in PEM too.
func selfSigned(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	text, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{text}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: text})
}
