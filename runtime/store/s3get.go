package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/minio/minio-go/v7"
)

// errOther is the error for an object that is not the one that was asked for.
var errOther = errors.New("it was replaced or removed in the meantime")

// get fetches parts of one version of the object: the store refuses them if it
// was replaced.
func (b s3) get(ctx context.Context, o object, file *os.File) error {
	return fetcher{b.requests, isTransient, func(ctx context.Context, p part) (int64, error) {
		return b.readPart(ctx, o, p)
	}}.fetch(ctx, file, o.size)
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
