package contract

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumberText(t *testing.T) {
	for number, want := range map[string]string{
		"0":                    "0",
		"-0":                   "0",
		"-0.0":                 "0",
		"0e9":                  "0",
		"1":                    "1",
		"-17":                  "-17",
		"2.0":                  "2",
		"0.5":                  "0.5",
		"-0.10":                "-0.1",
		"1e3":                  "1000",
		"1E+3":                 "1000",
		"1e-9":                 "0.000000001",
		"1e20":                 "100000000000000000000",
		"1e21":                 "1e+21",
		"-1.5e+300":            "-1.5e+300",
		"1234567891":           "1234567891",
		"9007199254740993":     "9007199254740993",
		"9007199254740993.0":   "9007199254740992",
		"18446744073709551616": "18446744073709551616",
		"0.1":                  "0.1",
		"3.141592653589793":    "3.141592653589793",
	} {
		text, err := NumberText(number)
		require.NoError(t, err, number)
		require.Equal(t, want, text, number)
	}
	_, err := NumberText("1e400")
	require.EqualError(t, err, "number 1e400 is out of range")
}

func TestCanonical(t *testing.T) {
	for value, want := range map[string]string{
		` {"b" : 1.0, "a":[ true , null,"x"]} `: `{"a":[true,null,"x"],"b":1}`,
		`"<a href='x'>&"`:                       `"\u003ca href='x'\u003e\u0026"`,
		`"\u00e9\ud83d\ude00\u007b"`:            `"é😀{"`,
		`{"z":{"y":1e2,"x":[]},"":{}}`:          `{"":{},"z":{"x":[],"y":100}}`,
		"\n\t7 ":                                `7`,
	} {
		got, err := Canonical(json.RawMessage(value))
		require.NoError(t, err, value)
		require.Equal(t, want, string(got), value)
	}
	for value, want := range map[string]string{
		``:         "not JSON: the text ends too early",
		`[1`:       "not JSON: the text ends too early",
		`1 2`:      "not one JSON value: there is more text behind it",
		`{} ]`:     "not one JSON value: there is more text behind it",
		`hello`:    "not JSON: invalid character 'h' looking for beginning of value",
		`[1e999]`:  "number 1e999 is out of range",
		`{"a":-}`:  "not JSON: invalid character '}' in numeric literal",
		`{'a': 1}`: `not JSON: invalid character '\'' looking for beginning of object key string`,
	} {
		_, err := Canonical(json.RawMessage(value))
		require.EqualError(t, err, want, value)
	}
}

func TestText(t *testing.T) {
	for value, want := range map[string]string{
		`"plain"`:           "plain",
		`"line\n<>\u0024"`:  "line\n<>$",
		`""`:                "",
		`1.50`:              "1.5",
		`true`:              "true",
		`[1, "a<b"]`:        `[1,"a\u003cb"]`,
		`{"b": 1, "a": {}}`: `{"a":{},"b":1}`,
		`null`:              "null",
	} {
		text, err := Text(json.RawMessage(value))
		require.NoError(t, err, value)
		require.Equal(t, want, text, value)
	}
	_, err := Text(json.RawMessage(`"open`))
	require.Error(t, err)
}

func TestShield(t *testing.T) {
	for text, want := range map[string]string{
		`"plain"`:                `"plain"`,
		`"{{x}}"`:                `"{\u007bx}}"`,
		`"{{{{"`:                 `"{\u007b\u007b\u007b"`,
		`"$(HOME) $$"`:           `"\u0024(HOME) \u0024\u0024"`,
		`"é"`:                    `"\u00e9"`,
		`"😀"`:                    `"\ud83d\ude00"`,
		"\"\x7f\U000e0001\"":     `"\u007f\udb40\udc01"`,
		`{"a":{"b":{}}}`:         `{"a":{"b":{}}}`,
		"{\n\t\"a\": 1\r\n}":     "{\n\t\"a\": 1\r\n}",
		`"\u007b\u007b\n\\{{\\"`: `"\u007b\u007b\n\\{\u007b\\"`,
		"\"\xff\"":               `"\ufffd"`,
	} {
		require.Equal(t, want, Shield(json.RawMessage(text)), text)
	}
}

// FuzzShield holds the promise of the package comment: nothing in the text of
// a parameter means anything to Argo or the kubelet, and the value stays.
func FuzzShield(f *testing.F) {
	for _, seed := range []string{"", "{{", "{{{", "$(X)", "é😀\x7f", "a\nb\"\\", "{\u007b", "\xff\xfe", "<>&", "{{=1}}", "{{$}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		value, err := json.Marshal(map[string]any{s: []any{s, map[string]string{"k": s}}})
		require.NoError(t, err)
		text, err := EncodeParameter(value)
		require.NoError(t, err)
		for _, c := range []byte(text) {
			require.True(t, c >= ' ' && c < 0x7f && c != '$', "%q", text)
		}
		require.NotContains(t, text, "{{")
		back, err := DecodeParameter(text)
		require.NoError(t, err)
		var want, got any
		require.NoError(t, json.Unmarshal(value, &want))
		require.NoError(t, json.Unmarshal(back, &got))
		require.True(t, reflect.DeepEqual(want, got), "%q became %q", value, back)
	})
}

