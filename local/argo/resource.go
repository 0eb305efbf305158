package argo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/jsonpath"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/local/api"
	"github.com/kfp2argo/kfp2argo/local/kubelet"
)

// resource does what "argoexec resource" does.
func (e Executor) resource(_ context.Context, p *kubelet.Pod) error {
	t, err := templateOf(p)
	if err != nil {
		return err
	}
	if t.Resource == nil {
		return fmt.Errorf("template %s: without a cluster Argo's executor runs no %s", t.Name, t.GetType())
	}
	object, err := e.act(p, t.Resource)
	if err != nil {
		return err
	}
	outputs, err := outputsOf(object, t)
	if err != nil {
		return err
	}
	return e.report(p, outputs)
}

// act does what a template wants done with an object, and returns that, or nil.
func (e Executor) act(p *kubelet.Pod, r *wfv1.ResourceTemplate) (*api.Object, error) {
	manifest := unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(r.Manifest), &manifest.Object); err != nil {
		return nil, fmt.Errorf("the manifest: %w", err)
	}
	kind, ok := api.ResourceOf(manifest.GetKind())
	if !ok {
		return nil, fmt.Errorf("without a cluster there is no %s", manifest.GetKind())
	}
	if manifest.GetName() == "" && manifest.GetGenerateName() == "" {
		return nil, errors.New("resource name may not be empty")
	}
	key := api.Key{Resource: kind.Name, Namespace: p.Namespace, Name: manifest.GetName()}
	if r.SetOwnerReference && len(p.OwnerReferences) > 0 {
		owner := p.OwnerReferences[0]
		manifest.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: owner.APIVersion, Kind: owner.Kind, Name: owner.Name, UID: owner.UID}})
	}
	text, err := json.Marshal(manifest.Object)
	if err != nil {
		return nil, err
	}
	switch r.Action {
	case "get":
		return e.Store.Get(key)
	case "create":
		return e.Store.Create(key, text)
	case "apply":
		if _, err := e.Store.Get(key); api.IsNotFound(err) {
			return e.Store.Create(key, text)
		}
		return e.Store.Update(key, func([]byte) ([]byte, error) { return text, nil })
	case "delete":
		_, err := e.Store.Delete(key, api.Deletion{})
		// Argo ignores it unless the template says otherwise.
		if api.IsNotFound(err) && !slices.Contains(r.Flags, "--ignore-not-found=false") {
			err = nil
		}
		return nil, err
	}
	return nil, &api.Error{Code: http.StatusNotImplemented, Message: fmt.Sprintf("without a cluster the action %s does not work", r.Action)}
}

// outputsOf reads the outputs of a template from an object.
func outputsOf(object *api.Object, t *wfv1.Template) (*wfv1.Outputs, error) {
	outputs := t.Outputs.DeepCopy()
	outputs.Artifacts = nil
	for i := range outputs.Parameters {
		o := &outputs.Parameters[i]
		if o.ValueFrom == nil {
			continue
		}
		o.Value = o.ValueFrom.Default
		if object == nil || o.ValueFrom.JSONPath == "" {
			continue
		}
		text, err := look(object, o.ValueFrom.JSONPath)
		if err != nil {
			return nil, fmt.Errorf("output parameter %s: %w", o.Name, err)
		}
		o.Value = wfv1.AnyStringPtr(text)
	}
	return outputs, nil
}

// look reads a part of an object, as kubectl does.
func look(object *api.Object, path string) (string, error) {
	j := jsonpath.New("output")
	if err := j.Parse(path); err != nil {
		return "", err
	}
	var value any
	if err := object.Decode(&value); err != nil {
		return "", err
	}
	var b bytes.Buffer
	err := j.Execute(&b, value)
	return b.String(), err
}
