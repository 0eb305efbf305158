//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/kfp2argo/kfp2argo/translate"
)

// serviceAccount is that of docs/rbac.yaml.
const serviceAccount = "kfp2argo"

// withLeastRights runs a pipeline as the service account of docs/rbac.yaml,
// which may do what that file says and no more.
func withLeastRights(t *testing.T) option {
	t.Helper()
	c := connect(t)
	for _, ns := range []string{namespace, restrictedNamespace} {
		c.applyRights(t, ns)
	}
	return option{translate: func(o *translate.Options) { o.Pods.ServiceAccount = serviceAccount }}
}

// applyRights makes the objects of docs/rbac.yaml, as they stand there.
func (c cluster) applyRights(t *testing.T, ns string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/rbac.yaml")
	require.NoError(t, err)
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		c.applyRight(t, ns, document)
	}
}

func (c cluster) applyRight(t *testing.T, ns string, document []byte) {
	t.Helper()
	var head metav1.TypeMeta
	require.NoError(t, yaml.Unmarshal(document, &head))
	var err error
	switch head.Kind {
	case "ServiceAccount":
		_, err = c.kubernetes.CoreV1().ServiceAccounts(ns).Create(t.Context(), parsed[corev1.ServiceAccount](t, document), metav1.CreateOptions{})
	case "Role":
		role := parsed[rbacv1.Role](t, document)
		if _, err = c.kubernetes.RbacV1().Roles(ns).Create(t.Context(), role, metav1.CreateOptions{}); apierrors.IsAlreadyExists(err) {
			_, err = c.kubernetes.RbacV1().Roles(ns).Update(t.Context(), role, metav1.UpdateOptions{})
		}
	case "RoleBinding":
		_, err = c.kubernetes.RbacV1().RoleBindings(ns).Create(t.Context(), parsed[rbacv1.RoleBinding](t, document), metav1.CreateOptions{})
	default:
		require.Fail(t, "docs/rbac.yaml has a "+head.Kind)
	}
	if !apierrors.IsAlreadyExists(err) {
		require.NoError(t, err)
	}
}

func parsed[T any](t *testing.T, document []byte) *T {
	t.Helper()
	var into T
	require.NoError(t, yaml.UnmarshalStrict(document, &into))
	return &into
}

// claim returns a claim of the run's namespace, or nil where there is none or
// where it is about to go.
func (r *run) claim(name string) *corev1.PersistentVolumeClaim {
	r.t.Helper()
	claim, err := r.kubernetes.CoreV1().PersistentVolumeClaims(r.workflow.Namespace).Get(context.Background(), name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && claim.DeletionTimestamp != nil {
		return nil
	}
	require.NoError(r.t, err)
	return claim
}

// forgetClaim deletes a claim when the test ends.
func (r *run) forgetClaim(name string) {
	r.t.Cleanup(func() {
		_ = r.kubernetes.CoreV1().PersistentVolumeClaims(r.workflow.Namespace).Delete(context.Background(), name, metav1.DeleteOptions{})
	})
}

// unique makes a name that no other run has used.
func unique(prefix string) string {
	return prefix + "-" + strings.ToLower(time.Now().UTC().Format("150405.000000"))
}

// TestClaims creates claims, writes in one pod, reads in another, and deletes
// them: by an exit handler, and in a loop.
func TestClaims(t *testing.T) {
	t.Parallel()
	kept := unique("kept")
	r := runPipeline(t, cases+"claims.yaml", withLeastRights(t), submitting("kept", kept))
	r.forgetClaim(kept)
	r.requirePhase(wfv1.WorkflowSucceeded, 9)
	require.Equal(t, "written\n", r.result("read"))

	name := textOf(t, r.output("claims.createpvc", "name"))
	require.Regexp(t, `^`+r.workflow.Name+`-createpvc-[0-9]+-data$`, name)
	require.Nil(t, r.claim(name), "the exit handler has not deleted it")
	names := []string{
		textOf(t, r.output("claims.for-loop-1.iteration(0:0)", "name")),
		textOf(t, r.output("claims.for-loop-1.iteration(1:1)", "name")),
	}
	require.Regexp(t, `-a$`, names[0])
	require.Regexp(t, `-b$`, names[1])
	require.JSONEq(t, `["`+strings.Join(names, `","`)+`"]`, r.result("names"))
	for _, name := range names {
		require.Nil(t, r.claim(name), "the loop has not deleted %s", name)
	}

	claim := r.claim(kept)
	require.NotNil(t, claim, "it does not survive the run")
	require.Empty(t, claim.OwnerReferences)
	require.Equal(t, map[string]string{"kfp2argo.dev/note": `a "note" of {{braces}} and $(HOME)`}, claim.Annotations)
	require.Equal(t, []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce, corev1.ReadOnlyMany}, claim.Spec.AccessModes)
	require.Equal(t, "", *claim.Spec.StorageClassName)
	require.Equal(t, "nowhere", claim.Spec.VolumeName)
	require.Equal(t, "1Mi", claim.Spec.Resources.Requests.Storage().String())
	require.Equal(t, "VolumeSnapshot", claim.Spec.DataSource.Kind)
}

