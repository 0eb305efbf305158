// Package podspec turns the settings of an executor, Kubernetes' and its
// resources, into parts of a pod. What the pipeline fixes becomes plain fields
// of Kubernetes' own types; what the run decides becomes a strategic merge
// patch whose holes Argo fills in, and nothing else is in the patch.
//
// A setting of which the run has no value drops the item that it belongs to:
// the patch then removes what is not there, which changes nothing. A value that
// Kubernetes would refuse is dropped too; the driver reports it.
package podspec

import (
	"encoding/json"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Spec is what the settings of an executor make of a pod.
type Spec struct {
	Env []corev1.EnvVar
	// ShieldedEnv says that there are variables whose values are shielded from
	// Argo.
	ShieldedEnv bool
	Mounts      []corev1.VolumeMount
	Volumes     []corev1.Volume
	Resources   corev1.ResourceRequirements

	ImagePullPolicy       corev1.PullPolicy
	PullSecrets           []string
	NodeSelector          map[string]string
	Tolerations           []corev1.Toleration
	Affinity              *corev1.Affinity
	SecurityContext       *corev1.SecurityContext
	InitContainers        []corev1.Container
	Labels, Annotations   map[string]string
	ActiveDeadlineSeconds int64

	// OwnTmp says that something is mounted at [Tmp], Persistent that a volume
	// is that outlives the pod or is made for it.
	OwnTmp, Persistent bool

	// Patch is the text of the patch, or empty.
	Patch string
	// Required is what the run decides and what must be there when the program
	// starts.
	Required []contract.Required

	openEnv []string // the variables of the patch
}

// Sets reports whether the settings set an environment variable.
func (s Spec) Sets(variable string) bool {
	return slices.Contains(s.openEnv, variable) ||
		slices.ContainsFunc(s.Env, func(e corev1.EnvVar) bool { return e.Name == variable })
}

// Claims lists the claims that the pipeline fixes, sorted, each once.
func (s Spec) Claims() []string {
	var all []string
	for _, v := range s.Volumes {
		if v.PersistentVolumeClaim != nil {
			all = append(all, v.PersistentVolumeClaim.ClaimName)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Value is a setting: JSON that is known, or the name of the input of the pod's
// template that holds it, or neither for none.
type Value struct {
	JSON  json.RawMessage
	Input string
}

// Values tells the values of settings.
type Values struct {
	// Setting is the value of the Kubernetes setting that a message of the
	// document asks for.
	Setting func(holder any) Value
	// Text is the value of a text of the container that may hold placeholders.
	Text func(document.Text) Value
}

// Group is a group of settings, as taskConfigPassthroughs names them.
type Group = document.PassthroughField

// Build makes the parts of a pod, of those groups of settings that apply.
func Build(c *pipeline.Container, values Values, applies func(Group) bool) Spec {
	b := builder{values: values, volumes: newVolumes()}
	if applies(document.PassthroughResources) {
		b.resources(c.Spec.Resources)
	}
	if applies(document.PassthroughEnv) {
		b.env(c.Spec.Env)
	}
	if k := c.Kubernetes; k != nil {
		b.grouped(k, applies)
		b.pod(k)
		b.initContainers(k.InitContainers)
	}
	b.spec.Patch = b.patch.text()
	return b.spec
}

// builder collects a Spec.
type builder struct {
	values  Values
	volumes volumes
	spec    Spec
	patch   patch
	// config says that the result is a value and not part of a pod.
	config bool
}

// absent stands for an item that the run leaves out.
func (b *builder) absent(key, value string) node {
	if b.config {
		return literal(none)
	}
	return object{{key: key, value: text(value)}, {key: "$patch", value: text("delete")}}
}

// grouped adds the settings that a component may ask for as a value.
func (b *builder) grouped(k *document.KubernetesExecutorConfig, applies func(Group) bool) {
	if applies(document.PassthroughVolumes) {
		b.claims(k.PVCMount)
		b.secretVolumes(k.SecretAsVolume)
		b.configMapVolumes(k.ConfigMapAsVolume)
	}
	if applies(document.PassthroughEnv) {
		b.secretEnv(k.SecretAsEnv)
		b.configMapEnv(k.ConfigMapAsEnv)
		b.fieldPaths(k.FieldPathAsEnv)
	}
	if applies(document.PassthroughNodeSelector) {
		b.nodeSelector(k.NodeSelector)
	}
	if applies(document.PassthroughTolerations) {
		b.tolerations(k.Tolerations)
	}
	if applies(document.PassthroughAffinity) {
		b.nodeAffinity(k.NodeAffinity)
		b.podAffinity(k.PodAffinity)
	}
}

// pod adds the settings that are the pod's alone.
func (b *builder) pod(k *document.KubernetesExecutorConfig) {
	b.emptyDirs(k.EmptyDirMounts)
	b.sharedMemory(k.EnabledSharedMemory)
	b.ephemeralVolumes(k.GenericEphemeralVolume)
	b.pullSecrets(k.ImagePullSecret)
	b.spec.ImagePullPolicy = corev1.PullPolicy(k.ImagePullPolicy.Value)
	b.spec.ActiveDeadlineSeconds = k.ActiveDeadlineSeconds.Value
	if m := k.PodMetadata; m != nil {
		b.spec.Labels, b.spec.Annotations = texts(m.Labels), texts(m.Annotations)
	}
	if s := k.SecurityContext; s != nil {
		b.spec.SecurityContext = securityContext(s)
	}
}

func securityContext(s *document.SecurityContext) *corev1.SecurityContext {
	context := &corev1.SecurityContext{}
	if s.RunAsUser.Set {
		context.RunAsUser = &s.RunAsUser.Value
	}
	if s.RunAsGroup.Set {
		context.RunAsGroup = &s.RunAsGroup.Value
	}
	if s.RunAsNonRoot.Set {
		context.RunAsNonRoot = &s.RunAsNonRoot.Value
	}
	return context
}

func (b *builder) pullSecrets(all []*document.ImagePullSecret) {
	for _, p := range all {
		switch v := b.values.Setting(p); {
		case v.JSON != nil:
			b.spec.PullSecrets = append(b.spec.PullSecrets, mustText(v.JSON))
		case v.Input != "":
			b.patch.pullSecrets = append(b.patch.pullSecrets, choice{
				setting:   expression.Input(v.Input),
				then:      func(name node) object { return object{{key: "name", value: name}} },
				otherwise: b.absent("name", ""),
			})
		}
	}
}

// patch collects the parts of the patch.
type patch struct {
	env, mounts          list
	requests, limits     object
	volumes, pullSecrets list
	nodeSelector         node
	tolerations          node
	nodeAffinity         node
}

// text writes the patch, or nothing where it is empty.
func (p patch) text() string {
	var resources, main, affinity, pod object
	resources.add("requests", p.requests)
	resources.add("limits", p.limits)
	main.add("env", p.env)
	main.add("resources", resources)
	main.add("volumeMounts", p.mounts)
	if len(main) > 0 {
		main = append(object{{key: "name", value: text("main")}}, main...)
		pod.add("containers", list{main})
	}
	pod.add("volumes", p.volumes)
	pod.add("imagePullSecrets", p.pullSecrets)
	pod.add("nodeSelector", p.nodeSelector)
	pod.add("tolerations", p.tolerations)
	affinity.add("nodeAffinity", p.nodeAffinity)
	pod.add("affinity", affinity)
	if len(pod) == 0 {
		return ""
	}
	var b strings.Builder
	pod.write(&b, "")
	return b.String() + "\n"
}

func texts(m document.Map[document.Text]) map[string]string {
	if len(m) == 0 {
		return nil
	}
	all := map[string]string{}
	for _, e := range m {
		all[e.Key.Value] = e.Value.Value
	}
	return all
}

// mustText is the text of a string that the check has seen.
func mustText(value json.RawMessage) string {
	s, err := contract.Text(value)
	if err != nil {
		panic(err)
	}
	return s
}
