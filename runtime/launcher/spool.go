package launcher

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// spool keeps the beginning and the end of what is written to it in a file, in
// constant memory. It may be written to from several goroutines at a time.
type spool struct {
	mu   sync.Mutex
	file *os.File
	// head and tail are the most that is kept of both. The tail is a ring behind
	// the head.
	head, tail int64
	total      int64
	err        error // the first; from then on nothing is kept
}

// newSpool returns a spool that keeps limit bytes in a file without a name in a
// directory.
func newSpool(dir string, limit int64) (*spool, error) {
	file, err := os.CreateTemp(dir, ".log-*")
	if err != nil {
		return nil, err
	}
	return &spool{file: file, head: limit / 2, tail: limit - limit/2}, os.Remove(file.Name())
}

// Write never fails: whatever becomes of the spool, the program goes on.
func (s *spool) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := len(data)
	if s.total < s.head {
		n := min(int64(len(data)), s.head-s.total)
		s.put(data[:n], s.total)
		data = data[n:]
	}
	if skip := int64(len(data)) - s.tail; skip > 0 {
		s.total += skip
		data = data[skip:]
	}
	for len(data) > 0 {
		at := (s.total - s.head) % s.tail
		n := min(int64(len(data)), s.tail-at)
		s.put(data[:n], s.head+at)
		data = data[n:]
	}
	return written, nil
}

func (s *spool) put(data []byte, at int64) {
	s.total += int64(len(data))
	if s.err == nil {
		_, s.err = s.file.WriteAt(data, at)
	}
}

// copyTo writes what is kept, with a note in the place of what is not.
func (s *spool) copyTo(w io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	left := s.total - s.head - s.tail
	if left <= 0 {
		_, err := io.Copy(w, io.NewSectionReader(s.file, 0, s.total))
		return err
	}
	begin := (s.total - s.head) % s.tail
	_, head := io.Copy(w, io.NewSectionReader(s.file, 0, s.head))
	_, note := fmt.Fprintf(w, "\n[kfp2argo: %d bytes of the log are left out here; --log-limit keeps more]\n", left)
	_, older := io.Copy(w, io.NewSectionReader(s.file, s.head+begin, s.tail-begin))
	_, newer := io.Copy(w, io.NewSectionReader(s.file, s.head, begin))
	return errors.Join(head, note, older, newer)
}

func (s *spool) close() { _ = s.file.Close() }
