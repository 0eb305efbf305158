package layered

import "slices"

// The space between ranks: at least, at a label, and at most. The farther
// lines go to the side, the more they have.
const (
	tightGap = 14
	wideGap  = 26
	mostGap  = 64
)

// stack gives the ranks their heights. What is lower than its rank is at
// its upper end.
func (s *sheet) stack() {
	y := 0
	for i, rank := range s.ranks {
		if i > 0 {
			y += gap(s.ranks[i-1], rank)
		}
		height := 0
		for _, c := range rank {
			c.y = y
			height = max(height, c.height)
		}
		s.tops = append(s.tops, y)
		y += height
		s.bottoms = append(s.bottoms, y)
	}
	s.size.Height = y
}

// gap is the space between two ranks.
func gap(above, below []*cell) int {
	widest, boxes := 0, false
	for _, c := range above {
		for _, w := range c.out {
			way := w.from.x + w.fromX - w.to.x - w.toX
			widest = max(widest, way, -way)
			boxes = boxes || w.from.box != nil && w.to.box != nil
		}
	}
	least := tightGap
	switch {
	case boxes:
		least = wideGap
	case leaving(below):
		least = 0
	}
	return min(max(least, widest/6+min(widest, tightGap)), mostGap)
}

// leaving reports whether a rank is that of the ports by which lines leave.
func leaving(rank []*cell) bool {
	return slices.ContainsFunc(rank, func(c *cell) bool { return c.port != nil && c.port.out })
}

// route draws the segments along their wires.
func (s *sheet) route() {
	for _, seg := range s.segments {
		for _, w := range s.ways[seg] {
			upper, lower := w.from.x+w.fromX, w.to.x+w.toX
			top := w.from.y
			if w.first {
				top += w.from.height
			}
			end := s.bottoms[w.to.rank]
			if w.final {
				end = w.to.y
			}
			if w.first {
				seg.points = append(seg.points, Point{upper, top}, Point{upper, s.bottoms[w.from.rank]})
			}
			seg.points = append(seg.points, Point{lower, s.tops[w.to.rank]}, Point{lower, end})
			if w.to.label == seg {
				seg.corner = Point{w.to.x, w.to.y}
			}
		}
	}
}
