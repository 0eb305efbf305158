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

	"github.com/kfp2argo/kfp2argo/internal/macro"
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

func macros(text string) []macro.Macro {
	found, err := macro.Find(text)
	if err != nil {
		panic(err)
	}
	return found
}

// built holds the expressions of testdata/expressions.yaml as they are built.
func built() map[string]expression.Expression {
	v := expression.Input("v")
	all := map[string]expression.Expression{
		"Input":                     expression.Input("rows"),
		"Input, a name with dashes": expression.Input("--a-b"),
		"Argument":                  expression.Argument("pipeline-root"),
		"ArgumentText":              expression.ArgumentText(expression.Argument("t")),
		"NoArgumentTags":            expression.NoArgumentTags(),
		"WithMacros":                expression.WithMacros(expression.Argument("t"), macros("[[ScheduledTime.2006-01-02]] [[RunUUID]] {{$.currentTime.strftime('%H 1 %s')}}")),
		"Output":                    expression.Output("train-all", "loss_1"),
		"WorkflowName":              expression.WorkflowName(),
		"WorkflowUID":               expression.WorkflowUID(),
		"AllInputs":                 expression.AllInputs(),
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
		"Lines of a list":                 expression.Items{Text: v, Sure: true}.Lines(),
		"Lines":                           expression.Items{Text: v}.Lines(),
		"Lines of what may be an error":   expression.Items{Text: v, Sure: true, Fault: `input "a" of task "b"`}.Lines(),
		"Item of lines":                   expression.Items{Text: v, Lined: true}.Item(),
		"NoItems":                         expression.NoItems(),
		"ItemOfTexts":                     expression.ItemOfTexts([]string{`"a"`, "", `"\u003c"`, `{"a":{"b":1}}`}),
		"Collected":                       expression.Collected("loop", "o"),
		"CollectedArtifacts":              expression.CollectedArtifacts("loop", "o"),
		"String":                          expression.String("it's {{ $HOME"),
		"Join of nothing":                 expression.Join[expression.Text](),
		"Join of literals":                expression.Join(expression.String("a"), expression.String("b")),
		"Join": expression.Join(expression.KnownJSON("<"), expression.KnownJSON("{"), expression.Input("a").Piece(),
			expression.Input("b").Piece(), expression.KnownJSON("}"), expression.KnownJSON(">")),
		"Join of texts": expression.Join(expression.String("["), expression.StringOf(expression.Input("s")),
			expression.String("|"), expression.AsText(v), expression.String("]")),
		"ToJSON of a text": expression.ToJSON(expression.Argument("name")),
		"ToJSON of a name": expression.ToJSON(expression.WorkflowName().Text()),
		"IfEmpty":          expression.IfEmpty(v, expression.Known(`"none"`), expression.Input("w")),
		"OrFault":          expression.OrFault(v, expression.Shield(expression.Join(expression.ToJSON(expression.FromJSON(v)), expression.KnownJSON(" ")))),
		"IfEmpty of IfEmpty": expression.IfEmpty(
			expression.IfEmpty(expression.Input("a"), expression.Input("b"), expression.Input("a")), expression.String("none"), expression.String("some")),
		"Shield":                    expression.Shield(expression.Argument("v").JSON()),
		"Shield of what needs none": expression.Shield(v.Piece()),
		"AsText of any type":        expression.AsText(v),
		"Coerce of any type":        expression.Coerce(v),
		"StringOf":                  expression.StringOf(v),
		"Known":                     expression.Known(`{"a":"{\u007b"}`),
		"Coerce of an expression":   expression.Coerce(expression.IfEmpty(expression.Input("a"), v, expression.Input("a"))),
		"AsText of a member":        expression.AsText(expression.Member(v.Holding(contract.NumberInteger), []any{"k"})),
		"Join with a member": expression.Join(expression.String("v="),
			expression.AsText(expression.Member(expression.Output("t", "o").Holding(contract.NumberInteger), []any{"k"})), expression.String("!")),
		"Member":                    expression.Member(v, []any{"a", int64(1)}),
		"ChosenArgument, not plain": expression.Shield(expression.ChosenArgument("mode", []string{"$x"}).JSON()),
		"OrElse":                    expression.OrElse(expression.MaybeOutput("a", "o"), expression.Known("1")),
		"TextValue":                 expression.TextValue(v),
		"OrFail":                    expression.Compare(expression.FromJSON(expression.OrFail(v, `input "cfg" has no value`)), "==", expression.Literal("a")),
		"TextValue of STRING":       expression.TextValue(v.Holding(contract.String)),
		"ChosenArgument":            expression.Shield(expression.ChosenArgument("mode", []string{"1", "true"}).JSON()),
	}
	for _, t := range []contract.ParameterType{
		contract.String, contract.NumberInteger, contract.NumberDouble, contract.Boolean, contract.List, contract.Struct,
	} {
		all["AsText of "+string(t)] = expression.AsText(v.Holding(t))
	}
	for _, t := range []contract.ParameterType{contract.String, contract.NumberInteger, contract.NumberDouble, contract.Boolean} {
		all["Coerce of "+string(t)] = expression.Coerce(v.Holding(t))
	}
	all["MemberInPod"] = expression.MemberInPod(v, []any{"a", int64(1)})
	all["FillInPod without inputs"] = expression.FillInPod(json.RawMessage(`"{{$.pipeline_job_name}}"`), nil)
	all["FillInPod"] = expression.FillInPod(json.RawMessage(`"{{$.inputs.parameters['v']}}"`), []expression.Mention{
		{Input: "v", Value: v}, {Input: "w", Value: expression.MemberInPod(expression.Input("w"), []any{int64(0)})},
	})
	maps.Copy(all, builtOfClaims())
	maps.Copy(all, builtOfSettings())
	return all
}

