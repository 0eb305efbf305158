package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"
)

// errOther is the error for an object that is not the one that was asked for.
var errOther = errors.New("it was replaced in the meantime")

// get fetches the parts of a large object at the same time. All parts are of
// one version of the object: the store refuses them if it was replaced.
func (b s3) get(ctx context.Context, o object, file *os.File) error {
	if o.size <= partSize {
		return b.getPart(ctx, o, part{file: file, length: o.size})
	}
	if err := preallocate(file, o.size); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxParts)
	for offset := int64(0); offset < o.size; offset += partSize {
		p := part{file: file, offset: offset, length: min(partSize, o.size-offset)}
		group.Go(func() error { return b.getPart(ctx, o, p) })
	}
	return group.Wait()
}

// part is a piece of an object and the file that it belongs into.
type part struct {
	file           *os.File
	offset, length int64
}

// getPart fetches a part and goes on where a connection breaks: what came of it
// is good.
func (b s3) getPart(ctx context.Context, o object, p part) error {
	return b.do(ctx, func() error {
		if p.length == 0 {
			return nil
		}
		n, err := b.readPart(ctx, o, p)
		p.offset, p.length = p.offset+n, p.length-n
		return err
	})
}

// readPart copies what one request brings and returns how much that was.
func (b s3) readPart(ctx context.Context, o object, p part) (int64, error) {
	options, err := p.options(o)
	if err != nil {
		return 0, err
	}
	body, info, header, err := b.client.GetObject(ctx, b.bucket, o.key, options)
	if minio.ToErrorResponse(err).StatusCode == http.StatusPreconditionFailed {
		return 0, errOther
	}
	if err != nil {
		return 0, err
	}
	defer body.Close()
	switch {
	case p.offset > 0 && header.Get("Content-Range") == "":
		return 0, fmt.Errorf("the store sent the whole object for a part of it, or %w", errOther)
	case info.Size >= 0 && info.Size != p.length: // below where the store does not say
		return 0, fmt.Errorf("the store sent %d bytes for %d, or %w", info.Size, p.length, errOther)
	case p.offset == 0 && info.UserMetadata[executableKey] != "":
		if err := makeExecutable(p.file); err != nil {
			return 0, err
		}
	}
	return copyPart(p, body)
}

// options asks for the part of this version of the object.
func (p part) options(o object) (options minio.GetObjectOptions, err error) {
	if p.offset > 0 || p.length < o.size {
		err = options.SetRange(p.offset, p.offset+p.length-1)
	}
	if o.etag != "" {
		err = errors.Join(err, options.SetMatchETag(o.etag))
	}
	return options, err
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
