// Package web reads single objects of web servers.
package web

import (
	"context"
	"io"
	"iter"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Bucket is a web server. It has single objects; their keys are the rest of their
// addresses, a query included, because that may be a signature.
type Bucket struct {
	caller backend.Caller
	base   string
}

var _ backend.Bucket = Bucket{}

// Open returns the server of a host, by http or https.
func Open(scheme, host string, environment backend.Environment) backend.Bucket {
	caller := backend.Caller{Client: &http.Client{Transport: environment.Transport()}, Requests: environment.Requests}
	return Bucket{caller, scheme + "://" + host + "/"}
}

// ask is the message that asks for an object.
func (w Bucket) ask(key string, header http.Header) backend.Message {
	return backend.Message{Method: http.MethodGet, Address: w.base + key, Header: header}
}

// Stat asks for one byte: a signed address is often good for no HEAD.
func (w Bucket) Stat(ctx context.Context, key string) (o backend.Object, err error) {
	m := w.ask(key, http.Header{"Range": {"bytes=0-0"}})
	err = w.caller.Call(ctx, m, func(response *http.Response) error {
		o = webObject(key, response)
		return nil
	}, http.StatusRequestedRangeNotSatisfiable)
	if backend.HasStatus(err, http.StatusNotFound) || backend.HasStatus(err, http.StatusGone) {
		return backend.Object{}, backend.ErrNotFound
	}
	return o, err
}

// webObject reads what an answer to a request for a range says of an object.
// Its parts can be asked for if the server has a strong name for its version.
func webObject(key string, response *http.Response) backend.Object {
	o := backend.Object{Key: key, Size: response.ContentLength, ETag: response.Header.Get("ETag"), Stream: true}
	if response.StatusCode == http.StatusOK {
		return o
	}
	_, total, _ := strings.Cut(response.Header.Get("Content-Range"), "/")
	size, err := strconv.ParseInt(total, 10, 64)
	if err != nil {
		o.Size = backend.UnknownSize
		return o
	}
	o.Size = size
	o.Stream = o.ETag == "" || strings.HasPrefix(o.ETag, "W/") || response.StatusCode != http.StatusPartialContent
	return o
}

// List is that of [backend.Bucket].
func (w Bucket) List(context.Context, string) iter.Seq2[backend.Object, error] {
	return func(func(backend.Object, error) bool) {}
}

// Folders is that of [backend.Bucket].
func (w Bucket) Folders(context.Context, string) iter.Seq2[string, error] {
	return func(func(string, error) bool) {}
}

// Get is that of [backend.Bucket].
func (w Bucket) Get(ctx context.Context, o backend.Object, file *os.File) error {
	if o.Stream {
		return w.getWhole(ctx, o.Key, file)
	}
	return w.caller.Fetch(ctx, file, o.Size, func(ctx context.Context, p backend.Part) (io.ReadCloser, error) {
		response, err := w.caller.Once(ctx, w.ask(o.Key, http.Header{"If-Range": {o.ETag}, "Range": {p.Span()}}))
		if err != nil {
			return nil, err
		}
		if response.Header.Get("ETag") != o.ETag {
			_ = response.Body.Close()
			return nil, backend.ErrReplaced
		}
		return backend.PartBody(response, p.Offset)
	})
}

// getWhole fetches an object in one go, from the beginning where that breaks.
func (w Bucket) getWhole(ctx context.Context, key string, file *os.File) error {
	return w.caller.Call(ctx, w.ask(key, nil), func(response *http.Response) error {
		if err := file.Truncate(0); err != nil {
			return err
		}
		_, err := io.Copy(io.NewOffsetWriter(file, 0), response.Body)
		return err
	})
}

// Put is that of [backend.Bucket].
func (w Bucket) Put(context.Context, string, *os.File) error { return backend.ErrReadOnly }

// Remove is that of [backend.Bucket].
func (w Bucket) Remove(context.Context, string) error { return backend.ErrReadOnly }
