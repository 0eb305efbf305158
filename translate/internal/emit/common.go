package emit

import (
	"path"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
)

// This file writes what the person who translates wants of all pods.

// EnvVar is an environment variable of every program, the driver's too.
type EnvVar struct{ Name, Value string }

// CABundle is a file of certificates that every program trusts: a key of a
// ConfigMap. It is no bundle where ConfigMap is empty.
type CABundle struct{ ConfigMap, Key string }

const (
	caVolume = "ca-bundle"
	caDir    = contract.Dir + "/" + caVolume
)

// commonEnv lists the variables that all pods have: those that were asked for,
// and those by which programs find the bundle (Go and OpenSSL, Python's
// requests, the AWS SDKs).
func (e emitter) commonEnv() []corev1.EnvVar {
	var all []corev1.EnvVar
	for _, v := range e.options.Env {
		all = append(all, corev1.EnvVar{Name: v.Name, Value: v.Value})
	}
	if e.options.CABundle.ConfigMap == "" {
		return all
	}
	for _, name := range []string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"} {
		if !slices.ContainsFunc(all, func(v corev1.EnvVar) bool { return v.Name == name }) {
			all = append(all, corev1.EnvVar{Name: name, Value: caDir + "/" + e.options.CABundle.Key})
		}
	}
	return all
}

// sharedEnv lists the variables of the templates' defaults. What a pipeline
// sets for a program wins, but Argo cannot merge a variable with one that takes
// its value from elsewhere; so a name that any pod has is left to the pods.
func (e emitter) sharedEnv() []corev1.EnvVar {
	var all []corev1.EnvVar
	for _, v := range e.commonEnv() {
		if !e.isContested(v.Name) {
			all = append(all, v)
		}
	}
	return all
}

// ownEnv lists the variables that a pod has for itself because another pod has
// one of that name.
func (e emitter) ownEnv(p *plan.Pod) []corev1.EnvVar {
	var all []corev1.EnvVar
	for _, v := range e.commonEnv() {
		if e.isContested(v.Name) && !p.Spec.Sets(v.Name) {
			all = append(all, v)
		}
	}
	return all
}

func (e emitter) isContested(variable string) bool {
	return slices.ContainsFunc(e.plan.Pods(), func(p *plan.Pod) bool { return p.Spec.Sets(variable) })
}

func (e emitter) driverEnv() []corev1.EnvVar {
	run := corev1.EnvVar{Name: contract.RunVariable, Value: e.run()}
	return slices.Concat([]corev1.EnvVar{run}, e.commonEnv(), e.storeConfig(), e.storeEnv())
}

// volumes holds what all pods mount: their scratch space, one empty directory
// whose parts are mounted where programs expect to write, the store if it is a
// volume, and the bundle.
func (e emitter) volumes() []corev1.Volume {
	all := []corev1.Volume{{
		Name:         scratch,
		VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}},
	}}
	all = append(all, e.storeVolumes()...)
	bundle := e.options.CABundle
	if bundle.ConfigMap == "" {
		return all
	}
	return append(all, corev1.Volume{Name: caVolume, VolumeSource: corev1.VolumeSource{
		ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: bundle.ConfigMap},
			Items:                []corev1.KeyToPath{{Key: bundle.Key, Path: bundle.Key}},
		},
	}})
}

// mounts lists the scratch volume itself and its parts, the bundle, and the
// store. What lies below a pipeline root has its places only where there is
// one. Where a pod mounts something else at /tmp, the pods have their own /tmp each: what is
// merged from here could not be replaced.
func (e emitter) mounts() []corev1.VolumeMount {
	all := []corev1.VolumeMount{{Name: scratch, MountPath: contract.Dir}}
	if !e.ownTmp() {
		all = append(all, tmpMount())
	}
	if e.hasRoot() {
		for _, d := range contract.SchemeDirs() {
			all = append(all, corev1.VolumeMount{Name: scratch, MountPath: d.Dir, SubPath: path.Base(d.Dir)})
		}
	}
	if e.options.CABundle.ConfigMap != "" {
		all = append(all, corev1.VolumeMount{Name: caVolume, MountPath: caDir, ReadOnly: true})
	}
	all = append(all, e.storeMounts()...)
	if !e.options.ServiceAccountToken && !e.someHaveToken() {
		all = append(all, noTokenMount())
	}
	return all
}

// someHaveToken reports whether some pods have the token and others not: what is
// merged from the defaults could not be taken away.
func (e emitter) someHaveToken() bool {
	return !e.options.ServiceAccountToken && slices.ContainsFunc(e.plan.Pods(), func(p *plan.Pod) bool { return p.Token })
}

// hasToken reports whether the program of a pod has the token.
func (e emitter) hasToken(p *plan.Pod) bool { return e.options.ServiceAccountToken || p.Token }

// noTokenMount is an empty directory in the place of the service account's
// token: Kubernetes gives it to every container that has nothing mounted there.
// Argo's own containers keep it; they need it to report outputs.
func noTokenMount() corev1.VolumeMount {
	return corev1.VolumeMount{
		Name: scratch, MountPath: "/var/run/secrets/kubernetes.io/serviceaccount", SubPath: "no-token", ReadOnly: true,
	}
}
