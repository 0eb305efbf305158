package backend

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/sync/errgroup"
)

const (
	// PartSize is what one request of a large transfer moves, in bytes. Parts
	// are read from and written to files directly, not held in memory.
	PartSize = 16 << 20
	// MaxParts bounds the parts of one file that are on their way.
	MaxParts = 8
	// CopyBuffer is how much of a part is in memory, in bytes.
	CopyBuffer = 128 << 10
)

// PartSizeFor returns PartSize, or more for a file that would have more than
// the 10,000 parts that S3 and Azure allow, in whole MiB.
func PartSizeFor(size int64) int64 {
	const most, unit = 10000, 1 << 20
	least := (size + most - 1) / most
	return max(PartSize, (least+unit-1)/unit*unit)
}

// Part is a piece of an object and the file that it belongs into.
type Part struct {
	File           *os.File
	Offset, Length int64
}

// Span is the value of the header Range for a part.
func (p Part) Span() string {
	return fmt.Sprintf("bytes=%d-%d", p.Offset, p.Offset+p.Length-1)
}

// Fetcher is how a back end fetches one version of an object.
type Fetcher struct {
	Requests *Requests
	// Transient reports whether a request with this error may succeed a second
	// time.
	Transient func(error) bool
	// Read makes one request, copies what comes of a part and returns how much
	// that was.
	Read func(ctx context.Context, p Part) (int64, error)
}

// Fetch fetches the parts of a large object at the same time.
func (f Fetcher) Fetch(ctx context.Context, file *os.File, size int64) error {
	if size <= PartSize {
		return f.fetchPart(ctx, Part{File: file, Length: size})
	}
	if err := Preallocate(file, size); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(MaxParts)
	for offset := int64(0); offset < size; offset += PartSize {
		p := Part{File: file, Offset: offset, Length: min(PartSize, size-offset)}
		group.Go(func() error { return f.fetchPart(ctx, p) })
	}
	return group.Wait()
}

// fetchPart fetches a part and goes on where a connection breaks: what came of
// it is good.
func (f Fetcher) fetchPart(ctx context.Context, p Part) error {
	return f.Requests.Do(ctx, f.Transient, func() error {
		if p.Length == 0 {
			return nil
		}
		n, err := f.Read(ctx, p)
		p.Offset, p.Length = p.Offset+n, p.Length-n
		return err
	})
}

// CopyPart writes a part to its place and returns how much of it came.
func CopyPart(p Part, body io.Reader) (int64, error) {
	buffer := make([]byte, min(CopyBuffer, p.Length))
	n, err := io.CopyBuffer(io.NewOffsetWriter(p.File, p.Offset), struct{ io.Reader }{io.LimitReader(body, p.Length)}, buffer)
	if err == nil && n < p.Length {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
