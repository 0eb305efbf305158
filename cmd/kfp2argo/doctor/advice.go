package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate"
)

// rbacAdvice gives the pods an account with the rights that they need.
func rbacAdvice(namespace string) string {
	return fmt.Sprintf("kubectl -n %s apply -f docs/rbac.yaml, and translate with --service-account kfp2argo", namespace)
}

// known is a message that has all of these texts, and what to do about it.
type known struct {
	texts  []string
	advice string
}

// advice says what to do about a message of Kubernetes or Argo, whose messages
// have no codes. It is empty for one that is not known.
func (e *examiner) advice(message string) string {
	for _, k := range e.messages() {
		if !slices.ContainsFunc(k.texts, func(text string) bool { return !strings.Contains(message, text) }) {
			return k.advice
		}
	}
	return ""
}

// messages lists what is known, the first that fits counts.
func (e *examiner) messages() []known {
	rbac := rbacAdvice(e.namespace)
	security := "translate with the --pod-security of the namespace"
	if e.Translation.Pods.Security == translate.Restricted { // which our containers meet
		security = "give Argo's own containers a securityContext in workflow-controller-configmap: docs/security.md"
	}
	const (
		secret = "make the Secret of --store-secret in this namespace, with the keys accesskey and secretkey"
		bundle = "make the ConfigMap of --ca-bundle in this namespace, with that key"
		nodes  = "no node takes the pods: set tolerations or a nodeSelector with --patch (docs/overlays.md)"
	)
	return []known{
		{[]string{"workflowtaskresults", "forbidden"}, rbac},
		{[]string{"serviceaccount", "not found"}, rbac},
		{[]string{"violates PodSecurity"}, security},
		{[]string{"exceeded quota"}, "raise the namespace's quota, or lower --driver-requests and --driver-limits"},
		{[]string{"failed quota"}, "the quota wants requests and limits of every container: set --driver-requests, --driver-limits and executor.resources of workflow-controller-configmap, or make a LimitRange"},
		{[]string{"secret", "not found"}, secret},
		{[]string{"find key", "in Secret"}, secret},
		{[]string{"configmap", "not found"}, bundle},
		{[]string{"references non-existent config key"}, bundle},
		{[]string{"persistentvolumeclaim", "not found"}, "make the claim of --store-volume in this namespace"},
		{[]string{"admission webhook"}, "a policy of the cluster refuses the pods: ask who keeps it, or set what it wants with --patch (docs/overlays.md)"},
		{[]string{"Insufficient"}, "no node has room: lower --driver-requests, or wait"},
		{[]string{"untolerated taint"}, nodes},
		{[]string{"node affinity"}, nodes},
	}
}
