package pages

import (
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
)

// looks are the templates, by the names of their files.
type looks map[string]*template.Template

// newLooks reads the templates. Each page is one in a frame, with the parts that
// several have.
func newLooks(base string) looks {
	files := newFiles()
	words := functions(base)
	words["file"] = func(name string) string { return below(base, files[name].address) }
	common := template.Must(template.New("").Funcs(words).ParseFS(embedded, "assets/parts/*.html"))
	names, err := fs.Glob(embedded, "assets/*.html")
	if err != nil {
		panic("pages: " + err.Error()) // the pattern is ours
	}
	all := looks{}
	for _, name := range names {
		look := template.Must(template.Must(common.Clone()).ParseFS(embedded, name))
		all[strings.TrimSuffix(path.Base(name), ".html")] = look
	}
	return all
}

func (l looks) write(w io.Writer, p page) error {
	return l[p.Look].ExecuteTemplate(w, "frame", p)
}
