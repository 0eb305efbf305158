//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate"
)

// TestVolumeStore keeps artifacts, records and large values on a claim and not
// in a bucket. The programs are KFP's own, which know nothing of such URIs.
func TestVolumeStore(t *testing.T) {
	t.Parallel()
	c := connect(t)
	claims := c.kubernetes.CoreV1().PersistentVolumeClaims(namespace)
	claim, err := claims.Create(t.Context(), &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "artifacts-"},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = claims.Delete(context.Background(), claim.Name, metav1.DeleteOptions{}) })
	onClaim := option{translate: func(o *translate.Options) {
		o.PipelineRoot, o.StoreSecret, o.NoCache = "", "", false
		o.StoreVolume = translate.StoreVolume{Claim: claim.Name, SubPath: "team-a"}
		o.PodSecurity = translate.Baseline // only root may write to the volumes of the test cluster
	}}
	first := runPipeline(t, examples+"caching.yaml", onClaim)
	first.requirePhase(wfv1.WorkflowSucceeded, 4)
	require.True(t, strings.HasPrefix(first.uris(first.output("caching.slow", "data"))[0], "file:///kfp-store/caching/"))

	second := runPipeline(t, examples+"caching.yaml", onClaim)
	second.requirePhase(wfv1.WorkflowSucceeded, 4)
	require.False(t, second.ran("caching.slow"))
	require.True(t, second.ran("caching.slow-2"))
	require.False(t, second.ran("caching.use"))
	require.Equal(t, first.output("caching.use", "Output"), second.output("caching.use", "Output"))

	runPipeline(t, cases+"large_values.yaml", onClaim).requirePhase(wfv1.WorkflowSucceeded, 4)
	runPipeline(t, examples+"artifacts.yaml", onClaim, submitting("rows", "30")).requirePhase(wfv1.WorkflowSucceeded, 3)
}
