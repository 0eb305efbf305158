package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// create creates one of Argo's objects and reads what the API server made of
// it into created. The resource is its plural, such as workflows. A field that
// the API server does not know is an error.
func (v *View) create(ctx context.Context, namespace, resource string, object, created runtime.Object) error {
	body, err := withoutTimes(object)
	if err != nil {
		return err
	}
	return v.workflows.RESTClient().Post().
		Namespace(namespace).
		Resource(resource).
		Param("fieldValidation", metav1.FieldValidationStrict).
		SetHeader("Content-Type", runtime.ContentTypeJSON).
		Body(body).
		Do(ctx).
		Into(created)
}

// withoutTimes is the JSON of an object that does not exist yet. Kubernetes'
// types write a creationTimestamp of null into all metadata, also into that of
// claims and of the runs of a CronWorkflow, where Argo's full resource
// definitions have no such field.
func withoutTimes(object runtime.Object) ([]byte, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("writing the object: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("writing the object: %w", err)
	}
	dropTimes(value)
	return json.Marshal(value)
}

func dropTimes(value any) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			dropTimes(item)
		}
	case map[string]any:
		if at, ok := value["creationTimestamp"]; ok && at == nil {
			delete(value, "creationTimestamp")
		}
		for _, member := range value {
			dropTimes(member)
		}
	}
}
