package kubelet

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kfp2argo/kfp2argo/local/api"
)

// variables are environment variables in the order of their first setting.
type variables []corev1.EnvVar

func (v *variables) set(name, value string) {
	for i := range *v {
		if (*v)[i].Name == name {
			(*v)[i].Value = value
			return
		}
	}
	*v = append(*v, corev1.EnvVar{Name: name, Value: value})
}

func (v variables) values() map[string]string {
	all := map[string]string{}
	for _, e := range v {
		all[e.Name] = e.Value
	}
	return all
}

// environment returns the variables that the pod's author has set.
func (c *container) environment() (variables, error) {
	var all variables
	all.set("HOSTNAME", c.pod.Name)
	for _, from := range c.spec.EnvFrom {
		data, err := c.pod.envFrom(from)
		if err != nil {
			return nil, err
		}
		for _, e := range data {
			all.set(from.Prefix+e.Name, e.Value)
		}
	}
	for _, e := range c.spec.Env {
		value, ok, err := c.value(e, all)
		if err != nil {
			return nil, err
		}
		if ok {
			all.set(e.Name, value)
		}
	}
	return all, nil
}

// envFrom returns all of a ConfigMap or Secret as variables.
func (p *Pod) envFrom(from corev1.EnvFromSource) (variables, error) {
	var data map[string][]byte
	var err error
	var optional *bool
	switch {
	case from.ConfigMapRef != nil:
		optional = from.ConfigMapRef.Optional
		data, err = p.kubelet.data("configmaps", p.Namespace, from.ConfigMapRef.Name)
	case from.SecretRef != nil:
		optional = from.SecretRef.Optional
		data, err = p.kubelet.data("secrets", p.Namespace, from.SecretRef.Name)
	}
	if err != nil && !(api.IsNotFound(err) && optional != nil && *optional) {
		return nil, err
	}
	var all variables
	for name, value := range data {
		all.set(name, string(value))
	}
	slices.SortFunc(all, func(a, b corev1.EnvVar) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// value returns the value of a variable, and whether it has one.
func (c *container) value(e corev1.EnvVar, before variables) (string, bool, error) {
	from := e.ValueFrom
	switch {
	case from == nil:
		return expand(e.Value, before.values()), true, nil
	case from.FieldRef != nil:
		value, err := c.pod.field(from.FieldRef.FieldPath)
		return value, true, err
	case from.ResourceFieldRef != nil:
		value, err := c.pod.resourceField(c.spec, from.ResourceFieldRef)
		return value, true, err
	case from.ConfigMapKeyRef != nil:
		r := from.ConfigMapKeyRef
		return c.pod.keyOf("configmaps", r.Name, r.Key, r.Optional)
	case from.SecretKeyRef != nil:
		r := from.SecretKeyRef
		return c.pod.keyOf("secrets", r.Name, r.Key, r.Optional)
	}
	return "", false, fmt.Errorf("variable %s: sources of this kind do not work on this machine", e.Name)
}

func (p *Pod) keyOf(resource, name, key string, optional *bool) (string, bool, error) {
	data, err := p.kubelet.data(resource, p.Namespace, name)
	isOptional := optional != nil && *optional
	if api.IsNotFound(err) && isOptional {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	value, ok := data[key]
	if !ok && !isOptional {
		kind := map[string]string{"configmaps": "ConfigMap", "secrets": "Secret"}[resource]
		return "", false, fmt.Errorf("couldn't find key %s in %s %s/%s", key, kind, p.Namespace, name)
	}
	return string(value), ok, nil
}

var mapField = regexp.MustCompile(`^metadata\.(labels|annotations)\['(.*)'\]$`)

// field returns a field of the pod, as the downward API knows them.
func (p *Pod) field(path string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch path {
	case "metadata.name":
		return p.Name, nil
	case "metadata.namespace":
		return p.Namespace, nil
	case "metadata.uid":
		return string(p.UID), nil
	case "metadata.labels":
		return listed(p.Labels), nil
	case "metadata.annotations":
		return listed(p.Annotations), nil
	case "spec.nodeName":
		return NodeName, nil
	case "spec.serviceAccountName":
		return p.Spec.ServiceAccountName, nil
	case "status.hostIP", "status.podIP", "status.hostIPs", "status.podIPs":
		return "127.0.0.1", nil
	}
	if m := mapField.FindStringSubmatch(path); m != nil {
		return map[string]map[string]string{"labels": p.Labels, "annotations": p.Annotations}[m[1]][m[2]], nil
	}
	return "", fmt.Errorf("unsupported fieldPath: %s", path)
}

// listed writes a map as a file of the downward API has it.
func listed(m map[string]string) string {
	var lines []string
	for name, value := range m {
		lines = append(lines, name+"="+strconv.Quote(value))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// resourceField returns what a container requests, or may use at most, which is
// all that the machine has where it does not say.
func (p *Pod) resourceField(c *corev1.Container, r *corev1.ResourceFieldSelector) (string, error) {
	if r.ContainerName != "" && p.containers[r.ContainerName] != nil {
		c = p.containers[r.ContainerName].spec
	}
	kind, name, _ := strings.Cut(r.Resource, ".")
	var q resource.Quantity
	var ok bool
	switch kind {
	case "requests":
		q, ok = c.Resources.Requests[corev1.ResourceName(name)]
	case "limits":
		if q, ok = c.Resources.Limits[corev1.ResourceName(name)]; !ok {
			q = p.kubelet.options.Capacity[corev1.ResourceName(name)]
		}
	default:
		return "", fmt.Errorf("unsupported resource: %s", r.Resource)
	}
	divisor := r.Divisor
	if divisor.IsZero() {
		divisor = resource.MustParse("1")
	}
	if name == string(corev1.ResourceCPU) {
		return strconv.FormatInt(int64(math.Ceil(float64(q.MilliValue())/float64(divisor.MilliValue()))), 10), nil
	}
	return strconv.FormatInt(int64(math.Ceil(float64(q.Value())/float64(divisor.Value()))), 10), nil
}

func (p *Pod) downwardFiles(items []corev1.DownwardAPIVolumeFile, mode *int32) (map[string]file, error) {
	files := map[string]file{}
	for _, i := range items {
		var value string
		var err error
		switch {
		case i.FieldRef != nil:
			value, err = p.field(i.FieldRef.FieldPath)
		case i.ResourceFieldRef != nil:
			value, err = p.resourceField(&p.Spec.Containers[0], i.ResourceFieldRef)
		}
		if err != nil {
			return nil, err
		}
		files[i.Path] = file{[]byte(value), modeOf(mode, i.Mode)}
	}
	return files, nil
}

// expand replaces $(NAME) by the value of a variable that is known. $$ is $.
func expand(text string, values map[string]string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(strings.TrimPrefix(rest, "("), ")")
		value, known := values[name]
		switch {
		case strings.HasPrefix(rest, "$"):
			b.WriteByte('$')
			text = rest[1:]
		case strings.HasPrefix(rest, "(") && closed && known:
			b.WriteString(value)
			text = after
		default:
			b.WriteByte('$')
			text = rest
		}
	}
}
