package api

import (
	"bytes"
	"encoding/json"
	"strconv"

	"k8s.io/apimachinery/pkg/labels"
)

// Key names an object. Namespace is empty where the resource has none.
type Key struct{ Resource, Namespace, Name string }

// Object is one version of an object. It does not change: who has one may keep
// it.
type Object struct {
	Key
	UID string
	// Version is its resourceVersion.
	Version int64
	Labels  labels.Set
	// Deleting says that it is to go once its finalizers have, and its pod.
	Deleting bool
	// JSON is the whole of it.
	JSON []byte

	owners []string // their UIDs
	phase  string   // of a pod
	node   string   // of a pod
}

// Decode reads the object into a value, such as a *corev1.Pod.
func (o *Object) Decode(into any) error { return json.Unmarshal(o.JSON, into) }

// tree is an object as fields that may be changed. Numbers keep their text.
type tree map[string]any

func decode(data []byte) (tree, error) {
	var f tree
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&f); err != nil {
		return nil, errBadRequest(err)
	}
	if f == nil {
		f = tree{}
	}
	return f, nil
}

// within returns the object below a field, which it makes where it is missing.
func (f tree) within(name string) tree {
	if m, ok := f[name].(map[string]any); ok {
		return m
	}
	m := map[string]any{}
	f[name] = m
	return m
}

func (f tree) text(name string) string {
	s, _ := f[name].(string)
	return s
}

// seal makes an [Object] of fields, with a version.
func (f tree) seal(resource string, version int64) (*Object, error) {
	m := f.within("metadata")
	m["resourceVersion"] = strconv.FormatInt(version, 10)
	o := &Object{
		Key:      Key{resource, m.text("namespace"), m.text("name")},
		UID:      m.text("uid"),
		Version:  version,
		Labels:   labels.Set{},
		Deleting: m["deletionTimestamp"] != nil,
	}
	if all, ok := m["labels"].(map[string]any); ok {
		for name := range all {
			o.Labels[name] = tree(all).text(name)
		}
	}
	if all, ok := m["ownerReferences"].([]any); ok {
		for _, owner := range all {
			if owner, ok := owner.(map[string]any); ok {
				o.owners = append(o.owners, tree(owner).text("uid"))
			}
		}
	}
	if resource == pods {
		if status, ok := f["status"].(map[string]any); ok {
			o.phase = tree(status).text("phase")
		}
		if spec, ok := f["spec"].(map[string]any); ok {
			o.node = tree(spec).text("nodeName")
		}
	}
	var err error
	o.JSON, err = json.Marshal(f)
	return o, err
}

// pods is the one resource whose objects have a life of their own.
const pods = "pods"

// mayGo reports whether nothing holds a deleted object any more.
func (f tree) mayGo() bool {
	m := f.within("metadata")
	finalizers, _ := m["finalizers"].([]any)
	grace, _ := m["deletionGracePeriodSeconds"].(json.Number)
	return m["deletionTimestamp"] != nil && len(finalizers) == 0 && (grace == "" || grace == "0")
}
