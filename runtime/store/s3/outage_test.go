package s3_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/faulttable"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

// severalParts is the size of a file that takes several requests.
const severalParts = 33 << 20

// atOnce is a wait without patience.
func atOnce(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// kind names the kind of a request.
func kind(r *http.Request) string {
	for _, name := range []string{"location", "list-type", "uploads", "partNumber", "uploadId"} {
		if r.URL.Query().Has(name) {
			return r.Method + " " + name
		}
	}
	return r.Method
}

var allKinds = []string{
	"DELETE", "GET", "GET list-type", "GET location", "HEAD", "POST uploadId", "POST uploads", "PUT", "PUT partNumber",
}

// useAll makes every kind of request.
func useAll(t *testing.T, s *store.Store, uri store.URI) {
	t.Helper()
	storetest.RequireRoundTrip(t, s, uri, severalParts)
	storetest.RequireRoundTrip(t, s, uri, 2000)
	_, err := s.Remove(t.Context(), uri)
	require.NoError(t, err)
	there, err := s.Exists(t.Context(), uri)
	require.NoError(t, err)
	require.False(t, there)
}

// TestOutages lets every kind of request fail several times, in every way that
// may be over soon.
func TestOutages(t *testing.T) {
	faulttable.GoesOn(t, faulttable.StoreErrors, faulttable.Fetch, faulttable.Store)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	for name, fail := range map[string]http.HandlerFunc{
		"busy":      answer(http.StatusServiceUnavailable, "SlowDown"),
		"throttled": answer(http.StatusTooManyRequests, "TooManyRequests"),
		"broken":    answer(http.StatusInternalServerError, "InternalError"),
		"no S3":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) },
		"closes":    func(w http.ResponseWriter, _ *http.Request) { hangUp(w, -1) },
		"resets":    func(w http.ResponseWriter, _ *http.Request) { hangUp(w, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			failures := map[string]int{}
			s, uri := openBehind(t, server, name, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				mu.Lock()
				failures[kind(r)]++
				n := failures[kind(r)]
				mu.Unlock()
				if n <= 3 {
					fail(w, r)
					return
				}
				next.ServeHTTP(w, r)
			}, atOnce)
			useAll(t, s, uri)
			for _, kind := range allKinds {
				require.Greater(t, failures[kind], 3, kind)
			}
			require.Len(t, failures, len(allKinds))
		})
	}
}

// openBehind opens a place behind a proxy that does with requests what handle
// says.
func openBehind(t *testing.T, server storetest.Server, name string,
	handle func(w http.ResponseWriter, r *http.Request, next http.Handler), wait func(context.Context, time.Duration) error,
) (*store.Store, store.URI) {
	t.Helper()
	next := front(server)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r, next) }))
	t.Cleanup(proxy.Close)
	s, root := storetest.OpenWaiting(t, "s3://bucket?s3ForcePathStyle=true&endpoint="+proxy.URL, server.Getenv, wait)
	uri, err := root.Join(name)
	require.NoError(t, err)
	return s, uri
}

// TestFolders lists more directories than an answer has, among objects, when
// every other request fails. What is in the directories is not asked for.
func TestFolders(t *testing.T) {
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	const n = 1300 // an answer has 1000 names
	for i := range n {
		server.Write(t, "bucket", fmt.Sprintf("place/%d/a", i), "x")
		server.Write(t, "bucket", fmt.Sprintf("place/%d/b", i), "x")
		server.Write(t, "bucket", fmt.Sprintf("place/%d-object", i), "x")
	}
	var requests atomic.Int32
	s, uri := openBehind(t, server, "place", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if kind(r) == "GET list-type" && requests.Add(1)%2 == 1 {
			answer(http.StatusServiceUnavailable, "SlowDown")(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}, atOnce)
	seen := map[string]int{}
	for name, err := range s.Folders(t.Context(), uri) {
		require.NoError(t, err)
		seen[name]++
	}
	require.Len(t, seen, n)
	for name, times := range seen {
		require.Equal(t, 1, times, name)
	}
	require.LessOrEqual(t, requests.Load(), int32(2*4), "of 2600 names, 3 answers")
}

func answer(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>said the proxy</Message></Error>", code)
	}
}

// hangUp ends a connection without an answer, with a reset if linger is 0.
func hangUp(w http.ResponseWriter, linger int) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = connection.(*net.TCPConn).SetLinger(linger)
		_ = connection.Close()
	}
}

