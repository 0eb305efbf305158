package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
)

// argoObject is one of Argo's objects, such as a Workflow.
type argoObject interface {
	runtime.Object
	metav1.Object
}

// create creates one of Argo's objects in its namespace. It has no status yet. What
// the API server made of it is read into created. The resource is its plural, such as
// workflows. A field that the API server does not know is an error.
func (v *View) create(ctx context.Context, resource string, object argoObject, created runtime.Object) error {
	body, err := plain(object)
	if err != nil {
		return err
	}
	delete(body, "status")
	return send(ctx, v.workflows.RESTClient().Post().Namespace(object.GetNamespace()).Resource(resource), body, created)
}

// update replaces one of Argo's objects, with its status, and reads what the API
// server made of it into updated. A field that the API server does not know is an
// error.
func (v *View) update(ctx context.Context, resource string, object argoObject, updated runtime.Object) error {
	body, err := plain(object)
	if err != nil {
		return err
	}
	return send(ctx, v.workflows.RESTClient().Put().Namespace(object.GetNamespace()).Resource(resource).Name(object.GetName()), body, updated)
}

func send(ctx context.Context, to *rest.Request, object map[string]any, answer runtime.Object) error {
	body, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("writing the object: %w", err)
	}
	return to.
		Param("fieldValidation", metav1.FieldValidationStrict).
		SetHeader("Content-Type", runtime.ContentTypeJSON).
		Body(body).
		Do(ctx).
		Into(answer)
}

// plain is an object as JSON has it, without times of creation that are not
// there. Kubernetes' types write a creationTimestamp of null into all metadata,
// also into that of claims and of the runs of a CronWorkflow, where Argo's full
// resource definitions have no such field.
func plain(object runtime.Object) (map[string]any, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("writing the object: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("writing the object: %w", err)
	}
	dropTimes(value)
	return value, nil
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
