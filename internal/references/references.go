// Package references finds the Secrets, ConfigMaps and claims that the pods of a
// Workflow name, in the environment of containers and in volumes. Runs on this
// machine and the reports of translate both need them.
package references

import (
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
)

// The kinds of objects.
const (
	Secret    = "Secret"
	ConfigMap = "ConfigMap"
	Claim     = "PersistentVolumeClaim"
)

// Reference is one place that names an object.
type Reference struct {
	Kind, Name string
	// Keys are those that must be there; none stands for the whole object.
	Keys []string
	// Optional says that a pod starts without it too.
	Optional bool
	// Template is the one whose pods need it, empty for those of all.
	Template string
	// Variable is the environment variable that has it, if that is one.
	Variable string
}

// Of returns the references of a Workflow in the order of its fields. One object may
// be named several times.
func Of(w *wfv1.Workflow) []Reference {
	f := finder{}
	f.volumes(w.Spec.Volumes)
	if defaults := w.Spec.TemplateDefaults; defaults != nil {
		f.template(defaults)
	}
	for i := range w.Spec.Templates {
		f.name = w.Spec.Templates[i].Name
		f.template(&w.Spec.Templates[i])
	}
	return f.found
}

// Containers returns the containers of a template, also those beside its own.
func Containers(t *wfv1.Template) []*corev1.Container {
	var all []*corev1.Container
	for i := range t.InitContainers {
		all = append(all, &t.InitContainers[i].Container)
	}
	if t.Container != nil {
		all = append(all, t.Container)
	}
	for i := range t.Sidecars {
		all = append(all, &t.Sidecars[i].Container)
	}
	return all
}

// finder collects the references of the template of a name.
type finder struct {
	name  string
	found []Reference
}

func (f *finder) add(r Reference, optional *bool) {
	r.Template, r.Optional = f.name, optional != nil && *optional
	f.found = append(f.found, r)
}

func (f *finder) template(t *wfv1.Template) {
	f.volumes(t.Volumes)
	for _, c := range Containers(t) {
		for _, from := range c.EnvFrom {
			if r := from.SecretRef; r != nil {
				f.add(Reference{Kind: Secret, Name: r.Name}, r.Optional)
			}
			if r := from.ConfigMapRef; r != nil {
				f.add(Reference{Kind: ConfigMap, Name: r.Name}, r.Optional)
			}
		}
		for _, v := range c.Env {
			f.variable(v)
		}
	}
}

func (f *finder) variable(v corev1.EnvVar) {
	if v.ValueFrom == nil {
		return
	}
	if r := v.ValueFrom.SecretKeyRef; r != nil {
		f.add(Reference{Kind: Secret, Name: r.Name, Keys: []string{r.Key}, Variable: v.Name}, r.Optional)
	}
	if r := v.ValueFrom.ConfigMapKeyRef; r != nil {
		f.add(Reference{Kind: ConfigMap, Name: r.Name, Keys: []string{r.Key}, Variable: v.Name}, r.Optional)
	}
}

func (f *finder) volumes(all []corev1.Volume) {
	for _, v := range all {
		switch {
		case v.Secret != nil:
			f.add(Reference{Kind: Secret, Name: v.Secret.SecretName, Keys: keys(v.Secret.Items)}, v.Secret.Optional)
		case v.ConfigMap != nil:
			f.add(Reference{Kind: ConfigMap, Name: v.ConfigMap.Name, Keys: keys(v.ConfigMap.Items)}, v.ConfigMap.Optional)
		case v.PersistentVolumeClaim != nil:
			f.add(Reference{Kind: Claim, Name: v.PersistentVolumeClaim.ClaimName}, nil)
		case v.Projected != nil:
			for _, source := range v.Projected.Sources {
				f.projected(source)
			}
		}
	}
}

func (f *finder) projected(source corev1.VolumeProjection) {
	if r := source.Secret; r != nil {
		f.add(Reference{Kind: Secret, Name: r.Name, Keys: keys(r.Items)}, r.Optional)
	}
	if r := source.ConfigMap; r != nil {
		f.add(Reference{Kind: ConfigMap, Name: r.Name, Keys: keys(r.Items)}, r.Optional)
	}
}

func keys(items []corev1.KeyToPath) []string {
	var all []string
	for _, i := range items {
		all = append(all, i.Key)
	}
	return all
}
