package graph

import "unicode"

// widths are the widths of the characters from space to tilde in Helvetica, in
// hundredths of the font's size. Arial and Liberation Sans have the same.
const widths = "\x1c\x1c\x24\x38\x38\x59\x43\x13\x21\x21\x27\x3a\x1c\x21\x1c\x1c" +
	"\x38\x38\x38\x38\x38\x38\x38\x38\x38\x38\x1c\x1c\x3a\x3a\x3a\x38" +
	"\x66\x43\x43\x48\x48\x43\x3d\x4e\x48\x1c\x32\x43\x38\x53\x48\x4e" +
	"\x43\x4e\x48\x43\x3d\x48\x43\x5e\x43\x43\x3d\x1c\x1c\x1c\x2f\x38" +
	"\x21\x38\x38\x32\x38\x38\x1c\x38\x38\x16\x16\x32\x16\x53\x38\x38" +
	"\x38\x38\x21\x32\x1c\x38\x32\x48\x32\x32\x32\x21\x1a\x21\x3a"

// reserve is how much wider a text may be than in Helvetica, in hundredths:
// other fonts are.
const reserve = 116

// textWidth estimates how wide a text is in a font of a size in pixels.
func textWidth(text string, size int) int {
	sum := 0
	for _, r := range text {
		sum += runeWidth(r)
	}
	return (sum*size*reserve + 9999) / 10000
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
