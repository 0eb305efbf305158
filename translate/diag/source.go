package diag

import (
	"bytes"
	"unicode/utf8"
)

// Source is a text to translate and the name that diagnostics call it by.
type Source struct {
	Name string
	Text []byte
}

// byteOrderMark may open a UTF-8 text. It belongs to no line.
const byteOrderMark = "\ufeff"

// Lines returns the lines of the text without their terminators, as YAML
// counts them: a line ends with LF, CR LF, CR, NEL, LS or PS. A terminator at
// the end of the text starts one more, empty line.
func (s Source) Lines() []string {
	text := bytes.TrimPrefix(s.Text, []byte(byteOrderMark))
	lines := make([]string, 0, bytes.Count(text, []byte("\n"))+1)
	for {
		end, width := lineBreak(text)
		if width == 0 {
			return append(lines, string(text))
		}
		lines = append(lines, string(text[:end]))
		text = text[end+width:]
	}
}

// lineBreak returns the offset and the number of bytes of the first line
// terminator of text. No terminator has width zero.
func lineBreak(text []byte) (offset, width int) {
	for i, b := range text {
		switch {
		case b == '\n':
			return i, 1
		case b == '\r' && i+1 < len(text) && text[i+1] == '\n':
			return i, 2
		case b == '\r':
			return i, 1
		case b < utf8.RuneSelf:
			continue
		}
		switch r, size := utf8.DecodeRune(text[i:]); r {
		case '\u0085', '\u2028', '\u2029':
			return i, size
		}
	}
	return len(text), 0
}
