package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/minio/minio-go/v7"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Get fetches parts of one version of the object: the store refuses them if it
// was replaced.
func (b Bucket) Get(ctx context.Context, o backend.Object, file *os.File) error {
	return backend.Fetcher{Requests: b.requests, Transient: isTransient, Read: func(ctx context.Context, p backend.Part) (int64, error) {
		return b.readPart(ctx, o, p)
	}}.Fetch(ctx, file, o.Size)
}

// readPart copies what one request brings and returns how much that was.
func (b Bucket) readPart(ctx context.Context, o backend.Object, p backend.Part) (int64, error) {
	options, err := getOptions(o, p)
	if err != nil {
		return 0, err
	}
	body, info, header, err := b.client.GetObject(ctx, b.bucket, o.Key, options)
	if minio.ToErrorResponse(err).StatusCode == http.StatusPreconditionFailed {
		return 0, backend.ErrReplaced
	}
	if err != nil {
		return 0, err
	}
	defer body.Close()
	switch {
	case p.Offset > 0 && header.Get("Content-Range") == "":
		return 0, fmt.Errorf("the store sent the whole object for a part of it, or %w", backend.ErrReplaced)
	case info.Size >= 0 && info.Size != p.Length: // below where the store does not say
		return 0, fmt.Errorf("the store sent %d bytes for %d, or %w", info.Size, p.Length, backend.ErrReplaced)
	case p.Offset == 0 && info.UserMetadata[executableKey] != "":
		if err := backend.MakeExecutable(p.File); err != nil {
			return 0, err
		}
	}
	return backend.CopyPart(p, body)
}

// getOptions asks for the part of this version of the object.
func getOptions(o backend.Object, p backend.Part) (options minio.GetObjectOptions, err error) {
	if p.Offset > 0 || p.Length < o.Size {
		err = options.SetRange(p.Offset, p.Offset+p.Length-1)
	}
	if o.ETag != "" {
		err = errors.Join(err, options.SetMatchETag(o.ETag))
	}
	return options, err
}
