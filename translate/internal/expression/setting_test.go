package expression_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// settingTexts are the texts of one kind in runtime/contract/testdata.
type settingTexts struct {
	Good  []string
	Wrong map[string]string
}

func settingTable(t testing.TB) map[contract.SettingKind]settingTexts {
	t.Helper()
	data, err := os.ReadFile("../../../runtime/contract/testdata/settings.yaml")
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	var table map[contract.SettingKind]settingTexts
	require.NoError(t, decoder.Decode(&table))
	return table
}

// TestIsSetting holds the expressions against the driver: what it reports, a
// pod is made without, and what a pod is made with, it takes.
func TestIsSetting(t *testing.T) {
	for kind, texts := range settingTable(t) {
		for _, text := range texts.Good {
			require.Equal(t, "true", isSetting(t, kind, text), "%s: %s", kind, text)
			requireKubernetesTakes(t, kind, text)
		}
		for _, text := range append(slices.Collect(maps.Keys(texts.Wrong)), "", " ", "null", " null\n") {
			require.Equal(t, "false", isSetting(t, kind, text), "%s: %s", kind, text)
		}
	}
}

func isSetting(t *testing.T, kind contract.SettingKind, text string) string {
	t.Helper()
	env := situation{Inputs: map[string]string{"v": text}}.environment(t)
	return evaluated(t, expression.IsSetting(expression.Input("v"), kind).String(), env)
}

// FuzzIsSetting compares the expressions with the driver's check, and what both
// take with what Kubernetes takes.
func FuzzIsSetting(f *testing.F) {
	table := settingTable(f)
	for _, texts := range table {
		for _, text := range append(texts.Good, slices.Sorted(maps.Keys(texts.Wrong))...) {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = string([]rune(text)) // a Workflow is JSON, which is UTF-8
		value, err := contract.DecodeParameter(text)
		isNone := err == nil && (contract.KindOf(value) == contract.KindInvalid || contract.KindOf(value) == contract.KindNull)
		for kind := range table {
			taken := contract.Setting{Kind: kind}.Check(text) == nil && !isNone
			require.Equal(t, taken, isSetting(t, kind, text) == "true", "%s: %q", kind, text)
			if taken {
				requireKubernetesTakes(t, kind, text)
			}
		}
	})
}

// requireKubernetesTakes has Kubernetes' own code check a value.
func requireKubernetesTakes(t *testing.T, kind contract.SettingKind, text string) {
	t.Helper()
	value, err := contract.DecodeParameter(text)
	require.NoError(t, err)
	plain, err := contract.Text(value)
	require.NoError(t, err)
	switch kind {
	case contract.QuantitySetting, contract.CountSetting:
		q, err := resource.ParseQuantity(plain)
		require.NoError(t, err, plain)
		require.NotEqual(t, -1, q.Sign())
		require.True(t, kind == contract.QuantitySetting || q.MilliValue()%1000 == 0, plain)
	case contract.ResourceSetting:
		if len(plain) <= validation.LabelValueMaxLength {
			require.Empty(t, validation.IsQualifiedName(plain), plain)
		}
	case contract.LabelsSetting:
		require.NoError(t, json.Unmarshal(value, &map[string]string{}))
	}
}