// builtOfSettings holds what is built of pod settings.
func builtOfSettings() map[string]expression.Expression {
	v := expression.Input("v")
	all := map[string]expression.Expression{
		"IfSetting": expression.IfSetting(v, contract.NameSetting, func(name expression.Parameter) expression.JSON {
			return expression.Join(expression.KnownJSON(`{"name": `), name.Piece(), expression.KnownJSON("}"))
		}, expression.KnownJSON(`{"$patch": "delete"}`)),
		"OrNull":                expression.OrNull(v, contract.QuantitySetting),
		"Image":                 expression.Image(v),
		"Image in JSON":         expression.Shield(expression.ToJSON(expression.Image(v).Text())),
		"OrNull in JSON":        expression.Join(expression.KnownJSON("<"), expression.OrNull(v, contract.CountSetting), expression.KnownJSON(">")),
		"Elements":              expression.Elements([]expression.JSON{expression.KnownJSON("1"), expression.ListInside(v), expression.ListInside(expression.Input("w"))}),
		"ListInside":            expression.ListInside(v),
		"MemberInside":          expression.MemberInside(v, "all", "terms"),
		"MemberInside, at once": expression.MemberInside(v, "terms"),
		"NonEmptyList":          expression.NonEmptyList(`{"terms":[`, expression.ListInside(v), "]}"),
	}
	for _, kind := range []contract.SettingKind{
		contract.NameSetting, contract.QuantitySetting, contract.CountSetting, contract.ResourceSetting,
		contract.ImageSetting, contract.LabelsSetting, contract.StructSetting, contract.StructsSetting,
	} {
		all["IsSetting "+string(kind)] = expression.IsSetting(v, kind)
	}
	return all
}

