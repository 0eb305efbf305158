//go:build e2e

package e2e

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/doctor"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
)

// doctorImage names the image with the driver, where it is not the usual one.
const doctorImage = "KFP2ARGO_DOCTOR_IMAGE"

// TestDoctor examines the cluster with options that are right, and with some
// that are wrong in one thing each, which it must find.
func TestDoctor(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.makeSecret(t, "doctor-wrong", "not-the-secret-key")
	for name, test := range map[string]struct {
		change func(*translate.Options)
		fails  map[string]string // a check and a part of the advice
	}{
		"right":      {},
		"restricted": {change: func(o *translate.Options) { o.Namespace = restrictedNamespace }},
		"wrong secret key": {
			change: func(o *translate.Options) { o.Store.Secret = "doctor-wrong" },
			fails:  map[string]string{"store: put": "secretkey"},
		},
		"no secret": {
			change: func(o *translate.Options) { o.Store.Secret = "doctor-none" },
			fails:  map[string]string{"store: credentials": "make the Secret"},
		},
		"no bucket": {
			change: func(o *translate.Options) {
				o.Store.Root = strings.Replace(o.Store.Root, c.bucket, "doctor-none", 1)
			},
			fails: map[string]string{"store: put": "make the bucket"},
		},
		"not restricted enough": {
			change: func(o *translate.Options) {
				o.Namespace, o.Pods.Security = restrictedNamespace, translate.Off
			},
			fails: map[string]string{"Pod Security": "--pod-security restricted", "a run": "--pod-security", "store": "--pod-security"},
		},
		"no account": {
			change: func(o *translate.Options) { o.Pods.ServiceAccount = "doctor-nobody" },
			fails:  map[string]string{"service account": "docs/rbac.yaml"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := translate.Options{
				Namespace: namespace,
				Store:     translate.Store{Root: c.root(t), Secret: storeSecret},
				Pods:      translate.Pods{Image: os.Getenv(doctorImage)},
			}
			if test.change != nil {
				test.change(&o)
			}
			c.requireDiagnosis(t, o, test.fails)
		})
	}
}

// requireDiagnosis examines the cluster and requires these checks to fail, and
// no other.
func (c cluster) requireDiagnosis(t *testing.T, o translate.Options, fails map[string]string) {
	t.Helper()
	trial, _, found, err := doctor.NewTrial(o)
	require.NoError(t, err)
	require.NotNil(t, trial, "%v", found)
	failed := map[string]string{}
	good := doctor.Examine(t.Context(), doctor.Clients{Kubernetes: c.kubernetes, Workflows: c.workflows}, doctor.Options{
		Trial: trial, Translation: o, Timeout: runTime, PickUp: time.Minute,
		Report: func(f contract.Finding) {
			t.Logf("%s %s: %s -> %s", f.Status, f.Check, f.Found, f.Advice)
			if f.Status == contract.StatusFailure {
				failed[f.Check] = f.Advice
			}
		},
	})
	require.Equal(t, len(fails) == 0, good)
	require.Len(t, failed, len(fails), "%v", failed)
	for check, advice := range fails {
		require.Contains(t, failed[check], advice, check)
	}
}

// makeSecret makes a Secret with the store's access key and another secret key.
func (c cluster) makeSecret(t *testing.T, name, secretKey string) {
	t.Helper()
	secrets := c.kubernetes.CoreV1().Secrets(namespace)
	_ = secrets.Delete(t.Context(), name, metav1.DeleteOptions{}) // of a run that was killed
	_, err := secrets.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		StringData: map[string]string{"accesskey": variable(t, "KFP2ARGO_S3_ACCESS_KEY"), "secretkey": secretKey},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = secrets.Delete(context.Background(), name, metav1.DeleteOptions{}) })
}
