package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	argo "github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned/typed/workflow/v1alpha1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/dynamic"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
)

// Registry is what a server knows of all namespaces that it serves.
type Registry struct {
	// Namespaces are those that are served, the first where callers name none. If
	// there are several, they must name one.
	Namespaces []string
	// Indexes hold the runs of namespaces, for views that may read them. Where
	// there is none, runs are read anew with the caller's rights.
	Indexes map[string]*Index
	// History has the runs whose Workflows are gone. It may be nil.
	History *History
	// PipelineObjects says that pipelines and versions are written as KFP's own
	// objects, and not as ConfigMaps. Both are read.
	PipelineObjects bool
	// Complete gives a Workflow the nodes that Argo keeps in its database. It may be
	// nil.
	Complete func(context.Context, *wfv1.Workflow) error
	names    nameCache
	models   modelCache
}

// View is the registry as one caller sees it.
type View struct {
	registry  *Registry
	workflows argo.ArgoprojV1alpha1Interface
	core      core.CoreV1Interface
	slim      slimClient
	kfp       dynamic.Interface // for KFP's own objects
	// allow says whether the caller may do in a namespace what it has come for.
	allow func(ctx context.Context, namespace string) error
	user  string // who it is, or empty
}

// As notes on the runs that the view starts who has started them. An empty name
// stands for nobody who is known.
func (v *View) As(user string) *View {
	named := *v
	named.user = user
	return &named
}

// View opens the registry with the rights of a configuration. Allow is asked
// before anything is done in a namespace; nil leaves it to Kubernetes.
func (r *Registry) View(config *rest.Config, allow func(context.Context, string) error) (*View, error) {
	workflows, err := argo.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	objects, err := core.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	slim, err := newSlimClient(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	kfp, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	if allow == nil {
		allow = func(context.Context, string) error { return nil }
	}
	return &View{registry: r, workflows: workflows, core: objects, slim: slim, kfp: kfp, allow: allow}, nil
}

// Namespace returns the namespace that a caller means, if it may.
func (v *View) Namespace(ctx context.Context, name string) (string, error) {
	all := v.registry.Namespaces
	switch {
	case name == "" && len(all) == 1:
		name = all[0]
	case name == "":
		return "", invalid("say which namespace is meant: this server serves %s", strings.Join(all, ", "))
	case !slices.Contains(all, name):
		return "", invalid("this server does not serve namespace %q; it serves %s", name, strings.Join(all, ", "))
	}
	return name, v.allow(ctx, name)
}

// locate looks for an object in the namespaces that the caller may see. Look
// returns a [NotFoundError] where it is not. The caller is told that it may not
// see an object only where it may see nothing at all: that something is there is
// no business of others.
func (v *View) locate(ctx context.Context, kind, id string, look func(namespace string) error) error {
	var forbidden error
	seen := false
	for _, namespace := range v.registry.Namespaces {
		err := v.allow(ctx, namespace)
		if err == nil {
			err = look(namespace)
		}
		var missing *NotFoundError
		switch {
		case errors.As(err, &missing), apierrors.IsNotFound(err):
			seen = true
		case apierrors.IsForbidden(err):
			forbidden = err
		default:
			return err
		}
	}
	if !seen && forbidden != nil {
		return forbidden
	}
	return &NotFoundError{kind, id}
}
