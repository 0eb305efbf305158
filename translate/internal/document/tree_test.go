package document_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// outline writes a tree with its places, a value on a line.
func outline(t *document.Tree, name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %d:%d+%d %s\n", name, t.Describe(), t.Span.Line, t.Span.Column, t.Span.Width, t.JSON)
	for _, f := range t.Fields {
		b.WriteString(outline(f.Value, name+"."+f.Key.Value))
	}
	for i, item := range t.Items {
		b.WriteString(outline(item, fmt.Sprintf("%s[%d]", name, i)))
	}
	return b.String()
}

func TestReadTree(t *testing.T) {
	var report diag.Report
	tree := document.ReadTree(diag.Source{Text: []byte(`# a comment
---
a: {b: [1, 2.50, x], "c d": ~}
e: &e true
f: *e
g: 'quoted'
h:
`)}, &report)
	require.Empty(t, report.Diagnostics())
	require.Equal(t, `$ a mapping 3:1+30 
$.a a mapping 3:4+1 
$.a.b a list 3:8+1 
$.a.b[0] the number 1 3:9+1 1
$.a.b[1] the number 2.50 3:12+4 2.5
$.a.b[2] the text "x" 3:18+1 "x"
$.a.c d nothing 3:29+1 null
$.e the boolean true 4:7+4 true
$.f the boolean true 4:7+4 true
$.g the text "quoted" 6:4+8 "quoted"
$.h nothing 7:3+1 null
`, outline(tree, "$"))
	g, _ := tree.Fields.Get("g")
	require.Equal(t, "quoted", g.Text())
	require.Empty(t, tree.Text())
}

func TestReadTreeOfNothing(t *testing.T) {
	for _, text := range []string{"", "# a comment\n", "---\n", "~"} {
		var report diag.Report
		require.Nil(t, document.ReadTree(diag.Source{Text: []byte(text)}, &report), text)
		require.Empty(t, report.Diagnostics(), text)
	}
}

func TestReadTreeReports(t *testing.T) {
	for text, want := range map[string]string{
		"a: [":               `1:1: this is not YAML`,
		"a: 1\na: 2":         `2:1: the key "a" stands here already, on line 1`,
		"a: .inf":            `1:4: a is the number .inf, which JSON cannot hold`,
		"a: !foo x":          `1:9: a must be a JSON value, found a value with the tag !foo`,
		"a: 1\n---\nb: 2":    `3:1: this is a second document; the first starts on line 1`,
		"a: &a\n  b: [*a]":   `2:7: the alias *a stands inside the value it refers to`,
		"<<: {a: 1}":         `1:1: YAML merge keys (<<) are not supported`,
		"[1, 2]: x":          `1:1: a key must be text, found a list`,
		"a: \"\x01\"":        `1:5: the character U+0001 cannot stand in YAML`,
		"a:\n  b: 1\n c: 2 ": `3:2: this is not YAML`,
	} {
		var report diag.Report
		document.ReadTree(diag.Source{Text: []byte(text)}, &report)
		found := report.Diagnostics()
		require.NotEmpty(t, found, text)
		got := fmt.Sprintf("%d:%d: %s", found[0].Span.Line, found[0].Span.Column, found[0].Message)
		require.Contains(t, got, want, text)
	}
}
