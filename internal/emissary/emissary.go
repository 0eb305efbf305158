// Package emissary tells what Argo's emissary writes into the log of a program,
// beside which it runs, from what the program writes.
package emissary

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// Wrote reports whether a line of a program's log is the emissary's: it writes to
// the program's standard error, with logrus in Argo 3.7 and with slog in Argo 4.
func Wrote(line string) bool {
	return strings.HasPrefix(line, "time=") && strings.Contains(line, " argo=true") &&
		(strings.Contains(line, " level=info ") || strings.Contains(line, " level=INFO "))
}

// Without returns a log without the emissary's lines. It is read in constant
// memory, a line at a time; closing it closes the log.
func Without(log io.ReadCloser) io.ReadCloser {
	return &filter{Closer: log, lines: bufio.NewReaderSize(log, longest)}
}

// longest is more than the emissary writes in a line, in bytes. A longer line is
// the program's.
const longest = 16 << 10

type filter struct {
	io.Closer
	lines *bufio.Reader
	rest  []byte // of what has been read, valid until lines is read again
	inner bool   // rest ends within a line
	err   error
}

func (f *filter) Read(p []byte) (int, error) {
	for len(f.rest) == 0 {
		if f.err != nil {
			return 0, f.err
		}
		part, err := f.lines.ReadSlice('\n')
		begins := !f.inner
		f.inner = errors.Is(err, bufio.ErrBufferFull)
		if !f.inner {
			f.err = err
		}
		if !begins || f.inner || !Wrote(string(bytes.TrimRight(part, "\n"))) {
			f.rest = part
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}
