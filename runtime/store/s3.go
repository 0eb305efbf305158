package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

const (
	// partSize is what one request of a large transfer moves. Parts are read
	// from and written to files directly, not held in memory.
	partSize = 32 << 20
	// maxParts bounds the parts of one file that are on their way.
	maxParts = 4
	// partAttempts bounds how often the rest of a part is asked for after its
	// connection broke. Requests that fail as a whole are retried by the client.
	partAttempts = 5
)

// s3 is a bucket of a store that speaks S3.
type s3 struct {
	client *minio.Core
	bucket string
}

var _ backend = s3{}

func openS3(bucket string, settings settings, getenv func(string) string) (backend, error) {
	host, secure, err := settings.address()
	if err != nil {
		return nil, err
	}
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, err
	}
	transport.MaxIdleConnsPerHost = maxFiles * maxParts
	client, err := minio.NewCore(host, &minio.Options{
		Creds:        findCredentials(getenv, transport),
		Secure:       secure,
		Region:       settings.region,
		Transport:    transport,
		BucketLookup: map[lookup]minio.BucketLookupType{lookupPath: minio.BucketLookupPath, lookupHost: minio.BucketLookupDNS}[settings.lookup],
	})
	if err != nil {
		return nil, fmt.Errorf("S3 endpoint %s: %w", host, err)
	}
	client.SetAppInfo("kfp2argo", "")
	return s3{client: client, bucket: bucket}, nil
}

// address returns the endpoint's host and whether to speak TLS with it.
func (s settings) address() (host string, secure bool, err error) {
	if s.endpoint == "" {
		return "s3.amazonaws.com", true, nil
	}
	if !strings.Contains(s.endpoint, "://") {
		return strings.TrimSuffix(s.endpoint, "/"), !s.insecure, nil
	}
	u, err := url.Parse(s.endpoint)
	if err != nil {
		return "", false, fmt.Errorf("S3 endpoint: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return "", false, fmt.Errorf("S3 endpoint %s: expected HOST:PORT or http://HOST:PORT", s.endpoint)
	}
	return u.Host, u.Scheme == "https", nil
}

func findCredentials(getenv func(string) string, transport http.RoundTripper) *credentials.Credentials {
	if key := getenv(contract.AccessKeyVariable); key != "" {
		return credentials.NewStaticV4(key, getenv(contract.SecretKeyVariable), "")
	}
	return credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{},
		&credentials.FileAWSCredentials{},
		&credentials.IAM{Client: &http.Client{Transport: transport}},
	})
}

func (b s3) stat(ctx context.Context, key string) (object, error) {
	info, err := b.client.StatObject(ctx, b.bucket, key, minio.StatObjectOptions{})
	if isMissing(err) {
		return object{}, ErrNotFound
	}
	return object{key: key, size: info.Size, etag: info.ETag}, err
}

// isMissing reports whether an error says that a key does not exist. A missing
// bucket is another matter.
func isMissing(err error) bool {
	return err != nil && minio.ToErrorResponse(err).Code == minio.NoSuchKey
}

func (b s3) list(ctx context.Context, dir string) iter.Seq2[object, error] {
	if dir != "" {
		dir += "/"
	}
	withoutOwner := false
	options := minio.ListObjectsOptions{Prefix: dir, Recursive: true, FetchOwner: &withoutOwner}
	return func(yield func(object, error) bool) {
		for info := range b.client.ListObjectsIter(ctx, b.bucket, options) {
			if info.Err != nil {
				yield(object{}, info.Err)
				return
			}
			if !yield(object{key: info.Key, size: info.Size, etag: info.ETag}, nil) {
				return
			}
		}
	}
}

// get fetches the parts of a large object at the same time. All parts are of
// one version of the object: the store refuses them if it was replaced.
func (b s3) get(ctx context.Context, o object, file *os.File) error {
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

// getPart fetches a part and goes on where a connection breaks.
func (b s3) getPart(ctx context.Context, o object, p part) error {
	return again(ctx, partAttempts, func() (done bool, err error) {
		n, err := b.readPart(ctx, o, p)
		p.offset, p.length = p.offset+n, p.length-n
		var broken *brokenError
		return !errors.As(err, &broken), err
	})
}

// brokenError is the error of a transfer that broke off. What came of it is
// good; the rest can be asked for.
type brokenError struct{ error }

func (e *brokenError) Unwrap() error { return e.error }

// readPart copies what one request brings and returns how much that was.
func (b s3) readPart(ctx context.Context, o object, p part) (int64, error) {
	var options minio.GetObjectOptions
	if err := options.SetRange(p.offset, p.offset+p.length-1); err != nil {
		return 0, err
	}
	if o.etag != "" {
		if err := options.SetMatchETag(o.etag); err != nil {
			return 0, err
		}
	}
	body, _, header, err := b.client.GetObject(ctx, b.bucket, o.key, options)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	if p.offset > 0 && header.Get("Content-Range") == "" {
		return 0, errors.New("the store sent the whole object for a part of it")
	}
	n, err := io.CopyN(io.NewOffsetWriter(p.file, p.offset), body, p.length)
	var disk *fs.PathError
	switch {
	case err == nil, errors.As(err, &disk):
		return n, err
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return n, &brokenError{err}
}

// put sends no checksums of its own: not every store knows those of S3, and
// the signature covers what is sent without TLS.
func (b s3) put(ctx context.Context, key string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	_, err = b.client.Client.PutObject(ctx, b.bucket, key, file, info.Size(), minio.PutObjectOptions{
		ContentType: "application/octet-stream",
		NumThreads:  maxParts,
		PartSize:    partSizeFor(info.Size()),
	})
	return err
}

// partSizeFor returns partSize, or more for a file that would have more parts
// than S3 allows.
func partSizeFor(size int64) uint64 {
	const most = 10000
	return uint64(max(partSize, (size+most-1)/most))
}
