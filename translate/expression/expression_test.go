package expression_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/expression"
)

// sample is an entry of testdata/expressions.yaml.
type sample struct {
	Built      string
	Expression string
	Cases      []struct {
		Inputs, Arguments map[string]string
		Outputs           map[string]map[string]string // by task
		Want              string
	}
}

func samples(t *testing.T) []sample {
	t.Helper()
	text, err := os.ReadFile("testdata/expressions.yaml")
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var all []sample
	require.NoError(t, decoder.Decode(&all))
	return all
}

// built holds the expressions of testdata/expressions.yaml as they are built.
func built() map[string]expression.Expression {
	v := expression.Input("v")
	all := map[string]expression.Expression{
		"Input":                     expression.Input("rows"),
		"Input, a name with dashes": expression.Input("--a-b"),
		"Argument":                  expression.Argument("pipeline-root"),
		"Output":                    expression.Output("train-all", "loss_1"),
		"WorkflowName":              expression.WorkflowName,
		"WorkflowUID":               expression.WorkflowUID,
		"AllInputs":                 expression.AllInputs,
		"String":                    expression.String("it's {{ $HOME"),
		"Concat of nothing":         concat(),
		"Concat of literals":        concat("a", "b"),
		"Concat":                    concat("<", "{", expression.Input("a"), expression.Input("b"), "}", ">"),
		"Concat of texts": concat("[", expression.Text(expression.Input("s"), contract.String),
			"|", expression.Text(v, ""), "]"),
		"JSONString": expression.JSONString(expression.Argument("name")),
		"IfEmpty":    expression.IfEmpty(v, "'none'", v),
		"IfEmpty of IfEmpty": expression.IfEmpty(
			expression.IfEmpty(expression.Input("a"), expression.Input("b"), expression.Input("a")), "'none'", "'some'"),
		"Shield":             expression.Shield(v),
		"Text of any type":   expression.Text(v, ""),
		"Coerce of any type": expression.Coerce(v, ""),
		"FromString":         expression.FromString(v),
	}
	for _, t := range []contract.ParameterType{
		contract.String, contract.NumberInteger, contract.NumberDouble, contract.Boolean, contract.List, contract.Struct,
	} {
		all["Text of "+string(t)] = expression.Text(v, t)
	}
	for _, t := range []contract.ParameterType{contract.String, contract.NumberInteger, contract.NumberDouble, contract.Boolean} {
		all["Coerce of "+string(t)] = expression.Coerce(v, t)
	}
	return all
}

// concat joins texts, which are strings where they are known.
func concat(texts ...any) expression.Expression {
	var c expression.Concat
	for _, text := range texts {
		switch text := text.(type) {
		case string:
			c.Literal(text)
		case expression.Expression:
			c.Value(text)
		}
	}
	return c.Expression()
}

func TestBuilders(t *testing.T) {
	unused := built()
	for _, s := range samples(t) {
		t.Run(s.Built, func(t *testing.T) {
			require.Contains(t, unused, s.Built)
			require.Equal(t, s.Expression, string(unused[s.Built]))
			delete(unused, s.Built)
			require.NotEmpty(t, s.Cases)
			for _, c := range s.Cases {
				require.Equal(t, c.Want, evaluated(t, s.Expression, environment(c.Inputs, c.Arguments, c.Outputs)), "%+v", c)
			}
		})
	}
	require.Empty(t, unused, "testdata/expressions.yaml does not evaluate all of them")
}

// TestTag holds every expression against what Argo's template engine would
// stumble over: it looks for the first two braces, in quotes or not.
func TestTag(t *testing.T) {
	for name, e := range built() {
		require.NotContains(t, string(e), "{{", name)
		require.NotContains(t, string(e), "}}", name)
		require.Equal(t, "{{="+string(e)+"}}", e.Tag())
		inside, after, _ := strings.Cut(strings.TrimPrefix(e.Tag(), "{{="), "}}")
		require.Equal(t, string(e), inside, name)
		require.Empty(t, after, name)
	}
}

