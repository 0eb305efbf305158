package store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
)

const (
	// maxParts bounds the parts of one file that are on their way.
	maxParts = 8
	// silence is how long a store may say nothing before a request is taken for
	// lost. To put the parts of a large object together takes some stores long.
	silence = 5 * time.Minute
	// abortTimeout bounds the clean-up after a failed upload.
	abortTimeout = 10 * time.Second
)

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
	switch response.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return response.StatusCode >= http.StatusInternalServerError
}

// isTransientNetwork reports whether a request that got no answer may get one a
// second time. It may not where a file fails, the host has no address, or what
// answers is not who it should be.
func isTransientNetwork(err error) bool {
	var disk *fs.PathError
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &disk), errors.As(err, &certificate), errors.As(err, &record):
		return false
	case errors.As(err, &name):
		return !name.IsNotFound
	case errors.Is(err, errOther):
		return false
	}
	return !strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") // net/http has no error value for it
}
