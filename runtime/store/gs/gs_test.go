package gs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

func TestGS(t *testing.T) {
	server := storetest.StartGCS(t)
	server.MakeBucket(t, "bucket")
	var places atomic.Int32
	storetest.Run(t, func(*testing.T) storetest.Harness {
		return storetest.Harness{Root: fmt.Sprintf("gs://bucket/prefix/%d", places.Add(1)), Getenv: server.Getenv}
	})
	for name, test := range map[string]func(*testing.T, storetest.GCS){
		"more objects than an answer lists": testGSPages,
		"a network that breaks":             testGSBreaks,
		"an object that is replaced":        testGSReplaced,
		"an endpoint of the root":           testGSEndpoint,
		"a missing bucket":                  testGSMissingBucket,
		"a machine's identity":              testGSIdentity,
		"a key in a file":                   testGSKeyFile,
	} {
		t.Run(name, func(t *testing.T) { test(t, server) })
	}
}

func testGSPages(t *testing.T, server storetest.GCS) {
	s, root := storetest.Open(t, "gs://bucket/many", server.Getenv)
	dir := t.TempDir()
	const n = 1010 // an answer lists 1000
	for i := range n {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o666))
	}
	require.NoError(t, s.Upload(t.Context(), dir, root))
	found := 0
	for _, err := range s.List(t.Context(), root) {
		require.NoError(t, err)
		found++
	}
	require.Equal(t, n, found)

	for i := range n {
		require.NoError(t, os.Mkdir(filepath.Join(dir, fmt.Sprint("d", i)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint("d", i), "x"), nil, 0o666))
	}
	require.NoError(t, s.Upload(t.Context(), dir, root))
	folders := map[string]bool{}
	for name, err := range s.Folders(t.Context(), root) {
		require.NoError(t, err)
		folders[name] = true
	}
	require.Len(t, folders, n)
}

// gsFront passes requests on to the server. It answers for it how much of an
// upload has arrived, which the server does not know how to.
type gsFront struct {
	proxy *httputil.ReverseProxy

	mu      sync.Mutex
	ranges  map[string]string // of each upload, what the server has of it
	queries int
}

func newGSFront(server storetest.GCS) *gsFront {
	front := &gsFront{ranges: map[string]string{}}
	front.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: server.Address})
		},
		ModifyResponse: func(r *http.Response) error {
			if location := r.Header.Get("Location"); location != "" {
				u, err := url.Parse(location)
				if err != nil {
					return err
				}
				u.Host = r.Request.Header.Get("X-Front")
				r.Header.Set("Location", u.String())
			}
			if r.StatusCode == http.StatusPermanentRedirect {
				front.mu.Lock()
				defer front.mu.Unlock()
				front.ranges[r.Request.URL.Query().Get("upload_id")] = r.Header.Get("Range")
			}
			return nil
		},
	}
	return front
}

func (f *gsFront) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.Header.Get("Content-Range"), "bytes */") {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.queries++
		if has := f.ranges[r.URL.Query().Get("upload_id")]; has != "" {
			w.Header().Set("Range", has)
		}
		w.WriteHeader(http.StatusPermanentRedirect)
		return
	}
	r.Header.Set("X-Front", r.Host)
	f.proxy.ServeHTTP(w, r)
}

// testGSBreaks puts a server in between that breaks off every other download
// midway, is busy every third time and loses the answers to some chunks.
func testGSBreaks(t *testing.T, server storetest.GCS) {
	var requests, downloads, chunks, broken, lost atomic.Int32
	front := newGSFront(server)
	remember := front.proxy.ModifyResponse
	front.proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.Method == http.MethodGet && r.ContentLength > 1000 && downloads.Add(1)%2 == 1 {
			broken.Add(1)
			r.Body = storetest.BreakOff(r.Body, r.ContentLength/2)
		}
		if err := remember(r); err != nil {
			return err
		}
		if r.StatusCode == http.StatusPermanentRedirect && chunks.Add(1) == 1 {
			lost.Add(1)
			return fmt.Errorf("the answer is lost")
		}
		return nil
	}
	flaky := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1)%3 == 0 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		front.ServeHTTP(w, r)
	}))
	t.Cleanup(flaky.Close)
	s, root := storetest.Open(t, "gs://bucket/breaks?anonymous=true&endpoint="+flaky.URL, func(string) string { return "" })
	storetest.RequireRoundTrip(t, s, root, 70<<20)
	storetest.RequireRoundTrip(t, s, root, 2000)
	require.NotZero(t, broken.Load())
	require.NotZero(t, lost.Load())
	require.NotZero(t, front.queries)
}

