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
	"time"

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
	// partAttempts bounds how often one part is tried. Requests without a body
	// are retried by the client.
	partAttempts = 8
	// credentialTimeout bounds a request for credentials. Outside of clouds, the
	// address that would have some answers nothing at all.
	credentialTimeout = 10 * time.Second
	// abortTimeout bounds the clean-up after a failed upload.
	abortTimeout = 10 * time.Second
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
		&credentials.IAM{Client: &http.Client{Transport: transport, Timeout: credentialTimeout}},
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

func (b s3) remove(ctx context.Context, key string) error {
	return b.client.RemoveObject(ctx, b.bucket, key, minio.RemoveObjectOptions{})
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

// contentType is that of all objects: an artifact's type is in its metadata.
const contentType = "application/octet-stream"

// put sends no checksums of its own: not every store knows those of S3. The
// signature covers what is sent without TLS.
func (b s3) put(ctx context.Context, key string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > partSize {
		return b.putParts(ctx, key, file, info.Size())
	}
	return again(ctx, partAttempts, func() (done bool, err error) {
		_, err = b.client.PutObject(ctx, b.bucket, key, section(file, 0, info.Size()), info.Size(), "", "",
			minio.PutObjectOptions{ContentType: contentType})
		return !isTransient(err), err
	})
}

// section returns a reader of a part of a file that cannot be rewound. The
// client would rewind a body to retry a request while its transport may still
// be reading for the one before.
func section(file *os.File, offset, length int64) io.Reader {
	return struct{ io.Reader }{io.NewSectionReader(file, offset, length)}
}

// isTransient reports whether a failed request may succeed a second time.
func isTransient(err error) bool {
	var disk *fs.PathError
	if err == nil || errors.As(err, &disk) {
		return false
	}
	var response minio.ErrorResponse
	if !errors.As(err, &response) {
		return true // no answer
	}
	return response.StatusCode >= http.StatusInternalServerError ||
		response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusRequestTimeout ||
		response.Code == "RequestTimeout" // S3 sends it as a bad request
}

// putParts sends the parts of a large file at the same time.
func (b s3) putParts(ctx context.Context, key string, file *os.File, size int64) error {
	options := minio.PutObjectOptions{ContentType: contentType}
	id, err := b.client.NewMultipartUpload(ctx, b.bucket, key, options)
	if err != nil {
		return err
	}
	parts, err := b.sendParts(ctx, upload{key: key, id: id, file: file, size: size})
	if err == nil {
		_, err = b.client.CompleteMultipartUpload(ctx, b.bucket, key, id, parts, options)
	}
	if err == nil {
		return nil
	}
	// Parts of an upload that is not aborted are paid for.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	return errors.Join(err, b.client.AbortMultipartUpload(ctx, b.bucket, key, id))
}

// upload is a multipart upload under way.
type upload struct {
	key, id string
	file    *os.File
	size    int64
}

func (b s3) sendParts(ctx context.Context, u upload) ([]minio.CompletePart, error) {
	partSize := partSizeFor(u.size)
	parts := make([]minio.CompletePart, (u.size+partSize-1)/partSize)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxParts)
	for i := range parts {
		offset := int64(i) * partSize
		length := min(partSize, u.size-offset)
		parts[i].PartNumber = i + 1
		group.Go(func() error {
			return again(ctx, partAttempts, func() (done bool, err error) {
				sent, err := b.client.PutObjectPart(ctx, b.bucket, u.key, u.id, i+1,
					section(u.file, offset, length), length, minio.PutObjectPartOptions{})
				parts[i].ETag = sent.ETag
				return !isTransient(err), err
			})
		})
	}
	return parts, group.Wait()
}

// partSizeFor returns partSize, or more for a file that would have more parts
// than S3 allows.
func partSizeFor(size int64) int64 {
	const most = 10000
	return max(partSize, (size+most-1)/most)
}
