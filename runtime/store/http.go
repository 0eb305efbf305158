package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// errReadOnly is the error for what can only be read.
var errReadOnly = errors.New("such URIs can only be read")

// web is a web server. It has single objects; their keys are the rest of their
// addresses, a query included, because that may be a signature.
type web struct {
	caller
	base string
}

var _ backend = web{}

func openWeb(name bucketName, requests *requests) backend {
	return web{caller{&http.Client{Transport: newTransport()}, requests}, name.scheme + "://" + name.bucket + "/"}
}

// ask is the message that asks for an object.
func (w web) ask(key string, header http.Header) message {
	return message{method: http.MethodGet, address: w.base + key, header: header}
}

// stat asks for one byte: a signed address is often good for no HEAD.
func (w web) stat(ctx context.Context, key string) (o object, err error) {
	m := w.ask(key, http.Header{"Range": {"bytes=0-0"}})
	err = w.call(ctx, m, func(response *http.Response) error {
		o = webObject(key, response)
		return nil
	}, http.StatusRequestedRangeNotSatisfiable)
	if hasStatus(err, http.StatusNotFound) || hasStatus(err, http.StatusGone) {
		return object{}, ErrNotFound
	}
	return o, err
}

// webObject reads what an answer to a request for a range says of an object.
// Its parts can be asked for if the server has a strong name for its version.
func webObject(key string, response *http.Response) object {
	o := object{key: key, size: response.ContentLength, etag: response.Header.Get("ETag"), stream: true}
	if response.StatusCode == http.StatusOK {
		return o
	}
	_, total, _ := strings.Cut(response.Header.Get("Content-Range"), "/")
	size, err := strconv.ParseInt(total, 10, 64)
	if err != nil {
		o.size = unknownSize
		return o
	}
	o.size = size
	o.stream = o.etag == "" || strings.HasPrefix(o.etag, "W/") || response.StatusCode != http.StatusPartialContent
	return o
}

func (w web) list(context.Context, string) iter.Seq2[object, error] {
	return func(func(object, error) bool) {}
}

func (w web) get(ctx context.Context, o object, file *os.File) error {
	if o.stream {
		return w.getWhole(ctx, o.key, file)
	}
	return w.fetch(ctx, file, o.size, func(ctx context.Context, p part) (io.ReadCloser, error) {
		response, err := w.once(ctx, w.ask(o.key, http.Header{"If-Range": {o.etag}, "Range": {p.span()}}))
		if err != nil {
			return nil, err
		}
		if response.Header.Get("ETag") != o.etag {
			_ = response.Body.Close()
			return nil, errOther
		}
		return partBody(response, p.offset)
	})
}

// getWhole fetches an object in one go, from the beginning where that breaks.
func (w web) getWhole(ctx context.Context, key string, file *os.File) error {
	return w.call(ctx, w.ask(key, nil), func(response *http.Response) error {
		if err := file.Truncate(0); err != nil {
			return err
		}
		_, err := io.Copy(io.NewOffsetWriter(file, 0), response.Body)
		return err
	})
}

func (w web) put(context.Context, string, *os.File) error { return errReadOnly }

func (w web) remove(context.Context, string) error { return errReadOnly }
