package document

import (
	"strconv"
	"strings"
)

// path is the way from the top of a document to a value: keys, and indexes in
// brackets.
type path []string

// String returns the path as diagnostics show it: root.dag.tasks.train, or
// components["a.b"].dag where a key is no plain name.
func (p path) String() string {
	var b strings.Builder
	for _, step := range p {
		switch {
		case strings.HasPrefix(step, "["):
			b.WriteString(step)
		case !plainName(step):
			b.WriteString("[" + strconv.Quote(step) + "]")
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step)
		}
	}
	return b.String()
}

// plainName reports whether a key can be in a path without quotes.
func plainName(key string) bool {
	return key != "" && strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

// in calls f with one more step on the path.
func (d *decoder) in(step string, f func()) {
	d.path = append(d.path, step)
	f()
	d.path = d.path[:len(d.path)-1]
}

// subject returns what a message calls the current value: its key, or the key
// of its list and its index.
func (d *decoder) subject() string {
	from := len(d.path) - 1
	for from > 0 && strings.HasPrefix(d.path[from], "[") {
		from--
	}
	if from < 0 {
		return "the document"
	}
	return d.path[from:].String()
}

// whereabouts says which mapping is current, for a message.
func (d *decoder) whereabouts() string {
	if len(d.path) == 0 {
		return "at the top of the document"
	}
	return "in " + d.path.String()
}
