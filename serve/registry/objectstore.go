package registry

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/serve/posted"
)

// This file writes KFP's own objects, as KFP's API server does in its native
// mode: the name of a pipeline is that of its object.

// readOnly says that an object is only read here.
func readOnly(what, id, name string) error {
	return invalid("%s %s is KFP's own object %s: change it with kubectl, or start the server with --pipeline-store kubernetes", what, id, name)
}

// checkObjectName refuses a name that no object can have.
func checkObjectName(what, name string) error {
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		return invalid("the name %q of the %s is that of an object in Kubernetes: %s; display_name takes any text", name, what, problems[0])
	}
	return nil
}

// createPipelineObject creates a pipeline with its first version. What is wrong
// with the version is found before.
func (v *View) createPipelineObject(ctx context.Context, namespace string, p Pipeline, first Version) (*Pipeline, error) {
	if err := checkObjectName("pipeline", p.Name); err != nil {
		return nil, err
	}
	object := &pipelineObject{ObjectMeta: metav1.ObjectMeta{Name: p.Name, Namespace: namespace}}
	object.TypeMeta = metav1.TypeMeta{APIVersion: pipelinesAPI, Kind: pipelineKind}
	object.Spec.DisplayName, object.Spec.Description, object.Spec.Tags = p.DisplayName, p.Description, p.Tags
	if _, err := versionObjectOf(object, first); err != nil {
		return nil, err
	}
	_, err := v.core.ConfigMaps(namespace).Get(ctx, objectName(kindPipeline, idOf(kindPipeline, namespace, p.Name)), metav1.GetOptions{})
	if err == nil {
		return nil, &ExistsError{pipelineKind, p.Name}
	}
	var created pipelineObject
	if err := v.createObject(ctx, pipelinesResource, object, &created); err != nil {
		return nil, existsAs(err, pipelineKind, p.Name)
	}
	created.TypeMeta = object.TypeMeta
	_, err = v.createVersionObject(ctx, &created, first)
	out := created.pipeline()
	return &out, err
}

// createVersionOfObject adds a version to a pipeline that is one of KFP's objects.
func (v *View) createVersionOfObject(ctx context.Context, version Version) (*Version, error) {
	p, err := v.pipelineObject(ctx, version.PipelineID)
	switch {
	case err != nil:
		return nil, err
	case !v.registry.PipelineObjects:
		return nil, readOnly("pipeline", p.ID, p.Name)
	}
	of := &pipelineObject{ObjectMeta: metav1.ObjectMeta{Name: p.Name, Namespace: p.Namespace}}
	of.UID = types.UID(p.ID)
	return v.createVersionObject(ctx, of, version)
}

func (v *View) createVersionObject(ctx context.Context, of *pipelineObject, version Version) (*Version, error) {
	object, err := versionObjectOf(of, version)
	if err != nil {
		return nil, err
	}
	var created versionObject
	if err := v.createObject(ctx, versionsResource, object, &created); err != nil {
		return nil, existsAs(err, versionKind, version.Name)
	}
	return created.version(string(of.UID)), nil
}

// versionObjectOf is the object of a version. It has the name of its pipeline
// before its own, unless they are the same.
func versionObjectOf(of *pipelineObject, version Version) (*versionObject, error) {
	name := of.Name + "-" + version.Name
	if version.Name == of.Name {
		name = version.Name
	}
	if err := checkObjectName("version", version.Name); err != nil {
		return nil, err
	}
	if err := checkObjectName("version, with its pipeline's,", name); err != nil {
		return nil, err
	}
	object := &versionObject{ObjectMeta: metav1.ObjectMeta{
		Name: name, Namespace: of.Namespace, Labels: map[string]string{pipelineIDOfKFP: string(of.UID)},
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: pipelinesAPI, Kind: pipelineKind, Name: of.Name, UID: of.UID,
		}},
	}}
	object.TypeMeta = metav1.TypeMeta{APIVersion: pipelinesAPI, Kind: versionKind}
	s := &object.Spec
	s.PipelineName, s.VersionName, s.DisplayName, s.Description = of.Name, version.Name, version.DisplayName, version.Description
	s.CodeSourceURL, s.Tags = version.CodeSource, version.Tags
	text, err := posted.JSON(version.Spec)
	if err != nil {
		return nil, invalid("%v", err)
	}
	var both struct {
		Pipeline json.RawMessage `json:"pipeline_spec"`
		Platform json.RawMessage `json:"platform_spec"`
	}
	if err := json.Unmarshal(text, &both); err != nil {
		return nil, invalid("the compiled pipeline: %v", err)
	}
	s.PipelineSpec, s.PlatformSpec = both.Pipeline, both.Platform
	if both.Pipeline == nil {
		s.PipelineSpec = text
	}
	return object, nil
}

// existsAs says in KFP's words that an object is there already.
func existsAs(err error, kind, name string) error {
	if apierrors.IsAlreadyExists(err) {
		return &ExistsError{kind, name}
	}
	return err
}

// createObject creates one of KFP's objects, and reads what the API server made of
// it.
func (v *View) createObject(ctx context.Context, resource string, object, created any) error {
	text, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("writing the object: %w", err)
	}
	var plain unstructured.Unstructured
	if err := plain.UnmarshalJSON(text); err != nil {
		return fmt.Errorf("writing the object: %w", err)
	}
	answer, err := v.objects(resource, plain.GetNamespace()).Create(ctx, &plain, metav1.CreateOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return invalid("--pipeline-store kubernetes: the cluster has no %s.%s: install KFP's resource definitions", resource, pipelinesGroup)
	case err != nil:
		return fmt.Errorf("creating KFP's object: %w", err)
	}
	return decodeObject(answer, created)
}

// deletePipelineObject deletes one of KFP's pipelines with its versions, of which
// those that came without KFP's webhook have no owner.
func (v *View) deletePipelineObject(ctx context.Context, id string) error {
	p, err := v.pipelineObject(ctx, id)
	switch {
	case err != nil:
		return err
	case !v.registry.PipelineObjects:
		return readOnly("pipeline", id, p.Name)
	}
	versions, err := v.versionsOfObject(ctx, id)
	if err != nil {
		return err
	}
	for _, version := range versions {
		if err := v.deleteVersionObject(ctx, version); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return v.deleteObject(ctx, pipelinesResource, p.Namespace, p.Name, id)
}

// deleteVersionObject deletes a version that is one of KFP's objects.
func (v *View) deleteVersionObject(ctx context.Context, version *Version) error {
	if !v.registry.PipelineObjects {
		return readOnly("version", version.ID, version.object)
	}
	return v.deleteObject(ctx, versionsResource, version.Namespace, version.object, version.ID)
}

func (v *View) deleteObject(ctx context.Context, resource, namespace, name, id string) error {
	background := metav1.DeletePropagationBackground
	options := metav1.DeleteOptions{PropagationPolicy: &background, Preconditions: metav1.NewUIDPreconditions(id)}
	if err := v.objects(resource, namespace).Delete(ctx, name, options); err != nil {
		return fmt.Errorf("deleting KFP's object: %w", err)
	}
	return nil
}
