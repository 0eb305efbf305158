package check

import (
	"math"
	"path"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// kubernetes checks the Kubernetes settings of an executor: what Kubernetes
// would refuse, or leave waiting for ever, is reported here.
func (c checker) kubernetes(spec *document.ContainerSpec, k *document.KubernetesExecutorConfig) {
	p := podChecker{checker: c, mounts: map[string]bool{}, volumes: map[string]bool{}, variables: map[string]bool{}}
	for _, v := range spec.Env {
		p.variables[v.Name.Value] = true
	}
	p.ownVolumes(k)
	p.mountedObjects(k)
	p.env(k)
	p.placement(k)
	p.rest(k)
	for _, i := range k.InitContainers {
		p.initContainer(i)
	}
}

// podChecker checks the settings of one executor.
type podChecker struct {
	checker
	mounts     map[string]bool // the paths that are mounted so far
	volumes    map[string]bool // what KFP calls the volumes so far
	variables  map[string]bool // the environment variables so far
	containers map[string]bool
}

// bad reports a text that has problems, as Kubernetes' own validation tells
// them.
func (c checker) bad(what string, t document.Text, problems []string) {
	if len(problems) > 0 {
		c.messages.badSetting(t.Span, what, t.Value, Short(problems[0]))
	}
}

// Short is a problem as Kubernetes' validation tells it, without examples.
func Short(problem string) string {
	short, _, _ := strings.Cut(problem, " (e.g.")
	return short
}

func (p *podChecker) ownVolumes(k *document.KubernetesExecutorConfig) {
	for _, e := range k.EmptyDirMounts {
		p.volume(e.VolumeName, e.Span)
		p.mountPath(e.MountPath, e.Span)
		p.oneOf("the medium", e.Medium, "", "Memory", "HugePages", "HugePages-2Mi", "HugePages-1Gi")
		p.optionalQuantity(e.SizeLimit)
	}
	for _, v := range k.GenericEphemeralVolume {
		p.volume(v.VolumeName, v.Span)
		p.mountPath(v.MountPath, v.Span)
		p.quantity(v.Size.PlacedIn(v.Span))
		if v.StorageClassName.Value != "" {
			p.bad("the storage class", v.StorageClassName, validation.IsDNS1123Subdomain(v.StorageClassName.Value))
		}
		if len(v.AccessModes) == 0 {
			p.messages.missingSetting(v.Span, "accessModes")
		}
		for _, mode := range v.AccessModes {
			p.oneOf("the access mode", mode, accessModes()...)
		}
		if m := v.Metadata; m != nil {
			p.metadata(m)
		}
	}
	if m := k.EnabledSharedMemory; m != nil {
		name := m.VolumeName
		if name.Value == "" {
			name = document.Text{Value: "shm", Span: m.Span}
		}
		p.volume(name, m.Span)
		p.mountPath(document.Text{Value: "/dev/shm", Set: true, Span: m.Span}, m.Span)
		p.optionalQuantity(m.Size)
	}
}

func accessModes() []string {
	return []string{"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"}
}

// volume checks the name of a volume of the pod's own.
func (p *podChecker) volume(name document.Text, around diag.Span) {
	name = name.PlacedIn(around)
	p.bad("the name of a volume", name, validation.IsDNS1123Label(name.Value))
	if p.volumes[name.Value] {
		p.messages.badSetting(name.Span, "the name of a volume", name.Value, "another volume of this executor has it")
	}
	p.volumes[name.Value] = true
}

// mountPath checks where something is mounted.
func (p *podChecker) mountPath(at document.Text, around diag.Span) {
	at = at.PlacedIn(around)
	clean := path.Clean(pipeline.MountPath(at.Value))
	switch {
	case at.Value == "" || strings.Contains(at.Value, ":") || strings.Contains(at.Value, "{{"):
		p.messages.badSetting(at.Span, "the mount path", at.Value, "must be a path without a colon or {{")
	case p.workspace && within(clean, contract.WorkspaceDir):
		p.messages.badSetting(at.Span, "the mount path", at.Value, "the workspace is there")
	case reserved(clean):
		p.messages.badSetting(at.Span, "the mount path", at.Value, "kfp2argo, Argo or Kubernetes has its own files there")
	case p.mounts[clean]:
		p.messages.badSetting(at.Span, "the mount path", at.Value, "something else of this executor is mounted there")
	}
	p.mounts[clean] = true
}

// reserved reports whether a path belongs to the driver, the launcher, Argo or
// Kubernetes.
func reserved(at string) bool {
	dirs := []string{contract.Dir, contract.StoreDir, "/var/run/argo", "/argo", "/var/run/secrets/kubernetes.io"}
	for _, d := range contract.SchemeDirs() {
		dirs = append(dirs, d.Dir)
	}
	return at == "/" || slices.ContainsFunc(dirs, func(dir string) bool { return within(at, dir) })
}

func within(at, dir string) bool { return at == dir || strings.HasPrefix(at, dir+"/") }

func (p *podChecker) mountedObjects(k *document.KubernetesExecutorConfig) {
	for _, v := range k.SecretAsVolume {
		p.mountPath(v.MountPath, v.Span)
		p.volumes[fixedName(v.SecretNameParameter, v.SecretName)] = true
	}
	for _, v := range k.ConfigMapAsVolume {
		p.mountPath(v.MountPath, v.Span)
		p.volumes[fixedName(v.ConfigMapNameParameter, v.ConfigMapName)] = true
	}
	for _, m := range k.PVCMount {
		p.mountPath(m.MountPath, m.Span)
		p.volumes[fixedName(m.PVCNameParameter, m.Constant)] = true
		sub := m.SubPath
		if path.IsAbs(sub.Value) || slices.Contains(strings.Split(sub.Value, "/"), "..") || strings.Contains(sub.Value, "{{") {
			p.messages.badSetting(sub.Span, "the sub-path", sub.Value, "must be a relative path without .. or {{")
		}
	}
}

// fixedName is the name of a mounted object where the pipeline fixes it: KFP
// calls the volume so.
func fixedName(spec *document.InputParameterSpec, deprecated document.Text) string {
	if spec == nil {
		return deprecated.Value
	}
	if spec.RuntimeValue == nil || contract.KindOf(spec.RuntimeValue.Constant.JSON) != contract.KindString {
		return ""
	}
	name, err := contract.Text(spec.RuntimeValue.Constant.JSON)
	if err != nil || constant.HasPlaceholder(spec.RuntimeValue.Constant.JSON) {
		return ""
	}
	return name
}

func (p *podChecker) env(k *document.KubernetesExecutorConfig) {
	for _, e := range k.SecretAsEnv {
		for _, m := range e.KeyToEnv {
			p.ownVariable(m.EnvVar.PlacedIn(m.Span))
			p.key(m.SecretKey.PlacedIn(m.Span))
		}
	}
	for _, e := range k.ConfigMapAsEnv {
		for _, m := range e.KeyToEnv {
			p.ownVariable(m.EnvVar.PlacedIn(m.Span))
			p.key(m.ConfigMapKey.PlacedIn(m.Span))
		}
	}
	for _, f := range k.FieldPathAsEnv {
		p.ownVariable(f.Name.PlacedIn(f.Span))
		if at := f.FieldPath.PlacedIn(f.Span); !fieldPath.MatchString(at.Value) {
			p.messages.badSetting(at.Span, "the field", at.Value, "no variable can take it")
		}
	}
}

// fieldPath matches the fields that the downward API hands to variables.
var fieldPath = regexp.MustCompile(
	`^(metadata\.(name|namespace|uid|(labels|annotations)\['[^'{}]+'\])|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?))$`)

// variable checks the name of an environment variable.
func (c checker) variable(name document.Text) {
	problems := validation.IsEnvVarName(name.Value)
	if strings.HasPrefix(name.Value, contract.VariablePrefix) {
		problems = []string{"names that begin so are kfp2argo's own"}
	}
	c.bad("the name of an environment variable", name, problems)
}

// ownVariable checks the name of a variable that a setting sets. Kubernetes
// would take the last of several, but Argo mixes them up when it merges.
func (p *podChecker) ownVariable(name document.Text) {
	p.variable(name)
	if name.Value != "" && p.variables[name.Value] {
		p.messages.badSetting(name.Span, "the environment variable", name.Value, "the container or another setting sets it too")
	}
	p.variables[name.Value] = true
}

func (p *podChecker) key(name document.Text) {
	p.bad("the key", name, validation.IsConfigMapKey(name.Value))
}

func (p *podChecker) rest(k *document.KubernetesExecutorConfig) {
	p.oneOf("the pull policy", k.ImagePullPolicy, "", "Always", "IfNotPresent", "Never")
	if d := k.ActiveDeadlineSeconds; d.Value < 0 || d.Value > math.MaxInt32 {
		p.messages.badNumber(d, "the deadline")
	}
	if m := k.PodMetadata; m != nil {
		p.metadata(m)
	}
	if s := k.SecurityContext; s != nil {
		for _, id := range []document.Int{s.RunAsUser, s.RunAsGroup} {
			if id.Value < 0 || id.Value > math.MaxInt32 {
				p.messages.badNumber(id, "the ID")
			}
		}
		if s.RunAsUser.Set && s.RunAsUser.Value == 0 && s.RunAsNonRoot.Value {
			p.messages.badSetting(s.RunAsUser.Span, "runAsUser", "0", "runAsNonRoot forbids it")
		}
	}
}

func (p *podChecker) metadata(m *document.PodMetadata) {
	for _, e := range m.Labels {
		p.bad("the label", e.Key, validation.IsQualifiedName(e.Key.Value))
		p.bad("the value of a label", e.Value, validation.IsValidLabelValue(e.Value.Value))
	}
	for _, e := range m.Annotations {
		p.bad("the annotation", e.Key, validation.IsQualifiedName(strings.ToLower(e.Key.Value)))
		if tag := argoTag.FindString(e.Value.Value); tag != "" {
			p.messages.badSetting(e.Value.Span, "the value of an annotation", e.Value.Value, "Argo would fill in "+tag)
		}
	}
}

// argoTag matches what Argo fills in wherever it stands, and however often it is
// shielded: Argo goes over what it has filled in again.
var argoTag = regexp.MustCompile(`\{\{\s*(=|(workflow|inputs|outputs|pod|node|retries|lastRetry|item|tasks|steps|cronworkflow)\b)`)

func (p *podChecker) initContainer(i *document.InitContainer) {
	name := i.Name.PlacedIn(i.Span)
	p.bad("the name of a container", name, validation.IsDNS1123Label(name.Value))
	if p.containers == nil {
		p.containers = map[string]bool{"main": true, "wait": true, "init": true, "driver": true}
	}
	if p.containers[name.Value] {
		p.messages.badSetting(name.Span, "the name of a container", name.Value, "another container of the pod has it")
	}
	p.containers[name.Value] = true
	if i.Image.Value == "" {
		p.messages.missingSetting(i.Span, "image")
	}
	p.oneOf("the restart policy", i.RestartPolicy, "", "Always")
	mounted := map[string]bool{}
	for _, m := range i.VolumeMounts {
		volume, at := m.VolumeName.PlacedIn(m.Span), m.MountPath.PlacedIn(m.Span)
		if volume.Value == "" || !p.volumes[volume.Value] {
			p.messages.badSetting(volume.Span, "the volume", volume.Value, "the pipeline gives this executor no volume of that name")
		}
		clean := path.Clean(pipeline.MountPath(at.Value))
		if at.Value == "" || mounted[clean] || strings.Contains(at.Value, ":") {
			p.messages.badSetting(at.Span, "the mount path", at.Value, "must be a path without a colon, and not mounted already")
		}
		mounted[clean] = true
	}
	p.initTexts(i)
}

// initTexts checks the texts of an init container, which are not escaped for
// Argo.
func (p *podChecker) initTexts(i *document.InitContainer) {
	texts := slices.Concat([]document.Text{i.Image}, i.Command, i.Args)
	for _, e := range i.Env {
		p.variable(e.Name.PlacedIn(e.Span))
		texts = append(texts, e.Value)
	}
	for _, t := range texts {
		if strings.Contains(t.Value, "{{") {
			p.messages.unsupported(t.Span, "{{ in an init container")
		}
	}
	if r := i.Resources; r != nil {
		for _, e := range slices.Concat(r.Requests, r.Limits) {
			p.bad("the resource", e.Key, validation.IsQualifiedName(e.Key.Value))
			p.quantity(e.Value)
		}
	}
}

// oneOf checks a text that may be one of a few.
func (c checker) oneOf(what string, t document.Text, allowed ...string) {
	if !slices.Contains(allowed, t.Value) {
		c.messages.notOneOf(t, what, slices.DeleteFunc(allowed, func(s string) bool { return s == "" }))
	}
}

func (c checker) optionalQuantity(t document.Text) {
	if t.Value != "" {
		c.quantity(t)
	}
}

func (c checker) quantity(t document.Text) {
	if q, err := resource.ParseQuantity(t.Value); err != nil || q.Sign() < 0 {
		c.messages.badQuantity(t)
	}
}
