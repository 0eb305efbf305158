package compare

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/rogpeppe/go-internal/diff"
)

// Text writes a report for people, with colours if they are asked for.
func (r *Report) Text(w io.Writer, color bool) error {
	t := &text{out: bufio.NewWriter(w)}
	if color {
		t.palette = palette{title: "\x1b[1m", added: "\x1b[32m", removed: "\x1b[31m", changed: "\x1b[33m", end: "\x1b[0m"}
	}
	if r.Same() {
		fmt.Fprintln(t.out, "the pipelines do the same")
		return t.out.Flush()
	}
	t.pipeline(r.Pipeline)
	t.tasks(r.Tasks)
	t.cache(r.Cache)
	return t.out.Flush()
}

// palette holds the escape sequences for the parts of a report.
type palette struct{ title, added, removed, changed, end string }

type text struct {
	palette
	out    *bufio.Writer
	titles int
}

// title begins a part of the report.
func (t *text) title(text string) {
	if t.titles++; t.titles > 1 {
		fmt.Fprintln(t.out)
	}
	fmt.Fprintf(t.out, "%s%s%s\n", t.palette.title, text, t.end)
}

// mark is the sign of a kind, in its colour.
func (t *text) mark(k Kind) string {
	switch k {
	case Added:
		return t.added + "+" + t.end
	case Removed:
		return t.removed + "-" + t.end
	}
	return t.changed + "~" + t.end
}

func (t *text) pipeline(all []Change) {
	if len(all) == 0 {
		return
	}
	t.title("Pipeline")
	for _, c := range all {
		t.change(c, "  ")
	}
}

func (t *text) tasks(all []Task) {
	if len(all) == 0 {
		return
	}
	t.title("Tasks")
	for _, task := range all {
		said := task.Path
		if task.Was != "" {
			said += ", before " + task.Was
		}
		if task.About != "" {
			said += ": " + task.About
		}
		fmt.Fprintf(t.out, "  %s %s\n", t.mark(task.Kind), printable(said))
		for _, c := range task.Changes {
			t.change(c, "      ")
		}
	}
}

// change writes one change, and of texts of several lines those that differ.
func (t *text) change(c Change, indent string) {
	head := fmt.Sprintf("%s%s %s", indent, t.mark(c.Kind), printable(c.What))
	switch {
	case c.Kind == Changed && strings.Contains(c.Old+c.New, "\n"):
		fmt.Fprintln(t.out, head)
		t.lines(c, indent+"    ")
	case c.Kind == Changed:
		fmt.Fprintf(t.out, "%s: %s → %s\n", head, short(c.Old), short(c.New))
	default:
		fmt.Fprintf(t.out, "%s: %s\n", head, short(c.Old+c.New))
	}
}

// lines writes the lines that differ, with a few around them.
func (t *text) lines(c Change, indent string) {
	all := diff.Diff("old", ended(c.Old), "new", ended(c.New))
	for i, line := range strings.Split(strings.TrimRight(string(all), "\n"), "\n") {
		switch {
		case i < 3: // the names of the texts
		case strings.HasPrefix(line, "@@"):
			if i > 3 {
				fmt.Fprintf(t.out, "%s...\n", indent)
			}
		case strings.HasPrefix(line, "+"):
			fmt.Fprintf(t.out, "%s%s%s%s\n", indent, t.added, printable(line), t.end)
		case strings.HasPrefix(line, "-"):
			fmt.Fprintf(t.out, "%s%s%s%s\n", indent, t.removed, printable(line), t.end)
		default:
			fmt.Fprintln(t.out, strings.TrimRight(indent+printable(line), " "))
		}
	}
}

// ended is a text whose last line has an end.
func ended(text string) []byte { return append(bytes.TrimRight([]byte(text), "\n"), '\n') }

func (t *text) cache(all []Rerun) {
	if len(all) == 0 {
		return
	}
	t.title("Cache: tasks that do not find what earlier runs have done")
	for _, r := range all {
		how := t.removed + "runs again" + t.end
		if !r.Certain {
			how = t.changed + "may run again" + t.end
		}
		fmt.Fprintf(t.out, "  %s %s: %s\n", printable(r.Path), how, printable(strings.Join(r.Because, ", ")))
	}
}

// short is a text on one line of reasonable length.
func short(text string) string {
	const most = 120
	row := []rune(printable(text))
	if len(row) > most {
		return string(row[:most]) + "…"
	}
	if len(row) == 0 {
		return `""`
	}
	return string(row)
}

// printable is a text that leaves a terminal alone, on one line.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return '⏎'
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