func TestBuilders(t *testing.T) {
	unused := built()
	for _, s := range samples(t) {
		t.Run(s.Built, func(t *testing.T) {
			require.Contains(t, unused, s.Built)
			require.Equal(t, s.Expression, unused[s.Built].String())
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
		if !strings.Contains(e.String(), "tasks[") {
			continue
		}
		found++
		result, err := evaluate(t, e.String(), env)
		require.Error(t, err, "%s is %v", name, result)
	}
	require.NotZero(t, found)
}

// TestTag holds every expression against what Argo's template engine would
// stumble over: it looks for the first two braces, in quotes or not.
func TestTag(t *testing.T) {
	for name, e := range built() {
		require.NotContains(t, e.String(), "{{", name)
		require.NotContains(t, e.String(), "}}", name)
		tag := "{{=" + e.String() + "}}"
		if e, ok := e.(interface{ Tag() string }); ok {
			require.Equal(t, tag, e.Tag())
		}
		inside, after, _ := strings.Cut(strings.TrimPrefix(tag, "{{="), "}}")
		require.Equal(t, e.String(), inside, name)
		require.Empty(t, after, name)
	}
}

// TestFilled writes texts whose parts Argo puts together.
func TestFilled(t *testing.T) {
	v, w := expression.Input("v"), expression.MaybeOutput("a", "o")
	for want, p := range map[string]expression.Parameter{
		`"x"`:                         expression.Known(`"x"`),
		`{{=inputs.parameters['v']}}`: v,
		`member ["k"] of {{=inputs.parameters['v']}}`:                     expression.MemberInPod(v, []any{"k"}),
		`member [0] of member ["{\u007b"] of {{=inputs.parameters['v']}}`: expression.MemberInPod(expression.MemberInPod(v, []any{"{{"}), []any{int64(0)}),
		`fill "a" with {"n":{{=toJson(inputs.parameters['v'])}},"o":"\"x\""}`: expression.FillInPod(json.RawMessage(`"a"`), []expression.Mention{
			{Input: "n", Value: v}, {Input: "o", Value: expression.Known(`"x"`)},
		}),
		`member ["k"] of {{=` + w.String() + `}}`: expression.MemberInPod(w, []any{"k"}),
	} {
		require.Equal(t, want, p.Filled())
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
			"scheduledTime": "2026-11-30T04:00:00+01:00", "creationTimestamp": map[string]any{"RFC3339": "2026-11-30T03:00:02Z"},
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

// TestItemOfManyTexts looks up each item of a list that is long.
func TestItemOfManyTexts(t *testing.T) {
	texts := []string{"", `"it's, \n{\u007b \u0024HOME"`, `{"a": [1, "b"]}`}
	for i := range 200 {
		texts = append(texts, strconv.Itoa(i))
	}
	item := expression.ItemOfTexts(texts).String()
	require.Less(t, strings.Count(item, "'"), len(texts), "it is one text, in a few pieces")
	for i, want := range texts {
		require.Equal(t, want, evaluated(t, item, situation{Item: strconv.Itoa(i)}.environment(t)))
	}
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":                "''",
		"plain text":      "'plain text'",
		`it's "q" \ back`: `'it\'s "q" \\ back'`,
		"a\nb\tc\x00\x7f": `'a\nb\u0009c\u0000\u007f'`,
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
		require.Equal(t, want, expression.String(text).String(), "%q", text)
	}
}

// FuzzQuote holds the promise of [expression.String]: the literal means the text, and
// nothing in it means anything to Argo or the kubelet, wherever it stands.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{
		"", "'", `\`, `\'`, `'''`, `\\`, "{{", "}}", "{", "}", "{{{", "}{", "{é}", "$(X)", "$$", "\x00\x1f\x7f", "a\nb\r\n",
		"é😀\U000e0001\ufeff", "\xff{\xfe}", "{{=1}}", "{{workflow.name}}", `\u007b`, `\u003c`, `\\u0026`, `\x41`, "' + '", "#{", "//", "/*", "`",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		literal, env := expression.String(text).String(), situation{}.environment(t)
		valid := string([]rune(text))
		require.Equal(t, valid, evaluated(t, literal, env), literal)
		require.Equal(t, "<"+valid+">", evaluated(t, expression.Join(expression.String("<"), expression.String(text), expression.String(">")).String(), env))
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
		again := evaluated(t, expression.Shield(expression.ToJSON(expression.FromJSON(expression.Input("v")))).String(), env)
		require.NotContains(t, again, "{{")
		require.NotContains(t, again, "$")
		require.JSONEq(t, string(list), again)
	})
}
