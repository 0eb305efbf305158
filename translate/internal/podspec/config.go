package podspec

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Config writes the groups of settings that are listed as the value of an input
// of type TASK_CONFIG: a JSON struct in Kubernetes' own words, with tags where
// the run decides. Items of lists that the run leaves out are null there; the
// driver drops them. Groups that are not listed, or without settings, are null.
func Config(c *pipeline.Container, values Values, listed func(Group) bool) string {
	b := builder{values: values, volumes: newVolumes(), config: true}
	if listed(document.PassthroughResources) {
		b.resources(c.Spec.Resources)
	}
	if listed(document.PassthroughEnv) {
		b.env(c.Spec.Env)
	}
	if c.Kubernetes != nil {
		b.grouped(c.Kubernetes, listed)
	}
	value := object{
		{key: "affinity", value: b.affinityConfig()},
		{key: "env", value: items(literals(b.spec.Env), b.patch.env)},
		{key: "nodeSelector", value: either(b.patch.nodeSelector, b.spec.NodeSelector, len(b.spec.NodeSelector))},
		{key: "resources", value: b.resourcesConfig()},
		{key: "tolerations", value: either(b.patch.tolerations, b.spec.Tolerations, len(b.spec.Tolerations))},
		{key: "volumeMounts", value: items(literals(b.spec.Mounts), b.patch.mounts)},
		{key: "volumes", value: items(literals(b.spec.Volumes), b.patch.volumes)},
	}
	return written(value, "  ")
}

// none stands for a group without settings.
const none = "null"

func items(fixed []node, open list) node {
	if len(fixed)+len(open) == 0 {
		return literal(none)
	}
	return append(list(fixed), open...)
}

// either is what the run decides or, where that is nothing, what is fixed.
func either(open node, fixed any, size int) node {
	switch {
	case open != nil:
		return open
	case size == 0:
		return literal(none)
	}
	return known(fixed)
}

func (b *builder) affinityConfig() node {
	var o object
	o.add("nodeAffinity", b.patch.nodeAffinity)
	if a := b.spec.Affinity; a != nil {
		if a.NodeAffinity != nil {
			o.add("nodeAffinity", known(a.NodeAffinity))
		}
		if a.PodAffinity != nil {
			o.add("podAffinity", known(a.PodAffinity))
		}
		if a.PodAntiAffinity != nil {
			o.add("podAntiAffinity", known(a.PodAntiAffinity))
		}
	}
	if len(o) == 0 {
		return literal(none)
	}
	return o
}

func (b *builder) resourcesConfig() node {
	var limits, requests, all object
	for _, name := range sortedNames(b.spec.Resources.Limits) {
		limits.add(string(name), known(b.spec.Resources.Limits[name]))
	}
	for _, name := range sortedNames(b.spec.Resources.Requests) {
		requests.add(string(name), known(b.spec.Resources.Requests[name]))
	}
	all.add("limits", append(limits, b.patch.limits...))
	all.add("requests", append(requests, b.patch.requests...))
	return all
}

func sortedNames(resources corev1.ResourceList) []corev1.ResourceName {
	return slices.Sorted(maps.Keys(resources))
}
