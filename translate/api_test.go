package translate_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
)

// TestAPI lists what translate and the packages below it promise, so that a
// review sees each change of it, and finds types of internal packages in it.
func TestAPI(t *testing.T) {
	var text bytes.Buffer
	names := 0
	for _, dir := range promised(t) {
		p := parsePackage(t, dir)
		require.NotEmpty(t, p.names, "package %s promises nothing", dir)
		require.Empty(t, p.leaks, "package %s hands out what only this module can name", dir)
		require.Empty(t, p.bare, "package %s does not say what these are for", dir)
		names += len(p.names)
		fmt.Fprintf(&text, "\n# %s: %s\n\n", p.path, p.synopsis)
		for _, line := range slices.Sorted(slices.Values(p.lines)) {
			fmt.Fprintln(&text, line)
		}
	}
	head := fmt.Sprintf("# The Go API: %d names. Fields, methods and values of types are not counted. TestAPI writes this file.\n", names)
	goldentest.Compare(t, "testdata/api.txt", append([]byte(head), text.Bytes()...))
}

// promised lists the directories of the packages that others may import.
func promised(t *testing.T) []string {
	t.Helper()
	var dirs []string
	require.NoError(t, filepath.WalkDir(".", func(dir string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || !entry.IsDir():
			return err
		case entry.Name() == "internal" || entry.Name() == "testdata" || strings.HasSuffix(entry.Name(), "test"):
			return fs.SkipDir
		}
		dirs = append(dirs, dir)
		return nil
	}))
	return dirs
}

// api is what a package promises.
type api struct {
	path, synopsis string
	names          []string
	lines          []string
	// leaks are the types of internal packages in it, bare the names without a
	// comment.
	leaks   []string
	bare    []string
	imports map[string]string
}

func parsePackage(t *testing.T, dir string) *api {
	t.Helper()
	p := &api{path: path.Join("translate", filepath.ToSlash(dir))}
	for _, file := range glob(t, filepath.Join(dir, "*.go")) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		require.NoError(t, err)
		if parsed.Doc != nil {
			p.synopsis = new(doc.Package).Synopsis(parsed.Doc.Text())
		}
		p.imports = map[string]string{}
		for _, i := range parsed.Imports {
			from, err := strconv.Unquote(i.Path.Value)
			require.NoError(t, err)
			name := path.Base(from)
			if i.Name != nil {
				name = i.Name.Name
			}
			p.imports[name] = from
		}
		for _, d := range parsed.Decls {
			p.declaration(d)
		}
	}
	return p
}

func (p *api) declaration(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		p.function(d)
	case *ast.GenDecl:
		kind := ""
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				p.commented(spec.Name, d.Doc, spec.Doc)
				p.typed(spec)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					p.commented(name, d.Doc, spec.Doc, spec.Comment)
				}
				if spec.Type != nil {
					kind = " " + p.text(spec.Type)
				}
				for _, name := range spec.Names {
					line := fmt.Sprintf("%s %s%s", d.Tok, name, kind)
					if kind != "" && name.IsExported() {
						p.lines = append(p.lines, line) // a value of its type
						continue
					}
					p.name(name, line)
				}
			}
		}
	}
}

// commented notes an exported name that none of the comments says anything of.
func (p *api) commented(name *ast.Ident, comments ...*ast.CommentGroup) {
	if name.IsExported() && !slices.ContainsFunc(comments, func(c *ast.CommentGroup) bool { return c.Text() != "" }) {
		p.bare = append(p.bare, name.Name)
	}
}

// name adds a name and its line if it is exported.
func (p *api) name(name *ast.Ident, line string) {
	if name.IsExported() {
		p.names = append(p.names, name.Name)
		p.lines = append(p.lines, line)
	}
}

func (p *api) function(d *ast.FuncDecl) {
	if !d.Name.IsExported() {
		return
	}
	if d.Recv == nil || ast.IsExported(strings.TrimPrefix(p.text(d.Recv.List[0].Type), "*")) {
		p.commented(d.Name, d.Doc)
	}
	if d.Recv == nil {
		p.name(d.Name, "func "+d.Name.Name+p.signature(d))
		return
	}
	receiver := p.text(d.Recv.List[0].Type)
	if ast.IsExported(strings.TrimPrefix(receiver, "*")) {
		p.lines = append(p.lines, fmt.Sprintf("func (%s) %s%s", receiver, d.Name, p.signature(d)))
	}
}

func (p *api) signature(d *ast.FuncDecl) string { return strings.TrimPrefix(p.text(d.Type), "func") }

func (p *api) typed(spec *ast.TypeSpec) {
	if !spec.Name.IsExported() {
		return
	}
	what := ""
	var fields *ast.FieldList
	switch of := spec.Type.(type) {
	case *ast.StructType:
		what, fields = "struct", of.Fields
	case *ast.InterfaceType:
		what, fields = "interface", of.Methods
	default:
		what = p.text(of)
	}
	if spec.Assign.IsValid() {
		what = "= " + what
	}
	p.name(spec.Name, fmt.Sprintf("type %s %s", spec.Name, what))
	if fields == nil {
		return
	}
	for _, f := range fields.List {
		if of := f.Type; len(f.Names) == 0 && ast.IsExported(p.text(of)[strings.LastIndexAny(p.text(of), ".*")+1:]) {
			p.lines = append(p.lines, fmt.Sprintf("type %s %s, %s", spec.Name, what, p.text(of)))
		}
		for _, name := range f.Names {
			if name.IsExported() {
				p.lines = append(p.lines, fmt.Sprintf("type %s %s, %s %s", spec.Name, what, name, p.text(f.Type)))
			}
		}
	}
}

// text prints a type on one line and looks for what is internal in it.
func (p *api) text(of ast.Expr) string {
	ast.Inspect(of, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if in, ok := selector.X.(*ast.Ident); ok && strings.Contains(p.imports[in.Name], "/internal/") {
				p.leaks = append(p.leaks, in.Name+"."+selector.Sel.Name)
			}
		}
		return true
	})
	var b bytes.Buffer
	if err := format.Node(&b, token.NewFileSet(), of); err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
