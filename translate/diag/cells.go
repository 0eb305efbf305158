package diag

import (
	"slices"
	"strings"
	"unicode"
)

// cell is a character of a source line as a terminal shows it.
type cell struct {
	text  string
	width int // the columns it takes
}

// tabWidth is the number of spaces that a tab is shown as.
const tabWidth = 4

// cells prepares a line for a terminal, one cell for each character. Nothing
// that could steer the terminal or reorder its text passes.
func cells(line string) []cell {
	row := make([]cell, 0, len(line))
	for _, r := range line {
		row = append(row, newCell(r))
	}
	return row
}

// newCell prepares one character.
func newCell(r rune) cell {
	switch {
	case r == '\t':
		return cell{strings.Repeat(" ", tabWidth), tabWidth}
	case r < ' ':
		return cell{string('\u2400' + r), 1} // the control pictures
	case unicode.IsControl(r), reorders(r), r == unicode.ReplacementChar:
		return cell{string(unicode.ReplacementChar), 1}
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return cell{string(r), 0}
	case wide(r):
		return cell{string(r), 2}
	}
	return cell{string(r), 1}
}

// reorders reports whether r changes the direction of the text after it.
func reorders(r rune) bool {
	return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

// wide reports whether terminals give r two columns. The blocks are those of
// Unicode's East Asian Width that are wide throughout or nearly so.
func wide(r rune) bool {
	blocks := [...][2]rune{
		{0x1100, 0x115f}, // Hangul Jamo
		{0x2e80, 0x303e}, // CJK radicals and punctuation
		{0x3041, 0xa4cf}, // Kana, CJK, Yi
		{0xa960, 0xa97f}, // Hangul Jamo extended
		{0xac00, 0xd7a3}, // Hangul
		{0xf900, 0xfaff}, // CJK compatibility
		{0xfe30, 0xfe6f}, // CJK forms
		{0xff00, 0xff60}, // full width
		{0xffe0, 0xffe6},
		{0x1f300, 0x1f64f}, // pictographs
		{0x1f680, 0x1f6ff},
		{0x1f900, 0x1f9ff},
		{0x1fa70, 0x1faff},
		{0x20000, 0x3fffd}, // CJK extensions
	}
	return r >= 0x1100 && slices.ContainsFunc(blocks[:], func(b [2]rune) bool { return b[0] <= r && r <= b[1] })
}

// width returns the columns that a row takes.
func width(row []cell) int {
	total := 0
	for _, c := range row {
		total += c.width
	}
	return total
}

// text returns a row as it is printed.
func text(row []cell) string {
	var b strings.Builder
	for _, c := range row {
		b.WriteString(c.text)
	}
	return b.String()
}

// printable returns s as one line that is safe to show.
func printable(s string) string { return text(cells(s)) }