// TestClaimsAlone runs in a namespace that admits restricted pods only, and
// takes the storage class and the name that it is given.
func TestClaimsAlone(t *testing.T) {
	t.Parallel()
	name := unique("alone")
	r := runPipeline(t, cases+"claim_clean_up.yaml", withLeastRights(t), in(restrictedNamespace),
		submitting("name", name), submitting("delete", name))
	r.requirePhase(wfv1.WorkflowSucceeded, 3)
	require.Equal(t, `"`+name+`"`, r.output("claim-clean-up.exit-handler-1.createpvc", "name"))
	require.Nil(t, r.claim(name))
}

// TestClaimAfterFailure has an exit handler delete a claim after the program
// has failed.
func TestClaimAfterFailure(t *testing.T) {
	t.Parallel()
	name := unique("failure")
	r := runPipeline(t, cases+"claim_clean_up.yaml", withLeastRights(t),
		submitting("name", name), submitting("delete", name), submitting("script", "exit 3"))
	r.requirePhase(wfv1.WorkflowFailed, 3)
	require.Equal(t, wfv1.NodeSucceeded, r.node("claim-clean-up.deletepvc").Phase)
	require.Nil(t, r.claim(name))
}

// TestClaimAfterStop has the exit handler run although somebody stops the run.
func TestClaimAfterStop(t *testing.T) {
	t.Parallel()
	name := unique("stop")
	r := startPipeline(t, cases+"claim_clean_up.yaml", withLeastRights(t),
		submitting("name", name), submitting("delete", name), submitting("script", "sleep 1000"))
	r.followWork()
	r.stop()
	r.wait()
	require.Equal(t, wfv1.WorkflowFailed, r.workflow.Status.Phase)
	require.Equal(t, wfv1.NodeSucceeded, r.node("onExit[0].deletepvc").Phase)
	require.Nil(t, r.claim(name))
}

// followWork follows the run until its program is at work.
func (r *run) followWork() {
	r.t.Helper()
	r.follow(runTime, "the program's start", func(w *wfv1.Workflow) bool {
		n := w.Status.Nodes.FindByName(w.Name + ".claim-clean-up.exit-handler-1.work")
		return n != nil && n.Phase == wfv1.NodeRunning
	})
}

