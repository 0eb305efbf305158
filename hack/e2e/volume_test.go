//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
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
		o.Store.Root, o.Store.Secret, o.Cache.Off = "", "", false
		o.Store.Volume = translate.StoreVolume{Claim: claim.Name, SubPath: "team-a"}
		o.Pods.Security = translate.Baseline // only root may write to the volumes of the test cluster
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

// TestStoreConfig takes the store from the ConfigMaps that clusters have: that
// of KFP's launcher, and Argo's own.
func TestStoreConfig(t *testing.T) {
	t.Parallel()
	c := connect(t)
	host, secure := hostOf(c.endpoint)
	for name, text := range map[string]string{
		"kfp-launcher": fmt.Sprintf(`
kind: ConfigMap
data:
  defaultPipelineRoot: s3://%[1]s/e2e/%[2]s/kfp-launcher
  providers: |
    s3:
      default:
        endpoint: %[3]s
        region: us-east-1
        disableSSL: %[4]t
        credentials:
          secretRef: {secretName: %[5]s, accessKeyKey: accesskey, secretKeyKey: secretkey}
`, c.bucket, session, host, !secure, storeSecret),
		"artifact-repositories": fmt.Sprintf(`
kind: ConfigMap
metadata: {annotations: {workflows.argoproj.io/default-artifact-repository: ours}}
data:
  ours: |
    s3:
      bucket: %[1]s
      endpoint: %[2]s
      region: us-east-1
      insecure: %[3]t
      accessKeySecret: {name: %[4]s, key: accesskey}
      secretKeySecret: {name: %[4]s, key: secretkey}
`, c.bucket, host, !secure, storeSecret),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runPipeline(t, examples+"artifacts.yaml", submitting("rows", "25"), option{translate: func(o *translate.Options) {
				o.Store.Root, o.Store.Secret = "", ""
				o.Store.Configs = []translate.StoreConfig{{Source: diag.Source{Name: name + ".yaml", Text: []byte(text)}}}
			}})
			r.requirePhase(wfv1.WorkflowSucceeded, 3)
			data := r.artifact("artifacts.make-data", "data")
			require.Equal(t, 26, strings.Count(r.object(data.URI), "\n"))
		})
	}
}
