package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
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

// TestEachCodeIsExplained reads the constants from the source, so that none
// can be forgotten.
func TestEachCodeIsExplained(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, parser.ParseComments|parser.SkipObjectResolution)
	require.NoError(t, err)
	declared := map[diag.Code]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Code" {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		require.True(t, ok, "%s is no literal", spec.Names[0].Name)
		code, err := strconv.Unquote(literal.Value)
		require.NoError(t, err)
		require.Regexp(t, `^[a-z0-9]+(-[a-z0-9]+)*$`, code)
		require.False(t, declared[diag.Code(code)], "%s is declared twice", code)
		require.NotEmpty(t, spec.Doc.Text(), "%s has no comment", code)
		declared[diag.Code(code)] = true
		return true
	})
	require.NotEmpty(t, declared)
	for code := range declared {
		e, ok := diag.Explain(code)
		require.True(t, ok, "%s is not explained", code)
		require.Equal(t, code, e.Code)
		require.NotEmpty(t, e.Meaning, code)
		require.NotEmpty(t, e.Example, code)
		require.NotEmpty(t, e.Fix, code)
	}
	require.Len(t, diag.Explanations(), len(declared), "a code is explained that does not exist, or twice")
	_, ok := diag.Explain("no-such-code")
	require.False(t, ok)
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
