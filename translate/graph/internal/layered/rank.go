package layered

import (
	"slices"
)

// rank gives each cell its rank. Boxes are on even ranks, below all that
// they depend on, ports before the first and behind the last rank.
func (s *sheet) rank() {
	above, below := s.neighbours()
	order := topological(s.boxes, below)
	for _, c := range order {
		for _, n := range above[c] {
			c.rank = max(c.rank, n.rank+2)
		}
	}
	s.sink(order, above, below)
	last := 0
	for _, c := range s.boxes {
		last = max(last, c.rank)
	}
	s.float(last, above, below)
	for _, c := range s.ports {
		c.rank = -1
		if c.port.out {
			c.rank = last + 1
		}
	}
}

// sink moves down what has more below than above, as far as it can.
func (s *sheet) sink(order []*cell, above, below map[*cell][]*cell) {
	for _, c := range slices.Backward(order) {
		if len(below[c]) == 0 || len(below[c]) <= len(above[c]) {
			continue
		}
		lowest := below[c][0].rank
		for _, n := range below[c] {
			lowest = min(lowest, n.rank)
		}
		c.rank = lowest - 2
	}
}

// float moves boxes that are connected with ports only to the rank that grows
// least by them.
func (s *sheet) float(last int, above, below map[*cell][]*cell) {
	heights := make([]int, last+1)
	var free []*cell
	for _, c := range s.boxes {
		if len(above[c])+len(below[c]) == 0 {
			free = append(free, c)
			continue
		}
		heights[c.rank] = max(heights[c.rank], c.height)
	}
	for _, c := range free {
		growth := func(rank int) int { return max(0, c.height-heights[rank]) }
		for rank := 2; rank <= last; rank += 2 {
			if growth(rank) < growth(c.rank) {
				c.rank = rank
			}
		}
		heights[c.rank] = max(heights[c.rank], c.height)
	}
}

// neighbours lists the boxes at the other ends of segments.
func (s *sheet) neighbours() (above, below map[*cell][]*cell) {
	above, below = map[*cell][]*cell{}, map[*cell][]*cell{}
	for _, seg := range s.segments {
		from, to := s.cellOf(seg.from), s.cellOf(seg.to)
		if from.box == nil || to.box == nil {
			continue
		}
		above[to] = append(above[to], from)
		below[from] = append(below[from], to)
	}
	return above, below
}

// topological sorts cells so that each follows what is above it; among equals
// their order stays.
func topological(cells []*cell, below map[*cell][]*cell) []*cell {
	var sorted []*cell
	seen := map[*cell]bool{}
	var visit func(*cell)
	visit = func(c *cell) {
		if seen[c] {
			return
		}
		seen[c] = true
		for _, n := range slices.Backward(below[c]) {
			visit(n)
		}
		sorted = append(sorted, c)
	}
	for _, c := range slices.Backward(cells) {
		visit(c)
	}
	slices.Reverse(sorted)
	return sorted
}

// connect makes the wires of all segments, with cells for their labels and
// wherever they cross a rank, and fills the ranks.
func (s *sheet) connect() {
	labels := map[*segment]int{}
	for _, seg := range s.segments {
		if seg.label != (Size{}) {
			labels[seg] = s.labelRank(seg)
		}
	}
	number := s.number(labels)
	all := slices.Concat(s.ports, s.boxes)
	s.ranks = make([][]*cell, len(number))
	for _, c := range all {
		c.rank = number[c.rank]
		s.ranks[c.rank] = append(s.ranks[c.rank], c)
	}
	for _, seg := range s.segments {
		at := -1
		if rank, ok := labels[seg]; ok {
			at = number[rank]
		}
		s.wire(seg, at)
	}
}

// labelRank is the rank of a label: next to that end of the line at which
// there are fewer others.
func (s *sheet) labelRank(seg *segment) int {
	from, to := s.cellOf(seg.from), s.cellOf(seg.to)
	beside, against := 0, 0
	for _, other := range s.segments {
		if s.cellOf(other.from) == from {
			beside++
		}
		if s.cellOf(other.to) == to {
			against++
		}
	}
	if beside > against {
		return to.rank - 1
	}
	return from.rank + 1
}

// number numbers the ranks in which anything stands, from zero.
func (s *sheet) number(labels map[*segment]int) map[int]int {
	var used []int
	for _, c := range slices.Concat(s.boxes, s.ports) {
		used = append(used, c.rank)
	}
	for _, seg := range s.segments {
		if rank, ok := labels[seg]; ok {
			used = append(used, rank)
		}
	}
	slices.Sort(used)
	number := map[int]int{}
	for i, rank := range slices.Compact(used) {
		number[rank] = i
	}
	return number
}

// wire draws one segment from rank to rank.
func (s *sheet) wire(seg *segment, labelAt int) {
	from, to := s.cellOf(seg.from), s.cellOf(seg.to)
	above := from
	for rank := from.rank + 1; rank <= to.rank; rank++ {
		next := to
		if rank < to.rank {
			next = &cell{rank: rank}
			if rank == labelAt {
				next.label, next.width, next.height = seg, seg.label.Width, seg.label.Height
			}
			s.ranks[rank] = append(s.ranks[rank], next)
		}
		w := &wire{from: above, to: next, segment: seg, first: above == from, final: next == to}
		above.out, next.in = append(above.out, w), append(next.in, w)
		s.ways[seg] = append(s.ways[seg], w)
		above = next
	}
}
