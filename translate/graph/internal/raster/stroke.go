package raster

import (
	"math"
	"slices"
)

// mostMiter is how much farther than half its width a stroke goes out at a corner.
const mostMiter = 4

// outline is the outline of a stroke along a line, which goes half its width to both
// sides.
func (l Line) outline(half float64) Path {
	if len(l.Points) < 2 {
		return nil
	}
	left, right := l.beside(half), l.beside(-half)
	slices.Reverse(right)
	if l.Closed {
		return Path{{left, true}, {right, true}}
	}
	return Path{{append(left, right...), true}}
}

// beside is a line at a distance to the side of another.
func (l Line) beside(distance float64) []Point {
	var all []Point
	last := len(l.Points) - 1
	for i, at := range l.Points {
		before, after := max(i-1, 0), min(i+1, last)
		if l.Closed {
			before, after = (i+last)%(last+1), (i+1)%(last+1)
		}
		all = append(all, corner(l.Points[before], at, l.Points[after], distance))
	}
	return all
}

// corner is the point beside the one at which a line turns. At the end of a line the
// point before, or behind, is the same.
func corner(before, at, after Point, distance float64) Point {
	inX, inY := direction(before, at)
	outX, outY := direction(at, after)
	if before == at {
		inX, inY = outX, outY
	}
	if after == at {
		outX, outY = inX, inY
	}
	x, y := inY+outY, -(inX + outX)
	length := math.Hypot(x, y)
	if length == 0 { // the line turns back
		return Point{at.X + inY*distance, at.Y - inX*distance}
	}
	reach := distance * min(2/length, mostMiter) / length
	return Point{at.X + x*reach, at.Y + y*reach}
}

func direction(from, to Point) (x, y float64) {
	length := math.Hypot(to.X-from.X, to.Y-from.Y)
	if length == 0 {
		return 0, 0
	}
	return (to.X - from.X) / length, (to.Y - from.Y) / length
}

// dashed cuts a line into its dashes.
func (l Line) dashed(dash []float64) []Line {
	if len(dash) == 0 || len(l.Points) < 2 {
		return []Line{l}
	}
	points := l.Points
	if l.Closed {
		points = append(slices.Clone(points), points[0])
	}
	var all []Line
	part, turn, left := []Point{points[0]}, 0, dash[0]
	for i := 1; i < len(points); i++ {
		at, to := points[i-1], points[i]
		x, y := direction(at, to)
		for way := math.Hypot(to.X-at.X, to.Y-at.Y); ; {
			step := min(way, left)
			at = Point{at.X + x*step, at.Y + y*step}
			part = append(part, at)
			way, left = way-step, left-step
			if left > 0 {
				break
			}
			if turn%2 == 0 {
				all = append(all, Line{Points: part})
			}
			turn++
			part, left = []Point{at}, dash[turn%len(dash)]
			if way <= 0 {
				break
			}
		}
	}
	if turn%2 == 0 && len(part) > 1 {
		all = append(all, Line{Points: part})
	}
	return all
}
