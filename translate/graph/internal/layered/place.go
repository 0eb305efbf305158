package layered

import (
	"cmp"
	"slices"
)

// attach says where wires end at boxes: at ports, and otherwise side by side
// around the middle of the box.
func (s *sheet) attach() {
	for _, c := range s.boxes {
		spread(c, c.in, func(w *wire) side { return side{w.segment.to, &w.toX, w.from.pos} })
		spread(c, c.out, func(w *wire) side { return side{w.segment.from, &w.fromX, w.to.pos} })
	}
}

// side is the end of a wire at a box: x is to be found, order is the place of
// the wire's other end.
type side struct {
	end   end
	x     *int
	order int
}

// apart is how far wires at the side of a box are from each other.
const apart = 20

func spread(c *cell, wires []*wire, at func(*wire) side) {
	var free, taken []side
	for _, w := range wires {
		s := at(w)
		if s.end.port == nil {
			free = append(free, s)
			continue
		}
		*s.x = s.end.port.x
		taken = append(taken, s)
	}
	slices.SortStableFunc(free, func(a, b side) int { return cmp.Compare(a.order, b.order) })
	if len(taken) == 0 {
		step := min(apart, c.width*3/4/max(len(free), 1))
		for i, s := range free {
			*s.x = c.width/2 + (2*i+1-len(free))*step/2
		}
		return
	}
	for _, s := range free {
		*s.x = beside(taken, s.order, c.width)
		taken = append(taken, s)
	}
}

// beside finds a place for a wire at a side where others have theirs: between
// those that come from its left and from its right, as near to the middle as can
// be, or where there is no room between them, away from all.
func beside(taken []side, order, width int) int {
	const room = apart * 3 / 4
	low, high := 0, width
	for _, t := range taken {
		if t.order < order {
			low = max(low, *t.x)
		} else {
			high = min(high, *t.x)
		}
	}
	if high-low >= 2*room {
		return min(max(width/2, low+room), high-room)
	}
	for i := range width {
		x := width/2 + (i+1)/2*(1-i%2*2)
		if !slices.ContainsFunc(taken, func(t side) bool { return max(*t.x-x, x-*t.x) < room }) {
			return x
		}
	}
	return width / 2
}

// snap moves the ends of wires at leaves a little where that makes them
// straight.
func (s *sheet) snap() {
	for _, c := range s.boxes {
		if len(c.box.Children) > 0 {
			continue
		}
		var in, out []*int
		for _, w := range c.in {
			in = append(in, &w.toX)
		}
		for _, w := range c.out {
			out = append(out, &w.fromX)
		}
		for i, w := range c.in {
			snapEnd(in, i, w.from.x+w.fromX-c.x, c.width)
		}
		for i, w := range c.out {
			snapEnd(out, i, w.to.x+w.toX-c.x, c.width)
		}
	}
}

// snapEnd moves one of the ends at a side to a place, if that is near and does
// not bring it too near to the others or to the corner.
func snapEnd(all []*int, i, to, width int) {
	const reach, corner = 12, 10
	if move := to - *all[i]; move > reach || move < -reach || to < corner || to > width-corner {
		return
	}
	for j, other := range all {
		if j != i && max(*other-to, to-*other) < apart/2 {
			return
		}
	}
	*all[i] = to
}

// rounds is how often cells are moved towards what they are connected with.
const rounds = 32

// place gives all cells their x.
func (s *sheet) place() {
	for _, rank := range s.ranks {
		x := 0
		for i, c := range rank {
			if i > 0 {
				x += distance(rank[i-1], c)
			}
			c.x = x
		}
	}
	for i := range rounds {
		for j := range s.ranks {
			if i%2 == 0 {
				s.settle(s.ranks[j], true, i >= rounds/2)
			} else {
				s.settle(s.ranks[len(s.ranks)-1-j], i >= rounds/2, true)
			}
		}
	}
	s.straighten()
	s.straighten()
	s.snap()
	s.normalize()
}

