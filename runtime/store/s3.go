package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
)

// abortTimeout bounds the clean-up after a failed upload.
const abortTimeout = 10 * time.Second

// s3 is a bucket of a store that speaks S3.
type s3 struct {
	client   *minio.Core
	bucket   string
	requests *requests
	// signs says that the signature covers what is sent, for want of TLS.
	signs bool
}

var _ backend = s3{}

func openS3(bucket string, settings settings, requests *requests, getenv func(string) string) (backend, error) {
	host, secure, err := settings.address()
	if err != nil {
		return nil, err
	}
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, err
	}
	transport.MaxIdleConnsPerHost = maxRequests
	transport.ResponseHeaderTimeout = silence
	credentials, err := settings.findCredentials(getenv, transport)
	if err != nil {
		return nil, err
	}
	client, err := minio.NewCore(host, &minio.Options{
		Creds:        credentials,
		Secure:       secure,
		Region:       settings.region,
		Transport:    transport,
		MaxRetries:   1, // requests asks again
		BucketLookup: map[lookup]minio.BucketLookupType{lookupPath: minio.BucketLookupPath, lookupHost: minio.BucketLookupDNS}[settings.lookup],
	})
	if err != nil {
		return nil, fmt.Errorf("S3 endpoint %s: %w", host, err)
	}
	client.SetAppInfo("kfp2argo", "")
	return s3{client: client, bucket: bucket, requests: requests.atMost(settings.attempts), signs: !secure}, nil
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

func (b s3) stat(ctx context.Context, key string) (o object, err error) {
	err = b.do(ctx, func() error {
		info, err := b.client.StatObject(ctx, b.bucket, key, minio.StatObjectOptions{})
		o = object{key: key, size: info.Size, etag: info.ETag}
		return err
	})
	if isMissing(err) {
		return object{}, ErrNotFound
	}
	return o, err
}

// isMissing reports whether an error says that a key does not exist. A missing
// bucket is another matter.
func isMissing(err error) bool {
	return err != nil && minio.ToErrorResponse(err).Code == minio.NoSuchKey
}

// list goes on behind the last key that it has when an answer does not come.
func (b s3) list(ctx context.Context, dir string) iter.Seq2[object, error] {
	if dir != "" {
		dir += "/"
	}
	withoutOwner := false
	options := minio.ListObjectsOptions{Prefix: dir, Recursive: true, FetchOwner: &withoutOwner}
	return func(yield func(object, error) bool) {
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
					yield(object{}, err)
				}
				return
			}
			options.StartAfter = info.Key
			if !yield(object{key: info.Key, size: info.Size, etag: info.ETag}, nil) {
				return
			}
		}
	}
}

func (b s3) remove(ctx context.Context, key string) error {
	return b.do(ctx, func() error {
		return b.client.RemoveObject(ctx, b.bucket, key, minio.RemoveObjectOptions{})
	})
}

// do makes a request, again where that may help.
func (b s3) do(ctx context.Context, f func() error) error {
	return b.requests.do(ctx, isTransient, f)
}

// isTransient reports whether a failed request may succeed a second time.
func isTransient(err error) bool {
	var response minio.ErrorResponse
	if !errors.As(err, &response) {
		return isTransientNetwork(err)
	}
	switch response.Code {
	case "RequestTimeout", "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestThrottled",
		"InternalError", "ExpiredToken", "OperationAborted",
		"BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch": // it changed on its way
		return true
	case minio.AuthorizationHeaderMalformed, minio.InvalidRegion:
		return response.Region != "" // which the client signs for the next time
	}
	return isTransientStatus(response.StatusCode)
}
