package gs

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// abortTimeout bounds the clean-up after a failed upload.
const abortTimeout = 10 * time.Second

// errNoParts is the error for a store that begins no upload in parts.
var errNoParts = errors.New("the store takes no uploads in parts")

// parts is an upload in parts that go at the same time. Google has it in its XML
// API only. Until it is complete there is no object, and a part is none at any
// time.
type parts struct {
	bucket  Bucket
	key, id string
	file    *os.File
	size    int64
}

// putParts sends the parts of a large file at the same time. The error is
// [errNoParts], and nothing has been sent, where the store begins no such upload.
func (b Bucket) putParts(ctx context.Context, key string, file *os.File, size int64) error {
	u := parts{bucket: b, key: key, file: file, size: size}
	if err := u.begin(ctx); err != nil {
		return err
	}
	sent, err := u.send(ctx)
	if err == nil {
		err = u.complete(ctx, sent)
	}
	if err == nil {
		return nil
	}
	return errors.Join(err, u.abort(ctx))
}

// address returns the URL of the object in the XML API.
func (u parts) address(query url.Values) string {
	names := strings.Split(u.key, "/")
	for i, name := range names {
		names[i] = url.PathEscape(name)
	}
	return u.bucket.base + "/" + url.PathEscape(u.bucket.bucket) + "/" + strings.Join(names, "/") + "?" + query.Encode()
}

func (u *parts) begin(ctx context.Context) error {
	message := backend.Message{
		Method: http.MethodPost, Address: u.address(url.Values{"uploads": {""}}), Header: http.Header{"Content-Type": {backend.ContentType}},
	}
	var answer struct {
		XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
		UploadID string   `xml:"UploadId"`
	}
	err := u.bucket.caller.Call(ctx, message, func(response *http.Response) error {
		_ = xml.NewDecoder(response.Body).Decode(&answer) // an emulator may answer otherwise
		return nil
	})
	var refused *backend.StatusError
	switch {
	case errors.As(err, &refused) && !backend.IsTransientStatus(refused.Code):
		return errNoParts // who may not begin one may still store objects
	case err == nil && answer.UploadID == "":
		return errNoParts
	}
	u.id = answer.UploadID
	return err
}

// sentPart is a part that the store has.
type sentPart struct {
	Number int    `xml:"PartNumber"`
	ETag   string `xml:"ETag"`

	sum    checksum
	length int64
}

func (u parts) send(ctx context.Context) ([]sentPart, error) {
	partSize := backend.PartSizeFor(u.size)
	sent := make([]sentPart, (u.size+partSize-1)/partSize)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(backend.MaxParts)
	for i := range sent {
		offset := int64(i) * partSize
		p := backend.Part{File: u.file, Offset: offset, Length: min(partSize, u.size-offset)}
		group.Go(func() (err error) {
			sent[i], err = u.sendPart(ctx, i+1, p)
			return err
		})
	}
	return sent, group.Wait()
}

// sendPart sends one part with its checksum, by which the store refuses what
// changed on its way.
func (u parts) sendPart(ctx context.Context, number int, p backend.Part) (sentPart, error) {
	if err := ctx.Err(); err != nil {
		return sentPart{}, err
	}
	sum, err := checksumOf(p)
	if err != nil {
		return sentPart{}, err
	}
	sent := sentPart{Number: number, sum: sum, length: p.Length}
	message := backend.Message{
		Method: http.MethodPut, Address: u.address(url.Values{"partNumber": {strconv.Itoa(number)}, "uploadId": {u.id}}),
		Header: http.Header{hashHeader: {sum.header()}}, Content: p,
	}
	err = u.bucket.caller.Do(ctx, func() error {
		response, err := u.bucket.caller.Once(ctx, message)
		if err != nil {
			return orChanged(err)
		}
		defer response.Body.Close()
		if sent.ETag = response.Header.Get("ETag"); sent.ETag == "" {
			return fmt.Errorf("the store has no name for part %d", number)
		}
		return sum.require(response.Header)
	})
	return sent, err
}

// complete makes the object of its parts. That the upload is gone may mean that
// the store has done so, but its answer was lost.
func (u parts) complete(ctx context.Context, sent []sentPart) error {
	text, err := xml.Marshal(struct {
		XMLName xml.Name   `xml:"CompleteMultipartUpload"`
		Parts   []sentPart `xml:"Part"`
	}{Parts: sent})
	if err != nil {
		return err
	}
	var whole checksum
	for _, p := range sent {
		whole = whole.with(p.sum, p.length)
	}
	message := backend.Message{
		Method: http.MethodPost, Address: u.address(url.Values{"uploadId": {u.id}}), Header: http.Header{"Content-Type": {"application/xml"}}, Text: text,
	}
	var changed error
	err = u.bucket.caller.Call(ctx, message, func(response *http.Response) error {
		var answer struct {
			XMLName xml.Name `xml:"CompleteMultipartUploadResult"`
		}
		changed = whole.require(response.Header)
		return xml.NewDecoder(response.Body).Decode(&answer)
	})
	if !backend.HasStatus(err, http.StatusNotFound) {
		return errors.Join(err, changed)
	}
	o, missing := u.bucket.look(ctx, u.key)
	if missing == nil && o.isWhole(u.size, whole) == nil {
		return nil
	}
	return err
}

// abort ends an upload for whose parts one would pay.
func (u parts) abort(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	message := backend.Message{Method: http.MethodDelete, Address: u.address(url.Values{"uploadId": {u.id}})}
	err := u.bucket.caller.Call(ctx, message, func(*http.Response) error { return nil })
	if backend.HasStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}
