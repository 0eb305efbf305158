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

var _ Bucket = s3{}

func openS3(bucket string, settings settings, getenv func(string) string) (Bucket, error) {
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

func (b s3) Stat(ctx context.Context, key string) (Object, error) {
	info, err := b.client.StatObject(ctx, b.bucket, key, minio.StatObjectOptions{})
	if isMissing(err) {
		return Object{}, ErrNotFound
	}
	return Object{Key: key, Size: info.Size}, err
}

// isMissing reports whether an error says that a key does not exist. A missing
// bucket is another matter.
func isMissing(err error) bool {
	return err != nil && minio.ToErrorResponse(err).Code == minio.NoSuchKey
}

func (b s3) List(ctx context.Context, dir string) iter.Seq2[Object, error] {
	if dir != "" {
		dir += "/"
	}
	withoutOwner := false
	options := minio.ListObjectsOptions{Prefix: dir, Recursive: true, FetchOwner: &withoutOwner}
	return func(yield func(Object, error) bool) {
		for info := range b.client.ListObjectsIter(ctx, b.bucket, options) {
			if info.Err != nil {
				yield(Object{}, info.Err)
				return
			}
			if !yield(Object{Key: info.Key, Size: info.Size}, nil) {
				return
			}
		}
	}
}

// Get fetches the parts of a large object at the same time. All parts are of
// one version of the object: the store refuses them if it was replaced.
func (b s3) Get(ctx context.Context, object Object, file *os.File) error {
	if object.Size <= partSize {
		return b.getPart(ctx, object, part{file: file, length: object.Size})
	}
	info, err := b.client.StatObject(ctx, b.bucket, object.Key, minio.StatObjectOptions{})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxParts)
	for offset := int64(0); offset < info.Size; offset += partSize {
		p := part{file: file, etag: info.ETag, offset: offset, length: min(partSize, info.Size-offset)}
		group.Go(func() error { return b.getPart(ctx, object, p) })
	}
	return group.Wait()
}

// part is a piece of an object and the file that it belongs into.
type part struct {
	file           *os.File
	etag           string // of the version to read, if it matters
	offset, length int64
}

func (b s3) getPart(ctx context.Context, object Object, p part) error {
	return again(ctx, partAttempts, func() (done bool, err error) {
		if p.length == 0 {
			return true, nil
		}
		n, err := b.readPart(ctx, object.Key, p)
		p.offset, p.length = p.offset+n, p.length-n
		var disk *fs.PathError
		return err == nil || errors.As(err, &disk), err
	})
}

// readPart copies what one request brings and returns how much that was.
func (b s3) readPart(ctx context.Context, key string, p part) (int64, error) {
	var options minio.GetObjectOptions
	if err := options.SetRange(p.offset, p.offset+p.length-1); err != nil {
		return 0, err
	}
	if p.etag != "" {
		if err := options.SetMatchETag(p.etag); err != nil {
			return 0, err
		}
	}
	body, _, _, err := b.client.GetObject(ctx, b.bucket, key, options)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	n, err := io.CopyN(io.NewOffsetWriter(p.file, p.offset), body, p.length)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Put sends no checksums of its own: not every store knows those of S3, and
// the signature covers what is sent without TLS.
func (b s3) Put(ctx context.Context, key string, file *os.File) error {
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

func (b s3) Delete(ctx context.Context, key string) error {
	err := b.client.RemoveObject(ctx, b.bucket, key, minio.RemoveObjectOptions{})
	if isMissing(err) {
		return nil
	}
	return err
}
