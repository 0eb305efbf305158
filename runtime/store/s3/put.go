package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

const (
	// maxObject is the largest object of S3.
	maxObject = 5 << 40
	// executableKey is the metadata of files that can be executed.
	executableKey = "Kfp2argo-Executable"
)

// Put sends no checksum headers: not every store knows those of S3. Without
// TLS, the signature covers what is sent, and so the store checks it.
func (b Bucket) Put(ctx context.Context, key string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	options := minio.PutObjectOptions{ContentType: backend.ContentType, DisableContentSha256: true}
	if backend.IsExecutable(info) {
		options.UserMetadata = map[string]string{executableKey: "true"}
	}
	u := upload{key: key, file: file, size: info.Size(), options: options}
	if u.size > backend.PartSize {
		return b.putParts(ctx, u)
	}
	body, err := b.body(file, 0, u.size)
	if err != nil {
		return err
	}
	return b.do(ctx, func() error {
		_, err := b.client.PutObject(ctx, b.bucket, key, body.reader(), u.size, "", body.sum, options)
		return err
	})
}

// upload is an upload under way; id is that of its parts.
type upload struct {
	key, id string
	file    *os.File
	size    int64
	options minio.PutObjectOptions
}

// body is what one request sends.
type body struct {
	reader func() io.Reader // from the beginning, a reader of each attempt's own
	sum    string           // its SHA-256, where it is signed
}

// body returns a piece of a file. A small one is read at once, and others when
// they are sent.
func (b Bucket) body(file io.ReaderAt, offset, length int64) (body, error) {
	if length <= backend.CopyBuffer {
		data := make([]byte, length)
		if n, err := file.ReadAt(data, offset); int64(n) < length {
			return body{}, err
		}
		file, offset = bytes.NewReader(data), 0
	}
	// The client would rewind a body that can be to send it again, while its
	// transport may still be reading for the time before.
	result := body{reader: func() io.Reader { return struct{ io.Reader }{io.NewSectionReader(file, offset, length)} }}
	if !b.signs {
		return result, nil
	}
	hash := sha256.New()
	_, err := io.CopyBuffer(hash, result.reader(), make([]byte, min(backend.CopyBuffer, length+1)))
	result.sum = hex.EncodeToString(hash.Sum(nil))
	return result, err
}

// putParts sends the parts of a large file at the same time.
func (b Bucket) putParts(ctx context.Context, u upload) error {
	if u.size > maxObject {
		return fmt.Errorf("it has %d bytes, more than the %d of the largest object of S3", u.size, int64(maxObject))
	}
	err := b.do(ctx, func() (err error) {
		u.id, err = b.client.NewMultipartUpload(ctx, b.bucket, u.key, u.options)
		return err
	})
	if err != nil {
		return err
	}
	parts, err := b.sendParts(ctx, u)
	if err == nil {
		err = b.complete(ctx, u, parts)
	}
	if err == nil {
		return nil
	}
	return errors.Join(err, b.abort(ctx, u))
}

// abort ends an upload for whose parts one would pay. A part that was on its
// way can bring it back, so that abort looks whether it is over. Where the
// upload was given up in the middle of parts, the store may still be at work on
// one: then abort looks again a little later.
func (b Bucket) abort(ctx context.Context, u upload) error {
	looks := 1
	if ctx.Err() != nil {
		looks = 2
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	gone := 0
	err := b.requests.Do(ctx, func(err error) bool { return errors.Is(err, errGoesOn) || isTransient(err) }, func() error {
		if err := b.client.AbortMultipartUpload(ctx, b.bucket, u.key, u.id); err != nil && (gone == 0 || !isNoUpload(err)) {
			return err
		}
		_, err := b.client.ListObjectParts(ctx, b.bucket, u.key, u.id, 0, 1)
		switch {
		case err == nil:
			return errGoesOn
		case isTransient(err):
			return err
		}
		if gone++; gone < looks {
			return errGoesOn
		}
		return nil // it is over, or may not be looked at
	})
	if isNoUpload(err) {
		return nil
	}
	return err
}

// errGoesOn is the error for an upload that does not end.
var errGoesOn = errors.New("the upload goes on though it was aborted")

func (b Bucket) sendParts(ctx context.Context, u upload) ([]minio.CompletePart, error) {
	partSize := backend.PartSizeFor(u.size)
	parts := make([]minio.CompletePart, (u.size+partSize-1)/partSize)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(backend.MaxParts)
	for i := range parts {
		offset := int64(i) * partSize
		p := backend.Part{File: u.file, Offset: offset, Length: min(partSize, u.size-offset)}
		parts[i].PartNumber = i + 1
		group.Go(func() (err error) {
			parts[i].ETag, err = b.sendPart(ctx, u, i+1, p)
			return err
		})
	}
	return parts, group.Wait()
}

// sendPart sends one part and returns what the store calls it.
func (b Bucket) sendPart(ctx context.Context, u upload, number int, p backend.Part) (etag string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	body, err := b.body(p.File, p.Offset, p.Length)
	if err != nil {
		return "", err
	}
	err = b.do(ctx, func() error {
		sent, err := b.client.PutObjectPart(ctx, b.bucket, u.key, u.id, number, body.reader(), p.Length,
			minio.PutObjectPartOptions{Sha256Hex: body.sum, DisableContentSha256: true})
		if err == nil && sent.ETag == "" {
			return fmt.Errorf("the store has no name for part %d", number)
		}
		etag = sent.ETag
		return err
	})
	return etag, err
}

// complete makes the object from its parts. That there are none may mean that
// the store has done so, but its answer was lost.
func (b Bucket) complete(ctx context.Context, u upload, parts []minio.CompletePart) error {
	err := b.do(ctx, func() error {
		_, err := b.client.CompleteMultipartUpload(ctx, b.bucket, u.key, u.id, parts, u.options)
		return err
	})
	if !isNoUpload(err) {
		return err
	}
	o, missing := b.Stat(ctx, u.key)
	if missing == nil && o.Size == u.size && o.ETag == wholeETag(parts) {
		return nil
	}
	return err
}

// isNoUpload reports whether an error says that an upload is over.
func isNoUpload(err error) bool {
	return err != nil && minio.ToErrorResponse(err).Code == minio.NoSuchUpload
}

// wholeETag returns the name of an object that is made from parts.
func wholeETag(parts []minio.CompletePart) string {
	hash := md5.New()
	for _, p := range parts {
		sum, err := hex.DecodeString(p.ETag)
		if err != nil {
			return ""
		}
		hash.Write(sum)
	}
	return fmt.Sprintf("%x-%d", hash.Sum(nil), len(parts))
}
