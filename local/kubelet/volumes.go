package kubelet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/local/api"
)

// volume is a volume of a pod, as a directory or file of this machine.
type volume struct {
	dir      string
	readOnly bool
}

// source returns what a mount of the volume shows.
func (v *volume) source(m corev1.VolumeMount, values map[string]string) (string, error) {
	sub := m.SubPath
	if m.SubPathExpr != "" {
		sub = expand(m.SubPathExpr, values)
	}
	if sub == "" {
		return v.dir, nil
	}
	if !filepath.IsLocal(sub) {
		return "", fmt.Errorf("subPath %q leads out of volume %q", sub, m.Name)
	}
	source := filepath.Join(v.dir, sub)
	if _, err := os.Stat(source); errors.Is(err, os.ErrNotExist) {
		return source, mkdirOpen(source)
	}
	return source, nil
}

// mkdirOpen makes a directory in which everyone may write, whatever the umask.
func mkdirOpen(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	return os.Chmod(dir, 0o777)
}

// writeOpen writes a file that everyone may write to.
func writeOpen(file string, data []byte) error {
	if err := os.WriteFile(file, data, 0o666); err != nil {
		return err
	}
	return os.Chmod(file, 0o666)
}

// makeVolumes makes the volumes that are not there yet.
func (p *Pod) makeVolumes() error {
	for i := range p.Spec.Volumes {
		v := &p.Spec.Volumes[i]
		if p.volumes[v.Name] != nil {
			continue
		}
		made, err := p.makeVolume(v)
		if err != nil {
			return fmt.Errorf("MountVolume.SetUp failed for volume %q : %w", v.Name, err)
		}
		p.volumes[v.Name] = made
	}
	return nil
}

func (p *Pod) makeVolume(v *corev1.Volume) (*volume, error) {
	dir := filepath.Join(p.dir, "volumes", v.Name)
	switch {
	case v.EmptyDir != nil, v.Ephemeral != nil:
		return &volume{dir: dir}, mkdirOpen(dir)
	case v.HostPath != nil:
		return hostPath(v.HostPath)
	case v.PersistentVolumeClaim != nil:
		dir, err := p.kubelet.claim(p.Namespace, v.PersistentVolumeClaim.ClaimName)
		return &volume{dir: dir, readOnly: v.PersistentVolumeClaim.ReadOnly}, err
	}
	files, err := p.filesOf(v)
	if err != nil {
		return nil, err
	}
	return &volume{dir: dir, readOnly: true}, errors.Join(mkdirOpen(dir), writeFiles(dir, files))
}

