// Package raster paints pictures as PNG: paths that are filled or stroked, in the
// form that SVG has for their data, and text in a font that it brings along.
package raster

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/vector"
)

// Picture is a picture on its way. Lengths are in units of the picture.
type Picture struct {
	image   *image.RGBA
	scale   float64
	fonts   fonts
	missing []rune
}

// New returns an empty picture of a size, in which a unit is scale pixels.
func New(width, height int, scale float64) *Picture {
	size := image.Rect(0, 0, int(math.Ceil(float64(width)*scale)), int(math.Ceil(float64(height)*scale)))
	return &Picture{image: image.NewRGBA(size), scale: scale, fonts: openFonts()}
}

// Fill fills a path. Where it runs around a place twice, it must do so in the same
// direction.
func (p *Picture) Fill(path Path, c color.NRGBA) { p.fill(path, c, p.scale) }

// Stroke draws along a path. Dash has the lengths of lines and gaps, in turn, and is
// empty for a line without gaps.
func (p *Picture) Stroke(path Path, c color.NRGBA, width float64, dash []float64) {
	if c.A == 0 {
		return
	}
	var outline Path
	for _, l := range path {
		for _, part := range l.dashed(dash) {
			outline = append(outline, part.outline(width/2)...)
		}
	}
	p.Fill(outline, c)
}

// Missing lists the characters that the font lacks, in the order in which they were
// met: a box was drawn in their place.
func (p *Picture) Missing() []rune { return p.missing }

// Encode writes the picture as PNG.
func (p *Picture) Encode(w io.Writer) error {
	return png.Encode(w, p.image)
}

// fill fills a path in which a unit is scale pixels. Only the pixels around it are
// looked at.
func (p *Picture) fill(path Path, c color.NRGBA, scale float64) {
	bounds := path.bounds(scale).Intersect(p.image.Bounds())
	if bounds.Empty() || c.A == 0 {
		return
	}
	left, top := float64(bounds.Min.X), float64(bounds.Min.Y)
	z := vector.NewRasterizer(bounds.Dx(), bounds.Dy())
	for _, l := range path {
		for i, at := range l.Points {
			x, y := float32(at.X*scale-left), float32(at.Y*scale-top)
			if i == 0 {
				z.MoveTo(x, y)
			} else {
				z.LineTo(x, y)
			}
		}
		z.ClosePath()
	}
	z.Draw(p.image, bounds, image.NewUniform(c), image.Point{})
}

// bounds is the smallest rectangle of pixels that holds a path.
func (p Path) bounds(scale float64) image.Rectangle {
	first := true
	var left, top, right, bottom float64
	for _, l := range p {
		for _, at := range l.Points {
			if first {
				left, top, right, bottom, first = at.X, at.Y, at.X, at.Y, false
			}
			left, right = min(left, at.X), max(right, at.X)
			top, bottom = min(top, at.Y), max(bottom, at.Y)
		}
	}
	return image.Rect(int(math.Floor(left*scale)), int(math.Floor(top*scale)), int(math.Ceil(right*scale)), int(math.Ceil(bottom*scale)))
}
