package podspec

import (
	"fmt"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Scratch is the name of the volume that all pods have for their own files.
const Scratch = "kfp"

// Workspace is the name of the volume that the tasks of a run share.
const Workspace = "kfp-workspace"

// Store is the name of the volume that artifacts are stored in, if one is.
const Store = "kfp-store"

// Keys is the name of the volume in which the driver hands keys to the launcher,
// if there are any.
const Keys = "kfp-keys"

// Tmp is where all pods have a part of it, unless they mount something else
// there.
const Tmp = "/tmp"

// volumes knows the volumes of a pod.
type volumes struct {
	taken map[string]bool
	// byKey holds the names of volumes that may be mounted more than once, by
	// what they are.
	byKey map[string]string
	// byName holds the names of volumes by what KFP calls them.
	byName map[string]string
}

func newVolumes() volumes {
	return volumes{
		// The others are Argo's.
		taken:  map[string]bool{Scratch: true, Workspace: true, Store: true, Keys: true, "ca-bundle": true, "var-run-argo": true, "tmp-dir-argo": true, "input-artifacts": true},
		byKey:  map[string]string{},
		byName: map[string]string{},
	}
}

// maxVolumeName is what Kubernetes allows.
const maxVolumeName = 63

// name makes the name of a volume that KFP calls by any name.
func (v volumes) name(wish string) string {
	base := strings.ReplaceAll(strings.ToLower(wish), ".", "-")
	if len(base) > maxVolumeName-3 {
		base = strings.TrimRight(base[:maxVolumeName-3], "-")
	}
	name := base
	for i := 2; v.taken[name]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	v.taken[name] = true
	if v.byName[wish] == "" {
		v.byName[wish] = name
	}
	return name
}

func (b *builder) claims(all []*document.PVCMount) {
	for _, m := range all {
		mount := corev1.VolumeMount{MountPath: pipeline.MountPath(m.MountPath.Value), SubPath: m.SubPath.Value}
		b.mount(mount, "pvc", b.values.Setting(m), func(name string) corev1.VolumeSource {
			return corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}}
		})
	}
}

func (b *builder) secretVolumes(all []*document.SecretAsVolume) {
	for _, v := range all {
		name := b.values.Setting(v)
		optional := b.waitsFor("Secret", name, v.Optional, pipeline.MountPath(v.MountPath.Value))
		b.mount(corev1.VolumeMount{MountPath: pipeline.MountPath(v.MountPath.Value)}, "secret", name, func(name string) corev1.VolumeSource {
			return corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: name, Optional: optional}}
		})
	}
}

func (b *builder) configMapVolumes(all []*document.ConfigMapAsVolume) {
	for _, v := range all {
		name := b.values.Setting(v)
		optional := b.waitsFor("ConfigMap", name, v.Optional, pipeline.MountPath(v.MountPath.Value))
		b.mount(corev1.VolumeMount{MountPath: pipeline.MountPath(v.MountPath.Value)}, "config-map", name, func(name string) corev1.VolumeSource {
			return corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
				LocalObjectReference: corev1.LocalObjectReference{Name: name}, Optional: optional,
			}}
		})
	}
}

// waitsFor returns whether a volume is optional to Kubernetes. As with
// variables, Kubernetes does not wait for an object that the run names; the
// launcher requires it.
func (b *builder) waitsFor(kind string, name Value, optional document.Bool, path string) *bool {
	if name.Input == "" || optional.Value || b.config {
		return isTrue(optional)
	}
	b.spec.Required = append(b.spec.Required, contract.Required{Input: name.Input, Kind: kind, Path: path})
	return isTrue(document.Bool{Value: true})
}

// mount mounts a volume made of something with a name. One thing becomes one
// volume, however often it is mounted.
func (b *builder) mount(m corev1.VolumeMount, wish string, name Value, source func(name string) corev1.VolumeSource) {
	if name.none() {
		return
	}
	b.spec.OwnTmp = b.spec.OwnTmp || path.Clean(m.MountPath) == Tmp
	b.spec.Persistent = b.spec.Persistent || source(gap).PersistentVolumeClaim != nil
	switch {
	case name.JSON != nil:
		object := mustText(name.JSON)
		m.Name = b.volume(object, source(object))
		b.spec.Mounts = append(b.spec.Mounts, m)
	case name.Input != "":
		setting := expression.Input(name.Input)
		m.Name = b.openVolume(wish, setting, source)
		b.patch.mounts = append(b.patch.mounts, choice{
			setting:   setting,
			then:      func(node) object { return mountObject(m) },
			otherwise: b.absent("mountPath", m.MountPath),
		})
	}
}

func mountObject(m corev1.VolumeMount) object {
	o := object{{key: "mountPath", value: text(m.MountPath)}, {key: "name", value: text(m.Name)}}
	if m.SubPath != "" {
		o.add("subPath", text(m.SubPath))
	}
	return o
}

// volume returns the name of the volume with a source, adding it if need be.
func (b *builder) volume(wish string, source corev1.VolumeSource) string {
	key := string(known(source))
	if name, ok := b.volumes.byKey[key]; ok {
		return name
	}
	name := b.volumes.name(wish)
	b.volumes.byKey[key] = name
	b.spec.Volumes = append(b.spec.Volumes, corev1.Volume{Name: name, VolumeSource: source})
	return name
}

