package diag_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

func TestWithin(t *testing.T) {
	for _, tc := range []struct {
		name, text string // the value of the key a
		part       string // the part to find
		want       string // what is underlined: [the part in brackets]
	}{
		{"plain", "a: one two\n", "two", "a: one [two]"},
		{"plain with comment", "a: one two # two\n", "two", "a: one [two] # two"},
		{"plain, folded", "a: one\n  two\n\n  three\n", "three", "  [three]"},
		{"plain, cut at the line's end", "a: one two\n  three\n", "two three", "a: one [two]"},
		{"single quotes", "a: 'one two'\n", "two", "a: 'one [two]'"},
		{"single quotes, escaped", "a: '{{$.inputs.parameters[''x'']}}'\n", "x", "a: '{{$.inputs.parameters[''[x]'']}}'"},
		{"an escape is underlined whole", "a: 'it''s'\n", "'", "a: 'it['']s'"},
		{"single quotes, folded", "a: 'one\n\n\n  two  \n\n  three'\n", "three", "  [three]'"},
		{"single quotes, blanks", "a: '  one  '\n", "one", "a: '  [one]  '"},
		{"single quotes, a newline", "a: 'one\n\n  two'\n", "two", "  [two]'"},
		{"double quotes", `a: "one two"` + "\n", "two", `a: "one [two]"`},
		{"double quotes, escaped", `a: "\"\t\x41\u00e9\U0001F680\\ two"` + "\n", "two", `a: "\"\t\x41\u00e9\U0001F680\\ [two]"`},
		{"double quotes, escape underlined", `a: "x\u00e9y"` + "\n", "é", `a: "x[\u00e9]y"`},
		{"double quotes, joined", "a: \"one \\\n  \\ two\"\n", "two", `  \ [two]"`},
		{"double quotes, folded", "a: \"one\n  two\"\n", "two", `  [two]"`},
		{"literal", "a: |\n  one\n\n    two\n  three\n", "three", "  [three]"},
		{"literal, more indented", "a: |\n  one\n\n    two\n  three\n", "two", "    [two]"},
		{"literal, stripped", "a: |-\n   one\n   two\n", "two", "   [two]"},
		{"folded block, not exact", "a: >\n  one\n  two\n", "two", "a: [>]"},
		{"wide", "a: 訓練 two\n", "two", "a: 訓練 [two]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var root yaml.Node
			require.NoError(t, yaml.Unmarshal([]byte(tc.text), &root))
			n := root.Content[0].Content[1]
			offset := strings.LastIndex(n.Value, tc.part)
			require.GreaterOrEqual(t, offset, 0, "%q", n.Value)
			src := diag.Source{Text: []byte(tc.text)}
			got := src.Within(diag.Span{Line: n.Line, Column: n.Column, Width: 1}, n.Value, offset, len(tc.part))
			require.Equal(t, tc.want, bracketed(src, got))
		})
	}
}

// bracketed returns the line of a span with brackets around the span.
func bracketed(src diag.Source, s diag.Span) string {
	line := []rune(src.Lines()[s.Line-1])
	return string(line[:s.Column-1]) + "[" + string(line[s.Column-1:s.Column-1+s.Width]) + "]" + string(line[s.Column-1+s.Width:])
}

func TestWithinFallsBack(t *testing.T) {
	src := diag.Source{Text: []byte("a: one\n")}
	whole := diag.Span{Line: 1, Column: 4, Width: 3}
	for name, got := range map[string]diag.Span{
		"another text":      src.Within(whole, "other", 2, 1),
		"a negative offset": src.Within(whole, "one", -1, 1),
		"an offset beyond":  src.Within(whole, "one", 4, 1),
		"the end":           src.Within(whole, "one", 3, 1),
	} {
		require.Equal(t, whole, got, name)
	}
	require.Equal(t, diag.Span{}, src.Within(diag.Span{}, "one", 0, 1))
	beyond := diag.Span{Line: 9, Column: 9, Width: 1}
	require.Equal(t, beyond, src.Within(beyond, "one", 0, 1))
}

// FuzzWithin looks for a scalar and a part of it for which the place that is
// returned lies outside the text.
func FuzzWithin(f *testing.F) {
	f.Add([]byte("a: 'it''s\n\n  folded'\nb: \"\\x41 \\\n  c\"\nd: |\n  e\n   f\ng: h\n  i\n"), uint8(3), uint8(2))
	f.Fuzz(func(t *testing.T, text []byte, offset, width uint8) {
		var root yaml.Node
		if yaml.Unmarshal(text, &root) != nil {
			return
		}
		src := diag.Source{Text: text}
		for _, n := range scalars(&root, nil) {
			whole := diag.Span{Line: n.Line, Column: n.Column, Width: 1}
			got := src.Within(whole, n.Value, int(offset), int(width))
			if got == whole {
				continue
			}
			lines := src.Lines()
			require.True(t, 1 <= got.Line && got.Line <= len(lines), "%+v", got)
			require.Positive(t, got.Width)
			require.True(t, 1 <= got.Column && got.Column <= len([]rune(lines[got.Line-1]))+1, "%+v", got)
		}
	})
}

// scalars returns the scalars below a node.
func scalars(n *yaml.Node, found []*yaml.Node) []*yaml.Node {
	if n.Kind == yaml.ScalarNode {
		return append(found, n)
	}
	for _, child := range n.Content {
		found = scalars(child, found)
	}
	return found
}