func TestDecodeParameter(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " \n": "", "null": "null", `""`: `""`, `"null"`: `"null"`, "[ ]": "[]", `"{\u007bx"`: `"{{x"`,
	} {
		value, err := DecodeParameter(text)
		require.NoError(t, err, text)
		require.Equal(t, want, string(value), text)
	}
	_, err := DecodeParameter("World")
	require.ErrorContains(t, err, "not JSON")
}

func TestCoerce(t *testing.T) {
	for _, test := range []struct {
		t     ParameterType
		value string
		want  string // or what is wrong, behind a !
	}{
		{String, `"x"`, `"x"`},
		{String, `1.0`, `"1"`},
		{String, `1e-7`, `"0.0000001"`},
		{String, `true`, `"true"`},
		{String, `{"b":1,"a":"<"}`, `"{\"a\":\"\\u003c\",\"b\":1}"`},
		{String, `[]`, `"[]"`},
		{String, `null`, "!null is not of type STRING"},
		{NumberInteger, `1`, `1`},
		{NumberInteger, `1.5`, `1.5`},
		{NumberInteger, `"1"`, "!a string is not of type NUMBER_INTEGER"},
		{NumberDouble, `1`, `1`},
		{NumberDouble, `true`, "!a boolean is not of type NUMBER_DOUBLE"},
		{Boolean, `false`, `false`},
		{Boolean, `0`, "!a number is not of type BOOLEAN"},
		{List, `[1]`, `[1]`},
		{List, `"[1]"`, "!a string is not of type LIST"},
		{Struct, `{}`, `{}`},
		{Struct, `[]`, "!a list is not of type STRUCT"},
		{TaskFinalStatus, `{"state":"SUCCEEDED"}`, `{"state":"SUCCEEDED"}`},
		{TaskConfig, `"x"`, "!a string is not of type TASK_CONFIG"},
		{Struct, `null`, "!null is not of type STRUCT"},
		{"SOMETHING_NEW", `[1]`, `[1]`},
	} {
		got, err := test.t.Coerce(json.RawMessage(test.value))
		if message, ok := strings.CutPrefix(test.want, "!"); ok {
			require.EqualError(t, err, message, "%s as %s", test.value, test.t)
			continue
		}
		require.NoError(t, err, "%s as %s", test.value, test.t)
		require.Equal(t, test.want, string(got), "%s as %s", test.value, test.t)
	}
}

func TestParseFile(t *testing.T) {
	for _, test := range []struct {
		t    ParameterType
		text string
		want string // or what is wrong, behind a !
	}{
		{String, "", `""`},
		{String, " a\n\n", `" a\n\n"`},
		{String, `"quoted"`, `"\"quoted\""`},
		{NumberInteger, " 5\n", `5`},
		{NumberInteger, "-9007199254740993", `-9007199254740993`},
		{NumberInteger, "5.0", `!"5.0" is not a whole number`},
		{NumberInteger, "", `!"" is not a whole number`},
		{NumberInteger, strings.Repeat("x", 50), `!"` + strings.Repeat("x", 40) + `"… is not a whole number`},
		{NumberDouble, "1e-7\n", `0.0000001`},
		{NumberDouble, "5", `5`},
		{NumberDouble, "NaN", `!"NaN" is not a finite number`},
		{NumberDouble, "-inf", `!"-inf" is not a finite number`},
		{NumberDouble, "1e999", `!"1e999" is not a finite number`},
		{Boolean, "True\n", `true`},
		{Boolean, "F", `false`},
		{Boolean, "yes", `!"yes" is not true or false`},
		{List, `[ 1.0, "a" ]`, `[1,"a"]`},
		{List, `{"a":1}`, `{"a":1}`},
		{List, `1`, "!a number is not of type LIST"},
		{Struct, `["a"]`, `["a"]`},
		{Struct, `"a"`, "!a string is not of type STRUCT"},
		{List, ``, "!not JSON: the text ends too early"},
		{List, `NaN`, "!NaN is not a finite number, which JSON needs"},
		{Struct, `{"a": {"b": Infinity}}`, "!a.b is Infinity, not a finite number, which JSON needs"},
		{Struct, `{"b":1,"a":2}`, `{"a":2,"b":1}`},
		{Struct, `null`, "!null is not of type STRUCT"},
	} {
		got, err := test.t.ParseFile(test.text)
		if message, ok := strings.CutPrefix(test.want, "!"); ok {
			require.EqualError(t, err, message, "%q as %s", test.text, test.t)
			continue
		}
		require.NoError(t, err, "%q as %s", test.text, test.t)
		require.Equal(t, test.want, string(got), "%q as %s", test.text, test.t)
	}
}

func TestLocalPath(t *testing.T) {
	for uri, want := range map[string]string{
		"gs://b/k/x":                 "/gcs/b/k/x",
		"s3://b/k":                   "/s3/b/k",
		"minio://b/k with space":     "/minio/b/k with space",
		"oci://reg.io/team/model:v1": "/oci/reg.io_team_model:v1/models",
		"https://host/x":             "/minio/_https/host/x",
		"https://host/":              "",
		"file:///x":                  "/minio/_file/x",
		"file://host/x":              "",
		"s3:/b/k":                    "",
		"":                           "",
	} {
		path, ok := LocalPath(uri)
		require.Equal(t, want != "", ok, uri)
		require.Equal(t, want, path, uri)
		path, ok = Root("/root").LocalPath(uri)
		require.Equal(t, want != "", ok, uri)
		if ok {
			require.Equal(t, "/root"+want, path, uri)
		}
	}
}