// TestRefused takes the server away, for 20 seconds of the store's time.
func TestRefused(t *testing.T) {
	faulttable.GoesOn(t, faulttable.StoreAway, faulttable.Fetch)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	serve := func(listener net.Listener) *http.Server {
		proxy := &http.Server{Handler: front(server)}
		go func() { _ = proxy.Serve(listener) }()
		return proxy
	}
	proxy := serve(listener)
	defer func() { _ = proxy.Close() }()
	var mu sync.Mutex
	var away time.Duration
	wait := func(_ context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		if away += d; away > 20*time.Second && proxy == nil {
			listener, err := net.Listen("tcp", address)
			if err != nil {
				return err
			}
			proxy = serve(listener)
		}
		return nil
	}
	s, uri := storetest.OpenWaiting(t, "s3://bucket/x?s3ForcePathStyle=true&endpoint="+address+"&disableSSL=true", server.Getenv, wait)
	small := filepath.Join(t.TempDir(), "small")
	require.NoError(t, os.WriteFile(small, []byte("x"), 0o666))
	storetest.RequireRoundTrip(t, s, uri, severalParts)
	for _, use := range []func() error{
		func() error { return s.Download(t.Context(), uri, filepath.Join(t.TempDir(), "out")) },
		func() error { return s.Upload(t.Context(), small, uri) },
		func() error { _, err := s.Remove(t.Context(), uri); return err },
	} {
		require.NoError(t, proxy.Close())
		mu.Lock()
		proxy, away = nil, 0
		mu.Unlock()
		require.NoError(t, use())
		require.Greater(t, away, 20*time.Second)
	}
}

// TestFinal lets every kind of request fail for good: it is not made again, and
// an upload leaves nothing.
func TestFinal(t *testing.T) {
	cell := faulttable.Of(t, faulttable.StoreRefuses, faulttable.Store)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	requireRefused := func(t *testing.T, which string, fail http.HandlerFunc) {
		var failed atomic.Int32
		s, uri := openBehind(t, server, "x", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if kind(r) == which {
				failed.Add(1)
				fail(w, r)
				return
			}
			next.ServeHTTP(w, r)
		}, func(context.Context, time.Duration) error {
			t.Error("it waits for another attempt")
			return nil
		})
		local := filepath.Join(t.TempDir(), "large")
		require.NoError(t, os.WriteFile(local, make([]byte, severalParts), 0o666))
		require.Equal(t, cell.Fails(), s.Upload(t.Context(), local, uri) != nil)
		require.LessOrEqual(t, failed.Load(), int32(3)) // a part each
		require.Empty(t, uploads(t, server))
		there, err := s.Exists(t.Context(), uri)
		require.NoError(t, err)
		require.False(t, there)
	}
	for _, which := range []string{"POST uploads", "PUT partNumber", "POST uploadId"} {
		for code, status := range map[string]int{
			"AccessDenied": http.StatusForbidden, "NoSuchBucket": http.StatusNotFound, "NotImplemented": http.StatusNotImplemented,
			"InvalidRequest": http.StatusBadRequest,
		} {
			t.Run(which+" "+code, func(t *testing.T) { requireRefused(t, which, answer(status, code)) })
		}
	}
}

// TestFinalDownload lets a download fail for good.
func TestFinalDownload(t *testing.T) {
	cell := faulttable.Of(t, faulttable.StoreRefuses, faulttable.Fetch)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	server.Write(t, "bucket", "x", "content")
	var failed atomic.Int32
	s, uri := openBehind(t, server, "x", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if kind(r) == "GET" {
			failed.Add(1)
			answer(http.StatusForbidden, "AccessDenied")(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}, func(context.Context, time.Duration) error {
		t.Error("it waits for another attempt")
		return nil
	})
	out := filepath.Join(t.TempDir(), "out")
	err := s.Download(t.Context(), uri, out)
	require.Equal(t, cell.Fails(), err != nil)
	require.ErrorContains(t, err, "said the proxy")
	require.Equal(t, int32(1), failed.Load())
	require.NoFileExists(t, out)
}

// uploads returns the keys of uploads that are under way.
func uploads(t *testing.T, server storetest.Server) []string {
	t.Helper()
	client, err := minio.New(server.Address, &minio.Options{Creds: credentials.NewStaticV4(storetest.AccessKey, storetest.SecretKey, "")})
	require.NoError(t, err)
	var keys []string
	for upload := range client.ListIncompleteUploads(t.Context(), "bucket", "", true) {
		require.NoError(t, upload.Err)
		keys = append(keys, upload.Key)
	}
	return keys
}

// TestCancelledUpload requires that an upload that is given up leaves nothing,
// also if the store finishes parts after it was aborted.
func TestCancelledUpload(t *testing.T) {
	cell := faulttable.Of(t, faulttable.TaskCancelled, faulttable.Store)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	ctx, cancel := context.WithCancel(t.Context())
	var (
		parts sync.WaitGroup
		mu    sync.Mutex
		over  bool // what comes now never reaches the store
	)
	s, uri := openBehind(t, server, "x", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if kind(r) != "PUT partNumber" {
			next.ServeHTTP(w, r)
			return
		}
		mu.Lock()
		if over {
			mu.Unlock()
			return
		}
		parts.Add(1)
		mu.Unlock()
		defer parts.Done()
		cancel()
		next.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context()))) // the store does not hear of it
	}, func(ctx context.Context, _ time.Duration) error {
		mu.Lock()
		over = true
		mu.Unlock()
		parts.Wait()
		return ctx.Err()
	})
	local := filepath.Join(t.TempDir(), "large")
	require.NoError(t, os.WriteFile(local, make([]byte, severalParts), 0o666))
	err := s.Upload(ctx, local, uri)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, cell.Message)
	require.Empty(t, uploads(t, server))
}