// openVolume is volume for a source that the run names.
func (b *builder) openVolume(wish string, setting expression.Parameter, source func(name string) corev1.VolumeSource) string {
	key := setting.String() + string(known(source("")))
	if name, ok := b.volumes.byKey[key]; ok {
		return name
	}
	name := b.volumes.name(wish)
	b.volumes.byKey[key] = name
	b.patch.volumes = append(b.patch.volumes, choice{
		setting: setting,
		then: func(of node) object {
			return append(object{{key: "name", value: text(name)}}, openSource(source(gap), of)...)
		},
		otherwise: b.absent("name", name),
	})
	return name
}

// gap stands for the name in a source until it is a hole.
const gap = "gap"

// openSource is the only member of a volume's source, with a hole for the name.
func openSource(source corev1.VolumeSource, name node) object {
	switch {
	case source.Secret != nil:
		return object{{key: "secret", value: openObject("secretName", name, source.Secret.Optional)}}
	case source.ConfigMap != nil:
		return object{{key: "configMap", value: openObject("name", name, source.ConfigMap.Optional)}}
	}
	return object{{key: "persistentVolumeClaim", value: object{{key: "claimName", value: name}}}}
}

func openObject(key string, name node, optional *bool) object {
	o := object{{key: key, value: name}}
	if optional != nil {
		o.add("optional", known(*optional))
	}
	return o
}

func (b *builder) emptyDirs(all []*document.EmptyDirMount) {
	for _, e := range all {
		source := &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMedium(e.Medium.Value), SizeLimit: limit(e.SizeLimit)}
		b.own(e.VolumeName.Value, pipeline.MountPath(e.MountPath.Value), corev1.VolumeSource{EmptyDir: source})
	}
}

func (b *builder) sharedMemory(m *document.EnabledSharedMemory) {
	if m == nil {
		return
	}
	name := m.VolumeName.Value
	if name == "" {
		name = "shm"
	}
	b.own(name, "/dev/shm", corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{
		Medium: corev1.StorageMediumMemory, SizeLimit: limit(m.Size),
	}})
}

func limit(text document.Text) *resource.Quantity {
	if text.Value == "" {
		return nil
	}
	q := resource.MustParse(text.Value)
	return &q
}

func (b *builder) ephemeralVolumes(all []*document.GenericEphemeralVolume) {
	for _, v := range all {
		template := &corev1.PersistentVolumeClaimTemplate{Spec: corev1.PersistentVolumeClaimSpec{
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(v.Size.Value)},
			},
		}}
		for _, mode := range v.AccessModes {
			template.Spec.AccessModes = append(template.Spec.AccessModes, corev1.PersistentVolumeAccessMode(mode.Value))
		}
		if !v.DefaultStorageClass.Value {
			template.Spec.StorageClassName = &v.StorageClassName.Value
		}
		if m := v.Metadata; m != nil {
			template.ObjectMeta = metav1.ObjectMeta{Labels: texts(m.Labels), Annotations: verbatim(texts(m.Annotations))}
		}
		b.own(v.VolumeName.Value, pipeline.MountPath(v.MountPath.Value), corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{VolumeClaimTemplate: template}})
	}
}

// verbatim keeps Argo from reading texts.
func verbatim(texts map[string]string) map[string]string {
	for name, text := range texts {
		texts[name] = expression.Verbatim(text)
	}
	return texts
}

// own mounts a volume of the pod's own.
func (b *builder) own(name, at string, source corev1.VolumeSource) {
	b.spec.OwnTmp = b.spec.OwnTmp || path.Clean(at) == Tmp
	b.spec.Persistent = b.spec.Persistent || source.Ephemeral != nil
	volume := corev1.Volume{Name: b.volumes.name(name), VolumeSource: source}
	b.spec.Volumes = append(b.spec.Volumes, volume)
	b.spec.Mounts = append(b.spec.Mounts, corev1.VolumeMount{Name: volume.Name, MountPath: at})
}

func (b *builder) initContainers(all []*document.InitContainer) {
	for _, i := range all {
		c := corev1.Container{
			Name:    i.Name.Value,
			Image:   i.Image.Value,
			Command: values(i.Command),
			Args:    values(i.Args),
		}
		for _, e := range i.Env {
			c.Env = append(c.Env, corev1.EnvVar{Name: e.Name.Value, Value: e.Value.Value})
		}
		for _, m := range i.VolumeMounts {
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: b.volumes.byName[m.VolumeName.Value], MountPath: pipeline.MountPath(m.MountPath.Value)})
		}
		if policy := corev1.ContainerRestartPolicy(i.RestartPolicy.Value); policy != "" {
			c.RestartPolicy = &policy
		}
		if r := i.Resources; r != nil {
			c.Resources = corev1.ResourceRequirements{Requests: quantities(r.Requests), Limits: quantities(r.Limits)}
		}
		b.spec.InitContainers = append(b.spec.InitContainers, c)
	}
}

func values(all []document.Text) []string {
	var plain []string
	for _, t := range all {
		plain = append(plain, t.Value)
	}
	return plain
}

func quantities(m document.Map[document.Text]) corev1.ResourceList {
	var list corev1.ResourceList
	for _, e := range m {
		setQuantity(&list, e.Key.Value, e.Value.Value)
	}
	return list
}
