package gs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Put is that of [backend.Bucket].
func (b Bucket) Put(ctx context.Context, key string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > backend.PartSize {
		if err := b.putParts(ctx, key, file, info.Size()); !errors.Is(err, errNoParts) {
			return err
		}
	}
	whole := backend.Part{File: file, Length: info.Size()}
	sum, err := checksumOf(whole)
	if err != nil {
		return err
	}
	if info.Size() > backend.PartSize {
		return b.putChunks(ctx, key, upload{caller: b.caller, file: file, size: info.Size(), sum: sum})
	}
	m := b.begin("media", key)
	m.Content = whole
	return b.explain(b.caller.Call(ctx, m, func(response *http.Response) error { return requireWhole(response, info.Size(), sum) }))
}

// begin returns the message that begins an upload.
func (b Bucket) begin(kind, key string) backend.Message {
	return backend.Message{
		Method: http.MethodPost, Address: b.url("/upload", "", url.Values{"uploadType": {kind}, "name": {key}}),
		Header: http.Header{"Content-Type": {backend.ContentType}},
	}
}

// requireWhole reads the answer to an upload: the object that was made.
func requireWhole(response *http.Response, size int64, sum checksum) error {
	var made object
	if err := json.NewDecoder(response.Body).Decode(&made); err != nil {
		return fmt.Errorf("the answer to an upload: %w", err)
	}
	return made.isWhole(size, sum)
}

// isWhole requires that an object has this size and, where the store says so,
// this checksum.
func (o object) isWhole(size int64, sum checksum) error {
	if o.Size != strconv.FormatInt(size, 10) {
		return fmt.Errorf("the store keeps %s bytes of %d", o.Size, size)
	}
	if o.CRC32C == "" {
		return nil
	}
	return sum.require(http.Header{hashHeader: {"crc32c=" + o.CRC32C}})
}

// putChunks sends a large file in chunks, one after the other. The store makes
// the object when it has the last one.
func (b Bucket) putChunks(ctx context.Context, key string, u upload) error {
	err := b.caller.Call(ctx, b.begin("resumable", key), func(response *http.Response) error {
		u.session = response.Header.Get("Location")
		return nil
	})
	if err != nil {
		return b.explain(err)
	}
	if u.session == "" {
		return errors.New("the store does not say where to send the file")
	}
	for !u.done {
		if err := b.caller.Do(ctx, func() error { return u.step(ctx) }); err != nil {
			return err
		}
	}
	return u.result
}

// upload is a resumable upload under way.
type upload struct {
	caller  backend.Caller
	session string
	file    *os.File
	size    int64
	sum     checksum

	offset int64 // what the store has
	unsure bool  // it may have more
	done   bool
	result error // of an upload that is done
}

// step sends a chunk. After a failure it asks first how much of it arrived.
func (u *upload) step(ctx context.Context) error {
	if u.unsure {
		if err := u.send(ctx, 0); err != nil || u.done {
			return err
		}
	}
	u.unsure = true
	before := u.offset
	if err := u.send(ctx, min(backend.PartSize, u.size-u.offset)); err != nil {
		return err
	}
	if !u.done && u.offset <= before {
		return errors.New("the store took nothing of a chunk")
	}
	return nil
}

// send sends the next bytes, or with none asks what the store has.
func (u *upload) send(ctx context.Context, length int64) error {
	span := fmt.Sprintf("bytes */%d", u.size)
	if length > 0 {
		span = fmt.Sprintf("bytes %d-%d/%d", u.offset, u.offset+length-1, u.size)
	}
	response, err := u.caller.Once(ctx, backend.Message{
		Method: http.MethodPut, Address: u.session, Content: backend.Part{File: u.file, Offset: u.offset, Length: length},
		Header: http.Header{"Content-Type": {backend.ContentType}, "Content-Range": {span}},
	}, http.StatusPermanentRedirect)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	u.unsure = false
	if response.StatusCode != http.StatusPermanentRedirect {
		u.done, u.result = true, requireWhole(response, u.size, u.sum)
		return nil
	}
	u.offset, err = received(response.Header.Get("Range"))
	return err
}

// received reads how many bytes a store has, from `bytes=0-LAST` or nothing.
func received(span string) (int64, error) {
	if span == "" {
		return 0, nil
	}
	last, err := strconv.ParseInt(strings.TrimPrefix(span, "bytes=0-"), 10, 64)
	if err != nil || last < 0 {
		return 0, fmt.Errorf("the store says that it has %q", span)
	}
	return last + 1, nil
}
