package expression_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// piece is a piece of an expression, or the tag around one. KFP's placeholders,
// which begin with $, are none.
var piece = regexp.MustCompile(`\{\{=|(^|[^$]\.|[^$.\w])(inputs\.parameters|tasks)\[|workflow\.parameters\[|\b(toJson|fromJSON|sprig\.\w+)\(`)

// TestOnly holds the rule that nobody else writes expressions: what is glued
// together elsewhere is neither shielded nor bracketed.
func TestOnly(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := 0
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		seen++
		rel, err := filepath.Rel(filepath.Join(root, "internal", "expression"), path)
		if err != nil || !strings.HasPrefix(rel, "..") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				text, err := strconv.Unquote(l.Value)
				require.NoError(t, err)
				require.False(t, piece.MatchString(text), "%s writes %s", path, l.Value)
			}
			return true
		})
		return nil
	}))
	require.Greater(t, seen, 100)
}

func TestPiece(t *testing.T) {
	for text, want := range map[string]bool{
		"{{=x}}": true, "inputs.parameters['a']": true, "x + tasks['a'].status": true, "workflow.parameters['a']": true, "toJson(x)": true, "(sprig.fromJson(x))": true,
		"{{$.inputs.parameters['a']}}": false, "{{workflow.name}}": false, "tasks:": false, "the tasks [a]": false, "inputs.parameters": false,
	} {
		require.Equal(t, want, piece.MatchString(text), text)
	}
}
