package diag

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Options says how [Render] prints. The zero value prints without colour.
type Options struct {
	Color bool // use ANSI escape sequences
	Limit int  // print this many diagnostics and count the rest; 100 where zero
	// Others are the texts beside the pipeline, in the order in which
	// diagnostics count them.
	Others []Source
}

// Limits of what is printed.
const (
	defaultLimit = 100
	maxExcerpt   = 100 // columns of a source line
	maxMarked    = 60  // columns of those that are underlined, of a longer line
)

// Render prints diagnostics, which [Report.Diagnostics] has put in order, each
// with the line that it is about: of src, which is the pipeline, or of another
// text. The error is that of w.
func Render(w io.Writer, src Source, diags []Diagnostic, opts Options) error {
	p := printer{out: bufio.NewWriter(w)}
	if opts.Color {
		p.palette = ansi()
	}
	for _, s := range append([]Source{src}, opts.Others...) {
		p.sources = append(p.sources, printed{s.Name, s.Lines()})
	}
	limit := opts.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	for i, d := range diags {
		if i == limit {
			p.rest(len(diags) - limit)
			break
		}
		if i > 0 {
			fmt.Fprintln(p.out)
		}
		p.diagnostic(p.source(d.Source), d)
	}
	return p.out.Flush()
}

// palette holds the escape sequences for the parts of a diagnostic.
type palette struct {
	place, fault, doubt, gutter, end string
}

// ansi returns the palette of a colour terminal; the zero palette is that of
// any other.
func ansi() palette {
	return palette{place: "\x1b[1m", fault: "\x1b[31m", doubt: "\x1b[33m", gutter: "\x1b[34m", end: "\x1b[0m"}
}

// printer prints diagnostics.
type printer struct {
	palette
	out     *bufio.Writer
	sources []printed
}

// printed is a source as it is printed.
type printed struct {
	name  string
	lines []string
}

// source returns the n-th source. One that was not given has but a number.
func (p printer) source(n int) printed {
	if n < len(p.sources) {
		return p.sources[n]
	}
	return printed{name: fmt.Sprintf("<text %d>", n)}
}

// rest says how many diagnostics are not shown.
func (p printer) rest(n int) {
	if n == 1 {
		fmt.Fprint(p.out, "\n1 more problem\n")
		return
	}
	fmt.Fprintf(p.out, "\n%d more problems\n", n)
}

// diagnostic prints one diagnostic about a source.
func (p printer) diagnostic(src printed, d Diagnostic) {
	place, kind := src.name, ""
	if d.Span.Known() {
		place += fmt.Sprintf(":%d:%d", d.Span.Line, d.Span.Column)
	}
	if d.Severity == Warning {
		kind = p.doubt + "warning: " + p.end
	}
	fmt.Fprintf(p.out, "%s%s:%s %s%s [%s]\n", p.place, place, p.end, kind, printable(d.Message), d.Code)
	margin := "  "
	if 0 < d.Span.Line && d.Span.Line <= len(src.lines) {
		margin = p.excerpt(src.lines[d.Span.Line-1], d)
	}
	if d.Hint != "" {
		fmt.Fprintf(p.out, "%s %s=%s hint: %s\n", margin, p.gutter, p.end, printable(d.Hint))
	}
}

// excerpt prints the line of a diagnostic and a caret under each character of
// its span. It returns the space that a hint is indented by.
func (p printer) excerpt(line string, d Diagnostic) (margin string) {
	number := strconv.Itoa(d.Span.Line)
	margin = strings.Repeat(" ", len(number))
	v := newView(cells(line), d.Span)
	carets := p.fault
	if d.Severity == Warning {
		carets = p.doubt
	}
	fmt.Fprintf(p.out, "%s%s |%s\n", p.gutter, margin, p.end)
	fmt.Fprintf(p.out, "%s%s |%s %s\n", p.gutter, number, p.end, v.line())
	fmt.Fprintf(p.out, "%s%s |%s %s%s%s%s\n", p.gutter, margin, p.end,
		strings.Repeat(" ", v.indent()), carets, strings.Repeat("^", v.carets()), p.end)
	return margin
}

// view is the part of a line that is shown: the cells from from to to, of
// which those from start to end are marked.
type view struct {
	row                  []cell
	from, start, end, to int
}

// newView chooses the part of a row around a span so that it is at most
// about maxExcerpt columns wide. Of a long span its start is shown.
func newView(row []cell, span Span) view {
	start := min(max(span.Column-1, 0), len(row))
	end := min(start+max(span.Width, 1), len(row))
	if width(row) <= maxExcerpt {
		return view{row, 0, start, end, len(row)}
	}
	v := view{row, start, start, start, start}
	room := maxExcerpt - maxMarked + v.growRight(end, maxMarked)
	v.end = v.to
	unused := v.growLeft(room / 2)
	unused = v.growRight(len(row), room-room/2+unused)
	v.growLeft(unused)
	return v
}

// growRight shows more at the end, up to a cell and for as long as there is
// room. It returns the room that is left.
func (v *view) growRight(limit, room int) int {
	for v.to < limit && v.row[v.to].width <= room {
		room -= v.row[v.to].width
		v.to++
	}
	return room
}

// growLeft shows more at the start for as long as there is room. It returns
// the room that is left.
func (v *view) growLeft(room int) int {
	for v.from > 0 && v.row[v.from-1].width <= room {
		v.from--
		room -= v.row[v.from].width
	}
	return room
}

// ellipsis stands for what is cut off.
const ellipsis = "…"

// line returns the text that is shown.
func (v view) line() string {
	shown := text(v.row[v.from:v.to])
	if v.to < len(v.row) {
		shown += ellipsis
	}
	if v.from > 0 {
		shown = ellipsis + shown
	}
	return strings.TrimRight(shown, " ")
}

// indent returns the columns before the first caret.
func (v view) indent() int {
	columns := width(v.row[v.from:v.start])
	if v.from > 0 {
		columns++
	}
	return columns
}

// carets returns the number of carets, at least one.
func (v view) carets() int { return max(1, width(v.row[v.start:v.end])) }
