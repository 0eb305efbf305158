package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate"
)

// server looks whether the API server answers.
func (e *examiner) server(_ context.Context) bool {
	const check = "API server"
	version, err := e.Kubernetes.Discovery().ServerVersion()
	switch {
	case apierrors.IsUnauthorized(err):
		e.fail(check, err.Error(), "log in again: the kubeconfig's credentials are not taken")
		return false
	case err != nil:
		e.fail(check, err.Error(), "check --kubeconfig, --context and the way to the cluster: `kubectl version`")
		return false
	}
	e.ok(check, "Kubernetes "+version.GitVersion)
	return true
}

// right is a permission in the namespace.
type right struct{ verb, group, resource, sub string }

func (r right) String() string {
	name := r.resource
	if r.group != "" {
		name += "." + r.group
	}
	if r.sub != "" {
		name += "/" + r.sub
	}
	return r.verb + " " + name
}

const argoGroup = "argoproj.io"

// rights looks whether who runs the doctor may do what it does.
func (e *examiner) rights(ctx context.Context) bool {
	const check = "your rights"
	var missing []string
	for _, r := range []right{
		{"create", argoGroup, "workflows", ""}, {"get", argoGroup, "workflows", ""}, {"delete", argoGroup, "workflows", ""},
		{"create", "batch", "jobs", ""}, {"delete", "batch", "jobs", ""},
		{"list", "", "pods", ""}, {"get", "", "pods", "log"}, {"list", "", "events", ""},
	} {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: e.attributes(r)}}
		answer, err := e.Kubernetes.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			e.fail(check, err.Error(), "")
			return false
		}
		if !answer.Status.Allowed {
			missing = append(missing, r.String())
		}
	}
	if len(missing) > 0 {
		e.fail(check, fmt.Sprintf("you may not, in namespace %s: %s", e.namespace, strings.Join(missing, ", ")),
			"ask for the Role in docs/doctor.md, or give another --namespace")
		return false
	}
	e.ok(check, "namespace "+e.namespace)
	return true
}

func (e *examiner) attributes(r right) *authorizationv1.ResourceAttributes {
	return &authorizationv1.ResourceAttributes{Namespace: e.namespace, Verb: r.verb, Group: r.group, Resource: r.resource, Subresource: r.sub}
}

// definitions looks whether Argo's resources are there.
func (e *examiner) definitions(ctx context.Context) bool {
	const check = "Argo's resources"
	const install = "install Argo Workflows: https://argo-workflows.readthedocs.io/en/stable/installation/"
	list, err := e.Kubernetes.Discovery().ServerResourcesForGroupVersion(argoGroup + "/v1alpha1")
	if apierrors.IsNotFound(err) {
		e.fail(check, "the cluster has none", install)
		return false
	}
	if err != nil {
		e.fail(check, err.Error(), "")
		return false
	}
	var missing []string
	for _, name := range []string{"workflows", "workflowtaskresults", "workflowtemplates", "cronworkflows"} {
		if !slices.ContainsFunc(list.APIResources, func(r metav1.APIResource) bool { return r.Name == name }) {
			missing = append(missing, name)
		}
	}
	if slices.Contains(missing, "workflows") || slices.Contains(missing, "workflowtaskresults") {
		e.fail(check, "not there: "+strings.Join(missing, ", "), install)
		return false
	}
	if len(missing) > 0 {
		e.warn(check, "not there: "+strings.Join(missing, ", "), "plain Workflows run; for --kind install Argo's other definitions")
		return true
	}
	e.ok(check, e.schema(ctx))
	return true
}

// schema says which of Argo's two sets of definitions the cluster has. Not
// everyone may look.
func (e *examiner) schema(ctx context.Context) string {
	text, err := e.Kubernetes.Discovery().RESTClient().Get().
		AbsPath("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workflows." + argoGroup).DoRaw(ctx)
	if err != nil {
		return ""
	}
	return schemaOf(text)
}

