// Package azblob keeps objects in Azure Blob Storage.
package azblob

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

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Bucket is a container of Azure Blob Storage.
type Bucket struct {
	client   *container.Client
	requests *backend.Requests
}

var _ backend.Bucket = Bucket{}

// Stat is that of [backend.Bucket].
func (b Bucket) Stat(ctx context.Context, key string) (o backend.Object, err error) {
	err = b.do(ctx, func() error {
		p, err := b.client.NewBlobClient(key).GetProperties(ctx, nil)
		if err != nil {
			return err
		}
		for name, mark := range p.Metadata {
			if strings.EqualFold(name, folderMark) && value(mark) == "true" {
				return backend.ErrNotFound
			}
		}
		o = backend.Object{Key: key, Size: value(p.ContentLength), ETag: string(value(p.ETag))}
		return nil
	})
	if backend.HasStatus(err, http.StatusNotFound) {
		return backend.Object{}, backend.ErrNotFound
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

// List is that of [backend.Bucket].
func (b Bucket) List(ctx context.Context, dir string) iter.Seq2[backend.Object, error] {
	var options container.ListBlobsFlatOptions
	if dir != "" {
		dir += "/"
		options.Prefix = &dir
	}
	return func(yield func(backend.Object, error) bool) {
		for pages := b.client.NewListBlobsFlatPager(&options); pages.More(); {
			var page container.ListBlobsFlatResponse
			err := b.do(ctx, func() (err error) {
				page, err = pages.NextPage(ctx)
				return err
			})
			if err != nil {
				yield(backend.Object{}, err)
				return
			}
			for _, item := range page.Segment.BlobItems {
				if p := item.Properties; value(p.ResourceType) != "directory" &&
					!yield(backend.Object{Key: value(item.Name), Size: value(p.ContentLength), ETag: string(value(p.ETag))}, nil) {
					return
				}
			}
		}
	}
}

// Folders is that of [backend.Bucket].
func (b Bucket) Folders(ctx context.Context, dir string) iter.Seq2[string, error] {
	var options container.ListBlobsHierarchyOptions
	if dir != "" {
		prefix := dir + "/"
		options.Prefix = &prefix
	}
	return func(yield func(string, error) bool) {
		for pages := b.client.NewListBlobsHierarchyPager("/", &options); pages.More(); {
			var page container.ListBlobsHierarchyResponse
			err := b.do(ctx, func() (err error) {
				page, err = pages.NextPage(ctx)
				return err
			})
			if err != nil {
				yield("", err)
				return
			}
			for _, item := range page.Segment.BlobPrefixes {
				if name, ok := backend.Folder(dir, value(item.Name)); ok && !yield(name, nil) {
					return
				}
			}
		}
	}
}

// Get fetches parts of one version of the blob: they are refused if it was
// replaced.
func (b Bucket) Get(ctx context.Context, o backend.Object, file *os.File) error {
	client := b.client.NewBlobClient(o.Key)
	options := blob.DownloadStreamOptions{}
	if o.ETag != "" {
		etag := azcore.ETag(o.ETag)
		options.AccessConditions = &blob.AccessConditions{
			ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: &etag},
		}
	}
	open := backend.Opener(func(ctx context.Context, p backend.Part) (io.ReadCloser, error) {
		options := options
		options.Range = blob.HTTPRange{Offset: p.Offset, Count: p.Length}
		response, err := client.DownloadStream(ctx, &options)
		err = inALine(err)
		if backend.HasStatus(err, http.StatusPreconditionFailed) || backend.HasStatus(err, http.StatusNotFound) {
			return nil, backend.ErrReplaced
		}
		return response.Body, err
	})
	return backend.Fetcher{Requests: b.requests, Transient: isTransient, Read: open.Read}.Fetch(ctx, file, o.Size)
}

// Put is that of [backend.Bucket].
func (b Bucket) Put(ctx context.Context, key string, file *os.File) error {
	if strings.Contains(key, `\`) {
		return fmt.Errorf("Azure would make slashes of the backslashes in %s", key)
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	client := b.client.NewBlockBlobClient(key)
	if info.Size() > backend.PartSize {
		return b.putBlocks(ctx, client, file, info.Size())
	}
	return b.do(ctx, func() error {
		_, err := client.Upload(ctx, blockBody(backend.Part{File: file, Length: info.Size()}), &blockblob.UploadOptions{HTTPHeaders: blobHeaders()})
		return err
	})
}

func blobHeaders() *blob.HTTPHeaders {
	kind := backend.ContentType
	return &blob.HTTPHeaders{BlobContentType: &kind}
}

// blockBody returns a part of a file as a body, for one request: the client would
// rewind one which its transport may still be reading.
func blockBody(p backend.Part) io.ReadSeekCloser {
	return streaming.NopCloser(io.NewSectionReader(p.File, p.Offset, p.Length))
}

// putBlocks sends the blocks of a large file at the same time. The blob is made
// of them at the end; until then they are uncommitted, and Azure deletes them in a
// week.
func (b Bucket) putBlocks(ctx context.Context, client *blockblob.Client, file *os.File, size int64) error {
	partSize := backend.PartSizeFor(size)
	ids := blockIDs((size + partSize - 1) / partSize)
	group, blocks := errgroup.WithContext(ctx)
	group.SetLimit(backend.MaxParts)
	for i, id := range ids {
		offset := int64(i) * partSize
		p := backend.Part{File: file, Offset: offset, Length: min(partSize, size-offset)}
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
func (b Bucket) do(ctx context.Context, f func() error) error {
	return b.requests.Do(ctx, isTransient, func() error { return inALine(f()) })
}

func isTransient(err error) bool {
	var refused *azidentity.AuthenticationFailedError
	return !errors.As(err, &refused) && !errors.Is(err, errNoContainer) && !errors.Is(err, backend.ErrNotFound) && backend.IsTransient(err)
}

// errNoContainer is the error for a container that is missing, other than a
// blob.
var errNoContainer = errors.New("the container does not exist")

// inALine says in a line what the SDK says in many.
func inALine(err error) error {
	var answer *azcore.ResponseError
	switch {
	case !errors.As(err, &answer):
		return err
	case answer.ErrorCode == containerMissing:
		return errNoContainer
	}
	return &backend.StatusError{Code: answer.StatusCode, Text: answer.ErrorCode}
}

const containerMissing = "ContainerNotFound"

// Remove is that of [backend.Bucket].
func (b Bucket) Remove(ctx context.Context, key string) error {
	err := b.do(ctx, func() error {
		_, err := b.client.NewBlobClient(key).Delete(ctx, nil)
		return err
	})
	if backend.HasStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}
