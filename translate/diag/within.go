package diag

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Within returns the place of a part of a scalar's text, as for a placeholder
// in an argument or a name in a condition. The scalar is at span and reads
// as value; offset and width count bytes of value.
//
// The place is exact for plain, quoted and literal (|) scalars, also where a
// quote is escaped or the text is folded over several lines; a part that goes
// on over a line's end is cut there. Where the text cannot be found again, as
// in a folded (>) scalar, the place is that of the whole scalar.
func (s Source) Within(span Span, value string, offset, width int) Span {
	if !span.Known() || offset < 0 || offset > len(value) {
		return span
	}
	w := walk{lines: s.Lines(), line: span.Line - 1}
	step := w.open(span.Column - 1)
	if step == nil {
		return span
	}
	var part Span
	for i, r := range value[:min(offset+max(width, 1), len(value))] {
		switch {
		case !step(r):
			return span
		case i < offset:
		case !part.Known():
			part = w.at
		case w.at.Line == part.Line:
			part.Width = w.at.Column + w.at.Width - part.Column
		}
	}
	if !part.Known() {
		return span
	}
	part.Width = max(part.Width, 1)
	return part
}

// walk reads a scalar's source and its value side by side, a character of the
// value at a time.
type walk struct {
	lines  []string
	line   int    // the index of the current line
	rest   []rune // what is left of the current line
	column int    // of the first character of rest, from one
	indent int    // of a literal scalar's lines
	at     Span   // of the character that was read last
}

// open enters the scalar that starts after column characters of the current
// line. It returns the function which reads one character, or nil where the
// style of the scalar is not known.
func (w *walk) open(column int) func(rune) bool {
	if w.line >= len(w.lines) || !w.enter(w.line, column) || len(w.rest) == 0 {
		return nil
	}
	switch w.rest[0] {
	case '\'':
		w.skip(1)
		return w.singleQuoted
	case '"':
		w.skip(1)
		return w.doubleQuoted
	case '|':
		return w.openLiteral()
	case '>', '&', '*', '!':
		return nil
	}
	return w.plain
}

// enter goes to a line, past its first characters.
func (w *walk) enter(line, skip int) bool {
	if line >= len(w.lines) {
		return false
	}
	w.line, w.rest, w.column = line, []rune(w.lines[line]), 1
	if skip > len(w.rest) {
		return false
	}
	w.skip(skip)
	return true
}

// skip passes over characters of the line.
func (w *walk) skip(n int) {
	w.rest = w.rest[n:]
	w.column += n
}

// take passes over characters that stand for one of the value.
func (w *walk) take(n int) bool {
	w.at = Span{Line: w.line + 1, Column: w.column, Width: n}
	w.skip(n)
	return true
}

// lineEnd is the place of a line break, which has no width.
func (w *walk) lineEnd() Span {
	return Span{Line: w.line + 1, Column: w.column}
}

// literal reads r where it stands for itself.
func (w *walk) literal(r rune) bool {
	return len(w.rest) > 0 && w.rest[0] == r && w.take(1)
}

// plain reads a character of a plain scalar.
func (w *walk) plain(r rune) bool {
	if blank(w.rest) {
		return w.fold(r)
	}
	return w.literal(r)
}

// singleQuoted reads a character of a scalar in single quotes.
func (w *walk) singleQuoted(r rune) bool {
	if blank(w.rest) {
		return w.fold(r)
	}
	if w.rest[0] == '\'' {
		return r == '\'' && len(w.rest) > 1 && w.rest[1] == '\'' && w.take(2)
	}
	return w.literal(r)
}

// doubleQuoted reads a character of a scalar in double quotes.
func (w *walk) doubleQuoted(r rune) bool {
	for len(w.rest) == 1 && w.rest[0] == '\\' { // an escaped line break stands for nothing
		if !w.nextContent() {
			return false
		}
	}
	switch {
	case blank(w.rest):
		return w.fold(r)
	case w.rest[0] == '"':
		return false
	case w.rest[0] == '\\':
		meant, width := unescape(w.rest)
		return width > 0 && meant == r && w.take(width)
	}
	return w.literal(r)
}

// fold reads a line's end in a flow scalar: one line break reads as a space,
// each further one as a newline.
func (w *walk) fold(r rune) bool {
	w.at = w.lineEnd()
	if !w.enter(w.line+1, 0) {
		return false
	}
	if !blank(w.rest) {
		w.trimLeft()
		return r == ' '
	}
	return r == '\n' && w.foldBlank()
}

// foldBlank passes the last break of a run of empty lines, which stands for
// nothing by itself.
func (w *walk) foldBlank() bool {
	if w.line+1 < len(w.lines) && !blank([]rune(w.lines[w.line+1])) {
		return w.nextContent()
	}
	return true
}

// nextContent goes to the first character of the next line.
func (w *walk) nextContent() bool {
	if !w.enter(w.line+1, 0) {
		return false
	}
	w.trimLeft()
	return true
}

// trimLeft passes over the indentation.
func (w *walk) trimLeft() {
	for len(w.rest) > 0 && (w.rest[0] == ' ' || w.rest[0] == '\t') {
		w.skip(1)
	}
}

// openLiteral goes to the first line of a literal scalar.
func (w *walk) openLiteral() func(rune) bool {
	for _, line := range w.lines[w.line+1:] {
		if text := strings.TrimLeft(line, " "); text != "" {
			w.indent = len(line) - len(text)
			break
		}
	}
	if !w.enterLiteral(w.line + 1) {
		return nil
	}
	return func(r rune) bool {
		if r != '\n' {
			return w.literal(r)
		}
		if len(w.rest) > 0 {
			return false
		}
		w.at = w.lineEnd()
		return w.enterLiteral(w.line+1) || w.line+1 == len(w.lines)
	}
}

// enterLiteral goes to a line of a literal scalar, past its indentation. An
// empty line may have less of it.
func (w *walk) enterLiteral(line int) bool {
	if !w.enter(line, 0) {
		return false
	}
	w.skip(min(w.indent, len(w.rest)))
	return true
}

// blank reports whether text is white space.
func blank(text []rune) bool {
	for _, r := range text {
		if r != ' ' && r != '\t' {
			return false
		}
	}
	return true
}

// unescape returns what the escape sequence at the start of text means and
// how many characters it has, zero if it is none.
func unescape(text []rune) (meant rune, width int) {
	if len(text) < 2 {
		return 0, 0
	}
	const named = "0\x00a\ab\bt\tn\nv\vf\fr\re\x1b  \"\"//\\\\N\u0085_\u00a0L\u2028P\u2029"
	pairs := []rune(named)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == text[1] {
			return pairs[i+1], 2
		}
	}
	digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[text[1]]
	if digits == 0 || len(text) < 2+digits {
		return 0, 0
	}
	code, err := strconv.ParseUint(string(text[2:2+digits]), 16, 32)
	if err != nil || code > utf8.MaxRune {
		return 0, 0
	}
	return rune(code), 2 + digits
}
