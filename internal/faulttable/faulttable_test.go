package faulttable_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/faulttable"
	"github.com/kfp2argo/kfp2argo/internal/goldentest"
)

// repository is the top of the repository.
const repository = "../.."

func TestPage(t *testing.T) {
	goldentest.Compare(t, repository+"/docs/faults.md", faulttable.Page())
}

// TestRows requires that the table is in order: each fault has one row, and each
// cell a moment at which its fault can come.
func TestRows(t *testing.T) {
	seen := map[faulttable.Fault]bool{}
	for _, r := range faulttable.Rows() {
		require.False(t, seen[r.Fault], "%q has two rows", r.Fault)
		seen[r.Fault] = true
		require.NotEmpty(t, r.Moments, r.Fault)
		for _, c := range r.Cells {
			require.Contains(t, r.Moments, c.Moment, r.Fault)
			require.NotEmpty(t, c.Test, r.Fault)
			require.Contains(t, []int{0, 1, 2}, c.Attempts, r.Fault)
		}
	}
	for name, fault := range constants(t) {
		if !slices.Contains(faulttable.Moments(), faulttable.Moment(fault)) {
			require.True(t, seen[faulttable.Fault(fault)], "%s has no row", name)
		}
	}
}

// TestTests requires that the cells of the table are those that the tests ask for.
func TestTests(t *testing.T) {
	names := map[string]string{}
	for name, text := range constants(t) {
		names[text] = name
	}
	var want []string
	for _, r := range faulttable.Rows() {
		for _, c := range r.Cells {
			want = append(want, fmt.Sprintf("%s %s: %s, %s", c.Dir, c.Test, names[string(r.Fault)], names[string(c.Moment)]))
		}
	}
	var got []string
	for _, test := range faultTests(t) {
		for _, cell := range test.cells {
			got = append(got, fmt.Sprintf("%s %s: %s", filepath.ToSlash(filepath.Dir(test.file)), test.name, cell))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got, "a test asks for its cells by faulttable.Of or GoesOn")
}

// ofFaults are the files whose tests are all about faults, but for those with a
// reason.
func ofFaults() map[string]map[string]string {
	return map[string]map[string]string{
		"hack/e2e/fault_test.go":          {"TestLargeArtifacts": "nothing breaks: it is what the faults meet"},
		"hack/e2e/killed_test.go":         nil,
		"hack/e2e/misbehave_test.go":      nil,
		"local/kubelet/fault_test.go":     nil,
		"runtime/pod/killed_test.go":      nil,
		"runtime/store/s3/outage_test.go": {"TestFolders": "no task lists directories"},
	}
}

// TestFaultsHaveCells requires that each test of a fault asks for a cell.
func TestFaultsHaveCells(t *testing.T) {
	asks := map[string]bool{}
	for _, test := range faultTests(t) {
		asks[test.file+" "+test.name] = len(test.cells) > 0
	}
	for file, except := range ofFaults() {
		for _, test := range testsOf(t, filepath.Join(repository, file)) {
			if except[test.name] == "" {
				require.True(t, asks[file+" "+test.name], "%s: %s asks for no cell of the table of faults", file, test.name)
			}
		}
	}
}

// faultTest is a test and the cells that it asks for, as the names of their
// constants.
type faultTest struct {
	file, name string
	cells      []string
}

// faultTests finds the tests of all modules that ask for cells.
func faultTests(t *testing.T) []faultTest {
	t.Helper()
	var all []faultTest
	require.NoError(t, filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && (name == ".git" || name == "bin" || name == "node_modules") {
			return filepath.SkipDir
		}
		here, err := filepath.Rel(repository, path)
		if err != nil || !strings.HasSuffix(path, "_test.go") || strings.HasPrefix(filepath.ToSlash(here), "internal/faulttable/") {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && bytes.Contains(text, []byte("internal/faulttable")) {
			for _, test := range testsOf(t, path) {
				test.file = filepath.ToSlash(here)
				all = append(all, test)
			}
		}
		return err
	}))
	require.Greater(t, len(all), 10)
	return all
}

// testsOf reads the tests of a file. Only they themselves may ask for cells.
func testsOf(t *testing.T, path string) []faultTest {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	var all []faultTest
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		test := faultTest{name: f.Name.Name}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && (isOfTable(call.Fun, "Of") || isOfTable(call.Fun, "GoesOn")) {
				for _, moment := range call.Args[2:] {
					test.cells = append(test.cells, selected(t, call.Args[1])+", "+selected(t, moment))
				}
			}
			return true
		})
		if f.Recv == nil && strings.HasPrefix(test.name, "Test") {
			all = append(all, test)
		} else {
			require.Empty(t, test.cells, "%s: %s is no test", path, test.name)
		}
	}
	return all
}

// isOfTable reports whether an expression names a function of the table.
func isOfTable(e ast.Expr, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == "faulttable"
}

// selected is the constant of the table that an argument names.
func selected(t *testing.T, e ast.Expr) string {
	t.Helper()
	s, ok := e.(*ast.SelectorExpr)
	require.True(t, ok, "faults and moments are named by their constants")
	return s.Sel.Name
}

// constants reads the names of the table's faults and moments.
func constants(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range []string{"faulttable.go", "rows.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && spec.Type != nil && len(spec.Values) > 0 {
				text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				all[spec.Names[0].Name] = text
			}
			return true
		})
	}
	return all
}

// TestOf asks for what the table does not have.
func TestOf(t *testing.T) {
	asked := &recorder{TB: t}
	func() {
		defer func() { _ = recover() }()
		faulttable.Of(asked, faulttable.StoreAway, faulttable.Store)
	}()
	require.Contains(t, asked.said, "no cell of TestOf")
}

// recorder is a test that notes why it ends.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.said = fmt.Sprintf(format, args...)
	panic(r.said)
}
