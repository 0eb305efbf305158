package overlay

import (
	"strconv"
	"strings"
)

// path is the way from the top of a patch file to a value: keys, and indexes
// in brackets.
type path []string

// in calls f with one more step on the path.
func (c *checker) in(step string, f func()) {
	c.path = append(c.path, step)
	f()
	c.path = c.path[:len(c.path)-1]
}

// String returns the path as messages show it: tasks.train.container.env[0].
func (p path) String() string {
	var b strings.Builder
	for _, step := range p {
		switch {
		case strings.HasPrefix(step, "["):
			b.WriteString(step)
		case strings.ContainsAny(step, ". []\""):
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

// parent returns the path of the mapping that a field is part of.
func (p path) parent() path { return p[:len(p)-1] }

// subject returns what messages call the value: its key, or that of its list
// and its index.
func (p path) subject() string {
	from := len(p) - 1
	for from > 0 && strings.HasPrefix(p[from], "[") {
		from--
	}
	return p[from:].String()
}

// field returns the name of a field from the object on that a patch is for,
// such as container.command: in both parts of a file.
func (p path) field() string {
	start := 1
	if p[0] == tasksKey {
		start = 2
	}
	return strings.Join(p[start:], ".")
}
