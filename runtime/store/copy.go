package store

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sync/errgroup"
)

// copyFile copies a file of this size into an empty one, parts of a large one
// at the same time.
func copyFile(to, from *os.File, size int64) error {
	if size <= partSize {
		n, err := io.Copy(to, from) // by the kernel alone, where it can
		if err == nil && n != size {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	if err := preallocate(to, size); err != nil {
		return err
	}
	const most = 4
	var group errgroup.Group
	group.SetLimit(most)
	for offset := int64(0); offset < size; offset += partSize {
		p := part{file: to, offset: offset, length: min(partSize, size-offset)}
		group.Go(func() error {
			err := copyInKernel(p, from)
			if errors.Is(err, errors.ErrUnsupported) {
				_, err = copyPart(p, io.NewSectionReader(from, p.offset, p.length))
			}
			return err
		})
	}
	return group.Wait()
}
