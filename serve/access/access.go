// Package access says who makes a request, and with whose rights Kubernetes is
// asked for it. It decides nothing by itself: in each mode it is Kubernetes that
// knows users and their roles.
package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Mode is a way of telling callers apart.
type Mode string

// The modes.
const (
	// None tells nobody apart: all act as the server.
	None Mode = "none"
	// Token takes a bearer token of Kubernetes and acts with it, or as the user
	// of a token that was made for KFP.
	Token Mode = "token"
	// Header takes the user from a header that a gateway sets, and asks Kubernetes whether
	// that user may; then the server acts.
	Header Mode = "header"
)

// Modes lists the modes.
func Modes() []Mode { return []Mode{None, Token, Header} }

// UserHeader is the header of [Header], as Kubeflow's gateway sets it.
const UserHeader = "kubeflow-userid"

// group is the API group of the resources that Kubeflow's roles speak of.
const group = "pipelines.kubeflow.org"

// Gate lets callers in.
type Gate struct {
	Mode Mode
	// Config has the server's own rights.
	Config *rest.Config
	// UserHeader is the header with the user's name in mode [Header].
	UserHeader string

	reviews reviews
}

// Caller is who makes a request.
type Caller struct {
	// Name is what logs call the caller; it is empty where nobody knows.
	Name string
	// Config has the rights that are used.
	Config *rest.Config
	// Allow says whether the caller may do what it has come for in a namespace.
	// It is nil where Kubernetes sees to that.
	Allow func(ctx context.Context, namespace string) error
}

// Purpose is what a caller wants, in the words of Kubeflow's roles.
type Purpose struct{ Resource, Verb string }

// Enter returns who makes a request. The error is one of Kubernetes' own:
// Unauthorized where nobody knows who it is.
func (g *Gate) Enter(r *http.Request, p Purpose) (Caller, error) {
	switch g.Mode {
	case None:
		return Caller{Config: g.Config}, nil
	case Token:
		return g.token(r)
	case Header:
		return g.header(r, p)
	}
	return Caller{}, fmt.Errorf("access: there is no mode %q", g.Mode)
}

func (g *Gate) token(r *http.Request) (Caller, error) {
	token, ok := bearer(r.Header)
	if !ok {
		return Caller{}, apierrors.NewUnauthorized("a bearer token is needed: kfp.Client(existing_token=…)")
	}
	if slices.Contains(audiences(token), Audience) {
		return g.review(r.Context(), token)
	}
	config := rest.AnonymousClientConfig(g.Config)
	config.BearerToken = token
	return Caller{Config: config}, nil
}

// bearer returns the token of a request.
func bearer(h http.Header) (string, bool) {
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "bearer") && token != "" && len(token) <= maxToken
}

// maxToken bounds tokens. Those of Kubernetes have about a thousand bytes.
const maxToken = 16 << 10

func (g *Gate) header(r *http.Request, p Purpose) (Caller, error) {
	users := r.Header.Values(g.UserHeader)
	if len(users) != 1 || users[0] == "" {
		return Caller{}, apierrors.NewUnauthorized(fmt.Sprintf("the header %s is needed once, from the gateway", g.UserHeader))
	}
	client, err := kubernetes.NewForConfig(g.Config)
	if err != nil {
		return Caller{}, fmt.Errorf("connecting to the cluster: %w", err)
	}
	user := users[0]
	return Caller{Name: user, Config: g.Config, Allow: func(ctx context.Context, namespace string) error {
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User: user,
			ResourceAttributes: &authorizationv1.ResourceAttributes{
				Namespace: namespace, Verb: p.Verb, Group: group, Resource: p.Resource,
			},
		}}
		answer, err := client.AuthorizationV1().SubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			return fmt.Errorf("asking whether %s may %s %s: %w", user, p.Verb, p.Resource, err)
		}
		if !answer.Status.Allowed {
			why := fmt.Sprintf("user %q must not %s them in namespace %q", user, p.Verb, namespace)
			return apierrors.NewForbidden(schema.GroupResource{Group: group, Resource: p.Resource}, "", errors.New(why))
		}
		return nil
	}}, nil
}
