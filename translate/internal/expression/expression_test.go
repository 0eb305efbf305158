package expression_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// sample is an entry of testdata/expressions.yaml.
type sample struct {
	Built      string
	Expression string
	Cases      []struct {
		situation `yaml:",inline"`
		Want      string
		// Fails is part of the error where there is one.
		Fails string
	}
}

// situation is what there is for an expression to read.
type situation struct {
	Inputs, Arguments map[string]string
	Status            map[string]string            // by task
	Outputs           map[string]map[string]string // by task
	Failures          []map[string]string          // of the Workflow
	Item              string
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
		"ArgumentText":              expression.ArgumentText(expression.Argument("t")),
		"NoArgumentTags":            expression.NoArgumentTags,
		"Output":                    expression.Output("train-all", "loss_1"),
		"WorkflowName":              expression.WorkflowName,
		"WorkflowUID":               expression.WorkflowUID,
		"AllInputs":                 expression.AllInputs,
		"MaybeOutput":               expression.MaybeOutput("a", "o"),
		"Succeeded":                 expression.Succeeded("a"),
		"FinalStatus":               expression.FinalStatus("train", "Train_<"),
		"CanceledStatus":            expression.CanceledStatus("train"),
		"Stopped":                   expression.Stopped("clean-up", "clean-up-2"),
		"StoppedOrLate":             expression.StoppedOrLate("clean-up", "clean-up-2"),
		"FirstOf": expression.FirstOf([]expression.Choice{
			{If: expression.Succeeded("a"), Then: expression.Output("a", "o")},
			{If: expression.Succeeded("b"), Then: expression.Output("b", "o")},
		}),
		"FirstOf nothing":                 expression.FirstOf(nil),
		"Indexes of a list":               expression.Items{Text: v, Sure: true}.Indexes(),
		"Indexes":                         expression.Items{Text: v}.Indexes(),
		"Indexes of what may be an error": expression.Items{Text: v, Sure: true, Fault: `input "a" of task "b"`}.Indexes(),
		"Item of a list":                  expression.Items{Text: v, Sure: true}.Item(),
		"Item":                            expression.Items{Text: v}.Item(),
		"NoItems":                         expression.NoItems,
		"ItemOfTexts":                     expression.ItemOfTexts([]string{`"a"`, "", `"\u003c"`, `{"a":{"b":1}}`}),
		"Collected":                       expression.Collected("loop", "o"),
		"CollectedArtifacts":              expression.CollectedArtifacts("loop", "o"),
		"String":                          expression.String("it's {{ $HOME"),
		"Concat of nothing":               concat(),
		"Concat of literals":              concat("a", "b"),
		"Concat":                          concat("<", "{", expression.Input("a"), expression.Input("b"), "}", ">"),
		"Concat of texts": concat("[", expression.Text(expression.Input("s"), contract.String),
			"|", expression.Text(v, ""), "]"),
		"JSONString": expression.JSONString(expression.Argument("name")),
		"IfEmpty":    expression.IfEmpty(v, "'none'", v),
		"OrFault":    expression.OrFault(v, expression.JSONString(v)+" + 'x'"),
		"IfEmpty of IfEmpty": expression.IfEmpty(
			expression.IfEmpty(expression.Input("a"), expression.Input("b"), expression.Input("a")), "'none'", "'some'"),
		"Shield":             expression.Shield(v),
		"Text of any type":   expression.Text(v, ""),
		"Coerce of any type": expression.Coerce(v, ""),
		"FromString":         expression.FromString(v),
		"Coerce of an expression": expression.Coerce(
			expression.IfEmpty(expression.Input("a"), v, expression.Input("a")), ""),
	}
	for _, t := range []contract.ParameterType{
		contract.String, contract.NumberInteger, contract.NumberDouble, contract.Boolean, contract.List, contract.Struct,
	} {
		all["Text of "+string(t)] = expression.Text(v, t)
	}
	for _, t := range []contract.ParameterType{contract.String, contract.NumberInteger, contract.NumberDouble, contract.Boolean} {
		all["Coerce of "+string(t)] = expression.Coerce(v, t)
	}
	maps.Copy(all, builtOfClaims())
	maps.Copy(all, builtOfSettings())
	return all
}

// builtOfSettings holds what is built of pod settings.
func builtOfSettings() map[string]expression.Expression {
	v := expression.Input("v")
	all := map[string]expression.Expression{
		"IfSetting": expression.IfSetting(v, contract.NameSetting, func(name expression.Expression) expression.Expression {
			return concat(`{"name": `, name, "}")
		}, expression.String(`{"$patch": "delete"}`)),
		"OrNull":                     expression.OrNull(v, contract.QuantitySetting),
		"If":                         expression.If(expression.IsSetting(v, contract.ImageSetting), "fromJSON("+v+")", "'none'"),
		"Bracketed":                  "'<' + " + expression.Bracketed(expression.OrNull(v, contract.CountSetting)) + " + '>'",
		"Elements":                   expression.Elements([]expression.Expression{expression.String("1"), expression.ListInside(v), expression.ListInside(expression.Input("w"))}),
		"ListInside":                 expression.ListInside(v),
		"MemberInside":               expression.MemberInside(v, "all", "terms"),
		"MemberInside, at once":      expression.MemberInside(v, "terms"),
		"NonEmptyList":               expression.NonEmptyList(`{"terms":[`, expression.Bracketed(expression.ListInside(v)), "]}"),
		"NonEmptyList of known ones": expression.NonEmptyList("[", expression.String("1,2"), "]"),
	}
	for _, kind := range []contract.SettingKind{
		contract.NameSetting, contract.QuantitySetting, contract.CountSetting, contract.ResourceSetting,
		contract.ImageSetting, contract.LabelsSetting, contract.StructSetting, contract.StructsSetting,
	} {
		all["IsSetting "+string(kind)] = expression.IsSetting(v, kind)
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
				if c.Fails != "" {
					_, err := evaluate(t, s.Expression, c.environment(t))
					require.ErrorContains(t, err, c.Fails)
					continue
				}
				require.Equal(t, c.Want, evaluated(t, s.Expression, c.environment(t)), "%+v", c)
			}
		})
	}
	require.Empty(t, unused, "testdata/expressions.yaml does not evaluate all of them")
}

