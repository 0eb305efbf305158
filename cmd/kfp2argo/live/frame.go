package live

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Look is how a terminal shows things.
type Look struct {
	// Color uses colours, ASCII nothing but ASCII.
	Color, ASCII bool
}

// row is one line of a picture of a run.
type row struct {
	task  *progress.Task
	depth int
	// hidden rows are not shown.
	hidden bool
}

// frame draws a run in lines of a width. If there is a height it does not have
// more lines, and rows that matter least are left out. Without one it is the end of
// the run: what went well is folded, and the summary comes last, where people look.
func (l Look) frame(s Snapshot, columns, height int, now time.Time) []string {
	rows := rowsOf(s.Run)
	left := 0
	if height > 0 {
		left = fit(rows, max(1, height-1))
	} else {
		fold(rows)
	}
	var lines []string
	if height > 0 {
		lines = append(lines, l.header(s, now))
	}
	labels := 0
	for _, r := range rows {
		if !r.hidden {
			labels = max(labels, 2*r.depth+cells(label(r.task)))
		}
	}
	labels = min(labels, max(10, columns/2))
	for _, r := range rows {
		if !r.hidden {
			lines = append(lines, l.row(r, labels, now))
		}
	}
	if left > 0 {
		lines = append(lines, l.paint(dim, fmt.Sprintf("  %s %d more", l.dots(), left)))
	}
	if height == 0 {
		for _, m := range metricLines(s.Metrics) {
			lines = append(lines, strings.TrimRight("  "+lineage.Printable(m[1])+"  "+l.paint(dim, lineage.Printable(m[0])), " "))
		}
		lines = append(lines, l.header(s, now))
	}
	for i := range lines {
		lines[i] = l.cut(lines[i], columns)
	}
	return lines
}

func rowsOf(run *progress.Run) []*row {
	var rows []*row
	run.Walk(func(t *progress.Task, depth int) { rows = append(rows, &row{task: t, depth: depth}) })
	return rows
}

// fit hides rows until no more than a number is left, one of them for the line
// that says how many are hidden, and returns that.
func fit(rows []*row, most int) int {
	visible := len(rows)
	hide := func(rows []*row, which func(*row) bool) {
		for _, r := range rows {
			if visible <= most-1 || r.hidden || !which(r) {
				continue
			}
			r.hidden = true
			visible--
		}
	}
	if visible <= most {
		return 0
	}
	// What is over is shown by what is around it.
	over := -1
	for _, r := range rows {
		switch {
		case over >= 0 && r.depth > over:
			r.hidden = true
			visible--
		case r.task.State.Final() && r.task.State != progress.Failed:
			over = r.depth
		default:
			over = -1
		}
	}
	if visible <= most {
		return 0
	}
	upwards := slices.Clone(rows)
	slices.Reverse(upwards)
	for _, state := range []progress.State{progress.Omitted, progress.Skipped, progress.Succeeded} {
		hide(rows, func(r *row) bool { return r.task.State == state })
	}
	for _, state := range []progress.State{progress.Waiting, progress.Pending} {
		hide(upwards, func(r *row) bool { return r.task.State == state }) // what comes next stays
	}
	hide(rows, func(r *row) bool { return len(r.task.Inside) > 0 && r.task.State != progress.Failed })
	hide(upwards, func(r *row) bool { return r.task.State != progress.Failed })
	hide(rows, func(*row) bool { return true })
	return len(rows) - visible
}

// fold hides what is inside of what has ended well, and iterations that have: their
// loop counts them.
func fold(rows []*row) {
	within := -1
	var loops []*row
	for _, r := range rows {
		loops = slices.DeleteFunc(loops, func(l *row) bool { return l.depth >= r.depth })
		well := r.task.State.Final() && r.task.State != progress.Failed
		switch {
		case within >= 0 && r.depth > within:
			r.hidden = true
			continue
		case well:
			within = r.depth
			r.hidden = r.task.State == progress.Succeeded && len(loops) > 0 && loops[len(loops)-1].depth == r.depth-1
		default:
			within = -1
		}
		if r.task.Kind == progress.Loop && r.task.Index < 0 {
			loops = append(loops, r)
		}
	}
}

// label names a task in its place.
func label(t *progress.Task) string {
	return t.Path[strings.LastIndexByte(t.Path, '.')+1:]
}

