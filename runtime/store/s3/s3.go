// Package s3 keeps objects in stores that speak S3.
package s3

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// abortTimeout bounds the clean-up after a failed upload.
const abortTimeout = 10 * time.Second

// Bucket is a bucket of a store that speaks S3.
type Bucket struct {
	client   *minio.Core
	bucket   string
	requests *backend.Requests
	// signs says that the signature covers what is sent, as there is no TLS.
	signs bool
	// source says where the credentials are from.
	source string
}

var (
	_ backend.Bucket    = Bucket{}
	_ backend.Described = Bucket{}
)

// Open opens a bucket. It asks the store nothing.
func Open(bucket string, common backend.Settings, own Settings, environment backend.Environment) (backend.Bucket, error) {
	host, secure, err := address(common.Endpoint, own.Insecure)
	if err != nil {
		return nil, err
	}
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, err
	}
	transport.MaxIdleConnsPerHost = backend.MaxRequests
	transport.ResponseHeaderTimeout = backend.AnswerTimeout
	credentials, err := findCredentials(common.Credentials, environment.Getenv, transport)
	if err != nil {
		return nil, err
	}
	client, err := minio.NewCore(host, &minio.Options{
		Creds:        credentials,
		Secure:       secure,
		Region:       own.Region,
		Transport:    environment.Watch(transport),
		MaxRetries:   1, // requests asks again
		BucketLookup: map[Lookup]minio.BucketLookupType{LookupPath: minio.BucketLookupPath, LookupHost: minio.BucketLookupDNS}[own.Lookup],
	})
	if err != nil {
		return nil, fmt.Errorf("S3 endpoint %s: %w", host, err)
	}
	client.SetAppInfo("kfp2argo", "")
	return Bucket{
		client: client, bucket: bucket, requests: environment.Requests.AtMost(common.Attempts),
		signs: !secure, source: source(common.Credentials, environment.Getenv),
	}, nil
}

// Stat is that of [backend.Bucket].
func (b Bucket) Stat(ctx context.Context, key string) (o backend.Object, err error) {
	err = b.do(ctx, func() error {
		info, err := b.client.StatObject(ctx, b.bucket, key, minio.StatObjectOptions{})
		o = backend.Object{Key: key, Size: info.Size, ETag: info.ETag}
		return err
	})
	if isMissing(err) {
		return backend.Object{}, backend.ErrNotFound
	}
	return o, err
}

// isMissing reports whether an error says that a key does not exist. A missing
// bucket is another matter.
func isMissing(err error) bool {
	return err != nil && minio.ToErrorResponse(err).Code == minio.NoSuchKey
}

// List is that of [backend.Bucket].
func (b Bucket) List(ctx context.Context, dir string) iter.Seq2[backend.Object, error] {
	return func(yield func(backend.Object, error) bool) {
		for info, err := range b.listing(ctx, minio.ListObjectsOptions{Prefix: prefix(dir), Recursive: true}) {
			if !yield(backend.Object{Key: info.Key, Size: info.Size, ETag: info.ETag}, err) {
				return
			}
		}
	}
}

// Folders is that of [backend.Bucket].
func (b Bucket) Folders(ctx context.Context, dir string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for info, err := range b.listing(ctx, minio.ListObjectsOptions{Prefix: prefix(dir)}) {
			name, isFolder := backend.Folder(dir, info.Key)
			if (isFolder || err != nil) && !yield(name, err) {
				return
			}
		}
	}
}

// prefix is what the keys below a directory begin with.
func prefix(dir string) string {
	if dir == "" {
		return ""
	}
	return dir + "/"
}

// listing goes on behind what it has when an answer does not come. Each answer
// has its objects first, and then its directories: the last name is not the
// largest one.
func (b Bucket) listing(ctx context.Context, options minio.ListObjectsOptions) iter.Seq2[minio.ObjectInfo, error] {
	withoutOwner := false
	options.FetchOwner = &withoutOwner
	return func(yield func(minio.ObjectInfo, error) bool) {
		next, stop := iter.Pull(b.client.ListObjectsIter(ctx, b.bucket, options))
		defer func() { stop() }()
		for {
			var info minio.ObjectInfo
			var more bool
			err := b.do(ctx, func() error {
				if info, more = next(); info.Err != nil {
					stop()
					next, stop = iter.Pull(b.client.ListObjectsIter(ctx, b.bucket, options))
				}
				return info.Err
			})
			if err == nil && !more {
				err = ctx.Err() // the client ends a listing in silence
			}
			if err != nil || !more {
				if err != nil {
					yield(minio.ObjectInfo{}, err)
				}
				return
			}
			options.StartAfter = max(options.StartAfter, behind(info.Key, options.Recursive))
			if !yield(info, nil) {
				return
			}
		}
	}
}

// behind is where a listing goes on that has a key, or all that is in a
// directory: what is in it is less than its name with a zero, which follows the
// slash.
func behind(key string, recursive bool) string {
	if directory, ok := strings.CutSuffix(key, "/"); ok && !recursive {
		return directory + "0"
	}
	return key
}

// Remove is that of [backend.Bucket].
func (b Bucket) Remove(ctx context.Context, key string) error {
	return b.do(ctx, func() error {
		return b.client.RemoveObject(ctx, b.bucket, key, minio.RemoveObjectOptions{})
	})
}

// do makes a request, again where that may help.
func (b Bucket) do(ctx context.Context, f func() error) error {
	return b.requests.Do(ctx, isTransient, f)
}

// isTransient reports whether a failed request may succeed a second time.
func isTransient(err error) bool {
	var response minio.ErrorResponse
	if !errors.As(err, &response) {
		return backend.IsTransientNetwork(err)
	}
	switch response.Code {
	case "RequestTimeout", "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestThrottled",
		"InternalError", "ExpiredToken", "OperationAborted",
		"BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch": // it changed on its way
		return true
	case minio.AuthorizationHeaderMalformed, minio.InvalidRegion:
		return response.Region != "" // which the client signs for the next time
	}
	return backend.IsTransientStatus(response.StatusCode)
}