// TestBeforeTheTasks evaluates what reads of tasks in a DAG that starts, of
// which only the name is known: it must fail, or Argo takes the result for good.
func TestBeforeTheTasks(t *testing.T) {
	env := situation{}.environment(t)
	env["tasks"] = map[string]any{"name": "train-all"}
	found := 0
	for name, e := range built() {
		if !strings.Contains(string(e), "tasks[") {
			continue
		}
		found++
		result, err := evaluate(t, string(e), env)
		require.Error(t, err, "%s is %v", name, result)
	}
	require.NotZero(t, found)
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
func (s situation) environment(t *testing.T) map[string]any {
	t.Helper()
	tasks := map[string]map[string]any{}
	for task, status := range s.Status {
		tasks[task] = map[string]any{"status": status}
	}
	for task, parameters := range s.Outputs {
		if tasks[task] == nil {
			tasks[task] = map[string]any{"status": "Succeeded"}
		}
		tasks[task]["outputs"] = map[string]any{"parameters": parameters}
	}
	failures, err := json.Marshal(s.Failures)
	require.NoError(t, err)
	return map[string]any{
		"inputs": map[string]any{"parameters": s.Inputs},
		"workflow": map[string]any{
			"parameters": s.Arguments, "name": "hello-x7k2p", "uid": "0b4f6a4e-1111-2222-3333-444455556666",
			"failures": string(contract.QuoteText(string(failures))),
		},
		"pod":   map[string]any{"name": "hello-x7k2p-create-1234"},
		"tasks": tasks,
		"item":  s.Item,
		"toJson": func(v any) (string, error) {
			text, err := json.Marshal(v)
			return string(text), err
		},
		"sprig": map[string]any{"fromJson": func(text string) any {
			var v any
			if json.Unmarshal([]byte(text), &v) != nil {
				return nil
			}
			return v
		}},
	}
}

func evaluate(t *testing.T, text string, env map[string]any) (any, error) {
	t.Helper()
	program, err := expr.Compile(text, expr.Env(env))
	require.NoError(t, err, text)
	return expr.Run(program, env)
}

func evaluated(t *testing.T, text string, env map[string]any) string {
	t.Helper()
	result, err := evaluate(t, text, env)
	require.NoError(t, err, text)
	if condition, ok := result.(bool); ok {
		return strconv.FormatBool(condition)
	}
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
		"{":               `'{'`,
		"a{b}c":           `'a{b}c'`,
		"{a}":             `'{a}'`,
		"a{{b}}c":         `'a{\u007bb}\u007dc'`,
		"a{}b":            `'a{}b'`,
		"é{é}é":           `'\u00e9{\u00e9}\u00e9'`,
		`\u007b`:          `'\\u007b'`,
		`\u003c`:          `'\u005cu003c'`, // Argo takes that escape away
	} {
		require.Equal(t, want, expression.Quote(text), "%q", text)
	}
}

// FuzzQuote holds the promise of Quote: the literal means the text, and
// nothing in it means anything to Argo or the kubelet, wherever it stands.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{
		"", "'", `\`, `\'`, `'''`, `\\`, "{{", "}}", "{", "}", "{{{", "}{", "{é}", "$(X)", "$$", "\x00\x1f\x7f", "a\nb\r\n",
		"é😀\U000e0001\ufeff", "\xff{\xfe}", "{{=1}}", "{{workflow.name}}", `\u007b`, `\u003c`, `\\u0026`, `\x41`, "' + '", "#{", "//", "/*", "`",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		literal, env := expression.Quote(text), situation{}.environment(t)
		valid := string([]rune(text))
		require.Equal(t, valid, evaluated(t, literal, env), literal)
		require.Equal(t, "<"+valid+">", evaluated(t, string(concat("<", expression.String(text), ">")), env))
		for _, c := range []byte(literal) {
			require.True(t, ' ' <= c && c < 0x7f && c != '$', literal)
		}
		require.NotRegexp(t, `\\u(003c|003e|0026)`, literal) // which Argo replaces in a tag
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
		env := situation{Inputs: map[string]string{"v": value}}.environment(t)
		again := evaluated(t, string(expression.Shield("toJson(fromJSON("+expression.Input("v")+"))")), env)
		require.NotContains(t, again, "{{")
		require.NotContains(t, again, "$")
		require.JSONEq(t, string(list), again)
	})
}
