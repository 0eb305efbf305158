package live

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// HasSecret reports whether there is a Secret of a name.
func (c *Cluster) HasSecret(ctx context.Context, name string) (bool, error) {
	_, err := c.objects.Secrets(c.Namespace).Get(ctx, name, metav1.GetOptions{})
	return err == nil, ignoreNotFound(err)
}

// HasConfigMap reports whether there is a ConfigMap of a name.
func (c *Cluster) HasConfigMap(ctx context.Context, name string) (bool, error) {
	_, err := c.objects.ConfigMaps(c.Namespace).Get(ctx, name, metav1.GetOptions{})
	return err == nil, ignoreNotFound(err)
}

// Namespaces lists the names of the namespaces of the cluster.
func (c *Cluster) Namespaces(ctx context.Context) ([]string, error) {
	found, err := c.objects.Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, n := range found.Items {
		names = append(names, n.Name)
	}
	return names, nil
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// PutSecret makes a Secret, or replaces what it holds.
func (c *Cluster) PutSecret(ctx context.Context, name string, data map[string][]byte) error {
	secrets := c.objects.Secrets(c.Namespace)
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
	_, err := secrets.Create(ctx, s, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		_, err = secrets.Update(ctx, s, metav1.UpdateOptions{})
	}
	return err
}

// PutConfigMap makes a ConfigMap, or replaces what it holds.
func (c *Cluster) PutConfigMap(ctx context.Context, name string, data map[string][]byte) error {
	maps := c.objects.ConfigMaps(c.Namespace)
	m := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, BinaryData: data}
	_, err := maps.Create(ctx, m, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		_, err = maps.Update(ctx, m, metav1.UpdateOptions{})
	}
	return err
}
