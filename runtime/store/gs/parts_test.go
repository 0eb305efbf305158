package gs_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

// severalParts is the size of a file of three parts.
const severalParts = 33 << 20

// xmlAPI adds to the server the uploads in parts that Google's XML API has.
type xmlAPI struct {
	next    http.Handler
	address string // of the server

	mu          sync.Mutex
	begun       int
	uploads     map[string]map[int][]byte
	atOnce, top int // parts that are on their way
}

func newXMLAPI(server storetest.GCS) *xmlAPI {
	return &xmlAPI{next: newGSFront(server), address: server.Address, uploads: map[string]map[int][]byte{}}
}

func fault(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<?xml version='1.0' encoding='UTF-8'?><Error><Code>%s</Code><Message>said the server</Message></Error>", code)
}

func (x *xmlAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	upload := query.Get("uploadId")
	switch {
	case query.Has("uploads"):
		x.mu.Lock()
		defer x.mu.Unlock()
		x.begun++
		id := fmt.Sprint("upload-", x.begun)
		x.uploads[id] = map[int][]byte{}
		fmt.Fprintf(w, `<InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><UploadId>%s</UploadId></InitiateMultipartUploadResult>`, id)
	case upload == "":
		x.next.ServeHTTP(w, r)
	case r.Method == http.MethodPut:
		x.part(w, r, upload)
	case r.Method == http.MethodPost:
		x.complete(w, r, upload)
	case r.Method == http.MethodDelete:
		x.mu.Lock()
		defer x.mu.Unlock()
		delete(x.uploads, upload)
		w.WriteHeader(http.StatusNoContent)
	}
}

// count counts the parts that are on their way.
func (x *xmlAPI) count(more int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.atOnce += more
	x.top = max(x.top, x.atOnce)
}

func (x *xmlAPI) part(w http.ResponseWriter, r *http.Request, upload string) {
	x.count(1)
	defer x.count(-1)
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if r.Header.Get("X-Goog-Hash") != googHash(content) {
		fault(w, http.StatusBadRequest, "BadDigest")
		return
	}
	number, _ := strconv.Atoi(r.URL.Query().Get("partNumber"))
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.uploads[upload] == nil {
		fault(w, http.StatusNotFound, "NoSuchUpload")
		return
	}
	x.uploads[upload][number] = content
	w.Header().Set("ETag", etag(number))
}

func etag(number int) string { return fmt.Sprintf(`"part-%d"`, number) }

func googHash(content []byte) string {
	sum := crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli))
	return "crc32c=" + base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

func (x *xmlAPI) complete(w http.ResponseWriter, r *http.Request, upload string) {
	var asked struct {
		Parts []struct {
			Number int    `xml:"PartNumber"`
			ETag   string `xml:"ETag"`
		} `xml:"Part"`
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.uploads[upload] == nil {
		fault(w, http.StatusNotFound, "NoSuchUpload")
		return
	}
	var whole []byte
	err := xml.NewDecoder(r.Body).Decode(&asked)
	for i, p := range asked.Parts {
		if err != nil || p.Number != i+1 || p.ETag != etag(p.Number) {
			fault(w, http.StatusBadRequest, "InvalidPart")
			return
		}
		whole = append(whole, x.uploads[upload][p.Number]...)
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	stored, err := http.Post("http://"+x.address+"/upload/storage/v1/b/"+bucket+"/o?uploadType=media&name="+url.QueryEscape(key), "application/octet-stream", bytes.NewReader(whole))
	if err != nil || stored.StatusCode != http.StatusOK {
		fault(w, http.StatusInternalServerError, "InternalError")
		return
	}
	defer stored.Body.Close()
	delete(x.uploads, upload)
	w.Header().Add("X-Goog-Hash", googHash(whole))
	fmt.Fprint(w, "<CompleteMultipartUploadResult/>")
}

// behind opens a place in a bucket of a server that has the XML API, behind one that
// does with requests what handle says.
func behind(t *testing.T, name string, handle func(w http.ResponseWriter, r *http.Request, next http.Handler)) (*xmlAPI, *store.Store, store.URI) {
	t.Helper()
	server := storetest.StartGCS(t)
	server.MakeBucket(t, "bucket")
	api := newXMLAPI(server)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r, api) }))
	t.Cleanup(proxy.Close)
	s, root := storetest.OpenIn(t, "gs://bucket?anonymous=true&endpoint="+proxy.URL, backend.Environment{
		Getenv:   func(string) string { return "" },
		Requests: backend.NewRequests(func(ctx context.Context, _ time.Duration) error { return ctx.Err() }),
		Silence:  2 * time.Second,
	})
	uri, err := root.Join("deep", name)
	require.NoError(t, err)
	return api, s, uri
}

