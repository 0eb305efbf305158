package expression_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// FuzzArgument holds what entry makes of an argument against the text that was
// given, raw or as JSON. Argo finds no tag on the way.
func FuzzArgument(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "{{workflow.name}}", "{{=1 +}}", "{{{{{", "{{\\u007b", "{\\u007", "\\{{", "\"{{ x }}\"", "<&>", "é😀\x7f", "\xff{{",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		valid := string([]rune(text))
		escaped := contract.EscapeArgument(valid)
		require.NotContains(t, escaped, "{{")
		env := situation{Arguments: map[string]string{"t": escaped}}.environment(t)
		raw := evaluated(t, expression.Shield(expression.ArgumentText(expression.Argument("t"))).String(), env)
		require.NotContains(t, raw, "{{")
		var got string
		require.NoError(t, json.Unmarshal([]byte(raw), &got), raw)
		if contract.IsArgument(valid) {
			require.Equal(t, valid, got)
		}
		list, err := json.Marshal([]string{valid})
		require.NoError(t, err)
		require.JSONEq(t, string(list), contract.EscapeArgument(string(list)))
	})
}
