package storage

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// fields says what to do with the fields of a mapping.
type fields map[string]func(*document.Tree)

// ignored is for a field that changes nothing for the pods.
func ignored(*document.Tree) {}

// object reads a mapping, what, field by field, and reports those that it does
// not have. As KFP and Argo do, it takes names in any case, and null for a field
// that is not there.
func (r reader) object(t *document.Tree, what string, known fields) {
	if t.Kind != document.MappingTree {
		r.wrongType(t, what, "a mapping")
		return
	}
	names := slices.Sorted(maps.Keys(known))
	seen := map[int]string{}
	for _, f := range t.Fields {
		i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, f.Key.Value) })
		switch {
		case i < 0:
			r.unknownField(f.Key, what, names)
		case seen[i] != "":
			r.sameField(f.Key, seen[i])
		case f.Value.Kind != document.NullTree:
			seen[i] = f.Key.Value
			known[names[i]](f.Value)
		}
	}
}

// member returns a field of a mapping, or nil.
func member(t *document.Tree, name string) *document.Tree {
	if t == nil {
		return nil
	}
	for _, f := range t.Fields {
		if f.Key.Value == name {
			return f.Value
		}
	}
	return nil
}

func has(t *document.Tree, name string) bool { return member(t, name) != nil }

func textOf(t *document.Tree) string {
	if t == nil {
		return ""
	}
	return t.Text()
}

// text reads a text into a place.
func (r reader) text(into *string, what string) func(*document.Tree) {
	return func(t *document.Tree) {
		if t.Kind != document.TextTree {
			r.wrongType(t, what, "text")
			return
		}
		*into = t.Text()
	}
}

// boolean reads a boolean into a place.
func (r reader) boolean(into **bool, what string) func(*document.Tree) {
	return func(t *document.Tree) {
		if t.Kind != document.BooleanTree {
			r.wrongType(t, what, "true or false")
			return
		}
		value := t.JSON[0] == 't'
		*into = &value
	}
}

// secretName and secretKey hold a text against what Kubernetes allows.
func (r reader) secretName(into *string, what string) func(*document.Tree) {
	return r.valid(into, what, validation.IsDNS1123Subdomain)
}

func (r reader) secretKey(into *string, what string) func(*document.Tree) {
	return r.valid(into, what, validation.IsConfigMapKey)
}

func (r reader) valid(into *string, what string, problems func(string) []string) func(*document.Tree) {
	return func(t *document.Tree) {
		r.text(into, what)(t)
		if *into == "" {
			return
		}
		if found := problems(*into); len(found) > 0 {
			r.badValue(t, what, found[0])
		}
	}
}

// count reads a number of things into a place.
func (r reader) count(into *int, what string) func(*document.Tree) {
	return func(t *document.Tree) {
		n, err := strconv.Atoi(string(t.JSON))
		if t.Kind != document.NumberTree || err != nil || n < 0 {
			r.notACount(t, what)
			return
		}
		*into = n
	}
}

// endpoint reads an endpoint into a place.
func (r reader) endpoint(into *string, what string) func(*document.Tree) {
	return func(t *document.Tree) {
		var text string
		r.text(&text, what)(t)
		host := text
		if strings.Contains(text, "://") {
			u, err := url.Parse(text)
			if err != nil || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
				r.badValue(t, what, "it must be HOST:PORT or http://HOST:PORT")
				return
			}
			host = u.Host
		}
		if text != "" && (host == "" || strings.ContainsAny(strings.TrimSuffix(host, "/"), "/?# ")) {
			r.badValue(t, what, "it must be HOST:PORT or http://HOST:PORT")
			return
		}
		*into = strings.TrimSuffix(text, "/")
	}
}

// inside reads the YAML that a text of the file is. What is said of it is said
// at the place in the file.
func (r reader) inside(t *document.Tree, what string, read func(reader, *document.Tree)) {
	if t.Kind != document.TextTree {
		r.wrongType(t, what, "YAML as a text")
		return
	}
	var found diag.Report
	text := diag.Source{Name: r.source.Name, Text: []byte(t.Text())}
	inner := r
	inner.messages = messages{&found}
	if tree := document.ReadTree(text, &found); tree != nil {
		read(inner, tree)
	}
	for _, d := range found.Diagnostics() {
		at := d.Span
		d.Span = t.Span
		if at.Known() {
			d.Span = r.source.Within(t.Span, t.Text(), offset(t.Text(), at), at.Width)
		}
		r.report.Add(d)
	}
}

// offset returns where a place is in a text, in bytes.
func offset(text string, at diag.Span) int {
	n := 0
	for range at.Line - 1 {
		n += strings.IndexByte(text[n:], '\n') + 1
	}
	line := []rune(text[n:])
	return n + len(string(line[:min(at.Column-1, len(line))]))
}
