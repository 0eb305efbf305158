package local

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/internal/references"
)

// Objects are the names of Secrets and ConfigMaps, with the templates that need
// them.
type Objects struct{ Secrets, ConfigMaps map[string][]string }

// Needs returns the objects that pods of a Workflow wait for until they are there.
func Needs(w *wfv1.Workflow) Objects {
	n := Objects{map[string][]string{}, map[string][]string{}}
	kinds := map[string]map[string][]string{references.Secret: n.Secrets, references.ConfigMap: n.ConfigMaps}
	for _, r := range references.Of(w) {
		to := kinds[r.Kind] // claims are made
		if to == nil || r.Optional || strings.Contains(r.Name, "{{") || slices.Contains(to[r.Name], r.Template) {
			continue
		}
		to[r.Name] = append(to[r.Name], r.Template)
	}
	return n
}

// templates lists the templates of a Workflow, what all have in common first and
// without a name.
func templates(w *wfv1.Workflow) []wfv1.Template {
	if w.Spec.TemplateDefaults == nil {
		return w.Spec.Templates
	}
	return append([]wfv1.Template{*w.Spec.TemplateDefaults}, w.Spec.Templates...)
}

// notice is something that a template can ask for and this machine cannot mean.
type notice struct {
	text  string
	asked func(t wfv1.Template) bool
}

// Machine is what this machine has for pods.
type Machine struct {
	GPUs int
	// Enforces are the limits that hold: of cpu, memory or both.
	Enforces []string
}

// Notices says what of a Workflow means nothing on this machine, or not the same,
// a line each.
func Notices(w *wfv1.Workflow, m Machine) []string {
	notices := []notice{
		{"node selectors, tolerations, affinity and priorities mean nothing here", func(t wfv1.Template) bool {
			return len(t.NodeSelector) > 0 || len(t.Tolerations) > 0 || t.Affinity != nil || t.PriorityClassName != "" ||
				patches(t, "nodeSelector", "tolerations", "affinity", "priorityClassName")
		}},
		{"volumes in memory are directories here, without a bound", func(t wfv1.Template) bool {
			return slices.ContainsFunc(t.Volumes, func(v corev1.Volume) bool {
				return v.EmptyDir != nil && v.EmptyDir.Medium == corev1.StorageMediumMemory
			})
		}},
		{fmt.Sprintf("it has %d accelerators: pods that request more wait for ever; --local-gpus N says how many there are", m.GPUs), func(t wfv1.Template) bool {
			return slices.ContainsFunc(references.Containers(&t), func(c *corev1.Container) bool { return accelerators(c.Resources.Limits) > int64(m.GPUs) })
		}},
	}
	if free := m.free(); len(free) > 0 {
		notices = append(notices, notice{"limits of " + strings.Join(free, " and ") + " are not enforced here", func(t wfv1.Template) bool {
			return patches(t, "limits") || slices.ContainsFunc(references.Containers(&t), func(c *corev1.Container) bool {
				return slices.ContainsFunc(free, func(name string) bool {
					q := c.Resources.Limits[corev1.ResourceName(strings.ToLower(name))]
					return !q.IsZero()
				})
			})
		}})
	}
	var lines []string
	for _, n := range notices {
		var names []string
		for _, t := range templates(w) {
			if n.asked(t) {
				names = append(names, t.Name)
			}
		}
		if len(names) > 0 {
			lines = append(lines, n.text+of(names))
		}
	}
	return lines
}

// free returns the limits that do not hold.
func (m Machine) free() []string {
	return slices.DeleteFunc([]string{"CPU", "memory"}, func(name string) bool { return slices.Contains(m.Enforces, strings.ToLower(name)) })
}

// of names templates, the first of them.
func of(names []string) string {
	const most = 3
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
	switch {
	case len(names) == 0:
		return ""
	case len(names) > most:
		return fmt.Sprintf(" (%s and %d more)", strings.Join(names[:most], ", "), len(names)-most)
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// patches reports whether a template's patch of its pod has one of some fields.
func patches(t wfv1.Template, fields ...string) bool {
	return slices.ContainsFunc(fields, func(name string) bool { return strings.Contains(t.PodSpecPatch, `"`+name+`"`) })
}

// accelerators counts what a container requests of the resources that are devices.
func accelerators(limits corev1.ResourceList) int64 {
	var count int64
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		if q := limits[name]; strings.Contains(string(name), "/") {
			count += q.Value()
		}
	}
	return count
}

// Missing says which objects are not there, a line each, and how to give them.
func Missing(kind, flag string, needs map[string][]string, there func(name string) (bool, error)) ([]string, error) {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		found, err := there(name)
		if err != nil {
			return nil, err
		}
		if !found {
			lines = append(lines, fmt.Sprintf("there is no %s %q here, and pods wait for it%s; give it by %s %s=DIR", kind, name, of(needs[name]), flag, name))
		}
	}
	return lines, nil
}
