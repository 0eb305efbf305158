package emit

import (
	"maps"
	"slices"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
)

// settings writes the settings of a pod.
func (e emitter) settings(t *wfv1.Template, p *plan.Pod) {
	s := p.Spec
	t.Container.Env = s.Env
	t.Container.VolumeMounts = s.Mounts
	if e.ownTmp() && !s.OwnTmp {
		t.Container.VolumeMounts = append([]corev1.VolumeMount{tmpMount()}, s.Mounts...)
	}
	if e.someHaveToken() && !p.Token {
		t.Container.VolumeMounts = append(t.Container.VolumeMounts, noTokenMount())
	}
	t.Container.Resources = s.Resources
	t.Container.ImagePullPolicy = s.ImagePullPolicy
	t.Container.SecurityContext = chosenSecurity(s.SecurityContext, e.options.PodSecurity)
	t.Volumes = s.Volumes
	t.NodeSelector = s.NodeSelector
	t.Tolerations = s.Tolerations
	t.Affinity = s.Affinity
	t.Metadata = wfv1.Metadata{Labels: s.Labels, Annotations: verbatim(s.Annotations)}
	t.PodSpecPatch = s.Patch
	if s.ActiveDeadlineSeconds > 0 {
		seconds := intstr.FromInt32(int32(s.ActiveDeadlineSeconds)) // the check has bounded it
		t.ActiveDeadlineSeconds = &seconds
	}
	if len(s.InitContainers) > 0 && len(t.InitContainers) == 0 {
		// Argo puts those of the defaults behind those of the template, but for
		// those that the template names.
		t.InitContainers = []wfv1.UserContainer{{Container: corev1.Container{Name: contract.DriverContainer}}}
	}
	for _, c := range s.InitContainers {
		c.SecurityContext = initSecurityContext(e.options.PodSecurity)
		if !e.hasToken(p) {
			c.VolumeMounts = append(c.VolumeMounts, noTokenMount())
		}
		t.InitContainers = append(t.InitContainers, wfv1.UserContainer{Container: c})
	}
}

// pullSecrets lists the Secrets with which any pod pulls images. Argo has them
// for the Workflow as a whole.
func (e emitter) pullSecrets() []corev1.LocalObjectReference {
	var all []corev1.LocalObjectReference
	seen := map[string]bool{}
	for _, p := range e.plan.Pods() {
		for _, name := range p.Spec.PullSecrets {
			if !seen[name] {
				seen[name] = true
				all = append(all, corev1.LocalObjectReference{Name: name})
			}
		}
	}
	return all
}

// ownTmp reports whether any pod mounts a volume of its own at /tmp.
func (e emitter) ownTmp() bool {
	return slices.ContainsFunc(e.plan.Pods(), func(p *plan.Pod) bool { return p.Spec.OwnTmp })
}

// ownVolumes reports whether any pod has a volume that its user must be given.
func (e emitter) ownVolumes() bool {
	return e.options.StoreVolume.Claim != "" ||
		slices.ContainsFunc(e.plan.Pods(), func(p *plan.Pod) bool { return p.Spec.Persistent })
}

// verbatim keeps Argo from reading texts, such as templates for other programs.
func verbatim(texts map[string]string) map[string]string {
	all := maps.Clone(texts)
	for name, text := range all {
		all[name] = expression.Verbatim(text)
	}
	return all
}
