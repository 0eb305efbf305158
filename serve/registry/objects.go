package registry

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// KFP's own objects for pipelines and their versions, of its release 2.14 and
// later. They are read where they are installed. Their IDs are their UIDs. See
// objectstore.go for how they are written.

// pipelinesGroup is the API group of KFP's objects.
const (
	pipelinesGroup    = "pipelines.kubeflow.org"
	pipelinesVersion  = "v2beta1"
	pipelinesResource = "pipelines"
	versionsResource  = "pipelineversions"
)

// pipelinesAPI is the group with its version.
const pipelinesAPI = pipelinesGroup + "/" + pipelinesVersion

// pipelineIDOfKFP is the label by which KFP's webhook joins versions to their
// pipeline. Those that came without the webhook have only its name.
const pipelineIDOfKFP = pipelinesGroup + "/pipeline-id"

// pipelineObject is a Pipeline.
type pipelineObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		DisplayName string            `json:"displayName,omitempty"`
		Description string            `json:"description,omitempty"`
		Tags        map[string]string `json:"tags,omitempty"`
	} `json:"spec"`
}

func (o *pipelineObject) pipeline() Pipeline {
	return Pipeline{
		ID: string(o.UID), Namespace: o.Namespace, Name: o.Name, DisplayName: cmp.Or(o.Spec.DisplayName, o.Name),
		Description: o.Spec.Description, Created: o.CreationTimestamp.Time, Tags: o.Spec.Tags,
	}
}

// versionObject is a PipelineVersion.
type versionObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		PipelineName  string            `json:"pipelineName,omitempty"`
		VersionName   string            `json:"versionName,omitempty"`
		DisplayName   string            `json:"displayName,omitempty"`
		Description   string            `json:"description,omitempty"`
		CodeSourceURL string            `json:"codeSourceURL,omitempty"`
		Tags          map[string]string `json:"tags,omitempty"`
		PipelineSpec  json.RawMessage   `json:"pipelineSpec,omitempty"`
		PlatformSpec  json.RawMessage   `json:"platformSpec,omitempty"`
	} `json:"spec"`
}

// of reports whether the version is one of a pipeline.
func (o *versionObject) of(p *pipelineObject) bool {
	if id := o.Labels[pipelineIDOfKFP]; id != "" {
		return id == string(p.UID)
	}
	return o.Spec.PipelineName == p.Name
}

func (o *versionObject) version(pipelineID string) *Version {
	name := cmp.Or(o.Spec.VersionName, o.Name)
	return &Version{
		PipelineID: pipelineID, ID: string(o.UID), Namespace: o.Namespace, Name: name, DisplayName: cmp.Or(o.Spec.DisplayName, name),
		Description: o.Spec.Description, CodeSource: o.Spec.CodeSourceURL, Created: o.CreationTimestamp.Time, Tags: o.Spec.Tags,
		Spec: o.spec(), resourceVersion: o.ResourceVersion, object: o.Name,
	}
}

// spec is the compiled pipeline as the client posts it. It is empty for a version
// that has its pipeline elsewhere, at a URL.
func (o *versionObject) spec() []byte {
	if len(o.Spec.PipelineSpec) == 0 || len(o.Spec.PlatformSpec) == 0 || string(o.Spec.PlatformSpec) == "null" {
		return o.Spec.PipelineSpec
	}
	return fmt.Appendf(nil, `{"pipeline_spec":%s,"platform_spec":%s}`, o.Spec.PipelineSpec, o.Spec.PlatformSpec)
}

// listObjects lists KFP's objects of a kind. There are none where they are not
// installed, and for callers who may not see them: which of both it is, nobody
// can tell apart who has no rights.
func listObjects[T any](ctx context.Context, v *View, resource, namespace string) ([]*T, error) {
	found, err := v.objects(resource, namespace).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing KFP's %s: %w", resource, err)
	}
	all := make([]*T, 0, len(found.Items))
	for i := range found.Items {
		one := new(T)
		if err := decodeObject(&found.Items[i], one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// objects is the collection of KFP's objects of a kind.
func (v *View) objects(resource, namespace string) dynamic.ResourceInterface {
	return v.kfp.Resource(schema.GroupVersionResource{Group: pipelinesGroup, Version: pipelinesVersion, Resource: resource}).Namespace(namespace)
}

func decodeObject(from *unstructured.Unstructured, into any) error {
	text, err := from.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("reading KFP's %s: %w", from.GetName(), err)
	}
	return nil
}

// pipelineObjects lists KFP's pipelines of a namespace, and their versions.
func (v *View) pipelineObjects(ctx context.Context, namespace string) ([]*pipelineObject, error) {
	return listObjects[pipelineObject](ctx, v, pipelinesResource, namespace)
}

// versionObjects lists the versions of KFP's pipelines of a namespace.
func (v *View) versionObjects(ctx context.Context, namespace string) ([]*Version, error) {
	pipelines, err := v.pipelineObjects(ctx, namespace)
	if err != nil || len(pipelines) == 0 {
		return nil, err
	}
	versions, err := listObjects[versionObject](ctx, v, versionsResource, namespace)
	if err != nil {
		return nil, err
	}
	var all []*Version
	for _, o := range versions {
		for _, p := range pipelines {
			if o.of(p) {
				all = append(all, o.version(string(p.UID)))
			}
		}
	}
	return all, nil
}

// pipelineObject returns KFP's pipeline with an ID.
func (v *View) pipelineObject(ctx context.Context, id string) (*Pipeline, error) {
	var found *Pipeline
	err := v.locate(ctx, pipelineKind, id, func(namespace string) error {
		all, err := v.pipelineObjects(ctx, namespace)
		for _, o := range all {
			if string(o.UID) == id {
				p := o.pipeline()
				found = &p
				return nil
			}
		}
		if err != nil {
			return err
		}
		return &NotFoundError{pipelineKind, id}
	})
	return found, err
}

// versionObject returns a version of one of KFP's pipelines.
func (v *View) versionObject(ctx context.Context, ref VersionRef) (*Version, error) {
	var found *Version
	err := v.locate(ctx, versionKind, ref.VersionID, func(namespace string) error {
		all, err := v.versionObjects(ctx, namespace)
		if err != nil {
			return err
		}
		for _, o := range all {
			if o.ID == ref.VersionID && (ref.PipelineID == "" || o.PipelineID == ref.PipelineID) {
				found = o
				return nil
			}
		}
		return &NotFoundError{versionKind, ref.VersionID}
	})
	return found, err
}
