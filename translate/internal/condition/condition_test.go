package condition_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/condition"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// declared is what the conditions of these tables may read.
func declared() map[string]contract.ParameterType {
	return map[string]contract.ParameterType{
		"s": contract.String, "mode": contract.String, "n": contract.NumberInteger, "m": contract.NumberInteger,
		"d": contract.NumberDouble, "b": contract.Boolean, "c": contract.Boolean, "l": contract.List, "o": contract.Struct,
		"status": contract.TaskFinalStatus, "any": "UNKNOWN", "pipelinechannel--flip-coin-Output": contract.String,
	}
}

// inCEL writes out $name, which stands for a reference in these tables.
func inCEL(text string) string {
	return regexp.MustCompile(`\$([\w-]+)`).ReplaceAllString(text, `inputs.parameter_values['$1']`)
}

// inArgo writes out $name in an expression.
func inArgo(text string) string {
	return regexp.MustCompile(`\$([\w-]+)`).ReplaceAllString(text, `fromJSON(inputs.parameters['$1'])`)
}

// lineBreak matches where the printer has broken an expression.
var lineBreak = regexp.MustCompile(`\n *`)

// onOneLine is an expression as it would be on one line.
func onOneLine(text string) string {
	return strings.ReplaceAll(lineBreak.ReplaceAllString(text, " "), "( ", "(")
}

