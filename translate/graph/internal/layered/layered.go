// Package layered lays out graphs whose boxes may hold further boxes, so that
// all edges point downwards: in each box the children are in ranks, each
// below those that it depends on.
//
// A box is laid out before the box that it is in, where it counts as one large
// child. An edge that enters a box does so at a port on its upper side and
// leaves at one on its lower side; the box around brings the edge to the port.
// Therefore boxes never overlap, children never leave their box, and edges run
// between boxes and through none.
//
//	split   edges → the parts of each box    ports
//	sheet   the children that are connected, and ports, become a sheet
//	rank    which children stand above which
//	order   from left to right, with few crossings
//	place   x, near what a child is connected with; y
//	route   the parts of edges
//	pack    sheets side by side in their box
//
// Lengths are whole numbers, so that a layout is the same on every machine.
package layered

// Box is a box of a graph: a leaf, or where it has children, a group.
type Box struct {
	// Width and Height are those of a leaf. Layout sets those of a group.
	Width, Height int
	// MinWidth is how wide a group is at least. Header is how much space its
	// upper end has for itself; edges may cross it.
	MinWidth, Header int
	Children         []*Box
	// X and Y are the upper left corner. Layout sets them.
	X, Y int

	parent *Box
	level  *level
}

// Edge goes from a box to another that is neither inside it nor around it. The
// children of a box must not form cycles by the edges between them and what
// is inside them.
type Edge struct{ From, To *Box }

// Size is how large a label is. The zero size is no label.
type Size struct{ Width, Height int }

// Point is a point of the picture.
type Point struct{ X, Y int }

// Link is a part of edges. Edges from the same box share parts as long as
// their ways are the same.
type Link struct {
	// Edges are those that the part belongs to.
	Edges []*Edge
	// Points alternate between the upper and the lower end of straight vertical
	// lines. Between these run curves that begin and end vertically.
	Points []Point
	// Begins says that the part begins at the box that its edges come from,
	// Ends that it ends at the box that they go to.
	Begins, Ends bool
	// Label is the upper left corner of the label, which stands to the right of
	// the line, and Size how large it is.
	Label Point
	Size  Size
}

// Layout places all boxes in root, whose upper left corner becomes the origin,
// and returns the parts of the edges. measure says how large the label is for
// edges whose common part crosses from one child of a box to another.
func Layout(root *Box, edges []*Edge, measure func([]*Edge) Size) []*Link {
	adopt(root)
	for _, e := range edges {
		split(e)
	}
	arrange(root, measure)
	return settle(root, Point{})
}

// adopt tells boxes what they are in.
func adopt(b *Box) {
	b.level = &level{entries: map[*Box]*port{}, exits: map[*Box]*port{}, byEnds: map[ends]*segment{}}
	for _, c := range b.Children {
		c.parent = b
		adopt(c)
	}
}

// margin is the space between a group's sides and its children, gutter that
// between its children where nothing connects them.
const (
	margin = 16
	gutter = 28
)

// arrange lays out the inside of a box, innermost first.
func arrange(b *Box, measure func([]*Edge) Size) {
	if len(b.Children) == 0 {
		b.Width, b.Height = max(b.Width, b.MinWidth), max(b.Height, b.Header)
		return
	}
	for _, c := range b.Children {
		arrange(c, measure)
	}
	for _, s := range b.level.segments {
		if s.from.box != nil && s.to.box != nil {
			s.label = measure(s.edges)
		}
	}
	sheets := b.sheets()
	for _, s := range sheets {
		s.layout()
	}
	content := pack(sheets, len(b.level.order) > 0)
	b.Width = max(content.Width+2*margin, b.MinWidth)
	b.Height = b.Header + content.Height + 2*margin
	shift := (b.Width - content.Width) / 2
	for _, s := range sheets {
		s.move(shift, b.Header+margin)
	}
}

// settle turns places within boxes into places in the picture.
func settle(b *Box, at Point) []*Link {
	b.X, b.Y = at.X, at.Y
	var links []*Link
	for _, s := range b.level.segments {
		links = append(links, s.link(b))
	}
	for _, c := range b.Children {
		links = append(links, settle(c, Point{at.X + c.X, at.Y + c.Y})...)
	}
	return links
}
