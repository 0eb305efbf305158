package kubelet

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kfp2argo/kfp2argo/local/api"
)

// RunClaims binds claims, which makes their directories, until the context
// ends. The directory of a claim that is deleted is removed.
func (k *Kubelet) RunClaims(ctx context.Context) error {
	const resource = "persistentvolumeclaims"
	found, version := k.options.Store.List(resource, api.Selector{})
	for _, o := range found {
		if err := k.bind(o); err != nil {
			return err
		}
	}
	err := k.options.Store.Watch(ctx, resource, version, api.Selector{}, func(e api.Event) error {
		switch e.Type {
		case watch.Added:
			return k.bind(e.Object)
		case watch.Deleted:
			return os.RemoveAll(k.claimDir(e.Object.Namespace, e.Object.Name))
		}
		return nil
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (k *Kubelet) bind(o *api.Object) error {
	if err := mkdirOpen(k.claimDir(o.Namespace, o.Name)); err != nil {
		return err
	}
	_, err := k.options.Store.Update(o.Key, func(old []byte) ([]byte, error) {
		claim := &corev1.PersistentVolumeClaim{}
		if err := json.Unmarshal(old, claim); err != nil {
			return nil, err
		}
		claim.Status.Phase = corev1.ClaimBound
		claim.Status.AccessModes = claim.Spec.AccessModes
		claim.Status.Capacity = claim.Spec.Resources.Requests
		return json.Marshal(claim)
	})
	if api.IsNotFound(err) {
		return nil
	}
	return err
}
