package web_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

// webContent is large enough for five parts.
func webContent() []byte {
	content := make([]byte, 70<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	return content
}

// requireFetched requires that a URI has this content.
func requireFetched(t *testing.T, text string, want []byte) {
	t.Helper()
	s, uri := storetest.OpenURI(t, text)
	local := filepath.Join(t.TempDir(), "x")
	require.NoError(t, s.Download(t.Context(), uri, local))
	got, err := os.ReadFile(local)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got), "%d bytes, %d came", len(want), len(got))
}

// file serves content as a web server serves a file, under a version.
func file(content []byte, etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestWeb(t *testing.T) {
	content := webContent()
	for name, server := range map[string]http.Handler{
		"with ranges":           file(content, `"1"`),
		"with a weak version":   file(content, `W/"1"`),
		"without a version":     file(content, ""),
		"without ranges":        http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }),
		"that breaks":           breaking(file(content, `"1"`), 1<<20),
		"that breaks, in whole": breaking(file(content, ""), 100<<20),
	} {
		t.Run(name, func(t *testing.T) {
			requireFetched(t, serve(t, server)+"/dir/file.bin", content)
		})
	}
	for _, small := range []string{"", "x"} {
		requireFetched(t, serve(t, file([]byte(small), `"1"`))+"/x", []byte(small))
	}
}

// breaking breaks off every other answer after that many bytes, or in the
// middle, and is busy in between.
func breaking(handler http.Handler, after int) http.Handler {
	var requests atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch requests.Add(1) % 4 {
		case 2:
			w = &storetest.BreakingWriter{ResponseWriter: w, Left: min(after, 60<<20)}
		case 3:
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(w, r)
	})
}

// TestWebParts requires that a large file comes in parts.
func TestWebParts(t *testing.T) {
	content := webContent()
	var ranges atomic.Int32
	requireFetched(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "" {
			ranges.Add(1)
		}
		file(content, `"1"`)(w, r)
	}))+"/x", content)
	require.EqualValues(t, 6, ranges.Load(), "one to look and five to fetch")
}

// TestWebSigned requires that an address is asked for as it is written.
func TestWebSigned(t *testing.T) {
	const rest = "/a%2Fb//../c%20d/?X-Sig=a%2Bb+c&empty=&p=%7e/"
	requireFetched(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.RequestURI != rest {
			http.Error(w, "the signature is of something else", http.StatusForbidden)
			return
		}
		file([]byte("x"), `"1"`)(w, r)
	}))+rest, []byte("x"))
}

func TestWebRedirect(t *testing.T) {
	content := webContent()
	target := serve(t, file(content, `"1"`))
	requireFetched(t, serve(t, http.RedirectHandler(target+"/there", http.StatusFound))+"/here", content)
}

func TestWebTLS(t *testing.T) {
	server := httptest.NewTLSServer(file([]byte("x"), `"1"`))
	t.Cleanup(server.Close)
	requireFetched(t, server.URL+"/x", []byte("x"))
}

func TestWebReplaced(t *testing.T) {
	var requests atomic.Int32
	s, uri := storetest.OpenURI(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 1 {
			file([]byte("old one"), `"1"`)(w, r)
			return
		}
		file([]byte("the new one"), `"2"`)(w, r)
	}))+"/x")
	require.ErrorContains(t, s.Download(t.Context(), uri, filepath.Join(t.TempDir(), "x")), "it was replaced")
}

func TestWebMissing(t *testing.T) {
	s, uri := storetest.OpenURI(t, serve(t, http.NotFoundHandler())+"/x")
	require.ErrorIs(t, s.Download(t.Context(), uri, filepath.Join(t.TempDir(), "x")), store.ErrNotFound)
	exists, err := s.Exists(t.Context(), uri)
	require.NoError(t, err)
	require.False(t, exists)
}

func TestWebRefused(t *testing.T) {
	s, uri := storetest.OpenURI(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "pay first", http.StatusPaymentRequired)
	}))+"/x")
	err := s.Download(t.Context(), uri, filepath.Join(t.TempDir(), "x"))
	require.ErrorContains(t, err, "the store answers 402: pay first")
	require.NotErrorIs(t, err, store.ErrNotFound)
}

func TestWebIsReadOnly(t *testing.T) {
	s, uri := storetest.OpenURI(t, serve(t, file([]byte("x"), ""))+"/x")
	const message = "such URIs can only be read"
	require.ErrorContains(t, s.Write(t.Context(), uri, nil), message)
	_, err := s.Remove(t.Context(), uri)
	require.ErrorContains(t, err, message)
	_, err = uri.Join("below")
	require.ErrorContains(t, err, message)
	_, err = store.ParseRoot(uri.String())
	require.ErrorContains(t, err, message)
}

func TestWebCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, uri := storetest.OpenURI(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))+"/x")
	require.ErrorIs(t, s.Download(ctx, uri, filepath.Join(t.TempDir(), "x")), context.Canceled)
}
