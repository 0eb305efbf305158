package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

func TestReportSorts(t *testing.T) {
	var r diag.Report
	require.False(t, r.HasErrors())
	r.Warnf(diag.UnknownField, diag.Span{Line: 3, Column: 2, Width: 1}, "third")
	require.False(t, r.HasErrors())
	r.Errorf(diag.WrongType, diag.Span{Line: 3, Column: 2, Width: 1}, "fourth").At("a.b").Hintf("do %s", "this")
	r.Errorf(diag.WrongType, diag.Span{Line: 3, Column: 1, Width: 1}, "second")
	r.Errorf(diag.MissingPipeline, diag.Span{}, "first")
	r.Errorf(diag.WrongType, diag.Span{Line: 3, Column: 2, Width: 1}, "fourth").At("a.c").Hintf("do this")
	require.True(t, r.HasErrors())

	var messages []string
	for _, d := range r.Diagnostics() {
		messages = append(messages, d.Message)
	}
	require.Equal(t, []string{"first", "second", "third", "fourth"}, messages)
	require.Equal(t, diag.Diagnostic{
		Code: diag.WrongType, Span: diag.Span{Line: 3, Column: 2, Width: 1}, Path: "a.b", Message: "fourth", Hint: "do this",
	}, r.Diagnostics()[3])
}

// TestReportKeepsSourcesApart reports the same mistake in two texts.
func TestReportKeepsSourcesApart(t *testing.T) {
	var r diag.Report
	for _, source := range []int{2, 0, 1} {
		r.Errorf(diag.WrongType, diag.Span{Line: 4 - source, Column: 1, Width: 1}, "wrong").Source = source
	}
	r.Errorf(diag.WrongType, diag.Span{Line: 3, Column: 1, Width: 1}, "wrong").Source = 1

	var sources []int
	for _, d := range r.Diagnostics() {
		sources = append(sources, d.Source)
	}
	require.Equal(t, []int{0, 1, 2}, sources)
}

// TestEachCodeIsExplained reads the constants from the source, so that none
// can be forgotten.
func TestEachCodeIsExplained(t *testing.T) {
	declared := declaredCodes(t)
	require.NotEmpty(t, declared)
	for _, code := range declared {
		require.Regexp(t, `^[a-z0-9]+(-[a-z0-9]+)*$`, code)
		e, ok := diag.Explain(code)
		require.True(t, ok, "%s is not explained", code)
		require.Equal(t, code, e.Code)
		require.NotEmpty(t, e.Meaning, code)
		require.NotEmpty(t, e.Example, code)
		require.NotEmpty(t, e.Fix, code)
	}
	var explained []diag.Code
	for _, e := range diag.Explanations() {
		explained = append(explained, e.Code)
	}
	require.ElementsMatch(t, declared, explained, "each code is declared once and explained once")
	_, ok := diag.Explain("no-such-code")
	require.False(t, ok)
}

// declaredCodes returns the values of all constants of type Code. Each has a
// comment.
func declaredCodes(t *testing.T) []diag.Code {
	t.Helper()
	files, err := filepath.Glob("codes*.go")
	require.NoError(t, err)
	var codes []diag.Code
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && isCode(spec.Type) {
				code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				require.NotEmpty(t, spec.Doc.Text(), "%s has no comment", code)
				codes = append(codes, diag.Code(code))
			}
			return true
		})
	}
	return codes
}

// isCode reports whether an expression is the name of the type Code.
func isCode(e ast.Expr) bool {
	name, ok := e.(*ast.Ident)
	return ok && name.Name == "Code"
}

func TestNearest(t *testing.T) {
	names := []string{"train", "eval", "deploy-model", "x", "trains"}
	for _, tc := range []struct{ name, want string }{
		{"trian", "train"},
		{"Train", "train"},
		{"train", "train"},
		{"train_", "train"},
		{"evl", "eval"},
		{"deploy_modl", "deploy-model"},
		{"deploy", ""},
		{"y", ""},
		{"", ""},
		{"something else", ""},
	} {
		got, ok := diag.Nearest(tc.name, names)
		require.Equal(t, tc.want, got, tc.name)
		require.Equal(t, tc.want != "", ok, tc.name)
	}
}