func TestExpression(t *testing.T) {
	for _, tc := range []struct{ condition, want string }{
		// what the SDK writes
		{`$pipelinechannel--flip-coin-Output == 'heads'`, `$pipelinechannel--flip-coin-Output == 'heads'`},
		{`$s != 'no-such-result'`, `$s != 'no-such-result'`},
		{`!($s == 'heads')`, `!($s == 'heads')`},
		{`!($s == 'a') && $s == 'b'`, `!($s == 'a') && $s == 'b'`},
		{`!($s == 'a') && !($s == 'b')`, `!($s == 'a') && !($s == 'b')`},
		{`!($s == 'a') && !($mode == 'b') && $b == true`, `!($s == 'a') && !($mode == 'b') && $b == true`},
		{`$b == true`, `$b == true`},
		{`!($b == true)`, `!($b == true)`},
		{`int($n) > 15`, `int($n) > 15`},
		{`!(int($n) < 5000) && int($n) > 5000`, `!(int($n) < 5000) && int($n) > 5000`},
		{`int($n) >= int($m)`, `int($n) >= int($m)`},
		{`$s == $mode`, `$s == $mode`},
		{`$s == '123'`, `$s == '123'`},
		{`$d >= 0.25`, `$d >= 0.25`},
		{`$d < 1e-07`, `$d < 1e-07`},
		{`$d == 2.0`, `$d == 2.0`},
		{`$d <= double(-3)`, `$d <= -3.0`},
		{`double(int($n)) > 0.5`, `float(int($n)) > 0.5`},
		{`double(int($n)) > $d`, `float(int($n)) > $d`},
		{`$s == ''`, `$s == ''`},
		{`$s == '$(X)'`, `$s == '\u0024(X)'`},
		{`$s == 'zwölf 🚀'`, `$s == 'zw\u00f6lf \U0001f680'`},
		// what a hand may write
		{`inputs.parameter_values.s == "a" || inputs['parameter_values']["s"] == r'b'`, `$s == 'a' || $s == 'b'`},
		{`$s == "a\n\x41\u00e9"`, `$s == 'a\nA\u00e9'`},
		{`$b`, `$b`},
		{`!$b`, `!$b`},
		{`$b == ($s == 'a')`, `$b == ($s == 'a')`},
		{`($b || $c) && !($b && $c)`, `($b || $c) && !($b && $c)`},
		{`$b || $c && $s == 'a'`, `$b || $c && $s == 'a'`},
		{`$b && ($c && ($s == 'a'))`, `$b && $c && $s == 'a'`},
		{`$b ? $c : !$c`, `$b ? $c : !$c`},
		{`($b ? 1 : 2) == 1`, `($b ? 1 : 2) == 1`},
		{`$b < true`, `($b ? 1 : 0) < 1`},
		{`false <= $any`, `0 <= ($any ? 1 : 0)`},
		{`$any == null`, `$any == nil`},
		{`int($n) > -9223372036854775808 && int($n) != 0x1F`, `int($n) > -9223372036854775807 - 1 && int($n) != 31`},
		{`$s in ['a', 'b']`, `$s in ['a', 'b']`},
		{`int($n) in [1, 2]`, `int($n) in [1, 2]`},
		{`$any in ['a', 'b']`, `any(['a', 'b'], # == $any)`},
		{`$s in []`, `$s in []`},
		{`5 in $l`, `5 in $l`},
		{`'k' in $o`, `'k' in $o`},
		{`$l == [1, 'a', true]`, `$l == [1, 'a', true]`},
		{`size($s) > 3 && $s.size() < 5 && size($l) == 1 && size($o) == 2`, `len($s) > 3 && len($s) < 5 && len($l) == 1 && len($o) == 2`},
		{`$s.startsWith('a') && $s.endsWith('b') && !$s.contains($mode)`, `$s startsWith 'a' && $s endsWith 'b' && !($s contains $mode)`},
		{`$status.state == 'SUCCEEDED'`, `filter([$status], 'state' in #)[0]['state'] == 'SUCCEEDED'`},
		{`$l[1] == 'a'`, `$l[1] == 'a'`},
		{`$o['a b'][0] == 5`, `filter([filter([$o], 'a b' in #)[0]['a b']], type(#) == 'array')[0][0] == 5`},
		{`parseJson($s).k == 5`, `filter([fromJSON($s)], 'k' in #)[0]['k'] == 5`},
		{`parseJson($s)`, `fromJSON($s) ? true : false`},
		{`$any.startsWith('a')`, `filter([$any], type(#) == 'string')[0] startsWith 'a'`},
		// what may fail goes behind what cannot
		{`int($s) > 5 && $b`, `$b && int($s) > 5`},
		{`int($s) > 5 && int($s) < 9`, `int($s) > 5 && int($s) < 9`},
		{`$o.k == 1 || $b || $o.k == 2`, `$b || filter([$o], 'k' in #)[0]['k'] == 1 || filter([$o], 'k' in #)[0]['k'] == 2`},
		{`$any && $b`, `$b && ($any ? true : false)`},
	} {
		c, problems := condition.Parse(inCEL(tc.condition), declared())
		require.Empty(t, problems, tc.condition)
		got := c.Expression(inputValue)
		require.Equal(t, inArgo(tc.want), onOneLine(got.String()))
		compileExpr(t, got.String())
	}
}

func TestExpressionReadsTexts(t *testing.T) {
	c, problems := condition.Parse(inCEL(`$s == 'x' && int($n) > 1`), declared())
	require.Empty(t, problems)
	require.Equal(t, []string{"n", "s"}, c.Inputs())
	got := c.Expression(func(input string) expression.Value {
		return expression.FromJSON(expression.IfEmpty(expression.Output("t", input), expression.Known("1"), expression.Known("2")))
	})
	require.Equal(t, `fromJSON(tasks['t'].outputs.parameters['s'] == '' ? '1' : '2') == 'x'`+
		` && int(fromJSON(tasks['t'].outputs.parameters['n'] == '' ? '1' : '2')) > 1`, onOneLine(got.String()))
}

func TestInputs(t *testing.T) {
	for _, tc := range []struct {
		condition string
		want      []string
	}{
		{`true`, nil},
		{`$s == 'a' || $b && $s in ['b']`, []string{"b", "s"}},
		{`$b ? $l[0] == size($o) : parseJson($mode)['n'].startsWith($s)`, []string{"b", "l", "mode", "o", "s"}},
	} {
		c, problems := condition.Parse(inCEL(tc.condition), declared())
		require.Empty(t, problems)
		require.Equal(t, tc.want, c.Inputs())
	}
}

