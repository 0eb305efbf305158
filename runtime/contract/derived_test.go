package contract

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDerived reads texts and writes them again.
func TestDerived(t *testing.T) {
	for text, want := range map[string]*Derived{
		`member ["k",1] of {"k":[]}`:                 {Path: []any{"k", 1.0}, Of: `{"k":[]}`},
		`member ["k"] of `:                           {Path: []any{"k"}},
		`member [" of "] of member ["b"] of @{}`:     {Path: []any{" of "}, Of: `member ["b"] of @{}`},
		`fill "a with b" with {}`:                    {Fill: json.RawMessage(`"a with b"`), With: map[string]string{}},
		`fill {"a":["b"]} with {"n":"","o":"\"x\""}`: {Fill: json.RawMessage(`{"a":["b"]}`), With: map[string]string{"n": "", "o": `"x"`}},
	} {
		got, err := ParseDerived(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		require.Equal(t, text, got.Text())
	}
	lines, err := ParseDerived("fill {\n  \"a\": 1\n}\nwith {\n  \"n\":\"\"}")
	require.NoError(t, err)
	require.Equal(t, &Derived{Fill: json.RawMessage("{\n  \"a\": 1\n}"), With: map[string]string{"n": ""}}, lines)
	for _, text := range []string{"", "1", "null", `"member [0] of 1"`, `"fill 1 with {}"`, "members", "filled", "@{}", "!member"} {
		got, err := ParseDerived(text)
		require.NoError(t, err, text)
		require.Nil(t, got, text)
	}
	for text, want := range map[string]string{
		"member ":                          "what the pod is to make of it cannot be read: EOF",
		"member [0]":                       "what the pod is to make of it cannot be read: unexpected EOF",
		"member 0 of 1":                    "what the pod is to make of it cannot be read: json: cannot unmarshal number into Go value of type []interface {}",
		"fill 1":                           "what the pod is to make of it cannot be read: unexpected EOF",
		`fill 1 with {"a":1}`:              "what the pod is to make of it cannot be read: json: cannot unmarshal number into Go value of type string",
		`fill 1 with {"a":{{=toJson(x)}}}`: "Argo could not evaluate the expression for its value",
	} {
		_, err := ParseDerived(text)
		require.EqualError(t, err, want, text)
	}
}

// TestDerivedEach replaces what is inside.
func TestDerivedEach(t *testing.T) {
	upper := func(text string) (string, error) { return strings.ToUpper(text), nil }
	for text, want := range map[string]string{
		`member ["k"] of a`:              `member ["k"] of A`,
		`fill "x" with {"a":"b","c":""}`: `fill "x" with {"a":"B","c":""}`,
	} {
		d, err := ParseDerived(text)
		require.NoError(t, err)
		other, err := d.Each(upper)
		require.NoError(t, err)
		require.Equal(t, want, other.Text())
		require.Equal(t, text, d.Text())
		_, err = d.Each(func(string) (string, error) { return "", errors.New("no") })
		require.EqualError(t, err, "no")
	}
}

// TestSelect takes members as KFP's parseJson(string_value) does.
func TestSelect(t *testing.T) {
	for _, c := range []struct {
		value string
		path  []any
		want  string
		fails string
	}{
		{value: `{"a":1.0}`, path: []any{"a"}, want: "1"},
		{value: `{"a":[1,{"b":"x"}]}`, path: []any{"a", int64(1), "b"}, want: `"x"`},
		{value: `{"a":[1,2]}`, path: []any{"a", 1.0}, want: "2"},
		{value: `"{\"a\":12345678901234567890}"`, path: []any{"a"}, want: "12345678901234567890"},
		{value: `{"a":"{\"b\":1}"}`, path: []any{"a"}, want: `"{\"b\":1}"`},
		{value: `{"a":null}`, path: []any{"a"}},
		{value: ``, path: []any{"a"}},
		{value: `null`, path: []any{"a"}},
		{value: `{"a":{"b":2}}`, path: []any{"a", "c"}, fails: `the value it is taken from has no member ["a"]["c"]`},
		{value: `{"a":"{\"b\":1}"}`, path: []any{"a", "b"}, fails: `the value it is taken from has no member ["a"]["b"]`},
		{value: `[1]`, path: []any{int64(1)}, fails: `the value it is taken from has no member [1]`},
		{value: `[1]`, path: []any{"0"}, fails: `the value it is taken from has no member ["0"]`},
		{value: `3`, path: []any{"<k>"}, fails: `the value it is taken from has no member ["<k>"]`},
		{value: `"no JSON"`, path: []any{"k"}, fails: `the value it is taken from has no member ["k"]`},
	} {
		got, err := Select(json.RawMessage(c.value), c.path)
		if c.fails != "" {
			require.EqualError(t, err, c.fails)
			continue
		}
		require.NoError(t, err, c.value)
		require.Equal(t, c.want, string(got), c.value)
	}
}

// FuzzDerived reads any text: what can be read is written as it was read.
func FuzzDerived(f *testing.F) {
	f.Add(`member ["k",0] of {"k":[1]}`)
	f.Add(`fill {"a":"{\u007b$}}"} with {"n":"member [0] of [1]"}`)
	f.Add(`fill 1 with {"a":{{=x}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		first, err := ParseDerived(text)
		if err != nil || first == nil {
			return
		}
		second, err := ParseDerived(first.Text())
		require.NoError(t, err)
		require.Equal(t, first.Text(), second.Text())
		if first.Path != nil {
			_, _ = Select(json.RawMessage(first.Of), first.Path)
		}
	})
}
