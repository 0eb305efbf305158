package store

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
)

// azblob is a container of Azure Blob Storage.
type azblob struct {
	client   *container.Client
	requests *requests
}

var _ backend = azblob{}

func (b azblob) stat(ctx context.Context, key string) (o object, err error) {
	err = b.do(ctx, func() error {
		p, err := b.client.NewBlobClient(key).GetProperties(ctx, nil)
		if err != nil {
			return err
		}
		for name, mark := range p.Metadata {
			if strings.EqualFold(name, folderMark) && value(mark) == "true" {
				return ErrNotFound
			}
		}
		o = object{key: key, size: value(p.ContentLength), etag: string(value(p.ETag))}
		return nil
	})
	if hasStatus(err, http.StatusNotFound) {
		return object{}, ErrNotFound
	}
	return o, err
}

// folderMark is the metadata of a directory, where an account has them.
const folderMark = "hdi_isfolder"

// value returns what a pointer of the SDK points to, or nothing.
func value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

func (b azblob) list(ctx context.Context, dir string) iter.Seq2[object, error] {
	var options container.ListBlobsFlatOptions
	if dir != "" {
		dir += "/"
		options.Prefix = &dir
	}
	return func(yield func(object, error) bool) {
		for pages := b.client.NewListBlobsFlatPager(&options); pages.More(); {
			var page container.ListBlobsFlatResponse
			err := b.do(ctx, func() (err error) {
				page, err = pages.NextPage(ctx)
				return err
			})
			if err != nil {
				yield(object{}, err)
				return
			}
			for _, item := range page.Segment.BlobItems {
				if p := item.Properties; value(p.ResourceType) != "directory" &&
					!yield(object{key: value(item.Name), size: value(p.ContentLength), etag: string(value(p.ETag))}, nil) {
					return
				}
			}
		}
	}
}

// get fetches parts of one version of the blob: they are refused if it was
// replaced.
func (b azblob) get(ctx context.Context, o object, file *os.File) error {
	client := b.client.NewBlobClient(o.key)
	options := blob.DownloadStreamOptions{}
	if o.etag != "" {
		etag := azcore.ETag(o.etag)
		options.AccessConditions = &blob.AccessConditions{
			ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: &etag},
		}
	}
	open := opener(func(ctx context.Context, p part) (io.ReadCloser, error) {
		options := options
		options.Range = blob.HTTPRange{Offset: p.offset, Count: p.length}
		response, err := client.DownloadStream(ctx, &options)
		err = azureError(err)
		if hasStatus(err, http.StatusPreconditionFailed) || hasStatus(err, http.StatusNotFound) {
			return nil, errOther
		}
		return response.Body, err
	})
	return fetcher{b.requests, isTransientAzure, open.read}.fetch(ctx, file, o.size)
}

func (b azblob) put(ctx context.Context, key string, file *os.File) error {
	if strings.Contains(key, `\`) {
		return fmt.Errorf("Azure would make slashes of the backslashes in %s", key)
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	client := b.client.NewBlockBlobClient(key)
	if info.Size() > partSize {
		return b.putBlocks(ctx, client, file, info.Size())
	}
	return b.do(ctx, func() error {
		_, err := client.Upload(ctx, blockBody(part{file: file, length: info.Size()}), &blockblob.UploadOptions{HTTPHeaders: blobHeaders()})
		return err
	})
}

func blobHeaders() *blob.HTTPHeaders {
	kind := contentType
	return &blob.HTTPHeaders{BlobContentType: &kind}
}

// blockBody returns a part of a file as a body, for one request: the client would
// rewind one which its transport may still be reading.
func blockBody(p part) io.ReadSeekCloser {
	return streaming.NopCloser(io.NewSectionReader(p.file, p.offset, p.length))
}

// putBlocks sends the blocks of a large file at the same time. The blob is made
// of them at the end; until then they are nobody's, and Azure forgets them in a
// week.
func (b azblob) putBlocks(ctx context.Context, client *blockblob.Client, file *os.File, size int64) error {
	partSize := partSizeFor(size)
	ids := blockIDs((size + partSize - 1) / partSize)
	group, blocks := errgroup.WithContext(ctx)
	group.SetLimit(maxParts)
	for i, id := range ids {
		offset := int64(i) * partSize
		p := part{file: file, offset: offset, length: min(partSize, size-offset)}
		group.Go(func() error {
			return b.do(blocks, func() error {
				_, err := client.StageBlock(blocks, id, blockBody(p), nil)
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return b.do(ctx, func() error {
		_, err := client.CommitBlockList(ctx, ids, &blockblob.CommitBlockListOptions{HTTPHeaders: blobHeaders()})
		return err
	})
}

// blockIDs returns names for n blocks that no other upload uses, because two of
// the same key share their blocks.
func blockIDs(n int64) []string {
	upload := uuid.New()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(upload[:], uint32(i)))
	}
	return ids
}

// do makes a request, again where that may help.
func (b azblob) do(ctx context.Context, f func() error) error {
	return b.requests.do(ctx, isTransientAzure, func() error { return azureError(f()) })
}

func isTransientAzure(err error) bool {
	var refused *azidentity.AuthenticationFailedError
	return !errors.As(err, &refused) && !errors.Is(err, errNoContainer) && !errors.Is(err, ErrNotFound) && isTransientError(err)
}

// errNoContainer is the error for a container that is missing, other than a
// blob.
var errNoContainer = errors.New("the container does not exist")

// azureError says in a line what the SDK says in many.
func azureError(err error) error {
	var answer *azcore.ResponseError
	switch {
	case !errors.As(err, &answer):
		return err
	case answer.ErrorCode == containerMissing:
		return errNoContainer
	}
	return &statusError{code: answer.StatusCode, text: answer.ErrorCode}
}

const containerMissing = "ContainerNotFound"

func (b azblob) remove(ctx context.Context, key string) error {
	err := b.do(ctx, func() error {
		_, err := b.client.NewBlobClient(key).Delete(ctx, nil)
		return err
	})
	if hasStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}