// TestPartsAgain has parts refused, changed, lost and never read, which are sent again.
func TestPartsAgain(t *testing.T) {
	var requests, changed, lost, silent atomic.Int32
	over := make(chan struct{})
	api, s, uri := behind(t, "a b%/tä?&#+", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		isPart := r.URL.Query().Has("partNumber")
		switch {
		case requests.Add(1)%3 == 0:
			fault(w, http.StatusServiceUnavailable, "ServiceUnavailable")
		case isPart && changed.Add(1) == 1:
			content, _ := io.ReadAll(r.Body)
			content[0] ^= 1
			r.Body = io.NopCloser(bytes.NewReader(content))
			next.ServeHTTP(w, r)
		case isPart && r.ContentLength > severalParts/3 && silent.Add(1) == 1:
			<-over // more of the part than buffers hold is never read
		case r.Method == http.MethodPost && r.URL.Query().Has("uploadId") && lost.Add(1) == 1:
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		default:
			next.ServeHTTP(w, r)
		}
	})
	t.Cleanup(func() { close(over) })
	storetest.RequireRoundTrip(t, s, uri, severalParts)
	require.Equal(t, 1, api.begun)
	require.Positive(t, silent.Load())
	require.LessOrEqual(t, api.top, backend.MaxParts)
	require.Greater(t, lost.Load(), int32(1))
}

// TestPartsTogether requires that parts are under way at the same time.
func TestPartsTogether(t *testing.T) {
	// No part goes through before another is on its way, too.
	var mu sync.Mutex
	seen, two, over := map[string]bool{}, make(chan struct{}), make(chan struct{})
	_, s, uri := behind(t, "together", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if number := r.URL.Query().Get("partNumber"); number != "" {
			mu.Lock()
			if seen[number] = true; len(seen) == 2 {
				select {
				case <-two:
				default:
					close(two)
				}
			}
			mu.Unlock()
			select {
			case <-two:
			case <-over:
				return
			}
		}
		next.ServeHTTP(w, r)
	})
	t.Cleanup(func() { close(over) })
	storetest.RequireRoundTrip(t, s, uri, severalParts)
}

// TestPartsRefused has the store refuse a part for good: nothing is left.
func TestPartsRefused(t *testing.T) {
	api, s, uri := behind(t, "refused", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Query().Get("partNumber") == "3" {
			fault(w, http.StatusForbidden, "AccessDenied")
			return
		}
		next.ServeHTTP(w, r)
	})
	require.ErrorContains(t, s.Upload(t.Context(), large(t), uri), "AccessDenied: said the server")
	requireNothing(t, api, s, uri)
}

// TestPartsCancelled gives an upload up: nothing is left.
func TestPartsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	api, s, uri := behind(t, "cancelled", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Query().Get("partNumber") == "2" {
			cancel()
			_, _ = io.Copy(io.Discard, r.Body) // only then is it noticed that the client goes
			<-r.Context().Done()
			return
		}
		next.ServeHTTP(w, r)
	})
	require.ErrorIs(t, s.Upload(ctx, large(t), uri), context.Canceled)
	requireNothing(t, api, s, uri)
}

// TestPartsOfAnother loses an upload where another object is: that is not taken for it.
func TestPartsOfAnother(t *testing.T) {
	var completed atomic.Int32
	_, s, uri := behind(t, "other", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && r.URL.Query().Has("uploadId") {
			completed.Add(1)
			fault(w, http.StatusNotFound, "NoSuchUpload")
			return
		}
		next.ServeHTTP(w, r)
	})
	require.NoError(t, s.Write(t.Context(), uri, []byte("what was there before")))
	require.ErrorContains(t, s.Upload(t.Context(), large(t), uri), "NoSuchUpload")
	require.Equal(t, int32(1), completed.Load())
}

// TestPartsNotBegun uploads in one piece where parts may not be begun.
func TestPartsNotBegun(t *testing.T) {
	api, s, uri := behind(t, "chunks", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Query().Has("uploads") {
			fault(w, http.StatusForbidden, "AccessDenied")
			return
		}
		next.ServeHTTP(w, r)
	})
	storetest.RequireRoundTrip(t, s, uri, severalParts)
	require.Zero(t, api.begun)
}

// large makes a file of several parts.
func large(t *testing.T) string {
	t.Helper()
	local := filepath.Join(t.TempDir(), "large")
	require.NoError(t, os.WriteFile(local, make([]byte, severalParts), 0o666))
	return local
}

// requireNothing requires that neither an object nor a part of one is left.
func requireNothing(t *testing.T, api *xmlAPI, s *store.Store, uri store.URI) {
	t.Helper()
	exists, err := s.Exists(t.Context(), uri)
	require.NoError(t, err)
	require.False(t, exists)
	api.mu.Lock()
	defer api.mu.Unlock()
	require.Equal(t, 1, api.begun)
	require.Empty(t, api.uploads)
}
