package raster

import (
	"image/color"
	"slices"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// fonts are those that the program brings along.
type fonts struct {
	plain, bold *sfnt.Font
	buffer      sfnt.Buffer
}

func openFonts() fonts {
	open := func(data []byte) *sfnt.Font {
		parsed, err := sfnt.Parse(data)
		if err != nil {
			panic("raster: the font of the program: " + err.Error())
		}
		return parsed
	}
	return fonts{plain: open(goregular.TTF), bold: open(gobold.TTF)}
}

// Text is a text in a picture.
type Text struct {
	Text string
	// At is the left end of the line that it stands on, or the middle of it.
	At     Point
	Middle bool
	Size   float64
	Bold   bool
	// Room is how wide it may be: what is wider is made narrow.
	Room  float64
	Color color.NRGBA
}

// glyph is the shape of a character on a line at its left end, and how wide it is.
type glyph struct {
	shape Path
	width float64
}

// Write writes a text.
func (p *Picture) Write(t Text) {
	var glyphs []glyph
	width := 0.0
	for _, r := range norm.NFC.String(t.Text) {
		g := p.glyph(r, t)
		glyphs = append(glyphs, g)
		width += g.width
	}
	narrow := 1.0
	if width > t.Room && width > 0 {
		narrow = t.Room / width
	}
	x := t.At.X
	if t.Middle {
		x -= width * narrow / 2
	}
	var all Path
	for _, g := range glyphs {
		for _, l := range g.shape {
			for i, at := range l.Points {
				l.Points[i] = Point{x + at.X*narrow, t.At.Y + at.Y}
			}
			all = append(all, l)
		}
		x += g.width * narrow
	}
	p.Fill(all, t.Color)
}

// glyph is the shape of a character: that of the font, or our own of a sign, or a box.
func (p *Picture) glyph(r rune, t Text) glyph {
	chosen := p.fonts.plain
	if t.Bold {
		chosen = p.fonts.bold
	}
	index, err := chosen.GlyphIndex(&p.fonts.buffer, r)
	switch {
	case err == nil && index != 0:
		return p.fonts.load(chosen, index, t.Size)
	case unicode.Is(unicode.Mn, r) || r == '\u200d' || r == '\ufe0f':
	case isSign(r):
		return glyph{sign(r, t.Size), t.Size * 0.8}
	}
	if !slices.Contains(p.missing, r) {
		p.missing = append(p.missing, r)
	}
	box := Line{Points: []Point{{0.1, 0}, {0.1, -0.7}, {0.6, -0.7}, {0.6, 0}}, Closed: true}.scaled(t.Size)
	return glyph{box.outline(t.Size / 30), t.Size * 0.7}
}

// detail is how many units of the font's outlines a pixel has.
const detail = 64

// load reads the shape of a character from a font.
func (f *fonts) load(from *sfnt.Font, index sfnt.GlyphIndex, size float64) glyph {
	const em = fixed.Int26_6(1000 * detail) // large, as outlines are rounded to whole units
	advance, err := from.GlyphAdvance(&f.buffer, index, em, font.HintingNone)
	if err != nil {
		panic("raster: " + err.Error())
	}
	segments, err := from.LoadGlyph(&f.buffer, index, em, nil)
	if err != nil {
		panic("raster: " + err.Error())
	}
	point := func(p fixed.Point26_6) Point {
		return Point{float64(p.X) / float64(em) * size, float64(p.Y) / float64(em) * size}
	}
	var b builder
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			b.move(point(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			b.line(point(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			b.quad(point(s.Args[0]), point(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			b.cube(point(s.Args[0]), point(s.Args[1]), point(s.Args[2]))
		}
	}
	return glyph{b.path, float64(advance) / float64(em) * size}
}

// isSign reports whether a character is one of those for states, which few fonts
// have.
func isSign(r rune) bool { return slices.Contains([]rune("✓✗▶○"), r) }

// sign is the shape of such a character.
func sign(r rune, size float64) Path {
	const thin = 0.05
	strokes := func(lines ...Line) Path {
		var all Path
		for _, l := range lines {
			all = append(all, l.scaled(size).outline(thin*size)...)
		}
		return all
	}
	switch r {
	case '✓':
		return strokes(Line{Points: []Point{{0.1, -0.32}, {0.28, -0.08}, {0.66, -0.66}}})
	case '✗':
		return strokes(Line{Points: []Point{{0.12, -0.64}, {0.62, -0.06}}}, Line{Points: []Point{{0.12, -0.06}, {0.62, -0.64}}})
	case '▶':
		return Path{Line{Points: []Point{{0.12, -0.66}, {0.68, -0.34}, {0.12, -0.02}}, Closed: true}.scaled(size)}
	}
	return strokes(RoundedRect(0.1, -0.62, 0.56, 0.56, 0.28)...)
}

// scaled is a line in other units.
func (l Line) scaled(by float64) Line {
	var points []Point
	for _, at := range l.Points {
		points = append(points, Point{at.X * by, at.Y * by})
	}
	return Line{points, l.Closed}
}
