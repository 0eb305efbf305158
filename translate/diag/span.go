package diag

// Span is a place in a source text: a run of characters on one line.
//
// Line and Column count from one, Column in characters, not bytes. Width is
// the number of characters to underline, at least one. The zero Span means
// that the place is unknown; only diagnostics about a whole file have it.
type Span struct {
	Line, Column, Width int
}

// Known reports whether the span names a place.
func (s Span) Known() bool { return s.Line > 0 }
