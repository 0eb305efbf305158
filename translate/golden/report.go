package golden

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Report writes results for people, with colours or without: a line for each,
// below it what is wrong, and a summary. The error is that of w.
func Report(w io.Writer, results []Result, color bool) error {
	out := bufio.NewWriter(w)
	p := palette{}
	if color {
		p = palette{good: "\x1b[32m", bad: "\x1b[31m", place: "\x1b[36m", end: "\x1b[0m"}
	}
	bad := 0
	for _, r := range results {
		mark := p.good + "ok  " + p.end
		if !r.Good() {
			bad++
			mark = p.bad + "FAIL" + p.end
		}
		fmt.Fprintf(out, "%s  %s %s\n", mark, r.Name, r.Message())
		if r.Detail != "" {
			fmt.Fprintf(out, "\n%s\n\n", strings.TrimRight(p.detail(r), "\n"))
		}
	}
	fmt.Fprintf(out, "\n%d checked, %d failed\n", len(results), bad)
	return out.Flush()
}

// palette holds the escape sequences for the parts of a report. The zero
// palette writes none.
type palette struct{ good, bad, place, end string }

// detail is the detail of a result with its colours.
func (p palette) detail(r Result) string {
	switch {
	case p.end == "":
		return r.Detail
	case r.Status == Otherwise:
		return r.Detail
	case r.Status != Differs:
		return r.colored
	}
	var b strings.Builder
	for line := range strings.Lines(r.Detail) {
		text := strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(text, "@@"):
			text = p.place + text + p.end
		case strings.HasPrefix(text, "-"):
			text = p.bad + text + p.end
		case strings.HasPrefix(text, "+"):
			text = p.good + text + p.end
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}
