package oracle_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// TestIsSetting has Argo tell the texts that a pod can have from those that it
// cannot, as the driver does.
func TestIsSetting(t *testing.T) {
	data, err := os.ReadFile("../../../runtime/contract/testdata/settings.yaml")
	require.NoError(t, err)
	var table map[contract.SettingKind]struct {
		Good  []string
		Wrong map[string]string
	}
	require.NoError(t, yaml.UnmarshalStrict(data, &table))
	require.NotEmpty(t, table)
	for kind, texts := range table {
		for _, text := range texts.Good {
			require.Equal(t, "true", isSetting(t, kind, text), "%s: %s", kind, text)
		}
		for text := range texts.Wrong {
			require.Equal(t, "false", isSetting(t, kind, text), "%s: %s", kind, text)
		}
		for _, text := range []string{"", " ", "null"} {
			require.Equal(t, "false", isSetting(t, kind, text), "%s: %q", kind, text)
		}
	}
}

func isSetting(t *testing.T, kind contract.SettingKind, text string) string {
	t.Helper()
	variables := global()
	define(variables, "inputs.parameters", map[string]string{"v": text})
	return filledIn(t, expression.IsSetting(expression.Input("v"), kind).Tag(), variables)
}
