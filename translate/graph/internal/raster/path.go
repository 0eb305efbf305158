package raster

import (
	"fmt"
	"strconv"
	"strings"
)

// Point is a point of a picture; y grows downwards.
type Point struct{ X, Y float64 }

// Line is a line through points, which ends where it begins if it is closed.
type Line struct {
	Points []Point
	Closed bool
}

// Path is several lines.
type Path []Line

// steps is the number of straight parts that a curve becomes.
const steps = 16

// RoundedRect is a rectangle whose corners have a radius.
func RoundedRect(x, y, width, height, radius float64) Path {
	r := min(radius, width/2, height/2)
	var b builder
	b.move(Point{x + r, y})
	b.line(Point{x + width - r, y})
	b.quarter(Point{x + width, y}, Point{x + width, y + r})
	b.line(Point{x + width, y + height - r})
	b.quarter(Point{x + width, y + height}, Point{x + width - r, y + height})
	b.line(Point{x + r, y + height})
	b.quarter(Point{x, y + height}, Point{x, y + height - r})
	b.line(Point{x, y + r})
	b.quarter(Point{x, y}, Point{x + r, y})
	b.close()
	return b.path
}

// Parse reads the data of a path as SVG has it: M, V, C, v, h, l, q, z, and a for
// half ellipses that lie. It panics at anything else.
func Parse(data string) Path {
	var b builder
	for data != "" {
		end := strings.IndexFunc(data[1:], func(r rune) bool { return r >= 'A' && r <= 'z' }) + 1
		if end == 0 {
			end = len(data)
		}
		b.step(data[0], numbers(data[1:end]))
		data = data[end:]
	}
	return b.path
}

func numbers(text string) []float64 {
	var all []float64
	for _, field := range strings.Fields(text) {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			panic("raster: " + err.Error())
		}
		all = append(all, n)
	}
	return all
}

// builder makes a path.
type builder struct{ path Path }

// step adds a step of a path.
func (b *builder) step(command byte, n []float64) {
	if want := map[byte]int{'M': 2, 'L': 2, 'l': 2, 'V': 1, 'v': 1, 'h': 1, 'C': 6, 'q': 4, 'a': 7}[command]; len(n) != want {
		panic(fmt.Sprintf("raster: %c has %d numbers", command, len(n)))
	}
	var at Point
	if command != 'M' {
		at = b.at()
	}
	by := func(dx, dy float64) Point { return Point{at.X + dx, at.Y + dy} }
	switch command {
	case 'M':
		b.move(Point{n[0], n[1]})
	case 'L':
		b.line(Point{n[0], n[1]})
	case 'V':
		b.line(Point{at.X, n[0]})
	case 'l':
		b.line(by(n[0], n[1]))
	case 'v':
		b.line(by(0, n[0]))
	case 'h':
		b.line(by(n[0], 0))
	case 'C':
		b.cube(Point{n[0], n[1]}, Point{n[2], n[3]}, Point{n[4], n[5]})
	case 'q':
		b.quad(by(n[0], n[1]), by(n[2], n[3]))
	case 'a':
		b.halfEllipse(n)
	case 'z':
		b.close()
	default:
		panic(fmt.Sprintf("raster: no command %c", command))
	}
}

func (b *builder) at() Point {
	l := b.path[len(b.path)-1]
	return l.Points[len(l.Points)-1]
}

func (b *builder) move(to Point) { b.path = append(b.path, Line{Points: []Point{to}}) }

// line goes to a point, but not twice to the same.
func (b *builder) line(to Point) {
	if b.at() != to {
		l := &b.path[len(b.path)-1]
		l.Points = append(l.Points, to)
	}
}

func (b *builder) close() {
	l := &b.path[len(b.path)-1]
	l.Closed = true
	if last := len(l.Points) - 1; last > 0 && l.Points[0] == l.Points[last] {
		l.Points = l.Points[:last]
	}
}

func (b *builder) cube(c1, c2, to Point) {
	from := b.at()
	for i := 1; i <= steps; i++ {
		t := float64(i) / steps
		u := 1 - t
		mix := func(p, q, r, s float64) float64 { return u*u*u*p + 3*u*u*t*q + 3*u*t*t*r + t*t*t*s }
		b.line(Point{mix(from.X, c1.X, c2.X, to.X), mix(from.Y, c1.Y, c2.Y, to.Y)})
	}
}

func (b *builder) quad(c, to Point) {
	from := b.at()
	toward := func(p Point) Point { return Point{p.X + (c.X-p.X)*2/3, p.Y + (c.Y-p.Y)*2/3} }
	b.cube(toward(from), toward(to), to)
}

// bend is how far the control points of a curve are on the way to the corner, for a
// quarter of a circle.
const bend = 0.5523

// quarter is a quarter of an ellipse around a corner.
func (b *builder) quarter(corner, to Point) {
	from := b.at()
	toward := func(p Point) Point { return Point{p.X + (corner.X-p.X)*bend, p.Y + (corner.Y-p.Y)*bend} }
	b.cube(toward(from), toward(to), to)
}

// halfEllipse goes along the lower half of an ellipse to the right, or along the
// upper one to the left.
func (b *builder) halfEllipse(n []float64) {
	from, high, way := b.at(), n[1], n[5]
	if n[4] != 0 || n[6] != 0 || 2*n[0]-max(way, -way) > 1 {
		panic("raster: a is for half ellipses that lie, against the clock")
	}
	if way < 0 {
		high = -high
	}
	middle := Point{from.X + way/2, from.Y + high}
	b.quarter(Point{from.X, middle.Y}, middle)
	b.quarter(Point{from.X + way, middle.Y}, Point{from.X + way, from.Y})
}
