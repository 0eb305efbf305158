package translate_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/refcheck"
)

// storedIn translates an example with options about stores.
func storedIn(t *testing.T, pipeline string, options translate.Options) (*wfv1.Workflow, []byte) {
	t.Helper()
	workflow, found, err := translate.Translate(diag.Source{Name: pipeline, Text: []byte(textOf(t, pipeline))}, options)
	require.NoError(t, err)
	require.NotNil(t, workflow, "%v", found)
	require.Empty(t, refcheck.Problems(workflow))
	var printed bytes.Buffer
	require.NoError(t, translate.Print(&printed, workflow, filepath.Base(pipeline)))
	requireStrict(t, printed.Bytes())
	return workflow, printed.Bytes()
}

// storeConfigOf is what the driver is told of the stores.
func storeConfigOf(w *wfv1.Workflow) string {
	env := w.Spec.TemplateDefaults.InitContainers[0].Env
	return env[slices.IndexFunc(env, func(v corev1.EnvVar) bool { return v.Name == contract.StoreVariable })].Value
}

func config(name, text string) []translate.StoreConfig {
	return []translate.StoreConfig{{Source: diag.Source{Name: name, Text: []byte(text)}}}
}

// TestStores translates an example with each file of testdata/stores, such as
// artifacts.argo.config.yaml, and with a volume.
func TestStores(t *testing.T) {
	configs := glob(t, "../testdata/stores/*.config.yaml")
	require.NotEmpty(t, configs)
	for _, file := range configs {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			pipeline, _, _ := strings.Cut(name, ".")
			workflow, text := storedIn(t, "../examples/"+pipeline+".yaml", translate.Options{Store: translate.Store{Configs: config(name, textOf(t, file))}})
			goldentest.Compare(t, strings.TrimSuffix(file, ".config.yaml")+".workflow.yaml", text)
			_, err := contract.ParseStoreConfig(storeConfigOf(workflow))
			require.NoError(t, err, "what the pods read")
		})
	}
	_, text := storedIn(t, "../examples/artifacts.yaml", translate.Options{Store: translate.Store{Volume: translate.StoreVolume{Claim: "artifacts", SubPath: "team-a"}}})
	goldentest.Compare(t, "../testdata/stores/artifacts.volume.workflow.yaml", text)
}

// TestStoreTexts has names that Argo or the kubelet would read.
func TestStoreTexts(t *testing.T) {
	const text = `providers: {s3: {default: {region: "{{workflow.name}}$(HOME)", credentials: {fromEnv: true}}}}`
	workflow, _ := storedIn(t, "../examples/artifacts.yaml", translate.Options{Store: translate.Store{Configs: config("c.yaml", text)}})
	value := storeConfigOf(workflow)
	require.NotContains(t, value, "{{")
	require.NotContains(t, value, "$")
	read, err := contract.ParseStoreConfig(value)
	require.NoError(t, err)
	require.Equal(t, "{{workflow.name}}$(HOME)", read.Places[0].Region)
}

// TestRoots looks at which root holds.
func TestRoots(t *testing.T) {
	own := strings.Replace(textOf(t, "../examples/artifacts.yaml"), "\nroot:", "\ndefaultPipelineRoot: s3://own/root\nroot:", 1)
	launcher := config("c.yaml", "{defaultPipelineRoot: 's3://launcher/root'}")
	volume := translate.StoreVolume{Claim: "c"}
	for _, tc := range []struct {
		text    string
		options translate.Options
		want    string
	}{
		{"", translate.Options{}, ""},
		{"", translate.Options{Store: translate.Store{Configs: launcher}}, "s3://launcher/root"},
		{"", translate.Options{Store: translate.Store{Configs: launcher, Volume: volume}}, "file:///kfp-store"},
		{"", translate.Options{Store: translate.Store{Configs: launcher, Volume: volume, Root: "s3://flag"}}, "s3://flag"},
		{"", translate.Options{Store: translate.Store{Volume: volume, Root: "file:///kfp-store/sub"}}, "file:///kfp-store/sub"},
		{own, translate.Options{Store: translate.Store{Configs: launcher, Volume: volume}}, "s3://own/root"},
		{own, translate.Options{Store: translate.Store{Root: "s3://flag"}}, "s3://flag"},
	} {
		text := tc.text
		if text == "" {
			text = textOf(t, "../examples/artifacts.yaml")
		}
		workflow, found, err := translate.Translate(diag.Source{Text: []byte(text)}, tc.options)
		require.NoError(t, err)
		require.NotNil(t, workflow, "%v", found)
		argument := workflow.Spec.Arguments.GetParameterByName("pipeline-root")
		require.NotNil(t, argument)
		if tc.want == "" {
			require.Nil(t, argument.Value)
			continue
		}
		require.Equal(t, tc.want, argument.Value.String())
	}
}

// TestStoresRefused has files and options that do not fit.
func TestStoresRefused(t *testing.T) {
	patch := []diag.Source{{Name: "patch.yaml", Text: []byte("workflow: {spec: {volumes: [{name: mine, nfs: {server: s, path: /}}], " +
		"templateDefaults: {container: {volumeMounts: [{name: mine, mountPath: /mnt}]}}}}")}}
	for _, tc := range []struct {
		options translate.Options
		want    string
	}{
		{translate.Options{Overlays: patch, Store: translate.Store{Configs: config("c.yaml", "{provider: {}}")}},
			`2:1:2: unknown field "provider" in the settings of KFP's launcher`},
		{translate.Options{Store: translate.Store{Root: "file:///mnt/x"}},
			"0:0:0: the pipeline root file:///mnt/x is in no volume of task make-data, so that what it stores would be gone with its pod"},
		{translate.Options{Store: translate.Store{Root: "file:///kfp-store-2", Volume: translate.StoreVolume{Claim: "c"}}},
			"0:0:0: the pipeline root file:///kfp-store-2 is in no volume of task make-data, so that what it stores would be gone with its pod"},
		{translate.Options{Store: translate.Store{Root: "file:///kfp/x"}},
			"0:0:0: the pipeline root file:///kfp/x is in no volume of task make-data, so that what it stores would be gone with its pod"},
		{translate.Options{Store: translate.Store{Root: "file:///mnt/x"}, Overlays: patch}, ""},
		{translate.Options{Store: translate.Store{Root: "s3://b/{{workflow.name}}"}},
			"0:0:0: the pipeline root s3://b/{{workflow.name}} has {{, which Argo takes for a tag"},
		{translate.Options{Store: translate.Store{Volume: translate.StoreVolume{Claim: "No_Claim"}}},
			`0:0:0: the claim "No_Claim" of the store: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`},
		{translate.Options{Store: translate.Store{Volume: translate.StoreVolume{Claim: "c", SubPath: "a/../b"}}},
			`0:0:0: the directory "a/../b" in the store's volume: it must be a relative path without .. and {{`},
	} {
		workflow, found, err := translate.Translate(diag.Source{Text: []byte(textOf(t, "../examples/artifacts.yaml"))}, tc.options)
		require.NoError(t, err)
		if tc.want == "" {
			require.NotNil(t, workflow, "%v", found)
			continue
		}
		require.Nil(t, workflow)
		require.Len(t, found, 1)
		require.Equal(t, tc.want, fmt.Sprintf("%d:%d:%d: %s", found[0].Source, found[0].Span.Line, found[0].Span.Column, found[0].Message))
	}
}
