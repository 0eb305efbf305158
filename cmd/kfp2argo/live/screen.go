package live

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/lineage"
)

// Size returns the size of a terminal in cells.
type Size func() (columns, rows int)

// screen keeps a picture of the run at the end of what is on a terminal.
// Lines of logs go above it. It never clears what others have written.
type screen struct {
	w    io.Writer
	size Size
	now  func() time.Time
	look Look
	last Snapshot
	// drawn is the picture that is on the terminal.
	drawn []string
	lines []Line
}

// Screen returns a display that draws on a terminal.
func Screen(w io.Writer, size Size, look Look, now func() time.Time) Display {
	return &screen{w: w, size: size, look: look, now: now}
}

func (s *screen) Update(snapshot Snapshot) error {
	s.last = snapshot
	return s.draw(false)
}

func (s *screen) Line(l Line) error {
	s.lines = append(s.lines, l)
	// Many lines at once are drawn at once, by Tick at the latest.
	if len(s.lines) < 50 {
		return nil
	}
	return s.draw(false)
}

func (s *screen) Tick() error { return s.draw(false) }

// End leaves the whole picture behind, however high the terminal is.
func (s *screen) End() error { return s.draw(true) }

// draw replaces the picture. All of it goes out in one piece, and lines are
// overwritten rather than cleared, so that nothing flickers; terminals that know
// how to hold a picture back until it is whole do so.
func (s *screen) draw(end bool) error {
	if s.last.Run == nil {
		return nil
	}
	columns, rows := s.size()
	height := max(2, rows-1)
	if end {
		height = 0
	}
	frame := s.look.frame(s.last, max(10, columns-1), height, s.now())
	var b strings.Builder
	b.WriteString("\x1b[?2026h\x1b[?25l")
	if up := physical(s.drawn, columns); up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	b.WriteString("\r")
	for _, l := range s.lines {
		text := s.look.paint(dim, l.Source()+" |") + " " + lineage.Printable(strings.ReplaceAll(l.Text, "\t", "    "))
		b.WriteString(text + "\x1b[K\n")
	}
	for _, line := range frame {
		b.WriteString(line + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	if end {
		b.WriteString("\x1b[?25h")
	}
	b.WriteString("\x1b[?2026l")
	s.drawn, s.lines = frame, nil
	_, err := io.WriteString(s.w, b.String())
	return err
}

// physical counts the lines that a picture takes on a terminal that may have
// become narrower since.
func physical(lines []string, columns int) int {
	n := 0
	for _, line := range lines {
		n += max(1, (cells(line)+columns-1)/max(1, columns))
	}
	return n
}
