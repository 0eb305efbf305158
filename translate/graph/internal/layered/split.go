package layered

// level is what the inside of a box has to lay out besides its children.
type level struct {
	segments []*segment
	byEnds   map[ends]*segment
	// entries and exits are the ports of the box, by the box that the edges
	// come from, and order is both, as they were made.
	entries, exits map[*Box]*port
	order          []*port
}

// port is where edges cross the side of a box: the upper one, or where out is
// true, the lower one. x is the distance from the box's left side.
type port struct {
	out bool
	x   int
}

// end is an end of a segment: at a child of the box, there at a port of the
// child or at the child itself; or where box is nil, at a port of the box.
type end struct {
	box  *Box
	port *port
}

type ends struct{ from, to end }

// segment is the part of edges that is in one box.
type segment struct {
	ends
	edges  []*Edge
	label  Size
	points []Point
	// corner is the upper left corner of the label.
	corner Point
}

// split divides an edge into segments, one for each box that it runs through.
func split(e *Edge) {
	from, to := ancestry(e.From), ancestry(e.To)
	common := 0
	for common < len(from) && common < len(to) && from[common] == to[common] {
		common++
	}
	if common == len(from) || common == len(to) {
		panic("layered: an edge between a box and what is inside it")
	}
	var leaving *port
	for i := len(from) - 2; i >= common; i-- {
		l := from[i].level
		exit := l.port(l.exits, e.From, true)
		l.add(e, ends{end{from[i+1], leaving}, end{nil, exit}})
		leaving = exit
	}
	begin := end{from[common], leaving}
	for i := common; i < len(to); i++ {
		arrival := end{box: to[i]}
		if i < len(to)-1 {
			l := to[i].level
			arrival.port = l.port(l.entries, e.From, false)
		}
		to[i].parent.level.add(e, ends{begin, arrival})
		begin = end{nil, arrival.port}
	}
}

// ancestry lists the boxes around a box, outermost first, and the box.
func ancestry(b *Box) []*Box {
	if b == nil {
		return nil
	}
	return append(ancestry(b.parent), b)
}

func (l *level) port(side map[*Box]*port, key *Box, out bool) *port {
	if side[key] == nil {
		side[key] = &port{out: out}
		l.order = append(l.order, side[key])
	}
	return side[key]
}

func (l *level) add(e *Edge, between ends) {
	s := l.byEnds[between]
	if s == nil {
		s = &segment{ends: between}
		l.byEnds[between] = s
		l.segments = append(l.segments, s)
	}
	s.edges = append(s.edges, e)
}

// link is a segment of a box that has its place. Where it crosses the box's
// sides, it reaches them.
func (s *segment) link(b *Box) *Link {
	l := &Link{
		Edges:  s.edges,
		Begins: s.from.box != nil && s.from.port == nil,
		Ends:   s.to.box != nil && s.to.port == nil,
		Label:  Point{b.X + s.corner.X, b.Y + s.corner.Y},
		Size:   s.label,
	}
	for _, p := range s.points {
		l.Points = append(l.Points, Point{b.X + p.X, b.Y + p.Y})
	}
	if s.from.box == nil {
		l.Points[0].Y = b.Y
	}
	if s.to.box == nil {
		l.Points[len(l.Points)-1].Y = b.Y + b.Height
	}
	return l
}