func TestProblems(t *testing.T) {
	for _, tc := range []struct {
		condition string
		want      string // the problems: [part] message (hint)
	}{
		{`$zz == 'a'`, `['zz'] there is no input "zz" (the inputs are any, b, c, d, l, m, mode, n, o, pipelinechannel--flip-coin-Output, s, status)`},
		{`inputs.parameterValues['s'] == 'a'`, `[inputs.parameterValues] inputs have no "parameterValues" (a condition reads inputs.parameter_values['name'])`},
		{`inputs.artifacts['m'].artifacts[0].metadata['k'] == 'a'`,
			`[inputs.artifacts['m'].artifacts[0].metadata['k']] a condition on an artifact cannot be translated` +
				` (let the task that makes the artifact return what the condition asks for as a parameter)`},
		{`outputs.parameters['x'] == 'a'`, `[outputs] "outputs" is not a name that a condition knows (a condition reads inputs.parameter_values['name'])`},
		{`'s' in inputs.parameter_values`, `[inputs.parameter_values] a condition can read single inputs only (write inputs.parameter_values['name'])`},
		{`$o[$s] == 1`, `[inputs.parameter_values['s']] a computed key cannot be translated (the key must be a string or a number that is written out)`},
		{`$l[-1] == 1`, `[-1] no list has an element before its first`},
		{`$s.k == 1`, `[inputs.parameter_values['s'].k] a key does not work on a string`},
		{`$s`, `[inputs.parameter_values['s']] this is a string, not a boolean`},
		{`$b && size($s)`, `[size(inputs.parameter_values['s'])] this is an integer, not a boolean`},
		{`$d > 'a'`, `[inputs.parameter_values['d'] > 'a'] KFP does not compare a number with a string by >`},
		{`$o < $o`, `[inputs.parameter_values['o'] < inputs.parameter_values['o']] KFP does not compare a struct with a struct by <`},
		{`int($n) == 'a'`, `[int(inputs.parameter_values['n']) == 'a'] KFP does not compare an integer with a string by ==`},
		{`int($n) in ['a']`, `[int(inputs.parameter_values['n']) in ['a']] KFP does not compare an integer with a string by in`},
		{`$b in $o`, `[inputs.parameter_values['b'] in inputs.parameter_values['o']]` +
			` a search for a boolean among the keys of a struct cannot be translated`},
		{`[1] == [2]`, `[[1] == [2]] a comparison of two constant lists cannot be translated`},
		{`$any < $any`, `[inputs.parameter_values['any'] < inputs.parameter_values['any']] < between two values of unknown type cannot be translated` +
			` (say what they are, by int() or double())`},
		{`int($b) == 1`, `[int(inputs.parameter_values['b'])] int() does not work on a boolean`},
		{`int($s, 5) == 1`, `[int(inputs.parameter_values['s'], 5)] int() takes 1 argument`},
		{`$s.matches('a+')`, `[inputs.parameter_values['s'].matches('a+')] matches() cannot be translated` +
			` (conditions may use int(), double(), size(), startsWith(), endsWith(), contains(), parseJson() and in)`},
		{`$l.all(x, x > 1)`, `[inputs.parameter_values['l'].all(x, x > 1)] all() cannot be translated` +
			` (conditions may use int(), double(), size(), startsWith(), endsWith(), contains(), parseJson() and in)`},
		{`has(inputs.x)`, `[has(inputs.x)] has() cannot be translated` +
			` (conditions may use int(), double(), size(), startsWith(), endsWith(), contains(), parseJson() and in)`},
		{`string($n) == '1' && timestamp($s) == $d`, `[string(inputs.parameter_values['n'])] string() cannot be translated` +
			` (conditions may use int(), double(), size(), startsWith(), endsWith(), contains(), parseJson() and in)` + "\n" +
			`[timestamp(inputs.parameter_values['s'])] timestamp() cannot be translated` +
			` (conditions may use int(), double(), size(), startsWith(), endsWith(), contains(), parseJson() and in)`},
		{`$d + 1 > 2`, `[inputs.parameter_values['d'] + 1] the operator + cannot be translated`},
		{`-$d > 2`, `[-inputs.parameter_values['d']] the operator - cannot be translated`},
		{`$s == b'a' || $n == 1u`, "[b'a'] a bytes literal cannot be translated\n[1u] an unsigned integer cannot be translated"},
		{`$o == {'a': 1}`, `[{] a map cannot be translated`},
		{`$s in ['a', $mode]`, `[inputs.parameter_values['mode']] a list of anything but constants cannot be translated`},
		{`($b ? 1 : $d) == 1`, `[inputs.parameter_values['b'] ? 1 : inputs.parameter_values['d']] a choice between an integer and a number cannot be translated`},
		{`int($s) > 5 && int($mode) > 5`, `[int(inputs.parameter_values['s']) > 5 && int(inputs.parameter_values['mode']) > 5]` +
			` two sides of && can fail, each for its own reason` +
			` (KFP lets the other side decide then, which Argo cannot; split the condition in two)`},
		{`$s ==`, `[] this is not CEL: mismatched input '<EOF>'`},
		// what the SDK gets wrong
		{`'int($n)' == '5'`, `['int(inputs.parameter_values['n'])'] the KFP SDK has put input "n" in quotes, for it is not a string but is` +
			` compared with one; KFP cannot read that (compare it with a value of its own type, such as n == 5 or flag == True, or make the output a string)`},
		{`!('$b' == 'True') && $s == 'a'`, `['inputs.parameter_values['b']'] the KFP SDK has put input "b" in quotes, for it is not a string but is` +
			` compared with one; KFP cannot read that (compare it with a value of its own type, such as n == 5 or flag == True, or make the output a string)`},
		{`$s == 'it's' && $zz == 'a'`, `['it's'] warning: the KFP SDK has not escaped this string, and KFP cannot read it; it is taken for "it's"` + "\n" +
			`['zz'] there is no input "zz" (the inputs are any, b, c, d, l, m, mode, n, o, pipelinechannel--flip-coin-Output, s, status)`},
	} {
		text := inCEL(tc.condition)
		c, problems := condition.Parse(text, declared())
		require.Equal(t, tc.want, written(text, problems))
		require.Nil(t, c, text)
	}
}

