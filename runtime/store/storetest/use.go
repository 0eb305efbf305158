package storetest

import (
	"context"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Open returns the store of a pipeline root, and the root's URI.
func Open(t *testing.T, root string, getenv func(string) string) (*store.Store, store.URI) {
	t.Helper()
	return OpenWaiting(t, root, getenv, nil)
}

// OpenWaiting is [Open] for a store that calls wait between the attempts of a
// request.
func OpenWaiting(t *testing.T, text string, getenv func(string) string, wait func(context.Context, time.Duration) error) (*store.Store, store.URI) {
	t.Helper()
	return OpenIn(t, text, backend.Environment{Getenv: getenv, Requests: backend.NewRequests(wait)})
}

// OpenIn is [Open] for a store with an environment of the test's own.
func OpenIn(t *testing.T, text string, environment backend.Environment) (*store.Store, store.URI) {
	t.Helper()
	root, err := store.ParseRoot(text)
	require.NoError(t, err)
	return store.NewWith(root, environment), root.URI()
}

// OpenURI returns a store without a root, and a URI.
func OpenURI(t *testing.T, text string) (*store.Store, store.URI) {
	t.Helper()
	uri, err := store.ParseURI(text)
	require.NoError(t, err)
	require.Equal(t, text, uri.String())
	return store.New(store.Root{}, os.Getenv), uri
}

// RequireRoundTrip stores a file of this size, in bytes, and requires it to come
// back.
func RequireRoundTrip(t *testing.T, s *store.Store, uri store.URI, size int) {
	t.Helper()
	content := make([]byte, size)
	_, _ = rand.Read(content)
	in, out := filepath.Join(t.TempDir(), "in"), filepath.Join(t.TempDir(), "out")
	require.NoError(t, os.WriteFile(in, content, 0o666))
	require.NoError(t, s.Upload(t.Context(), in, uri))
	require.NoError(t, s.Download(t.Context(), uri, out))
	got, err := os.ReadFile(out)
	require.NoError(t, err)
	require.True(t, string(content) == string(got), "%d bytes, %d came back", size, len(got))
}

// RequireRefused requires that what is not allowed is not taken for missing.
func RequireRefused(t *testing.T, s *store.Store, uri store.URI, message string) {
	t.Helper()
	local := filepath.Join(t.TempDir(), "file")
	err := s.Download(t.Context(), uri, local)
	require.ErrorContains(t, err, message)
	require.NotErrorIs(t, err, store.ErrNotFound)
	_, err = s.Exists(t.Context(), uri)
	require.ErrorContains(t, err, message)
	require.NoError(t, os.WriteFile(local, nil, 0o666))
	err = s.Upload(t.Context(), local, uri)
	require.ErrorContains(t, err, message)
	require.NotContains(t, err.Error(), SecretKey)
}

// BreakOff returns a body that ends too early.
func BreakOff(body io.ReadCloser, after int64) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(body, after), body}
}

// RunTrusting runs tests that trust httptest's servers, all of which have the
// same certificate. Go reads the variable once, when the first of them needs it.
func RunTrusting(m *testing.M) int {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	dir, err := os.MkdirTemp("", "")
	if err == nil {
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "ca.pem")
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
		err = errors.Join(os.WriteFile(path, block, 0o666), os.Setenv("SSL_CERT_FILE", path))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// BreakingWriter is an answer that breaks off after so many bytes.
type BreakingWriter struct {
	http.ResponseWriter
	Left int
}

// Write is that of [http.ResponseWriter].
func (w *BreakingWriter) Write(data []byte) (int, error) {
	if len(data) > w.Left {
		panic(http.ErrAbortHandler)
	}
	w.Left -= len(data)
	return w.ResponseWriter.Write(data)
}
