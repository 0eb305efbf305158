package api

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/client-go/kubernetes/scheme"
)

// validate refuses what an API server refuses of an object that is made: a name
// that is none, and fields that its type does not have in this form. What is
// required of the values is not looked at.
func validate(k Key, f tree) error {
	r, known := resourceNamed(k.Resource)
	if !known {
		return nil
	}
	// Those of rights may be such as system:reader.
	if problems := validation.NameIsDNSSubdomain(k.Name, false); len(problems) > 0 && r.Group != rbac {
		return errInvalid(fmt.Errorf("%s %q is invalid: metadata.name: Invalid value: %q: %s", r.Kind, k.Name, k.Name, problems[0]))
	}
	return decodes(r, f)
}

// decodes refuses an object that Kubernetes' own type cannot hold. Argo's types
// are lenient, so that a cluster has what they cannot.
func decodes(r Resource, f tree) error {
	object, err := scheme.Scheme.New(groupVersionKind(r))
	if err != nil {
		return nil //nolint:nilerr // a type that is not Kubernetes' own
	}
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, object); err != nil {
		return errBadRequest(fmt.Errorf("%s in version %q cannot be handled as a %s: %w", r.Kind, r.Version, r.Kind, err))
	}
	return nil
}

func resourceNamed(name string) (Resource, bool) {
	for _, r := range Resources() {
		if r.Name == name {
			return r, true
		}
	}
	return Resource{}, false
}
