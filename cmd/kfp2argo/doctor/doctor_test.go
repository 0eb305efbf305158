package doctor

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	goldentest.Compare(t, filepath.Join("testdata", name), got)
}

func newTrial(t *testing.T, options translate.Options) *Trial {
	t.Helper()
	trial, source, found, err := NewTrial(options)
	require.NoError(t, err)
	require.NotNil(t, trial, "%v", found)
	require.Empty(t, found, source.Name)
	return trial
}

// everything has each option that decides what pods are like.
func everything() translate.Options {
	return translate.Options{
		Name:      "name", // which has no meaning here
		Namespace: "team-a",
		Store: translate.Store{
			Root:    "s3://bucket/$(root)?region=eu-1",
			Secret:  "s3",
			Configs: []translate.StoreConfig{{Source: diag.Source{Name: "store.yaml", Text: []byte(storeConfig)}}},
		},
		Pods: translate.Pods{
			Image:          "registry/kfp2argo:1",
			LauncherPath:   "/launcher", // nor has this
			ServiceAccount: "kfp2argo",
			Env:            []translate.EnvVar{{Name: "HTTPS_PROXY", Value: "http://proxy:3128"}},
			CABundle:       translate.CABundle{ConfigMap: "ca"},
			Driver: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("32Mi")},
			},
		},
		Overlays: []diag.Source{{Name: "patch.yaml", Text: []byte(patch)}},
	}
}

const storeConfig = `
apiVersion: v1
kind: ConfigMap
metadata: {name: kfp-launcher}
data:
  providers: |
    s3:
      default:
        endpoint: store:9000
        disableSSL: true
        region: eu-1
        credentials:
          fromEnv: false
          secretRef: {secretName: other, accessKeyKey: a, secretKeyKey: b}
`

const patch = `
workflow:
  spec:
    nodeSelector: {pool: pipelines}
    tolerations: [{key: pipelines, operator: Exists}]
    podMetadata: {labels: {team: a}}
`

// TestTrial holds what is run in the cluster: the pods of the Job are like
// those of the Workflow.
func TestTrial(t *testing.T) {
	for name, options := range map[string]translate.Options{
		"nothing":    {},
		"volume":     {Store: translate.Store{Volume: translate.StoreVolume{Claim: "artifacts"}}},
		"everything": everything(),
	} {
		t.Run(name, func(t *testing.T) {
			trial := newTrial(t, options)
			var text bytes.Buffer
			for _, object := range []any{trial.Workflow, trial.Job} {
				printed, err := yaml.Marshal(object)
				require.NoError(t, err)
				text.WriteString("---\n")
				text.Write(printed)
			}
			requireGolden(t, name+".yaml", text.String())
		})
	}
}

// TestTrialIsAPod compares the Job's pod with what the Workflow's pods have in
// common, field by field.
func TestTrialIsAPod(t *testing.T) {
	trial := newTrial(t, everything())
	w, pod := trial.Workflow.Spec, trial.Job.Spec.Template.Spec
	driver, job := w.TemplateDefaults.InitContainers[0], pod.Containers[0]
	require.Equal(t, driver.Env, job.Env)
	require.Equal(t, driver.SecurityContext, job.SecurityContext)
	require.Equal(t, driver.Image, job.Image)
	require.Equal(t, driver.Resources, job.Resources)
	require.Equal(t, w.TemplateDefaults.Container.VolumeMounts, job.VolumeMounts)
	require.Equal(t, w.Volumes, pod.Volumes)
	require.Equal(t, w.SecurityContext, pod.SecurityContext)
	require.Equal(t, w.NodeSelector, pod.NodeSelector)
	require.Equal(t, w.PodMetadata.Labels, trial.Job.Spec.Template.Labels)
}

// TestBadOptions says what a translation would.
func TestBadOptions(t *testing.T) {
	trial, _, found, err := NewTrial(translate.Options{Store: translate.Store{Root: "s3://b"}, Overlays: []diag.Source{{Name: "x", Text: []byte("nonsense: 1\n")}}})
	require.NoError(t, err)
	require.Nil(t, trial)
	require.NotEmpty(t, found)
}

func TestWrite(t *testing.T) {
	var got bytes.Buffer
	for _, f := range []contract.Finding{
		{Check: "API server", Status: contract.StatusOK, Found: "Kubernetes v1.34.4"},
		{Check: "store: get", Status: contract.StatusOK},
		{Check: "store: delete", Status: contract.StatusWarning, Found: "Access Denied.", Advice: "allow it"},
		{Check: "a run", Status: contract.StatusFailure, Found: "a\nmessage \x1b[31mof\x1b[0m others", Advice: "do\nthis"},
	} {
		require.NoError(t, Write(&got, f))
	}
	requireGolden(t, "text.txt", got.String())
}
