package layered

import (
	"cmp"
	"slices"
)

// sweeps is how often the order of the ranks is tried to be made better.
const sweeps = 24

// order sorts the cells of each rank so that few wires cross.
func (s *sheet) order() {
	s.renumber()
	best, fewest := s.snapshot(), s.crossings()
	for i := 0; i < sweeps && fewest > 0; i++ {
		s.sweep(i%2 == 0, i%4 >= 2)
		s.swap()
		if found := s.crossings(); found < fewest {
			best, fewest = s.snapshot(), found
		}
	}
	s.ranks = best
	s.renumber()
}

func (s *sheet) renumber() {
	for _, rank := range s.ranks {
		for i, c := range rank {
			c.pos = i
		}
	}
}

func (s *sheet) snapshot() [][]*cell {
	copied := make([][]*cell, len(s.ranks))
	for i, rank := range s.ranks {
		copied[i] = slices.Clone(rank)
	}
	return copied
}

// unit is the room of a cell in the measure in which cells are compared.
const unit = 1 << 16

// sweep sorts each rank by the middle of what its cells are connected with in
// the rank before; downwards, or upwards. Among equals the order stays, or is
// turned round.
func (s *sheet) sweep(down, turn bool) {
	for i := range s.ranks {
		rank := s.ranks[i]
		if !down {
			rank = s.ranks[len(s.ranks)-1-i]
		}
		if turn {
			slices.Reverse(rank)
		}
		wish := map[*cell]int{}
		for _, c := range rank {
			wish[c] = c.middle(down)
		}
		slices.SortStableFunc(rank, func(a, b *cell) int { return cmp.Compare(wish[a], wish[b]) })
		for j, c := range rank {
			c.pos = j
		}
	}
}

// middle is the mean place of what a cell is connected with, or its own.
func (c *cell) middle(down bool) int {
	wires := c.out
	if down {
		wires = c.in
	}
	if len(wires) == 0 {
		return c.pos * unit
	}
	sum := 0
	for _, w := range wires {
		if down {
			sum += w.above()
		} else {
			sum += w.below()
		}
	}
	return sum / len(wires)
}

// above and below are the places of a wire's ends in their ranks. A wire at a
// port of a box is as far to the right as the port is.
func (w *wire) above() int { return place(w.from, w.segment.from) }
func (w *wire) below() int { return place(w.to, w.segment.to) }

func place(c *cell, e end) int {
	at := c.pos * unit
	if c.box != nil && e.port != nil && c.width > 0 {
		return at + e.port.x*unit/c.width
	}
	return at + unit/2
}

// crossings counts the crossings of all wires.
func (s *sheet) crossings() int {
	total := 0
	for _, rank := range s.ranks {
		var wires []*wire
		for _, c := range rank {
			wires = append(wires, c.out...)
		}
		total += crossings(wires)
	}
	return total
}

func crossings(wires []*wire) int {
	total := 0
	for i, a := range wires {
		for _, b := range wires[:i] {
			if (a.above()-b.above())*(a.below()-b.below()) < 0 {
				total++
			}
		}
	}
	return total
}

// swap exchanges neighbours as long as that leaves fewer crossings.
func (s *sheet) swap() {
	for _, rank := range s.ranks {
		for i := 0; i+1 < len(rank); i++ {
			a, b := rank[i], rank[i+1]
			before := between(a, b)
			a.pos, b.pos = b.pos, a.pos
			if between(a, b) < before {
				rank[i], rank[i+1] = b, a
				continue
			}
			a.pos, b.pos = b.pos, a.pos
		}
	}
}

// between counts the crossings of the wires of two cells.
func between(a, b *cell) int {
	return crossings(slices.Concat(a.in, b.in)) + crossings(slices.Concat(a.out, b.out))
}
