package registry

import (
	"context"
	"encoding/json"
	"fmt"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
)

// slim is a Workflow of which only that is decoded which lists tell of runs. A
// whole one may have a megabyte.
type slim struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              slimSpec   `json:"spec"`
	Status            slimStatus `json:"status"`

	// run is all that is left of one that an index keeps, or nil for a Workflow
	// that is no run.
	run      *Run
	stripped bool
}

type slimSpec struct {
	Arguments             wfv1.Arguments        `json:"arguments"`
	ServiceAccountName    string                `json:"serviceAccountName"`
	Shutdown              wfv1.ShutdownStrategy `json:"shutdown"`
	Suspend               bool                  `json:"suspend"`
	ActiveDeadlineSeconds *int64                `json:"activeDeadlineSeconds"`
}

type slimStatus struct {
	Phase      wfv1.WorkflowPhase `json:"phase"`
	StartedAt  metav1.Time        `json:"startedAt"`
	FinishedAt metav1.Time        `json:"finishedAt"`
	Message    string             `json:"message"`
}

// DeepCopyObject copies as much as client-go needs: it changes nothing inside.
func (s *slim) DeepCopyObject() runtime.Object {
	c := *s
	return &c
}

// slimList is a list of them.
type slimList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata"`
	Items           []slim `json:"items"`
}

// DeepCopyObject copies the list, and not what is in it.
func (l *slimList) DeepCopyObject() runtime.Object {
	c := *l
	return &c
}

// slimClient reads slim Workflows.
type slimClient struct {
	rest   rest.Interface
	params runtime.ParameterCodec
}

func newSlimClient(config *rest.Config) (slimClient, error) {
	scheme := runtime.NewScheme()
	group := wfv1.SchemeGroupVersion
	scheme.AddKnownTypeWithName(group.WithKind("Workflow"), &slim{})
	scheme.AddKnownTypeWithName(group.WithKind("WorkflowList"), &slimList{})
	metav1.AddToGroupVersion(scheme, group)
	c := rest.CopyConfig(config)
	c.GroupVersion, c.APIPath = &group, "/apis"
	c.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	client, err := rest.RESTClientFor(c)
	return slimClient{client, runtime.NewParameterCodec(scheme)}, err
}

// page is how many Workflows are read at once. They come whole over the wire, but where
// only their metadata is asked for.
const (
	page         = 250
	metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
)

// list reads all Workflows of a namespace, page by page, as slim ones.
func (c slimClient) list(ctx context.Context, namespace string, visit func(*slim)) (version string, err error) {
	options := metav1.ListOptions{Limit: page}
	for {
		var list slimList
		err := c.rest.Get().Namespace(namespace).Resource("workflows").VersionedParams(&options, c.params).Do(ctx).Into(&list)
		if err != nil {
			return "", err
		}
		for i := range list.Items {
			visit(&list.Items[i])
		}
		if list.Continue == "" {
			return list.ResourceVersion, nil
		}
		options.Continue = list.Continue
	}
}

// names tells of the names of all Workflows of a namespace, and their UIDs.
func (c slimClient) names(ctx context.Context, namespace string, visit func(name, uid string)) error {
	options := metav1.ListOptions{Limit: page}
	for {
		text, err := c.rest.Get().Namespace(namespace).Resource("workflows").VersionedParams(&options, c.params).SetHeader("Accept", metadataOnly).Do(ctx).Raw()
		if err != nil {
			return err
		}
		var list metav1.PartialObjectMetadataList
		if err := json.Unmarshal(text, &list); err != nil {
			return fmt.Errorf("reading the list of Workflows: %w", err)
		}
		for i := range list.Items {
			visit(list.Items[i].Name, string(list.Items[i].UID))
		}
		if list.Continue == "" {
			return nil
		}
		options.Continue = list.Continue
	}
}

// get reads one Workflow as a slim one.
func (c slimClient) get(ctx context.Context, namespace, name string) (*slim, error) {
	w := &slim{}
	err := c.rest.Get().Namespace(namespace).Resource("workflows").Name(name).Do(ctx).Into(w)
	return w, err
}

func (c slimClient) watch(ctx context.Context, namespace string, options metav1.ListOptions) (watch.Interface, error) {
	options.Watch = true
	return c.rest.Get().Namespace(namespace).Resource("workflows").VersionedParams(&options, c.params).Watch(ctx)
}
