package layered

import "slices"

// cell is what has a place of its own on a sheet.
type cell struct {
	// box is nil for a port, a label and the place where a long line crosses a
	// rank; port and label tell these apart.
	box   *Box
	port  *port
	label *segment

	width, height int
	rank          int
	// pos is the place in the rank, counted from the left.
	pos     int
	x, y    int
	in, out []*wire
}

// wire is a part of a segment, between cells of neighbouring ranks. Its ends
// are so far from the left sides of the cells.
type wire struct {
	from, to     *cell
	fromX, toX   int
	segment      *segment
	first, final bool
}

// sheet is the children of a box that are connected, the ports that they are
// connected with, and the segments between them.
type sheet struct {
	boxes    []*cell
	ports    []*cell
	segments []*segment
	ranks    [][]*cell
	cells    map[end]*cell
	// ways are the wires of each segment, downwards.
	ways map[*segment][]*wire
	// tops and bottoms are the heights at which ranks begin and end.
	tops, bottoms []int
	size          Size
}

// sheets divides the inside of a box. All that is connected with its ports is
// one sheet, the first.
func (b *Box) sheets() []*sheet {
	l := b.level
	groups := newUnion(len(b.Children) + 1)
	index := map[*Box]int{nil: len(b.Children)}
	for i, c := range b.Children {
		index[c] = i
	}
	for _, s := range l.segments {
		groups.join(index[s.from.box], index[s.to.box])
	}
	byRoot := map[int]*sheet{}
	var all []*sheet
	sheetOf := func(b *Box) *sheet {
		root := groups.root(index[b])
		if byRoot[root] == nil {
			byRoot[root] = &sheet{cells: map[end]*cell{}, ways: map[*segment][]*wire{}}
			all = append(all, byRoot[root])
		}
		return byRoot[root]
	}
	for _, p := range l.order {
		s := sheetOf(nil)
		c := &cell{port: p}
		s.ports, s.cells[end{nil, p}] = append(s.ports, c), c
	}
	for _, child := range b.Children {
		s := sheetOf(child)
		c := &cell{box: child, width: child.Width, height: child.Height}
		s.boxes, s.cells[end{box: child}] = append(s.boxes, c), c
	}
	for _, seg := range l.segments {
		s := sheetOf(seg.from.box)
		s.segments = append(s.segments, seg)
	}
	return all
}

// cellOf returns the cell at the end of a segment.
func (s *sheet) cellOf(e end) *cell {
	if e.box != nil {
		e.port = nil
	}
	return s.cells[e]
}

// layout places everything on the sheet, from its upper left corner.
func (s *sheet) layout() {
	s.rank()
	s.connect()
	s.order()
	s.attach()
	s.place()
	s.stack()
	s.route()
}

// move moves the sheet to its place in the box.
func (s *sheet) move(dx, dy int) {
	for _, c := range s.boxes {
		c.box.X, c.box.Y = c.x+dx, c.y+dy
	}
	for _, c := range s.ports {
		c.port.x = c.x + dx
	}
	for _, seg := range s.segments {
		for i := range seg.points {
			seg.points[i].X += dx
			seg.points[i].Y += dy
		}
		seg.corner.X += dx
		seg.corner.Y += dy
	}
}

// pack places sheets next to each other, in rows, within about one and a half
// times the width of a square. Where the box has ports, the first sheet takes
// its full height, because edges reach its lower side.
func pack(sheets []*sheet, ports bool) Size {
	if !ports || len(sheets) == 1 {
		return packRows(sheets, 0)
	}
	first := sheets[0].size
	rest := packRows(sheets[1:], first.Width+gutter)
	return Size{first.Width + gutter + rest.Width, max(first.Height, rest.Height)}
}

func packRows(sheets []*sheet, left int) Size {
	area, limit := 0, 0
	for _, s := range sheets {
		area += (s.size.Width + gutter) * (s.size.Height + gutter)
		limit = max(limit, s.size.Width)
	}
	for limit*limit*2 < area*5 {
		limit += gutter
	}
	var size Size
	x, y, height := 0, 0, 0
	for _, s := range sheets {
		if x > 0 && x+s.size.Width > limit {
			x, y, height = 0, y+height+gutter, 0
		}
		s.shift(left+x, y)
		x += s.size.Width + gutter
		height = max(height, s.size.Height)
		size = Size{max(size.Width, x-gutter), max(size.Height, y+height)}
	}
	return size
}

// shift moves what is on the sheet.
func (s *sheet) shift(dx, dy int) {
	for _, c := range slices.Concat(s.boxes, s.ports) {
		c.x += dx
		c.y += dy
	}
	for _, seg := range s.segments {
		for i := range seg.points {
			seg.points[i].X += dx
			seg.points[i].Y += dy
		}
		seg.corner.X += dx
		seg.corner.Y += dy
	}
}

// union knows what is connected.
type union []int

func newUnion(size int) union {
	u := make(union, size)
	for i := range u {
		u[i] = i
	}
	return u
}

func (u union) root(i int) int {
	for u[i] != i {
		i = u[i]
	}
	return i
}

func (u union) join(i, j int) { u[u.root(i)] = u.root(j) }
