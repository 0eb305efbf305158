package directory

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// copyFile copies a file of this size into an empty one, parts of a large one
// at the same time.
func copyFile(to, from *os.File, size int64) error {
	if size <= backend.PartSize {
		n, err := io.Copy(to, from) // by the kernel alone, where it can
		if err == nil && n != size {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	if err := backend.Preallocate(to, size); err != nil {
		return err
	}
	if avoidsCopies(to) {
		return copyParts(to, size, func(p backend.Part) error {
			err := copyInKernel(p, from)
			if errors.Is(err, errors.ErrUnsupported) {
				err = copyHere(p, from)
			}
			return err
		})
	}
	return copyParts(to, size, func(p backend.Part) error { return copyHere(p, from) })
}

// copyHere copies a part of a file through a buffer of this program. Several at
// the same time are faster than the kernel is, which copies a page at a time.
func copyHere(p backend.Part, from *os.File) error {
	_, err := backend.CopyPart(p, io.NewSectionReader(from, p.Offset, p.Length))
	return err
}

// copyParts copies the parts of a file of this size, some at the same time.
func copyParts(to *os.File, size int64, one func(backend.Part) error) error {
	const most = 4
	var group errgroup.Group
	group.SetLimit(most)
	for offset := int64(0); offset < size; offset += backend.PartSize {
		p := backend.Part{File: to, Offset: offset, Length: min(backend.PartSize, size-offset)}
		group.Go(func() error { return one(p) })
	}
	return group.Wait()
}
