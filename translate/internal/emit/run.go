package emit

import (
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
	"github.com/kfp2argo/kfp2argo/translate/internal/podspec"
)

// runSettings writes the settings of the run.
func runSettings(spec *wfv1.WorkflowSpec, r plan.RunSettings) {
	if r.TTLAfterCompletion+r.TTLAfterSuccess+r.TTLAfterFailure > 0 {
		spec.TTLStrategy = &wfv1.TTLStrategy{
			SecondsAfterCompletion: seconds(r.TTLAfterCompletion),
			SecondsAfterSuccess:    seconds(r.TTLAfterSuccess),
			SecondsAfterFailure:    seconds(r.TTLAfterFailure),
		}
	}
	if r.ActiveDeadlineSeconds > 0 {
		spec.ActiveDeadlineSeconds = &r.ActiveDeadlineSeconds
	}
	spec.Synchronization = synchronization(r)
	if w := r.Workspace; w != nil {
		spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{workspaceClaim(w)}
	}
}

// seconds is a number of seconds, or nil for none. The check has bounded it.
func seconds(n int64) *int32 {
	if n == 0 {
		return nil
	}
	return ptr(int32(n))
}

// synchronization writes locks in the plural form: the other is not in Argo 4.
func synchronization(r plan.RunSettings) *wfv1.Synchronization {
	if r.SemaphoreKey == "" && r.Mutex == "" {
		return nil
	}
	s := &wfv1.Synchronization{}
	if r.SemaphoreKey != "" {
		s.Semaphores = []*wfv1.SemaphoreRef{{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: plan.SemaphoreConfigMap},
			Key:                  r.SemaphoreKey,
		}}}
	}
	if r.Mutex != "" {
		s.Mutexes = []*wfv1.Mutex{{Name: r.Mutex}}
	}
	return s
}

func workspaceClaim(w *plan.Workspace) corev1.PersistentVolumeClaim {
	claim := corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: podspec.Workspace},
		Spec: corev1.PersistentVolumeClaimSpec{
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(w.Size)},
			},
		},
	}
	for _, mode := range w.AccessModes {
		claim.Spec.AccessModes = append(claim.Spec.AccessModes, corev1.PersistentVolumeAccessMode(mode))
	}
	if w.StorageClass != "" {
		claim.Spec.StorageClassName = &w.StorageClass
	}
	return claim
}
