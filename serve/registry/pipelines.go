package registry

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	pipelineKind = "Pipeline"
	versionKind  = "PipelineVersion"
)

// CreatePipeline creates a pipeline with its first version, which has the
// pipeline's ID and namespace filled in. A server that dies in between leaves a
// pipeline without a version, to which one can be added.
func (v *View) CreatePipeline(ctx context.Context, p Pipeline, first Version) (*Pipeline, error) {
	namespace, err := v.Namespace(ctx, p.Namespace)
	if err != nil {
		return nil, err
	}
	if p.Name == "" {
		return nil, invalid("a pipeline needs a name")
	}
	if v.registry.PipelineObjects {
		return v.createPipelineObject(ctx, namespace, p, first)
	}
	if _, err := pack(first.Spec); err != nil {
		return nil, err
	}
	id := idOf(kindPipeline, namespace, p.Name)
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: objectName(kindPipeline, id), Labels: map[string]string{KindLabel: kindPipeline, IDLabel: id}},
		Data:       map[string]string{"name": p.Name, "display_name": p.DisplayName, "description": p.Description, "tags": tags(p.Tags)},
	}
	created, err := v.core.ConfigMaps(namespace).Create(ctx, object, metav1.CreateOptions{})
	switch {
	case apierrors.IsAlreadyExists(err):
		return nil, &ExistsError{pipelineKind, p.Name}
	case err != nil:
		return nil, fmt.Errorf("creating the pipeline: %w", err)
	}
	_, err = v.createVersion(ctx, created, first)
	out := pipelineOf(created)
	return &out, err
}

// CreateVersion adds a version to a pipeline. The error is an [ExistsError] if it
// has one of the name.
func (v *View) CreateVersion(ctx context.Context, version Version) (*Version, error) {
	pipeline, err := v.pipelineMap(ctx, version.PipelineID)
	switch {
	case isNotFound(err):
		return v.createVersionOfObject(ctx, version)
	case err != nil:
		return nil, err
	}
	return v.createVersion(ctx, pipeline, version)
}

func (v *View) createVersion(ctx context.Context, pipeline *corev1.ConfigMap, version Version) (*Version, error) {
	if version.Name == "" {
		return nil, invalid("a version of a pipeline needs a name")
	}
	packed, err := pack(version.Spec)
	if err != nil {
		return nil, err
	}
	pipelineID := pipeline.Labels[IDLabel]
	id := idOf(kindVersion, pipelineID, version.Name)
	immutable := true
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name:            objectName(kindVersion, id),
			Labels:          map[string]string{KindLabel: kindVersion, IDLabel: id, PipelineIDLabel: pipelineID},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: pipeline.Name, UID: pipeline.UID}},
		},
		Data: map[string]string{
			"name": version.Name, "display_name": version.DisplayName, "description": version.Description,
			"code_source_url": version.CodeSource, "tags": tags(version.Tags),
		},
		BinaryData: map[string][]byte{specKey: packed},
		Immutable:  &immutable,
	}
	created, err := v.core.ConfigMaps(pipeline.Namespace).Create(ctx, object, metav1.CreateOptions{})
	switch {
	case apierrors.IsAlreadyExists(err):
		return nil, &ExistsError{versionKind, version.Name}
	case err != nil:
		return nil, fmt.Errorf("creating the version: %w", err)
	}
	return versionOf(created)
}

// tags writes tags as JSON.
func tags(all map[string]string) string {
	text, err := json.Marshal(all)
	if err != nil {
		panic("registry: texts without JSON: " + err.Error())
	}
	return string(text)
}

func tagsOf(text string) map[string]string {
	var all map[string]string
	if json.Unmarshal([]byte(text), &all) != nil {
		return nil // it was edited
	}
	return all
}

func pipelineOf(c *corev1.ConfigMap) Pipeline {
	return Pipeline{
		ID: c.Labels[IDLabel], Namespace: c.Namespace,
		Name: c.Data["name"], DisplayName: cmp.Or(c.Data["display_name"], c.Data["name"]), Description: c.Data["description"],
		Created: c.CreationTimestamp.Time, Tags: tagsOf(c.Data["tags"]),
	}
}

func versionOf(c *corev1.ConfigMap) (*Version, error) {
	spec, err := unpack(c.BinaryData[specKey])
	if err != nil {
		return nil, fmt.Errorf("ConfigMap %s: %w", c.Name, err)
	}
	return &Version{
		PipelineID: c.Labels[PipelineIDLabel], ID: c.Labels[IDLabel], Namespace: c.Namespace,
		Name: c.Data["name"], DisplayName: cmp.Or(c.Data["display_name"], c.Data["name"]), Description: c.Data["description"],
		CodeSource: c.Data["code_source_url"], Created: c.CreationTimestamp.Time, Tags: tagsOf(c.Data["tags"]), Spec: spec,
		resourceVersion: c.ResourceVersion,
	}, nil
}

// pipelineMap returns the ConfigMap of a pipeline. One of KFP's objects has none.
func (v *View) pipelineMap(ctx context.Context, id string) (*corev1.ConfigMap, error) {
	var found *corev1.ConfigMap
	err := v.locate(ctx, pipelineKind, id, func(namespace string) error {
		var err error
		found, err = v.core.ConfigMaps(namespace).Get(ctx, objectName(kindPipeline, id), metav1.GetOptions{})
		return err
	})
	return found, err
}

