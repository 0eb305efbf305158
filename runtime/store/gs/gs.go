// Package gs keeps objects in Google Cloud Storage, by a client of its own: the
// official one brings gRPC or nine megabytes. It speaks the JSON API, and the XML
// API to send the parts of large files.
package gs

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Bucket is a bucket of Google Cloud Storage.
type Bucket struct {
	caller       backend.Caller
	base, bucket string
}

var _ backend.Bucket = Bucket{}

// Open opens a bucket. It asks the store nothing.
func Open(bucket string, common backend.Settings, own Settings, environment backend.Environment) (backend.Bucket, error) {
	common, own = orEmulator(common, own, environment.Getenv)
	base, err := address(common.Endpoint, own.Universe)
	if err != nil {
		return nil, err
	}
	key, err := common.Credentials.Key.Value(environment.Getenv)
	if err != nil {
		return nil, err
	}
	transport := environment.Transport()
	client := &http.Client{Transport: transport}
	b := Bucket{
		caller: backend.Caller{Client: client, Requests: environment.Requests.AtMost(common.Attempts), Reason: reason},
		base:   base, bucket: bucket,
	}
	if own.Anonymous {
		return b, nil
	}
	credentials := credentials{
		client: &http.Client{Transport: transport, Timeout: time.Minute}, key: []byte(key), universe: own.Universe, getenv: environment.Getenv,
	}
	client.Transport = &oauth2.Transport{Source: tokens{find: sync.OnceValues(credentials.find)}, Base: transport}
	return b, nil
}

// reason returns the message of an error of Google's JSON API, or the code and the
// message of one of its XML API.
func reason(text []byte) string {
	var fault struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}
	if xml.Unmarshal(text, &fault) == nil {
		return fault.Code + ": " + fault.Message
	}
	var answer struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(text, &answer) != nil {
		return ""
	}
	return answer.Error.Message
}

// object is an object as the API writes it.
type object struct {
	Name       string `json:"name"`
	Size       string `json:"size"`
	Generation string `json:"generation"`
	CRC32C     string `json:"crc32c"`
}

func (o object) listed() (backend.Object, error) {
	size, err := strconv.ParseInt(o.Size, 10, 64)
	if err != nil {
		return backend.Object{}, fmt.Errorf("the store gives %q the size %q", o.Name, o.Size)
	}
	return backend.Object{Key: o.Name, Size: size, ETag: o.Generation}, nil
}

// url returns the address of the objects, or of one of them.
func (b Bucket) url(prefix, key string, query url.Values) string {
	address := b.base + prefix + "/storage/v1/b/" + url.PathEscape(b.bucket) + "/o"
	if key != "" {
		address += "/" + url.PathEscape(key)
	}
	return address + "?" + query.Encode()
}

// ask sends a request and reads the JSON of its answer.
func (b Bucket) ask(ctx context.Context, address string, answer any) error {
	return b.caller.Call(ctx, backend.Message{Method: http.MethodGet, Address: address}, func(response *http.Response) error {
		return json.NewDecoder(response.Body).Decode(answer)
	})
}

// look asks for what the store knows of an object.
func (b Bucket) look(ctx context.Context, key string) (o object, err error) {
	return o, b.ask(ctx, b.url("", key, url.Values{"fields": {"name,size,generation,crc32c"}}), &o)
}

// Stat is that of [backend.Bucket].
func (b Bucket) Stat(ctx context.Context, key string) (backend.Object, error) {
	o, err := b.look(ctx, key)
	if backend.HasStatus(err, http.StatusNotFound) {
		return backend.Object{}, backend.ErrNotFound
	}
	if err != nil {
		return backend.Object{}, err
	}
	return o.listed()
}

// List is that of [backend.Bucket].
func (b Bucket) List(ctx context.Context, dir string) iter.Seq2[backend.Object, error] {
	return func(yield func(backend.Object, error) bool) {
		for page, err := range b.pages(ctx, dir, url.Values{"fields": {"items(name,size,generation),nextPageToken"}}) {
			if err != nil {
				yield(backend.Object{}, err)
				return
			}
			for _, item := range page.Items {
				o, err := item.listed()
				if !yield(o, err) || err != nil {
					return
				}
			}
		}
	}
}

// Folders is that of [backend.Bucket].
func (b Bucket) Folders(ctx context.Context, dir string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for page, err := range b.pages(ctx, dir, url.Values{"fields": {"prefixes,nextPageToken"}, "delimiter": {"/"}}) {
			if err != nil {
				yield("", err)
				return
			}
			for _, prefix := range page.Prefixes {
				if name, ok := backend.Folder(dir, prefix); ok && !yield(name, nil) {
					return
				}
			}
		}
	}
}

// page is an answer to a listing.
type page struct {
	Items         []object `json:"items"`
	Prefixes      []string `json:"prefixes"`
	NextPageToken string   `json:"nextPageToken"`
}

// pages asks for what is below a directory. It yields an error once, as the
// last.
func (b Bucket) pages(ctx context.Context, dir string, query url.Values) iter.Seq2[page, error] {
	if dir != "" {
		query.Set("prefix", dir+"/")
	}
	return func(yield func(page, error) bool) {
		for {
			var p page
			err := b.explain(b.ask(ctx, b.url("", "", query), &p))
			if !yield(p, err) || err != nil || p.NextPageToken == "" {
				return
			}
			query.Set("pageToken", p.NextPageToken)
		}
	}
}

// explain says which thing it is that a request did not find, where that can
// only be the bucket.
func (b Bucket) explain(err error) error {
	if backend.HasStatus(err, http.StatusNotFound) {
		return fmt.Errorf("the bucket %q does not exist", b.bucket)
	}
	return err
}

// Get fetches parts of one generation of the object: they are refused if it
// was replaced. Objects that are stored compressed come as they are stored.
func (b Bucket) Get(ctx context.Context, o backend.Object, file *os.File) error {
	query := url.Values{"alt": {"media"}}
	if o.ETag != "" {
		query.Set("generation", o.ETag)
	}
	address := b.url("", o.Key, query)
	return b.caller.Fetch(ctx, file, o.Size, func(ctx context.Context, p backend.Part) (io.ReadCloser, error) {
		header := http.Header{"Accept-Encoding": {"gzip"}, "Range": {p.Span()}}
		response, err := b.caller.Once(ctx, backend.Message{Method: http.MethodGet, Address: address, Header: header})
		if backend.HasStatus(err, http.StatusNotFound) {
			return nil, backend.ErrReplaced
		}
		if err != nil {
			return nil, err
		}
		return backend.PartBody(response, p.Offset)
	})
}

// Remove is that of [backend.Bucket].
func (b Bucket) Remove(ctx context.Context, key string) error {
	err := b.caller.Call(ctx, backend.Message{Method: http.MethodDelete, Address: b.url("", key, nil)}, func(*http.Response) error { return nil })
	if backend.HasStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}