// testGSReplaced replaces an object between looking at it and reading it.
func testGSReplaced(t *testing.T, server storetest.GCS) {
	direct, uri := storetest.Open(t, "gs://bucket/replaced", server.Getenv)
	storetest.RequireRoundTrip(t, direct, uri, 1000)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("alt") == "media" {
			require.NoError(t, direct.Write(r.Context(), uri, []byte("another")))
		}
		newGSFront(server).ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	s, _ := storetest.Open(t, "gs://bucket/replaced?anonymous=true&endpoint="+proxy.URL, server.Getenv)
	err := s.Download(t.Context(), uri, filepath.Join(t.TempDir(), "x"))
	require.ErrorContains(t, err, "it was replaced or removed in the meantime")
	require.NotErrorIs(t, err, store.ErrNotFound)
}

func testGSEndpoint(t *testing.T, server storetest.GCS) {
	s, root := storetest.Open(t, "gs://bucket/x?anonymous=true&endpoint=http://"+server.Address, func(string) string { return "" })
	storetest.RequireRoundTrip(t, s, root, 10)
	s, root = storetest.Open(t, "gs://bucket/x?endpoint=file://"+t.TempDir(), func(string) string { return "" })
	storetest.RequireRoundTrip(t, s, root, 10)
}

func testGSMissingBucket(t *testing.T, server storetest.GCS) {
	s, root := storetest.Open(t, "gs://nowhere/x", server.Getenv)
	storetest.RequireRefused(t, s, root, `the bucket "nowhere" does not exist`)
}

// guarded returns a server that passes on what carries the token.
func guarded(t *testing.T, server storetest.GCS, token string) string {
	t.Helper()
	front := newGSFront(server)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, `{"error":{"message":"who are you?"}}`, http.StatusUnauthorized)
			return
		}
		front.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// testGSIdentity gets a token as pods do on GKE.
func testGSIdentity(t *testing.T, server storetest.GCS) {
	metadata := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Metadata-Flavor", "Google")
		if r.Header.Get("Metadata-Flavor") == "Google" && strings.HasSuffix(r.URL.Path, "/service-accounts/default/token") {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"access_token":"of-the-machine","expires_in":3600,"token_type":"Bearer"}`)
		}
	}))
	t.Cleanup(metadata.Close)
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(metadata.URL, "http://"))
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	t.Setenv("HOME", t.TempDir())
	s, root := storetest.Open(t, "gs://bucket/x?endpoint="+guarded(t, server, "of-the-machine"), os.Getenv)
	storetest.RequireRoundTrip(t, s, root, 10)
	s, root = storetest.Open(t, "gs://bucket/x?endpoint="+guarded(t, server, "of-somebody-else"), os.Getenv)
	storetest.RequireRefused(t, s, root, "the store answers 401: who are you?")
}

// testGSKeyFile gets a token for a workload of another cloud, whose own token
// is in a file.
func testGSKeyFile(t *testing.T, server storetest.GCS) {
	dir := t.TempDir()
	exchange := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("subject_token") != "of-the-cluster" {
			http.Error(w, "{}", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"exchanged","expires_in":3600,"token_type":"Bearer","issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}`)
	}))
	t.Cleanup(exchange.Close)
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o666))
		return path
	}
	key := func(token string) {
		text, err := json.Marshal(map[string]any{
			"type": "external_account", "audience": "//iam.googleapis.com/x", "token_url": exchange.URL,
			"subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
			"credential_source":  map[string]string{"file": token},
		})
		require.NoError(t, err)
		write("key.json", string(text))
	}
	getenv := func(name string) string {
		if name == "GOOGLE_APPLICATION_CREDENTIALS" {
			return filepath.Join(dir, "key.json")
		}
		return ""
	}
	address := "gs://bucket/x?endpoint=" + guarded(t, server, "exchanged")
	key(write("token", "of-the-cluster"))
	s, root := storetest.Open(t, address, getenv)
	storetest.RequireRoundTrip(t, s, root, 10)
	key(write("wrong", "of-nobody"))
	s, root = storetest.Open(t, address, getenv)
	storetest.RequireRefused(t, s, root, "")
	write("key.json", "x")
	s, root = storetest.Open(t, address, getenv)
	storetest.RequireRefused(t, s, root, "Google's credentials are not JSON")
}
