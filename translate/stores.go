package translate

import (
	"path"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/check"
	"github.com/kfp2argo/kfp2argo/translate/internal/podspec"
	"github.com/kfp2argo/kfp2argo/translate/internal/storage"
)

// fallbackRoot is the pipeline root where neither the user nor the pipeline has
// one.
func fallbackRoot(volume StoreVolume, stores *storage.Config) string {
	if volume.Claim != "" {
		return contract.VolumeRoot
	}
	return stores.Root
}

// storeFiles are the store configs as package storage reads them.
func storeFiles(configs []StoreConfig) []storage.File {
	var all []storage.File
	for _, c := range configs {
		all = append(all, storage.File(c))
	}
	return all
}

// checkVolume reports a volume that Kubernetes would not take.
func checkVolume(v StoreVolume, bad func(format string, args ...any)) {
	if v.Claim == "" {
		return
	}
	if problems := validation.IsDNS1123Subdomain(v.Claim); len(problems) > 0 {
		bad("the claim %q of the store: %s", v.Claim, check.Short(problems[0]))
	}
	if v.SubPath != "" && (path.IsAbs(v.SubPath) || slices.Contains(strings.Split(v.SubPath, "/"), "..") || strings.Contains(v.SubPath, "{{")) {
		bad("the directory %q in the store's volume: it must be a relative path without .. and {{", v.SubPath)
	}
}

// checkRoot reports a pipeline root that would not be the same in the run, or in no
// run: Argo fills in the tags of arguments. It looks at the Workflow, because a
// patch may have set the root.
func checkRoot(workflow *wfv1.Workflow, report *diag.Report) {
	root := workflow.Spec.Arguments.GetParameterByName(contract.RootArgument)
	if root != nil && root.Value != nil && strings.Contains(root.Value.String(), "{{") {
		report.Errorf(diag.BadSetting, diag.Span{}, "the pipeline root %s has {{, which Argo takes for a tag", root.Value.String()).
			Hintf("take a root without, for all runs: what a run stores is below the name of the pipeline and the run's UID")
	}
}

// requireVolume reports a pipeline root in a directory that is in no volume: what
// a task leaves there would be gone with its pod. It looks at the Workflow,
// because a patch may have mounted one.
func requireVolume(workflow *wfv1.Workflow, report *diag.Report) {
	root := workflow.Spec.Arguments.GetParameterByName(contract.RootArgument)
	if root == nil || root.Value == nil {
		return
	}
	address, _, _ := strings.Cut(root.Value.String(), "?")
	dir, ok := strings.CutPrefix(address, "file://")
	if !ok {
		return
	}
	shared := mountsOf(workflow.Spec.TemplateDefaults)
	for i := range workflow.Spec.Templates {
		t := &workflow.Spec.Templates[i]
		if t.Container == nil || holds(shared, dir) || holds(mountsOf(t), dir) {
			continue
		}
		report.Errorf(diag.BadSetting, diag.Span{}, "the pipeline root %s is in no volume of task %s, so that what it stores would be gone with its pod", address, t.Name).
			Hintf("--store-volume CLAIM mounts a claim in all pods; the root is then %s or below it", contract.VolumeRoot)
		return
	}
}

func mountsOf(t *wfv1.Template) []corev1.VolumeMount {
	if t == nil || t.Container == nil {
		return nil
	}
	return t.Container.VolumeMounts
}

// holds reports whether one of the mounts, which is not the pod's scratch, has
// a directory.
func holds(mounts []corev1.VolumeMount, dir string) bool {
	return slices.ContainsFunc(mounts, func(m corev1.VolumeMount) bool {
		return m.Name != podspec.Scratch && strings.HasPrefix(path.Clean(dir)+"/", path.Clean(m.MountPath)+"/")
	})
}
