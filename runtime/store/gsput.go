package store

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
)

func (b gs) put(ctx context.Context, key string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > partSize {
		return b.putChunks(ctx, key, file, info.Size())
	}
	m := b.upload("media", key)
	m.content = part{file: file, length: info.Size()}
	return b.explain(b.call(ctx, m, func(response *http.Response) error { return requireSize(response, info.Size()) }))
}

// upload returns the message that begins an upload.
func (b gs) upload(kind, key string) message {
	return message{
		method: http.MethodPost, address: b.url("/upload", "", url.Values{"uploadType": {kind}, "name": {key}}),
		header: http.Header{"Content-Type": {contentType}},
	}
}

// requireSize reads the answer to an upload: the object that was made.
func requireSize(response *http.Response, size int64) error {
	var made gsObject
	if err := json.NewDecoder(response.Body).Decode(&made); err != nil {
		return fmt.Errorf("the answer to an upload: %w", err)
	}
	if made.Size != strconv.FormatInt(size, 10) {
		return fmt.Errorf("the store keeps %s bytes of %d", made.Size, size)
	}
	return nil
}

// putChunks sends a large file in chunks. The store makes the object when it
// has the last one.
func (b gs) putChunks(ctx context.Context, key string, file *os.File, size int64) error {
	var session string
	err := b.call(ctx, b.upload("resumable", key), func(response *http.Response) error {
		session = response.Header.Get("Location")
		return nil
	})
	if err != nil {
		return b.explain(err)
	}
	if session == "" {
		return errors.New("the store does not say where to send the file")
	}
	u := gsUpload{caller: b.caller, session: session, file: file, size: size}
	for !u.done {
		if err := b.do(ctx, func() error { return u.step(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// gsUpload is a resumable upload under way.
type gsUpload struct {
	caller
	session string
	file    *os.File
	size    int64

	offset int64 // what the store has
	unsure bool  // it may have more
	done   bool
}

// step sends a chunk. After a failure it asks first how much of it arrived.
func (u *gsUpload) step(ctx context.Context) error {
	if u.unsure {
		if err := u.send(ctx, 0); err != nil || u.done {
			return err
		}
	}
	u.unsure = true
	before := u.offset
	if err := u.send(ctx, min(partSize, u.size-u.offset)); err != nil {
		return err
	}
	if !u.done && u.offset <= before {
		return errors.New("the store took nothing of a chunk")
	}
	return nil
}

// send sends the next bytes, or with none asks what the store has.
func (u *gsUpload) send(ctx context.Context, length int64) error {
	span := fmt.Sprintf("bytes */%d", u.size)
	if length > 0 {
		span = fmt.Sprintf("bytes %d-%d/%d", u.offset, u.offset+length-1, u.size)
	}
	response, err := u.once(ctx, message{
		method: http.MethodPut, address: u.session, content: part{u.file, u.offset, length},
		header: http.Header{"Content-Type": {contentType}, "Content-Range": {span}},
	}, http.StatusPermanentRedirect)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	u.unsure = false
	if response.StatusCode != http.StatusPermanentRedirect {
		u.done = true
		return requireSize(response, u.size)
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