func TestUnknownInputOfNone(t *testing.T) {
	_, problems := condition.Parse(inCEL(`$s == 'a'`), nil)
	require.Equal(t, []condition.Problem{{Offset: 24, Width: 3, Message: `there is no input "s"`}}, problems)
}

func TestWarnings(t *testing.T) {
	unread := func(literal, meant string) string {
		return fmt.Sprintf("[%s] warning: the KFP SDK has not escaped this string, and KFP cannot read it; it is taken for %q", literal, meant)
	}
	misread := func(literal, meant string) string {
		return fmt.Sprintf("[%s] warning: the KFP SDK has not escaped this string, so that KFP reads its backslashes as escapes; it is taken for %q", literal, meant)
	}
	for _, tc := range []struct{ condition, want, problems string }{
		{`$s == 'it's "on"'`, `$s == 'it\'s "on"'`, unread(`'it's "on"'`, `it's "on"`)},
		{`!($s == 'it's "on"')`, `!($s == 'it\'s "on"')`, unread(`'it's "on"'`, `it's "on"`)},
		{`!($s == 'it's') && !($s == 'fine') && $mode != 'C:\dir'`, `!($s == 'it\'s') && !($s == 'fine') && $mode != 'C:\\dir'`,
			unread(`'it's'`, `it's`) + "\n" + unread(`'C:\dir'`, `C:\dir`)},
		{`!(int($n) == 5) && $s == '''`, `!(int($n) == 5) && $s == '\''`, unread(`'''`, `'`)},
		{"$s == 'two\nlines'", `$s == 'two\nlines'`, unread("'two\nlines'", "two\nlines")},
		{`$s == 'a' && b'`, `$s == 'a\' && b'`, unread(`'a' && b'`, `a' && b`)},
		{`$s == 'it's \'`, `$s == 'it\'s \\'`, unread(`'it's \'`, `it's \`)},
		{`$s == 'C:\temp'`, `$s == 'C:\\temp'`, misread(`'C:\temp'`, `C:\temp`)},
		{`!($s == 'ä\n') && $s == 'b'`, `!($s == '\u00e4\\n') && $s == 'b'`, misread(`'ä\n'`, `ä\n`)},
		// what is escaped already stays as it is
		{`$s == 'it\'s'`, `$s == 'it\'s'`, ""},
		{`$s == 'C:\\temp'`, `$s == 'C:\\temp'`, ""},
		{`$s == "C:\temp"`, `$s == 'C:\u0009emp'`, ""},
		{`$s == 'C:\temp' || $b`, `$s == 'C:\u0009emp' || $b`, ""},
		// true to the letter, but hardly meant
		{`$n == '5'`, `$n == '5'`, `[inputs.parameter_values['n'] == '5'] warning: a number never equals a string: this is always false`},
		{`$b != 1`, `$b != 1`, `[inputs.parameter_values['b'] != 1] warning: a boolean never equals an integer: this is always true`},
		{`$d in ['a', true]`, `$d in ['a', true]`, `[inputs.parameter_values['d'] in ['a', true]] warning: a number never equals a string: this is always false`},
	} {
		text := inCEL(tc.condition)
		c, problems := condition.Parse(text, declared())
		require.Equal(t, tc.problems, written(text, problems))
		require.NotNil(t, c, text)
		require.Equal(t, inArgo(tc.want), onOneLine(c.Expression(inputValue).String()))
	}
}

// written writes problems one a line, with the part of the text they are about.
func written(text string, problems []condition.Problem) string {
	var lines []string
	for _, p := range problems {
		line := "[" + text[p.Offset:p.Offset+p.Width] + "] "
		if p.Warning {
			line += "warning: "
		}
		line += p.Message
		if p.Hint != "" {
			line += " (" + p.Hint + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// FuzzParse holds Parse and ParseSelector to what they promise for any text:
// they return, with a translation that Argo can read or with an error, and all
// that they say has a place in the text.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`$s == 'it's "on"'`, `!(int($n) > 10) && $b == true`, `'int($n)' == '5'`, `$s in ['a', "b"] || size($l) > 0x1F`,
		`parseJson($s)['k'].x[0].startsWith("ä\u00e9")`, `$b ? 1.5e3 < -$d : [1].all(x, x in {1: 2})`, `parseJson(string_value)["A_a"][0].b`,
	} {
		f.Add(inCEL(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, problems := condition.Parse(text, declared())
		requirePlaces(t, text, c == nil, problems)
		if c != nil {
			compileExpr(t, c.Expression(inputValue).String())
		}
		s, problems := condition.ParseSelector(text)
		requirePlaces(t, text, s == nil, problems)
		if s != nil {
			compileExpr(t, s.Expression(expression.Input("s")).String())
		}
	})
}

func requirePlaces(t *testing.T, text string, refused bool, problems []condition.Problem) {
	t.Helper()
	for _, p := range problems {
		require.True(t, 0 <= p.Offset && 0 <= p.Width && p.Offset+p.Width <= len(text), "%q: %+v", text, p)
		require.NotContains(t, p.Message+p.Hint, "\n")
		require.NotEmpty(t, p.Message)
	}
	failed := false
	for _, p := range problems {
		failed = failed || !p.Warning
	}
	require.Equal(t, refused, failed, "%q: %+v", text, problems)
}

func inputValue(name string) expression.Value { return expression.FromJSON(expression.Input(name)) }