// Pipeline returns a pipeline.
func (v *View) Pipeline(ctx context.Context, id string) (*Pipeline, error) {
	c, err := v.pipelineMap(ctx, id)
	switch {
	case isNotFound(err):
		return v.pipelineObject(ctx, id)
	case err != nil:
		return nil, err
	}
	p := pipelineOf(c)
	return &p, nil
}

// Pipelines lists the pipelines of a namespace, in no order.
func (v *View) Pipelines(ctx context.Context, namespace string) ([]Pipeline, error) {
	namespace, err := v.Namespace(ctx, namespace)
	if err != nil {
		return nil, err
	}
	objects, err := v.core.ConfigMaps(namespace).List(ctx, metav1.ListOptions{LabelSelector: KindLabel + "=" + kindPipeline})
	if err != nil {
		return nil, fmt.Errorf("listing the pipelines: %w", err)
	}
	all := make([]Pipeline, 0, len(objects.Items))
	for i := range objects.Items {
		all = append(all, pipelineOf(&objects.Items[i]))
	}
	others, err := v.pipelineObjects(ctx, namespace)
	for _, o := range others {
		all = append(all, o.pipeline())
	}
	return all, err
}

// Versions lists the versions of a pipeline, in no order.
func (v *View) Versions(ctx context.Context, pipelineID string) ([]*Version, error) {
	pipeline, err := v.pipelineMap(ctx, pipelineID)
	switch {
	case isNotFound(err):
		return v.versionsOfObject(ctx, pipelineID)
	case err != nil:
		return nil, err
	}
	selector := KindLabel + "=" + kindVersion + "," + PipelineIDLabel + "=" + pipeline.Labels[IDLabel]
	objects, err := v.core.ConfigMaps(pipeline.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, fmt.Errorf("listing the versions: %w", err)
	}
	all := make([]*Version, 0, len(objects.Items))
	for i := range objects.Items {
		version, err := versionOf(&objects.Items[i])
		if err != nil {
			return nil, err
		}
		all = append(all, version)
	}
	return all, nil
}

// versionsOfObject lists the versions of one of KFP's pipelines.
func (v *View) versionsOfObject(ctx context.Context, pipelineID string) ([]*Version, error) {
	p, err := v.pipelineObject(ctx, pipelineID)
	if err != nil {
		return nil, err
	}
	all, err := v.versionObjects(ctx, p.Namespace)
	return slices.DeleteFunc(all, func(o *Version) bool { return o.PipelineID != pipelineID }), err
}

// Version returns a version of a pipeline; without an ID the newest, and without
// a pipeline whichever has the ID.
func (v *View) Version(ctx context.Context, ref VersionRef) (*Version, error) {
	if ref.VersionID == "" {
		return v.newest(ctx, ref.PipelineID)
	}
	var found *Version
	err := v.locate(ctx, versionKind, ref.VersionID, func(namespace string) error {
		c, err := v.core.ConfigMaps(namespace).Get(ctx, objectName(kindVersion, ref.VersionID), metav1.GetOptions{})
		if err != nil {
			return err
		}
		if ref.PipelineID != "" && c.Labels[PipelineIDLabel] != ref.PipelineID {
			return &NotFoundError{versionKind, ref.VersionID}
		}
		found, err = versionOf(c)
		return err
	})
	if isNotFound(err) {
		return v.versionObject(ctx, ref)
	}
	return found, err
}

// after reports whether a version was created after another. Kubernetes keeps
// whole seconds; its own versions of objects tell the order within one.
func (v *Version) after(other *Version) bool {
	if !v.Created.Equal(other.Created) {
		return v.Created.After(other.Created)
	}
	m, first := strconv.ParseUint(v.resourceVersion, 10, 64)
	n, second := strconv.ParseUint(other.resourceVersion, 10, 64)
	if first == nil && second == nil && m != n {
		return m > n
	}
	return v.ID > other.ID
}

func (v *View) newest(ctx context.Context, pipelineID string) (*Version, error) {
	all, err := v.Versions(ctx, pipelineID)
	if err != nil {
		return nil, err
	}
	var last *Version
	for _, version := range all {
		if last == nil || version.after(last) {
			last = version
		}
	}
	if last == nil {
		return nil, invalid("pipeline %s has no version", pipelineID)
	}
	return last, nil
}

// DeletePipeline deletes a pipeline. One that has versions goes only with them.
func (v *View) DeletePipeline(ctx context.Context, id string, cascade bool) error {
	pipeline, err := v.pipelineMap(ctx, id)
	object := isNotFound(err)
	if err != nil && !object {
		return err
	}
	if !cascade {
		versions, err := v.Versions(ctx, id)
		if err != nil {
			return err
		}
		if len(versions) > 0 {
			return invalid("pipeline %s has %d versions: delete them before, or give cascade=true", id, len(versions))
		}
	}
	if object {
		return v.deletePipelineObject(ctx, id)
	}
	background := metav1.DeletePropagationBackground
	options := metav1.DeleteOptions{PropagationPolicy: &background}
	if err := v.core.ConfigMaps(pipeline.Namespace).Delete(ctx, pipeline.Name, options); err != nil {
		return fmt.Errorf("deleting the pipeline: %w", err)
	}
	return nil
}

// DeleteVersion deletes a version of a pipeline. Runs of it stay.
func (v *View) DeleteVersion(ctx context.Context, ref VersionRef) error {
	version, err := v.Version(ctx, ref)
	if err != nil {
		return err
	}
	err = v.core.ConfigMaps(version.Namespace).Delete(ctx, objectName(kindVersion, version.ID), metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return v.deleteVersionObject(ctx, version)
	}
	if err != nil {
		return fmt.Errorf("deleting the version: %w", err)
	}
	return nil
}
