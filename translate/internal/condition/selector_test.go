package condition_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/condition"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

func TestSelector(t *testing.T) {
	for _, tc := range []struct{ selector, lets, holder, present, key, path string }{
		{`parseJson(string_value)["A_a"]`, ``, `o`, `type(o) == 'map' && 'A_a' in o`, `'A_a'`, `["A_a"]`},
		{`parseJson(string_value)['it\'s ä']`, ``, `o`, `type(o) == 'map' && 'it\'s \u00e4' in o`, `'it\'s \u00e4'`, `["it\'s \u00e4"]`},
		{
			`parseJson(string_value).a.b`, `let o2 = type(o) == 'map' ? get(o, 'a') : nil; `, `o2`,
			`type(o2) == 'map' && 'b' in o2`, `'b'`, `["a"]["b"]`,
		},
		{
			`parseJson(string_value)["a"][2]`, `let o2 = type(o) == 'map' ? get(o, 'a') : nil; `, `o2`,
			`type(o2) == 'array' && len(o2) > 2`, `2`, `["a"][2]`,
		},
	} {
		s, problems := condition.ParseSelector(tc.selector)
		require.Empty(t, problems)
		want := `inputs.parameters['x'] == '' ? '' : let v = sprig.fromJson(inputs.parameters['x']); let o = type(v) == 'string' ? sprig.fromJson(v) : v; ` + tc.lets +
			`!(` + tc.present + `) ? '!the value it is taken from has no member ` + tc.path + `' : ` + tc.holder + `[` + tc.key + `] == nil ? '' : ` +
			`replace(replace(toJson(` + tc.holder + `[` + tc.key + `]), '{' + '{', '{\\u007b'), '$', '\\u0024')`
		require.Equal(t, want, onOneLine(s.Expression(expression.Input("x")).String()))
	}
}

func TestSelectorProblems(t *testing.T) {
	const hint = ` (a selector has the form parseJson(string_value)["key"])`
	for _, tc := range []struct{ selector, want string }{
		{`struct_value["a"]`, `[struct_value] struct_value cannot be translated` + hint},
		{`string_value`, `[string_value] string_value cannot be translated` + hint},
		{`parseJson(string_value)`, `[parseJson(string_value)] a selector that selects nothing cannot be translated` + hint},
		{`parseJson(list_value)["a"]`, `[list_value] parseJson() of anything but string_value cannot be translated` + hint},
		{`size(string_value)`, `[size(string_value)] this cannot be translated` + hint},
		{`5`, `[5] this cannot be translated` + hint},
		{`parseJson(string_value)[string_value]`, `[string_value] a computed key cannot be translated (the key must be a string or a number that is written out)`},
		{`parseJson(string_value)[-1]`, `[-1] no list has an element before its first`},
		{`parseJson(`, `[] this is not CEL: mismatched input '<EOF>'`},
	} {
		s, problems := condition.ParseSelector(tc.selector)
		require.Equal(t, tc.want, written(tc.selector, problems))
		require.Nil(t, s)
	}
}

// TestSelectorOracle asks CEL and expr-lang what random selectors find in
// random values: it has to be the same. Where CEL fails, the expression says
// that there is no such member; a null counts as no value.
func TestSelectorOracle(t *testing.T) {
	env, err := cel.NewEnv(cel.Variable("string_value", cel.StringType), parseJSON())
	require.NoError(t, err)
	found := 0
	for seed := range uint64(2000) {
		g := newGenerator(rand.New(rand.NewPCG(seed, 2)))
		text := "parseJson(string_value)"
		for more := true; more; more = g.IntN(3) == 0 {
			text += pick(g, g.member, g.member, g.index)()
		}
		value := g.value(pick(g, contract.String, contract.Struct, contract.Struct, contract.List, "UNKNOWN"))
		s, problems := condition.ParseSelector(text)
		require.Empty(t, problems)
		want, wantErr := selectCEL(t, env, text, value)
		got, gotErr := selectExpr(t, s.Expression(expression.Input("x")).String(), value)
		if wantErr != nil {
			require.NoError(t, gotErr, "%s of %s", text, value)
			require.True(t, strings.HasPrefix(got, contract.ErrorMark), "%s of %s gives %s", text, value, got)
			continue
		}
		if want == "null" {
			require.NoError(t, gotErr, "%s of %s", text, value)
			require.Empty(t, got, "%s of %s", text, value)
			continue
		}
		found++
		require.NoError(t, gotErr, "%s of %s", text, value)
		require.JSONEq(t, want, got, "%s of %s", text, value)
		require.False(t, strings.ContainsAny(got, "$") || strings.Contains(got, "{{"), got)
	}
	require.Greater(t, found, 200)
}

func TestSelectorOfNothing(t *testing.T) {
	s, _ := condition.ParseSelector(`parseJson(string_value)["a"]`)
	got, err := selectExpr(t, s.Expression(expression.Input("x")).String(), nil)
	require.NoError(t, err)
	require.Empty(t, got)
}

// selectCEL selects as KFP does, and returns JSON text.
func selectCEL(t *testing.T, env *cel.Env, text string, value json.RawMessage) (string, error) {
	program, err := compileCEL(env, text, false)
	require.NoError(t, err)
	valueText, err := contract.Text(value)
	require.NoError(t, err)
	result, _, err := program.Eval(map[string]any{"string_value": valueText})
	if err != nil {
		return "", err
	}
	if result == types.NullValue {
		return "null", nil
	}
	selected, err := structpb.NewValue(result.Value())
	require.NoError(t, err)
	out, err := selected.MarshalJSON()
	return string(out), err
}

// selectExpr selects as Argo does, from the value of an input named x.
func selectExpr(t *testing.T, text string, value json.RawMessage) (string, error) {
	v := values{}
	if value != nil {
		v["x"] = value
	}
	out, err := expr.Run(compileExpr(t, text).program, argoEnv(v))
	if err != nil {
		return "", err
	}
	require.IsType(t, "", out)
	return out.(string), nil
}