// TestLostAnswer loses the answer of the request that makes a large object.
func TestLostAnswer(t *testing.T) {
	faulttable.GoesOn(t, faulttable.CompletionLost, faulttable.Store)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	var lost atomic.Int32
	s, uri := openBehind(t, server, "x", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if kind(r) == "POST uploadId" && lost.Add(1) == 1 {
			next.ServeHTTP(httptest.NewRecorder(), r)
			hangUp(w, 0)
			return
		}
		next.ServeHTTP(w, r)
	}, atOnce)
	storetest.RequireRoundTrip(t, s, uri, severalParts)
	require.Equal(t, int32(2), lost.Load())
}

// TestReplaced replaces an object while it is fetched.
func TestReplaced(t *testing.T) {
	cell := faulttable.Of(t, faulttable.ObjectReplaced, faulttable.Fetch)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	dir := t.TempDir()
	for i, name := range []string{"old", "new"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), bytes.Repeat([]byte{byte(i)}, severalParts), 0o666))
	}
	direct, uri := storetest.Open(t, server.Root("s3", "bucket/x"), server.Getenv)
	require.NoError(t, direct.Upload(t.Context(), filepath.Join(dir, "old"), uri))
	var once sync.Once
	s, uri := openBehind(t, server, "x", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if kind(r) == "GET" {
			once.Do(func() {
				if err := direct.Upload(t.Context(), filepath.Join(dir, "new"), uri); err != nil {
					t.Error(err)
				}
			})
		}
		next.ServeHTTP(w, r)
	}, atOnce)
	require.ErrorContains(t, s.Download(t.Context(), uri, filepath.Join(dir, "out")), cell.Message)
	require.NoFileExists(t, filepath.Join(dir, "out"))
}

// TestChanged changes a byte of what is stored on its way, once.
func TestChanged(t *testing.T) {
	faulttable.GoesOn(t, faulttable.ByteChanged, faulttable.Store)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	for _, size := range []int{1, 200_000, severalParts} {
		var once sync.Once
		s, uri := openBehind(t, server, fmt.Sprint(size), func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodPut {
				once.Do(func() { r.Body = changed(r.Body) })
				if r.Header.Get("Content-Encoding") != "" || slices.ContainsFunc(r.TransferEncoding, func(string) bool { return true }) {
					t.Error("what is stored is wrapped into something", r.Header)
				}
			}
			next.ServeHTTP(w, r)
		}, atOnce)
		storetest.RequireRoundTrip(t, s, uri, size)
	}
}

// changed returns a body with another first byte.
func changed(body io.ReadCloser) io.ReadCloser {
	first := make([]byte, 1)
	_, _ = io.ReadFull(body, first)
	first[0] ^= 1
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(first), body), body}
}

// TestSilence has a network that stands still in the middle of every other
// answer and of every other part that is stored.
func TestSilence(t *testing.T) {
	faulttable.GoesOn(t, faulttable.StoreSilent, faulttable.Fetch, faulttable.Store)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	var downloads, uploads, stalled atomic.Int32
	over := make(chan struct{})
	next := front(server)
	next.ModifyResponse = func(r *http.Response) error {
		if r.Request.Method == http.MethodGet && r.ContentLength > 1<<20 && downloads.Add(1)%2 == 1 {
			stalled.Add(1)
			r.Body = standStill(r.Request.Context(), r.Body, r.ContentLength/2)
		}
		return nil
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if kind(r) == "PUT partNumber" && r.ContentLength > 8<<20 && uploads.Add(1)%2 == 1 {
			stalled.Add(1)
			<-over // more than buffers hold is never read
			return
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	t.Cleanup(func() { close(over) })
	s, uri := storetest.OpenIn(t, "s3://bucket/x?s3ForcePathStyle=true&endpoint="+proxy.URL, backend.Environment{
		Getenv: server.Getenv, Requests: backend.NewRequests(atOnce), Silence: 500 * time.Millisecond,
	})
	storetest.RequireRoundTrip(t, s, uri, severalParts)
	require.GreaterOrEqual(t, stalled.Load(), int32(2))
}

// standStill returns a body that brings nothing more after some bytes, until its
// request is over.
func standStill(ctx context.Context, body io.ReadCloser, after int64) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(body, after), readerFunc(func([]byte) (int, error) {
		<-ctx.Done()
		return 0, ctx.Err()
	})), body}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(data []byte) (int, error) { return f(data) }
