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

// storeEnv hands the store's credentials to our own programs; the launcher
// keeps them from the user's.
func (e emitter) storeEnv() []corev1.EnvVar {
	var all []corev1.EnvVar
	if name := e.options.StoreSecret; name != "" {
		all = append(all,
			secretEnv(SecretKey{contract.AccessKeyVariable, name, "accesskey"}),
			secretEnv(SecretKey{contract.SecretKeyVariable, name, "secretkey"}))
	}
	for _, key := range e.options.StoreKeys {
		variable := secretEnv(key)
		// The run may not need it. Kubernetes would wait for it without end, and
		// who does need it says what is missing.
		variable.ValueFrom.SecretKeyRef.Optional = ptr(true)
		all = append(all, variable)
	}
	return all
}

func secretEnv(key SecretKey) corev1.EnvVar {
	return corev1.EnvVar{Name: key.Env, ValueFrom: &corev1.EnvVarSource{
		SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: key.Secret},
			Key:                  key.Key,
		},
	}}
}

// storeConfig is for the driver alone, which hands it on.
func (e emitter) storeConfig() []corev1.EnvVar {
	if len(e.options.Store.Places) == 0 {
		return nil
	}
	text := contract.Shield(layOut(e.options.Store.Text(), "")) + "\n"
	return []corev1.EnvVar{{Name: contract.StoreVariable, Value: text}}
}

func (e emitter) storeVolumes() []corev1.Volume {
	claim := e.options.StoreVolume.Claim
	if claim == "" {
		return nil
	}
	return []corev1.Volume{{Name: podspec.Store, VolumeSource: corev1.VolumeSource{
		PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim},
	}}}
}

// storeMounts holds for the programs, and so for the driver, which mirrors them.
func (e emitter) storeMounts() []corev1.VolumeMount {
	volume := e.options.StoreVolume
	if volume.Claim == "" {
		return nil
	}
	return []corev1.VolumeMount{{Name: podspec.Store, MountPath: contract.StoreDir, SubPath: volume.SubPath}}
}