func schemaOf(definition []byte) string {
	var d struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema struct {
						Properties map[string]struct {
							Properties map[string]json.RawMessage
						}
					}
				}
			}
		}
	}
	if json.Unmarshal(definition, &d) != nil || len(d.Spec.Versions) == 0 {
		return ""
	}
	if len(d.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"].Properties) > 0 {
		return "full definitions"
	}
	return "minimal definitions: the API server checks no fields"
}

// podSecurity compares the namespace's standard with that of the pods, and
// reports whether there is a namespace.
func (e *examiner) podSecurity(ctx context.Context) bool {
	const check = "Pod Security"
	namespace, err := e.Kubernetes.CoreV1().Namespaces().Get(ctx, e.namespace, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		e.fail("namespace", "there is no namespace "+e.namespace, "kubectl create namespace "+e.namespace)
		return false
	}
	if err != nil {
		return true // nothing follows from it: the runs will tell
	}
	level := namespace.Labels["pod-security.kubernetes.io/enforce"]
	pods := map[translate.PodSecurity]string{translate.Restricted: "restricted", translate.Baseline: "baseline", translate.Off: "off"}[e.Translation.Pods.Security]
	text := fmt.Sprintf("pods are %s, the namespace enforces %s", pods, level)
	switch {
	case level == "":
		e.ok(check, fmt.Sprintf("pods are %s, the namespace enforces nothing", pods))
	case level == "restricted" && pods != "restricted", level == "baseline" && pods == "off":
		e.fail(check, text, "translate with --pod-security "+level)
	default:
		e.ok(check, text)
	}
	return true
}

// serviceAccount looks whether the pods' account is there, which it reports,
// and may do what Argo's executor does with it.
func (e *examiner) serviceAccount(ctx context.Context) bool {
	const check = "service account"
	name := e.Translation.Pods.ServiceAccount
	if name == "" {
		name = "default"
	}
	_, err := e.Kubernetes.CoreV1().ServiceAccounts(e.namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		e.fail(check, fmt.Sprintf("there is no %s in namespace %s", name, e.namespace), rbacAdvice(e.namespace))
		return false
	}
	e.accountRights(ctx, name)
	return true
}

func (e *examiner) accountRights(ctx context.Context, name string) {
	const check = "service account"
	rights := []right{{"create", argoGroup, "workflowtaskresults", ""}, {"patch", argoGroup, "workflowtaskresults", ""}}
	if e.Claims {
		for _, verb := range []string{"create", "get", "delete"} {
			rights = append(rights, right{verb, "", "persistentvolumeclaims", ""})
		}
	}
	missing, err := e.denied(ctx, name, rights)
	switch {
	case err != nil && e.Claims:
		e.warn(check, "its rights to claims could not be read: "+err.Error(), "ask who may create localsubjectaccessreviews, or look at its Roles")
	case err != nil:
		e.ok(check, name+"; its rights show in the run")
	case len(missing) > 0:
		e.fail(check, fmt.Sprintf("%s may not %s", name, strings.Join(missing, ", ")), rbacAdvice(e.namespace))
	default:
		e.ok(check, name+" may report outputs"+map[bool]string{true: ", create and delete claims"}[e.Claims])
	}
}

// denied lists the rights that a service account has not.
func (e *examiner) denied(ctx context.Context, account string, rights []right) ([]string, error) {
	var missing []string
	for _, r := range rights {
		review := &authorizationv1.LocalSubjectAccessReview{
			ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace},
			Spec: authorizationv1.SubjectAccessReviewSpec{
				ResourceAttributes: e.attributes(r),
				User:               "system:serviceaccount:" + e.namespace + ":" + account,
				Groups:             []string{"system:serviceaccounts", "system:serviceaccounts:" + e.namespace, "system:authenticated"},
			},
		}
		answer, err := e.Kubernetes.AuthorizationV1().LocalSubjectAccessReviews(e.namespace).Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			return nil, err
		}
		if !answer.Status.Allowed {
			missing = append(missing, r.String())
		}
	}
	return missing, nil
}