func hostPath(h *corev1.HostPathVolumeSource) (*volume, error) {
	if h.Type != nil && (*h.Type == corev1.HostPathDirectoryOrCreate) {
		if err := os.MkdirAll(h.Path, 0o755); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(h.Path); err != nil {
		return nil, err
	}
	return &volume{dir: h.Path}, nil
}

// claim returns the directory of a claim: that of the volume that it is bound
// to, or one of its own, which is made where it is missing.
func (k *Kubelet) claim(namespace, name string) (string, error) {
	dir := k.claimDir(namespace, name)
	o, err := k.options.Store.Get(api.Key{Resource: "persistentvolumeclaims", Namespace: namespace, Name: name})
	if err == nil {
		var claim corev1.PersistentVolumeClaim
		if err := o.Decode(&claim); err != nil {
			return "", err
		}
		if bound, err := k.boundTo(claim.Spec.VolumeName); bound != "" || err != nil {
			return bound, err
		}
	}
	return dir, mkdirOpen(dir)
}

func (k *Kubelet) claimDir(namespace, name string) string {
	return filepath.Join(k.options.Dir, "claims", namespace, name)
}

// boundTo returns the directory of a persistent volume of this machine.
func (k *Kubelet) boundTo(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	o, err := k.options.Store.Get(api.Key{Resource: "persistentvolumes", Name: name})
	if api.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var v corev1.PersistentVolume
	if err := o.Decode(&v); err != nil {
		return "", err
	}
	switch {
	case v.Spec.HostPath != nil:
		return v.Spec.HostPath.Path, nil
	case v.Spec.Local != nil:
		return v.Spec.Local.Path, nil
	}
	return "", nil
}

// file is a file of a volume that is made of objects.
type file struct {
	data []byte
	mode os.FileMode
}

const defaultMode = 0o644

// filesOf returns the files of a volume by their paths in it.
func (p *Pod) filesOf(v *corev1.Volume) (map[string]file, error) {
	switch {
	case v.ConfigMap != nil:
		s := v.ConfigMap
		return p.filesFrom("configmaps", s.Name, s.Items, s.Optional, s.DefaultMode)
	case v.Secret != nil:
		s := v.Secret
		return p.filesFrom("secrets", s.SecretName, s.Items, s.Optional, s.DefaultMode)
	case v.DownwardAPI != nil:
		return p.downwardFiles(v.DownwardAPI.Items, v.DownwardAPI.DefaultMode)
	case v.Projected != nil:
		return p.projectedFiles(v.Projected)
	}
	return nil, errors.New("volumes of this kind do not work on this machine")
}

func (p *Pod) projectedFiles(s *corev1.ProjectedVolumeSource) (map[string]file, error) {
	all := map[string]file{}
	for _, part := range s.Sources {
		var files map[string]file
		var err error
		switch {
		case part.ConfigMap != nil:
			files, err = p.filesFrom("configmaps", part.ConfigMap.Name, part.ConfigMap.Items, part.ConfigMap.Optional, s.DefaultMode)
		case part.Secret != nil:
			files, err = p.filesFrom("secrets", part.Secret.Name, part.Secret.Items, part.Secret.Optional, s.DefaultMode)
		case part.DownwardAPI != nil:
			files, err = p.downwardFiles(part.DownwardAPI.Items, s.DefaultMode)
		default:
			err = errors.New("there are no tokens on this machine")
		}
		if err != nil {
			return nil, err
		}
		for name, f := range files {
			all[name] = f
		}
	}
	return all, nil
}

// filesFrom returns the files of a ConfigMap or Secret.
func (p *Pod) filesFrom(resource, name string, items []corev1.KeyToPath, optional *bool, mode *int32) (map[string]file, error) {
	data, err := p.kubelet.data(resource, p.Namespace, name)
	isOptional := optional != nil && *optional
	if api.IsNotFound(err) && isOptional {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	files := map[string]file{}
	if items == nil {
		for key, value := range data {
			files[key] = file{value, modeOf(mode, nil)}
		}
		return files, nil
	}
	for _, i := range items {
		value, ok := data[i.Key]
		if !ok && !isOptional {
			return nil, fmt.Errorf("references non-existent key: %s in %s %q", i.Key, strings.TrimSuffix(resource, "s"), name)
		}
		if ok {
			files[i.Path] = file{value, modeOf(mode, i.Mode)}
		}
	}
	return files, nil
}

func modeOf(all, one *int32) os.FileMode {
	switch {
	case one != nil:
		return os.FileMode(*one)
	case all != nil:
		return os.FileMode(*all)
	}
	return defaultMode
}

func writeFiles(dir string, files map[string]file) error {
	for name, f := range files {
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%q leads out of the volume", name)
		}
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(at, f.data, 0o600); err != nil {
			return err
		}
		if err := os.Chmod(at, f.mode); err != nil {
			return err
		}
	}
	return nil
}

// data returns what a ConfigMap or a Secret holds.
func (k *Kubelet) data(resource, namespace, name string) (map[string][]byte, error) {
	o, err := k.options.Store.Get(api.Key{Resource: resource, Namespace: namespace, Name: name})
	if err != nil {
		return nil, err
	}
	if resource == "secrets" {
		var s corev1.Secret
		err := o.Decode(&s)
		return s.Data, err
	}
	var m corev1.ConfigMap
	if err := o.Decode(&m); err != nil {
		return nil, err
	}
	data := map[string][]byte{}
	for key, value := range m.BinaryData {
		data[key] = value
	}
	for key, value := range m.Data {
		data[key] = []byte(value)
	}
	return data, nil
}