// environment is what Argo evaluates an expression in, as far as the builders
// refer to it.
func environment(inputs, arguments map[string]string, outputs map[string]map[string]string) map[string]any {
	tasks := map[string]any{}
	for task, parameters := range outputs {
		tasks[task] = map[string]any{"outputs": map[string]any{"parameters": parameters}}
	}
	return map[string]any{
		"inputs": map[string]any{"parameters": inputs},
		"workflow": map[string]any{
			"parameters": arguments, "name": "hello-x7k2p", "uid": "0b4f6a4e-1111-2222-3333-444455556666",
		},
		"tasks": tasks,
		"toJson": func(v any) (string, error) {
			text, err := json.Marshal(v)
			return string(text), err
		},
	}
}

func evaluated(t *testing.T, text string, env map[string]any) string {
	t.Helper()
	program, err := expr.Compile(text, expr.Env(env))
	require.NoError(t, err, text)
	result, err := expr.Run(program, env)
	require.NoError(t, err, text)
	require.IsType(t, "", result, text)
	return result.(string)
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":                "''",
		"plain text":      "'plain text'",
		`it's "q" \ back`: `'it\'s "q" \\ back'`,
		"a\nb\tc\x00\x7f": `'a\u000ab\u0009c\u0000\u007f'`,
		"$(HOME) $$":      `'\u0024(HOME) \u0024\u0024'`,
		"é😀\U000e0001":    `'\u00e9\U0001f600\U000e0001'`,
		"\xff":            `'\ufffd'`,
		"{":               `'\u007b'`,
		"a{b}c":           `'a{b}c'`,
		"{a}":             `'\u007ba\u007d'`,
		"a{{b}}c":         `'a\u007b\u007bb\u007d\u007dc'`,
		"a{}b":            `'a\u007b\u007db'`,
		"é{é}é":           `'\u00e9{\u00e9}\u00e9'`,
		`\u007b`:          `'\\u007b'`,
	} {
		require.Equal(t, want, expression.Quote(text), "%q", text)
	}
}

// FuzzQuote holds the promise of Quote: the literal means the text, and
// nothing in it means anything to Argo or the kubelet, wherever it stands.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{
		"", "'", `\`, `\'`, `'''`, `\\`, "{{", "}}", "{", "}", "{{{", "}{", "{é}", "$(X)", "$$", "\x00\x1f\x7f", "a\nb\r\n",
		"é😀\U000e0001\ufeff", "\xff{\xfe}", "{{=1}}", "{{workflow.name}}", `\u007b`, `\x41`, "' + '", "#{", "//", "/*", "`",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		literal, env := expression.Quote(text), environment(nil, nil, nil)
		valid := string([]rune(text))
		require.Equal(t, valid, evaluated(t, literal, env), literal)
		require.Equal(t, "<"+valid+">", evaluated(t, string(concat("<", expression.String(text), ">")), env))
		for _, c := range []byte(literal) {
			require.True(t, ' ' <= c && c < 0x7f && c != '$', literal)
		}
		require.NotContains(t, "{"+literal+"{", "{{")
		require.NotContains(t, "}"+literal+"}", "}}")
	})
}

// FuzzShield holds an expression that re-encodes a value against the text that
// the pods write: both mean the same, and neither means anything to Argo.
func FuzzShield(f *testing.F) {
	for _, seed := range []string{"", "a", "{{", "{{{{{", "}}", "$(X)", `"\u0024`, "é😀\x7f", "{\u007b", "\xff", "<>&", "{{=1}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := json.Marshal([]any{text, map[string]string{text: text}})
		require.NoError(t, err)
		value, err := contract.EncodeParameter(list)
		require.NoError(t, err)
		env := environment(map[string]string{"v": value}, nil, nil)
		again := evaluated(t, string(expression.Shield("toJson(fromJSON("+expression.Input("v")+"))")), env)
		require.NotContains(t, again, "{{")
		require.NotContains(t, again, "$")
		require.JSONEq(t, string(list), again)
	})
}
