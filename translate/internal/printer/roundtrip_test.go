package printer_test

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	yaml3 "gopkg.in/yaml.v3"
	yaml2 "sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/translate/internal/printer"
)

// words are texts that some YAML reader takes for something else than text.
func words() []string {
	return []string{
		"y", "Y", "n", "N", "yes", "No", "on", "ON", "off", "true", "True", "FALSE", "~", "null", "Null", "NULL",
		"1", "-1", "+1", "0", "007", "0o7", "0O7", "0x1F", "0b11", "1_000", "1:30", "190:20:30", "1.5", ".5", "5.", "1e3", "1E3",
		"1e+3", "-1.5e-3", "+.5", ".inf", "-.INF", "+.Inf", ".nan", ".NaN", "2001-01-01", "2001-12-14t21:59:43.10-05:00",
		"2001-12-14 21:59:43", "=", "<", "<<", "-", "--", "---", "...", "- a", "-a", "--flag", "---a", "?", "? a", ":", ": a", "a:", "a: b",
		"a :b", "a #b", "#a", "a#b", "&a", "*a", "!a", "!!str", "|", "|-", ">", ">-", "%a", "@a", "`a", "'", "''", "'a'", `"`, `"a"`,
		"[", "]", "[a]", "{", "}", "{a}", "{a: b}", ",", "a, b", "a]", "a}", "{{=x}}", "{{x}}", "e", "E1", "0e", "1e", "1.2.3", "10.0.0.1",
		"12e03", "0x", "0b", "-0", "+", ".", "..", "-.", "+.", ".e1", "1__0", "_1", "0xfg", "1,000", "::", "a:b", "1h", "1Gi", "500m",
		"", " ", "  ", "\t", "\n", "\n\n", "\r", "\r\n", " a", "a ", "\ta", "a\t", "\na", "a\n", "a\n\n", "\n\na\n", "a\nb", "a\n b", " a\nb",
		"a \nb", "a\n\nb\n", "a\n  ", "\n a", "a\r\nb", "a\rb", "a\n#b", "#a\nb", "a\n---\nb", "a\n...\n", "\t\n", "a\n\t", "- a\n- b", "a: |\n  b",
		"\x00", "\x01", "\a", "\b", "\x1b[31m", "\x7f", "\u0080", "\u0085", "a\u0085b", "\u00a0", "\u2028", "a\u2028b\n", "\u2029", "\ufeff",
		"a\ufeffb", "\ufffd", "\ufffe", "\U000e0001", "é", "日本", "😀", "a\n😀\n", "it's", `say "hi"`, `it's "so"`, ` it's "so"`, "it's \"so\"\n", `it's \"so\"`,
		`\`, `\n`, `a\nb`, `it's \ `, "it's \"so\"\tand", "it's \"so\" ", "it's  \"so\"", "it's \"so\" #x", "# it's \"so\"", "- it's \"so\"", "%it's \"so\"",
		strings.Repeat("a b ", 60), strings.Repeat("a ", 60) + "\n", strings.Repeat(`it's "so" `, 20) + ".", strings.Repeat("x", 200),
		`{"a": [1, 2], "b": "it's"}`, "{\n  \"a\": \"{{=x}}\"\n}\n", "replace(x, '{', \"}\")",
	}
}

// TestTexts prints every text wherever one may stand, and reads it back.
func TestTexts(t *testing.T) {
	for _, text := range words() {
		requireRoundTrip(t, text)
	}
}

// FuzzText is TestTexts for any text.
func FuzzText(f *testing.F) {
	for _, text := range words() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		requireRoundTrip(t, string([]rune(text))) // JSON is UTF-8
	})
}

func requireRoundTrip(t *testing.T, text string) {
	t.Helper()
	requireSame(t, map[string]any{"value": text, "after": "x"})
	requireSame(t, map[string]any{"one": map[string]any{"value": text}})
	requireSame(t, map[string]any{"list": []any{text, text}})
	requireSame(t, map[string]any{"list": []any{"a", []any{text}, []any{[]any{text, "x"}}}})
	requireSame(t, map[string]any{"items": []any{map[string]any{"name": "n", "value": text}}})
	requireSame(t, map[string]any{"items": []any{map[string]any{"deep": map[string]any{"value": text, "x": []any{"y", map[string]any{"value": text}}}}}})
	requireSame(t, map[string]any{"keys": map[string]any{text: "x"}})
	requireSame(t, map[string]any{"items": []any{map[string]any{text: "x", "name": "n"}, map[string]any{text + "x": map[string]any{text: text + "x"}}}})
}

// requireSame prints an object without empty parts and reads it back, with a
// reader of YAML 1.2 and with the one of YAML 1.1 that Kubernetes uses.
func requireSame(t *testing.T, object any) {
	t.Helper()
	var b strings.Builder
	require.NoError(t, printer.Print(&b, object, "a comment"))
	var want, modern, kubernetes any
	text, err := json.Marshal(object)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &want))
	require.NoError(t, yaml2.UnmarshalStrict([]byte(b.String()), &kubernetes), b.String())
	require.Equal(t, want, kubernetes, b.String())
	require.NoError(t, yaml3.Unmarshal([]byte(b.String()), &modern), b.String())
	text, err = json.Marshal(modern) // which makes all numbers float64
	require.NoError(t, err, b.String())
	require.NoError(t, json.Unmarshal(text, &modern))
	require.Equal(t, want, modern, b.String())
}

// FuzzTree prints trees of mappings and lists that are made of the words.
func FuzzTree(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		requireSame(t, map[string]any{"root": tree(random, 5)})
	})
}

// tree makes a tree that has no empty parts, for those are left out.
func tree(random *rand.Rand, depth int) any {
	size := 1 + random.IntN(4)
	switch kind := random.IntN(6); {
	case depth > 0 && kind < 2:
		list := make([]any, size)
		for i := range list {
			list[i] = tree(random, depth-1)
		}
		return list
	case depth > 0 && kind < 4:
		mapping := map[string]any{}
		for range size {
			mapping[word(random)+strconv.Itoa(random.IntN(3))] = tree(random, depth-1)
		}
		return mapping
	case kind == 4:
		return []any{true, false, 0, -7, 1.5, 1e21, 1e-7, 9007199254740991}[random.IntN(8)]
	}
	return "-" + word(random)
}

func word(random *rand.Rand) string {
	all := words()
	return all[random.IntN(len(all))]
}
