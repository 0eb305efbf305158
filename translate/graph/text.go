package graph

import (
	"strconv"
	"unicode"
)

// widths are the widths of the characters from space to tilde in Helvetica, in
// hundredths of the font's size. Arial and Liberation Sans have the same.
const widths = "\x1c\x1c\x24\x38\x38\x59\x43\x13\x21\x21\x27\x3a\x1c\x21\x1c\x1c" +
	"\x38\x38\x38\x38\x38\x38\x38\x38\x38\x38\x1c\x1c\x3a\x3a\x3a\x38" +
	"\x66\x43\x43\x48\x48\x43\x3d\x4e\x48\x1c\x32\x43\x38\x53\x48\x4e" +
	"\x43\x4e\x48\x43\x3d\x48\x43\x5e\x43\x43\x3d\x1c\x1c\x1c\x2f\x38" +
	"\x21\x38\x38\x32\x38\x38\x1c\x38\x38\x16\x16\x32\x16\x53\x38\x38" +
	"\x38\x38\x21\x32\x1c\x38\x32\x48\x32\x32\x32\x21\x1a\x21\x3a"

// reserve is how much wider than in Helvetica a text may be in its box, in
// hundredths: other fonts are wider, and some programs know no textLength.
const reserve = 116

// textWidth is the room for a text in a font of a size in pixels.
func textWidth(text string, size int) int { return (advance(text)*size*reserve + 9999) / 10000 }

// bold is how wide bold text is, in hundredths of the width of other text.
const bold = 107

// textLength is the attribute that gives a text the width that it has in Helvetica,
// in any font; scale is [bold] or 100. A text without a width has none.
func textLength(text string, size, scale int) string {
	width := advance(text) * size * scale / 1000 // in tenths of a pixel
	if width == 0 {
		return ""
	}
	return ` textLength="` + strconv.FormatFloat(float64(width)/10, 'f', -1, 64) + `" lengthAdjust="spacingAndGlyphs"`
}

// advance is how wide a text is in Helvetica, in hundredths of the font's size.
func advance(text string) int {
	sum := 0
	for _, r := range text {
		sum += runeWidth(r)
	}
	return sum
}

func runeWidth(r rune) int {
	switch {
	case r >= ' ' && r <= '~':
		return int(widths[r-' '])
	case unicode.Is(unicode.Mn, r) || r == '\u200d' || r == '\ufe0f':
		return 0
	case r >= 0x1100 && (r < 0x1e00 || r >= 0x2e80):
		return 105 // Chinese, Japanese, Korean, emoji
	case r >= 0x2000:
		return 90
	}
	return 62
}

// widest returns the width of the widest line.
func widest(lines []string, size int) int {
	width := 0
	for _, l := range lines {
		width = max(width, textWidth(l, size))
	}
	return width
}
