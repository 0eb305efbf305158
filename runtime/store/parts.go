package store

import (
	"context"
	"io"
	"os"

	"golang.org/x/sync/errgroup"
)

// part is a piece of an object and the file that it belongs into.
type part struct {
	file           *os.File
	offset, length int64
}

// fetcher is how a back end fetches one version of an object.
type fetcher struct {
	requests  *requests
	transient func(error) bool
	// read makes one request, copies what comes of a part and returns how much
	// that was.
	read func(ctx context.Context, p part) (int64, error)
}

// fetch fetches the parts of a large object at the same time.
func (f fetcher) fetch(ctx context.Context, file *os.File, size int64) error {
	if size <= partSize {
		return f.fetchPart(ctx, part{file: file, length: size})
	}
	if err := preallocate(file, size); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxParts)
	for offset := int64(0); offset < size; offset += partSize {
		p := part{file: file, offset: offset, length: min(partSize, size-offset)}
		group.Go(func() error { return f.fetchPart(ctx, p) })
	}
	return group.Wait()
}

// fetchPart fetches a part and goes on where a connection breaks: what came of
// it is good.
func (f fetcher) fetchPart(ctx context.Context, p part) error {
	return f.requests.do(ctx, f.transient, func() error {
		if p.length == 0 {
			return nil
		}
		n, err := f.read(ctx, p)
		p.offset, p.length = p.offset+n, p.length-n
		return err
	})
}

// copyPart writes a part to its place and returns how much of it came.
func copyPart(p part, body io.Reader) (int64, error) {
	buffer := make([]byte, min(copyBuffer, p.length))
	n, err := io.CopyBuffer(io.NewOffsetWriter(p.file, p.offset), struct{ io.Reader }{io.LimitReader(body, p.length)}, buffer)
	if err == nil && n < p.length {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