// TestClaimAfterDeadline has the exit handler run although the run took too
// long.
func TestClaimAfterDeadline(t *testing.T) {
	t.Parallel()
	name := unique("deadline")
	r := startPipeline(t, cases+"claim_clean_up.yaml", withLeastRights(t),
		submitting("name", name), submitting("delete", name), submitting("script", "sleep 1000"))
	r.followWork()
	// Argo notes a deadline's time only when the run starts: of one that is given
	// later, and has not passed yet, it would never take notice.
	time.Sleep(time.Until(r.workflow.Status.StartedAt.Add(2 * time.Second)))
	r.patch(`{"spec": {"activeDeadlineSeconds": 1}}`)
	r.wait()
	require.Equal(t, wfv1.WorkflowFailed, r.workflow.Status.Phase)
	require.Contains(t, r.node("claim-clean-up.deletepvc").Message, "exceeded its deadline")
	require.Equal(t, wfv1.NodeSucceeded, r.node("onExit[0].deletepvc").Phase)
	require.Nil(t, r.claim(name))
}

// TestWrongClaims gives what Kubernetes refuses: the run ends, and says why.
func TestWrongClaims(t *testing.T) {
	t.Parallel()
	for title, wrong := range map[string]struct {
		arguments map[string]string
		// of is the task that fails, with this message.
		of, message string
		tasks       int
	}{
		"size": {
			arguments: map[string]string{"name": unique("size"), "size": `5"Gi`, "delete": "nothing"},
			of:        "exit-handler-1.createpvc(1)", message: "quantities must match the regular expression", tasks: 3,
		},
		"names": {
			arguments: map[string]string{"name": "a", "suffix": "-b", "delete": "nothing"},
			of:        "exit-handler-1.createpvc(0)", message: "pvc_name and pvc_name_suffix exclude each other", tasks: 3,
		},
		"name": {
			arguments: map[string]string{"name": `"}, "x": {\u007bworkflow.name}}$(HOME)`, "delete": "nothing"},
			of:        "exit-handler-1.createpvc(0)", message: `Invalid value: "\"}, \"x\": {{workflow.name}}$(HOME)"`, tasks: 3,
		},
		"missing": {
			arguments: map[string]string{"name": "", "delete": "nothing-of-this-name"},
			of:        "deletepvc", message: `persistentvolumeclaims "nothing-of-this-name" not found`, tasks: 3,
		},
		"empty": {
			arguments: map[string]string{"name": "", "delete": ""},
			of:        "deletepvc", message: "resource name may not be empty", tasks: 3,
		},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			options := []option{withLeastRights(t)}
			for name, value := range wrong.arguments {
				options = append(options, submitting(name, value))
			}
			r := runPipeline(t, cases+"claim_clean_up.yaml", options...)
			r.requirePhase(wfv1.WorkflowFailed, wrong.tasks)
			require.Contains(t, r.node("claim-clean-up."+wrong.of).Message, wrong.message)
			if n := r.workflow.Status.Nodes.FindByName(r.workflow.Name + ".claim-clean-up.exit-handler-1.createpvc"); n != nil && n.Outputs != nil && n.Fulfilled() {
				r.forgetClaims()
			}
		})
	}
}

// forgetClaims deletes the claims that a run has given names of its own.
func (r *run) forgetClaims() {
	claims, err := r.kubernetes.CoreV1().PersistentVolumeClaims(r.workflow.Namespace).List(r.t.Context(), metav1.ListOptions{})
	require.NoError(r.t, err)
	for _, c := range claims.Items {
		if strings.HasPrefix(c.Name, r.workflow.Name+"-") {
			r.forgetClaim(c.Name)
		}
	}
}

// TestClaimsNeedRights runs with the rights of every run only.
func TestClaimsNeedRights(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"claim_clean_up.yaml", submitting("name", unique("rights")), submitting("delete", "nothing"))
	r.requirePhase(wfv1.WorkflowFailed, 3)
	require.Regexp(t, `is forbidden: User "system:serviceaccount:kfp:default" cannot create resource "persistentvolumeclaims"`,
		r.node("claim-clean-up.exit-handler-1.createpvc(1)").Message)
}

func textOf(t *testing.T, parameter string) string {
	t.Helper()
	var text string
	require.NoError(t, yaml.Unmarshal([]byte(parameter), &text))
	return text
}
