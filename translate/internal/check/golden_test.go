package check_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/check"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// TestGoldens resolves and checks the pipelines in testdata, each of which has
// mistakes, and compares all that is printed. Lines such as `# -p rows=5` at
// the head of a pipeline are its arguments.
func TestGoldens(t *testing.T) {
	for _, file := range pipelines(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			source, found := checked(t, file)
			require.NotEmpty(t, found)
			for _, d := range found {
				require.True(t, d.Span.Known() || len(arguments(source)) > 0, d.Message)
				_, explained := diag.Explain(d.Code)
				require.True(t, explained, d.Code)
			}
			var got strings.Builder
			require.NoError(t, diag.Render(&got, source, found, diag.Options{}))
			goldentest.Compare(t, golden(file), got.String())
		})
	}
}

func pipelines(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

func golden(pipeline string) string { return strings.TrimSuffix(pipeline, ".yaml") + ".diag.txt" }

// checked reads, resolves and checks a pipeline that has the right form.
func checked(t *testing.T, file string) (diag.Source, []diag.Diagnostic) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	source := diag.Source{Name: filepath.Base(file), Text: text}
	var report diag.Report
	doc := document.Read(source, &report)
	require.Empty(t, report.Diagnostics(), "the mistake must be one of meaning")
	resolved := pipeline.Resolve(doc, source, &report)
	if resolved != nil {
		check.Pipeline(resolved, arguments(source), source, &report)
	}
	return source, report.Diagnostics()
}

var argument = regexp.MustCompile(`(?m)^# -p (\w+)=(.*)$`)

func arguments(source diag.Source) map[string]string {
	all := map[string]string{}
	for _, match := range argument.FindAllStringSubmatch(string(source.Text), -1) {
		all[match[1]] = match[2]
	}
	return all
}

// TestEveryMessage makes sure that the goldens show every message of both
// passes.
func TestEveryMessage(t *testing.T) {
	var shown strings.Builder
	for _, file := range pipelines(t) {
		text, err := os.ReadFile(golden(file))
		require.NoError(t, err)
		shown.Write(text)
	}
	for _, file := range []string{"messages.go", "../pipeline/messages.go"} {
		all := messages(t, file)
		require.NotEmpty(t, all)
		for _, message := range all {
			require.Regexp(t, pattern(message), shown.String())
		}
	}
}

// messages lists the format strings that a file reports with.
func messages(t *testing.T, file string) []string {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	var all []string
	ast.Inspect(tree, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || method.Sel.Name != "Errorf" && method.Sel.Name != "Warnf" {
			return true
		}
		format, err := strconv.Unquote(call.Args[2].(*ast.BasicLit).Value)
		require.NoError(t, err)
		all = append(all, format)
		return true
	})
	return all
}

var verb = regexp.MustCompile(`%[a-z]`)

// pattern matches what a format string makes.
func pattern(format string) *regexp.Regexp {
	parts := verb.Split(format, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`(?m)^\S+: (warning: )?` + strings.Join(parts, ".*") + ` \[`)
}
