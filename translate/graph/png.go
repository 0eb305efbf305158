package graph

import (
	"fmt"
	"io"

	"github.com/kfp2argo/kfp2argo/translate/graph/internal/raster"
)

// The resolution of a PNG: pixels for one of the SVG's, and how many pixels there are
// at most with the first and with the last.
const (
	fineScale   = 2
	finePixels  = 40e6
	mostPixels  = 120e6
	coarseScale = 1
)

// PNG writes the picture of [Graph.SVG], for light, as PNG, with a font that the
// program brings along. It has Latin, Greek and Cyrillic letters. Missing lists the
// characters of others that occur, each once: a box stands in their place. A graph
// that is too large for a picture is an error.
func (g *Graph) PNG(w io.Writer) (missing []rune, err error) {
	d := newDrawing(g)
	d.heading = g.heading()
	d.layout()
	scale := fineScale
	area := float64(d.root.Width) * float64(d.root.Height)
	switch {
	case area > mostPixels:
		return nil, fmt.Errorf("the picture would have %dx%d pixels, which is too large for PNG; an SVG can be of any size", d.root.Width, d.root.Height)
	case area*fineScale*fineScale > finePixels:
		scale = coarseScale
	}
	c := &pixels{raster.New(d.root.Width, d.root.Height, float64(scale)), readSheet(style)}
	d.paint(c)
	return c.picture.Missing(), c.picture.Encode(w)
}

// pixels is a canvas that makes a PNG.
type pixels struct {
	picture *raster.Picture
	sheet   sheet
}

func (c *pixels) group(_, _ string, shapes func()) { shapes() }

func (c *pixels) rect(class string, r rect, radius int) {
	c.shape("rect", class, raster.RoundedRect(float64(r.x), float64(r.y), float64(r.width), float64(r.height), float64(radius)))
}

func (c *pixels) path(class, data string) { c.shape("path", class, raster.Parse(data)) }

func (c *pixels) shape(element, class string, path raster.Path) {
	look := c.sheet.of(element, class)
	c.picture.Fill(path, look.color("fill"))
	c.picture.Stroke(path, look.color("stroke"), number(look["stroke-width"]), look.dashes())
}

func (c *pixels) line(class, data string, end lineEnd) {
	path := raster.Parse(data)
	c.shape("path", class, path)
	points := path[len(path)-1].Points
	at := points[len(points)-1]
	switch end {
	case noEnd:
	case parameterEnd:
		c.shape("path", "fe", arrow(at, 1))
	case artifactEnd:
		c.shape("path", "fa", arrow(at, 1.25))
	}
}

// arrow is the end of a line, as [markers] have it: 8 long and 8 wide, a little
// beyond the last point. All lines end downwards.
func arrow(at raster.Point, size float64) raster.Path {
	return raster.Path{{Points: []raster.Point{
		{X: at.X - 4*size, Y: at.Y - 7*size}, {X: at.X, Y: at.Y + size}, {X: at.X + 4*size, Y: at.Y - 7*size},
	}, Closed: true}}
}

func (c *pixels) text(l textLine, x, y int) {
	look := c.sheet.of("text", l.class)
	room := float64(textWidth(l.text, l.size))
	isBold := look["font-weight"] == "bold"
	if isBold {
		room = room * bold / 100
	}
	c.picture.Write(raster.Text{
		Text: l.text, At: raster.Point{X: float64(x), Y: float64(y)}, Middle: look["text-anchor"] == "middle",
		Size: number(look["font-size"]), Bold: isBold, Room: room, Color: look.color("fill"),
	})
}
