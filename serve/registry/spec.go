package registry

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// maxInline is how long the text of a compiled pipeline may be, compressed, to
	// stand in an annotation.
	maxInline = 32 << 10
	// maxPacked is what a ConfigMap takes, with room for its metadata.
	maxPacked = 900 << 10
	// maxSpec is how long a compiled pipeline may be.
	maxSpec = 32 << 20
	specKey = "pipeline.gz"
)

func pack(spec []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(spec); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if out.Len() > maxPacked {
		return nil, invalid("the compiled pipeline has %d bytes, compressed %d; Kubernetes keeps %d at most", len(spec), out.Len(), maxPacked)
	}
	return out.Bytes(), nil
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("reading the compiled pipeline: %w", err)
	}
	spec, err := io.ReadAll(io.LimitReader(r, maxSpec+1))
	if err != nil {
		return nil, fmt.Errorf("reading the compiled pipeline: %w", err)
	}
	if len(spec) > maxSpec {
		return nil, fmt.Errorf("reading the compiled pipeline: it has more than %d bytes", maxSpec)
	}
	return spec, nil
}

// attach puts a compiled pipeline into annotations, or where it is too large for
// that into a ConfigMap of the namespace, which it returns. The owner of that is
// still to be set.
func (v *View) attach(ctx context.Context, namespace string, annotations map[string]string, spec []byte) (*corev1.ConfigMap, error) {
	packed, err := pack(spec)
	if err != nil {
		return nil, err
	}
	if text := base64.StdEncoding.EncodeToString(packed); len(text) <= maxInline {
		annotations[SpecAnnotation] = text
		return nil, nil
	}
	immutable := true
	object, err := v.core.ConfigMaps(namespace).Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "kfp2argo-" + kindSpec + "-", Labels: map[string]string{KindLabel: kindSpec}},
		BinaryData: map[string][]byte{specKey: packed},
		Immutable:  &immutable,
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("storing the compiled pipeline: %w", err)
	}
	annotations[SpecFromAnnotation] = object.Name
	return object, nil
}

// own makes the object of a run or recurring run the owner of the ConfigMap with
// its pipeline, so that both go together.
func (v *View) own(ctx context.Context, c *corev1.ConfigMap, kind string, owner metav1.ObjectMeta) error {
	if c == nil {
		return nil
	}
	c.OwnerReferences = []metav1.OwnerReference{{APIVersion: "argoproj.io/v1alpha1", Kind: kind, Name: owner.Name, UID: owner.UID}}
	if _, err := v.core.ConfigMaps(c.Namespace).Update(ctx, c, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("handing the compiled pipeline over to its run: %w", err)
	}
	return nil
}

// discarding deletes what was stored for an object that has not been created,
// and returns why it has not. Where the API server has not said no, the object may
// be there all the same, and what it needs stays.
func (v *View) discarding(ctx context.Context, cause error, stored ...*corev1.ConfigMap) error {
	var answer apierrors.APIStatus
	if !errors.As(cause, &answer) || answer.Status().Code < 400 || answer.Status().Code >= 500 {
		return cause
	}
	for _, c := range stored {
		if c == nil {
			continue
		}
		err := v.core.ConfigMaps(c.Namespace).Delete(ctx, c.Name, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			cause = errors.Join(cause, fmt.Errorf("removing the ConfigMap %s: %w", c.Name, err))
		}
	}
	return cause
}

// attached returns the compiled pipeline of an object, or nil if it has none or
// that is gone.
func (v *View) attached(ctx context.Context, object metav1.ObjectMeta) ([]byte, error) {
	if text := object.Annotations[SpecAnnotation]; text != "" {
		packed, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("reading the compiled pipeline: %w", err)
		}
		return unpack(packed)
	}
	name := object.Annotations[SpecFromAnnotation]
	if name == "" {
		return nil, nil
	}
	c, err := v.core.ConfigMaps(object.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the compiled pipeline: %w", err)
	}
	if c.Labels[KindLabel] != kindSpec {
		return nil, fmt.Errorf("reading the compiled pipeline: ConfigMap %s holds none", name)
	}
	return unpack(c.BinaryData[specKey])
}