// distance is how far the left sides of neighbours are from each other at
// least.
func distance(left, right *cell) int {
	gap := 24
	switch {
	case left.box == nil && right.box == nil:
		gap = 12
	case left.box == nil || right.box == nil:
		gap = 14
	}
	return left.width + gap
}

// settle moves the cells of a rank as near as can be to what they are
// connected with, above and below: it finds the least sum of squares for
// which the cells keep their distances.
func (s *sheet) settle(rank []*cell, up, down bool) {
	var blocks []block
	offset := 0
	for i, c := range rank {
		if i > 0 {
			offset += distance(rank[i-1], c)
		}
		wish, weight := c.wish(up, down)
		blocks = append(blocks, block{sum: (wish - offset) * weight, weight: weight, count: 1})
		for len(blocks) > 1 {
			last, before := blocks[len(blocks)-1], blocks[len(blocks)-2]
			if before.mean() <= last.mean() {
				break
			}
			blocks = append(blocks[:len(blocks)-2], block{before.sum + last.sum, before.weight + last.weight, before.count + last.count})
		}
	}
	i, offset := 0, 0
	for _, b := range blocks {
		for range b.count {
			if i > 0 {
				offset += distance(rank[i-1], rank[i])
			}
			rank[i].x = b.mean() + offset
			i++
		}
	}
}

// block is cells that touch.
type block struct{ sum, weight, count int }

func (b block) mean() int { return floorDiv(b.sum, b.weight) }

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// wish is the preferred position of a cell, and its weight. Long lines prefer
// to be straight more than short ones.
func (c *cell) wish(up, down bool) (x, weight int) {
	sum := 0
	add := func(w *wire, at int) {
		strength := 4
		switch {
		case w.from.box == nil && w.to.box == nil:
			strength = 32
		case w.from.box == nil || w.to.box == nil:
			strength = 12
		}
		sum += at * strength
		weight += strength
	}
	if up {
		for _, w := range c.in {
			add(w, w.from.x+w.fromX-w.toX)
		}
	}
	if down {
		for _, w := range c.out {
			add(w, w.to.x+w.toX-w.fromX)
		}
	}
	if weight == 0 {
		return c.x, 1
	}
	return floorDiv(sum, weight), weight
}

// straighten gives the cells of a long line one x where there is room.
func (s *sheet) straighten() {
	for _, seg := range s.segments {
		way := s.ways[seg]
		if len(way) < 2 {
			continue
		}
		low, high := -1<<40, 1<<40
		for _, w := range way[1:] {
			least, most := s.room(w.from)
			low, high = max(low, least), min(high, most)
		}
		if low > high {
			continue
		}
		first, final := way[0], way[len(way)-1]
		x := final.to.x + final.toX
		if start := first.from.x + first.fromX; x < low || x > high || len(final.to.in) > len(first.from.out) {
			x = start
		}
		x = min(max(x, low), high)
		for _, w := range way[1:] {
			w.from.x = x
		}
	}
}

// room is how far a cell can move.
func (s *sheet) room(c *cell) (least, most int) {
	rank := s.ranks[c.rank]
	least, most = -1<<40, 1<<40
	if c.pos > 0 {
		left := rank[c.pos-1]
		least = left.x + distance(left, c)
	}
	if c.pos+1 < len(rank) {
		right := rank[c.pos+1]
		most = right.x - distance(c, right)
	}
	return least, most
}

// normalize moves everything to the left end of the sheet.
func (s *sheet) normalize() {
	left, right := 1<<40, -1<<40
	for _, rank := range s.ranks {
		for _, c := range rank {
			left, right = min(left, c.x), max(right, c.x+c.width)
		}
	}
	for _, rank := range s.ranks {
		for _, c := range rank {
			c.x -= left
		}
	}
	s.size.Width = right - left
}