func (l Look) header(s Snapshot, now time.Time) string {
	c := count(s.Run)
	text := l.paint(bold, s.Run.Name) + "  " + l.paint(colorOf(s.Run.State), Word(s.Run.Status))
	if took := duration(s.Run.Status, now); took != "" {
		text += "  " + took
	}
	switch {
	case s.Run.State.Final():
		text += "  " + c.String()
	case c.all > 0:
		text += fmt.Sprintf("  %d of %d tasks done", c.succeeded+c.failed+c.stopped+c.skipped+c.omitted, c.all)
	}
	if s.Asked != "" && !s.Run.State.Final() {
		text += "  " + l.paint(yellow, join(s.Asked, s.Next))
	}
	if s.Trouble != nil {
		text += "  " + l.paint(yellow, "no news: "+printable(s.Trouble.Error()))
	}
	if s.Run.Message != "" {
		text += "  " + printable(s.Run.Message)
	}
	return text
}

func (l Look) row(r *row, labels int, now time.Time) string {
	t := r.task
	name := strings.Repeat("  ", r.depth) + l.cut(label(t), max(4, labels-2*r.depth))
	color := colorOf(t.State)
	text := fmt.Sprintf("%s %s%s  %s %6s", l.paint(color, l.symbol(t.State)), name, strings.Repeat(" ", max(0, labels-cells(name))),
		l.paint(color, fmt.Sprintf("%-9s", Word(t.Status))), took(t, now))
	if d := printable(Details(t)); d != "" {
		text += "  " + d
	}
	return strings.TrimRight(text, " ")
}

// took is how long a task has taken, if it has taken time at all.
func took(t *progress.Task, now time.Time) string {
	switch t.State {
	case progress.Skipped, progress.Omitted, progress.Waiting:
		return ""
	case progress.Pending, progress.Running, progress.Succeeded, progress.Failed:
	}
	return duration(t.Status, now)
}

func printable(text string) string { return lineage.Printable(oneLine(text)) }

func (l Look) symbol(s progress.State) string {
	symbols := map[progress.State][2]string{
		progress.Waiting:   {"○", "."},
		progress.Pending:   {"◌", ":"},
		progress.Running:   {"●", ">"},
		progress.Succeeded: {"✓", "+"},
		progress.Failed:    {"✗", "x"},
		progress.Skipped:   {"–", "-"},
		progress.Omitted:   {"·", "-"},
	}
	if l.ASCII {
		return symbols[s][1]
	}
	return symbols[s][0]
}

func (l Look) dots() string {
	if l.ASCII {
		return "..."
	}
	return "…"
}

// color is a way of showing text, as terminals name it.
type color string

const (
	normal color = ""
	bold   color = "1"
	dim    color = "2"
	red    color = "31"
	green  color = "32"
	yellow color = "33"
	cyan   color = "36"
)

func colorOf(s progress.State) color {
	switch s {
	case progress.Succeeded:
		return green
	case progress.Failed:
		return red
	case progress.Running:
		return cyan
	case progress.Pending:
		return yellow
	case progress.Waiting, progress.Skipped, progress.Omitted:
		return dim
	}
	return normal
}

func (l Look) paint(c color, text string) string {
	if !l.Color || c == normal {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// cut cuts a text to a number of cells. Escape sequences take none.
func (l Look) cut(text string, most int) string {
	if most <= 0 || cells(text) <= most {
		return text
	}
	room := most - len([]rune(l.dots()))
	var b strings.Builder
	used := 0
	for text != "" {
		if n := escape(text); n > 0 {
			b.WriteString(text[:n])
			text = text[n:]
			continue
		}
		r := []rune(text)[0]
		if used += wide(r); used > room {
			break
		}
		b.WriteRune(r)
		text = text[len(string(r)):]
	}
	b.WriteString(l.dots())
	if l.Color {
		b.WriteString("\x1b[0m")
	}
	return b.String()
}

// cells counts the cells that a text takes on a terminal.
func cells(text string) int {
	n := 0
	for text != "" {
		if e := escape(text); e > 0 {
			text = text[e:]
			continue
		}
		r := []rune(text)[0]
		n += wide(r)
		text = text[len(string(r)):]
	}
	return n
}

// escape returns the length of the escape sequence that a text begins with, or
// zero. Only those of paint occur.
func escape(text string) int {
	if !strings.HasPrefix(text, "\x1b[") {
		return 0
	}
	return strings.IndexByte(text, 'm') + 1
}

func wide(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	case width.Neutral, width.EastAsianAmbiguous, width.EastAsianNarrow, width.EastAsianHalfwidth:
	}
	return 1
}
