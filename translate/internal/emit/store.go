package emit

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/podspec"
)

// This file writes what the pods know of stores.

// SecretKey is an environment variable that takes its value from a key of a
// Secret.
type SecretKey struct{ Env, Secret, Key string }

// StoreVolume is a claim, or a directory in it. It is none where Claim is empty.
type StoreVolume struct{ Claim, SubPath string }

// storeEnv gives the store's credentials to the driver, and to nothing else: it
// hands them to the launcher in a way that keeps them from the program.
func (e emitter) storeEnv() []corev1.EnvVar {
	var all []corev1.EnvVar
	if name := e.options.StoreSecret; name != "" {
		all = append(all,
			corev1.EnvVar{Name: contract.StoreSecretVariable, Value: name},
			secretEnv(SecretKey{contract.AccessKeyVariable, name, contract.AccessKeyOfSecret}),
			secretEnv(SecretKey{contract.SecretKeyVariable, name, contract.SecretKeyOfSecret}))
	}
	for _, key := range e.options.StoreKeys {
		all = append(all, secretEnv(key))
	}
	return all
}

// secretEnv takes a variable from a Secret that need not be there: the run may
// not need it, Kubernetes would wait for it without end, and who does need it
// says what is missing.
func secretEnv(key SecretKey) corev1.EnvVar {
	return corev1.EnvVar{Name: key.Env, ValueFrom: &corev1.EnvVarSource{
		SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: key.Secret},
			Key:                  key.Key,
			Optional:             ptr(true),
		},
	}}
}

// hasKeys reports whether there are keys to hand over.
func (e emitter) hasKeys() bool { return e.options.StoreSecret != "" || len(e.options.StoreKeys) > 0 }

// storeConfig is for the driver alone, which hands it on.
func (e emitter) storeConfig() []corev1.EnvVar {
	if len(e.options.Store.Places) == 0 {
		return nil
	}
	text := contract.Shield(layOut(e.options.Store.Text(), "")) + "\n"
	return []corev1.EnvVar{{Name: contract.StoreVariable, Value: text}}
}

// storeVolumes holds where keys are handed over, which is in memory as Secrets
// are, and the store if it is a volume.
func (e emitter) storeVolumes() []corev1.Volume {
	var all []corev1.Volume
	if e.hasKeys() {
		all = append(all, corev1.Volume{Name: podspec.Keys, VolumeSource: corev1.VolumeSource{
			EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory},
		}})
	}
	if claim := e.options.StoreVolume.Claim; claim != "" {
		all = append(all, corev1.Volume{Name: podspec.Store, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim},
		}})
	}
	return all
}

// storeMounts holds for the programs, and so for the driver, which mirrors them.
func (e emitter) storeMounts() []corev1.VolumeMount {
	var all []corev1.VolumeMount
	if e.hasKeys() {
		all = append(all, corev1.VolumeMount{Name: podspec.Keys, MountPath: contract.KeysDir})
	}
	if volume := e.options.StoreVolume; volume.Claim != "" {
		all = append(all, corev1.VolumeMount{Name: podspec.Store, MountPath: contract.StoreDir, SubPath: volume.SubPath})
	}
	return all
}
