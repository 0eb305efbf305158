// Package layeredtest checks layouts.
package layeredtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/graph/internal/layered"
)

// Check requires that boxes stand inside the boxes that they are in and apart
// from each other, and that lines and labels stay within the picture, run
// through no leaf, and do not cover each other.
func Check(t testing.TB, root *layered.Box, links []*layered.Link) {
	t.Helper()
	check(t, root)
	var leaves, labels []*layered.Box
	collect(root, &leaves)
	for _, l := range links {
		label := labelBox(l)
		if label == nil {
			continue
		}
		require.True(t, inside(label, root), "a label leaves the picture")
		for _, other := range append(leaves, labels...) {
			require.False(t, overlap(label, other), "a label covers a box or a label")
		}
		labels = append(labels, label)
	}
	for _, l := range links {
		checkLine(t, l, root, append(leaves, labels...))
	}
}

func labelBox(l *layered.Link) *layered.Box {
	if l.Size == (layered.Size{}) {
		return nil
	}
	return &layered.Box{X: l.Label.X, Y: l.Label.Y, Width: l.Size.Width, Height: l.Size.Height}
}

func checkLine(t testing.TB, l *layered.Link, root *layered.Box, solid []*layered.Box) {
	t.Helper()
	for i := range l.Points[1:] {
		for _, p := range between(l.Points[i], l.Points[i+1]) {
			at := &layered.Box{X: p.X, Y: p.Y}
			if !inside(at, root) {
				t.Fatal("a line leaves the picture")
			}
			for _, b := range solid {
				if p.X > b.X && p.X < b.X+b.Width && p.Y > b.Y && p.Y < b.Y+b.Height {
					t.Fatal("a line runs through a box or a label")
				}
			}
		}
	}
}

func check(t testing.TB, b *layered.Box) {
	t.Helper()
	for i, c := range b.Children {
		require.True(t, inside(c, b), "a box leaves the one that it is in")
		require.GreaterOrEqual(t, c.Y, b.Y+b.Header, "a box covers the header of the one that it is in")
		for _, other := range b.Children[:i] {
			require.False(t, overlap(c, other), "boxes overlap")
		}
		check(t, c)
	}
}

func inside(b, around *layered.Box) bool {
	return b.X >= around.X && b.Y >= around.Y &&
		b.X+b.Width <= around.X+around.Width && b.Y+b.Height <= around.Y+around.Height
}

func overlap(a, b *layered.Box) bool {
	return a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height
}

func collect(b *layered.Box, into *[]*layered.Box) {
	if len(b.Children) == 0 {
		*into = append(*into, b)
	}
	for _, c := range b.Children {
		collect(c, into)
	}
}

// between lists points of the way between two points: of a straight line, or of
// the curve that begins and ends vertically.
func between(a, b layered.Point) []layered.Point {
	const steps = 16
	var all []layered.Point
	for i := 0; i <= steps; i++ {
		// The curve's x has both control points at its ends, its y halfway.
		t, u := i, steps-i
		x := (a.X*(u*u*u+3*u*u*t) + b.X*(3*u*t*t+t*t*t)) / (steps * steps * steps)
		y := (a.Y*u*u*u + (a.Y+b.Y)*3*u*t*(t+u)/2 + b.Y*t*t*t) / (steps * steps * steps)
		all = append(all, layered.Point{X: x, Y: y})
	}
	return all
}
