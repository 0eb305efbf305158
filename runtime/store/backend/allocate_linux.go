package backend

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Preallocate makes room for a large file, in one piece and before time is
// spent if there is none. File systems that cannot do that go without.
func Preallocate(file *os.File, size int64) error {
	if err := unix.Fallocate(int(file.Fd()), 0, 0, size); errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EFBIG) {
		return &os.PathError{Op: "allocate", Path: file.Name(), Err: err}
	}
	return nil
}
