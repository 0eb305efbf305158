package s3_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

func TestS3(t *testing.T) {
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	server.MakeBucket(t, "other")
	var places atomic.Int32
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		place := fmt.Sprintf("bucket/prefix/%d", places.Add(1))
		return storetest.Harness{Root: server.Root("s3", place), Getenv: server.Getenv}
	})
	t.Run("executable files", func(t *testing.T) {
		storetest.RunExecutable(t, storetest.Harness{Root: server.Root("s3", "bucket/executable"), Getenv: server.Getenv})
	})
	for name, test := range map[string]func(*testing.T, storetest.Server){
		"more objects than an answer lists": testPages,
		"a network that breaks":             testBreaks,
		"with TLS":                          testTLS,
		"without TLS":                       testNoTLS,
		"another bucket than the root's":    testOtherBucket,
		"settings of the environment":       testEnvironment,
		"a missing bucket":                  testMissingBucket,
		"a wrong key":                       testWrongKey,
	} {
		t.Run(name, func(t *testing.T) { test(t, server) })
	}
}

// front returns a handler that passes requests on to the server.
func front(server storetest.Server) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: server.Address})
		r.Out.Host = r.In.Host // it is signed
	}}
}

func testPages(t *testing.T, server storetest.Server) {
	const n = 1010 // an answer lists 1000
	for i := range n {
		server.Write(t, "bucket", fmt.Sprintf("many/%d", i), "x")
	}
	s, root := storetest.Open(t, server.Root("s3", "bucket/many"), server.Getenv)
	local := filepath.Join(t.TempDir(), "local")
	require.NoError(t, s.Download(t.Context(), root, local))
	entries, err := os.ReadDir(local)
	require.NoError(t, err)
	require.Len(t, entries, n)
}

// testBreaks puts a server in between that breaks off every other download
// midway and is busy every third time.
func testBreaks(t *testing.T, server storetest.Server) {
	var requests, downloads, broken, busy atomic.Int32
	proxy := front(server)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.Method == http.MethodGet && r.ContentLength > 1000 && downloads.Add(1)%2 == 1 {
			broken.Add(1)
			r.Body = storetest.BreakOff(r.Body, r.ContentLength/2)
		}
		return nil
	}
	flaky := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1)%3 == 0 {
			busy.Add(1)
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(flaky.Close)
	s, root := storetest.Open(t, "s3://bucket/x?endpoint="+flaky.URL, server.Getenv)
	storetest.RequireRoundTrip(t, s, root, 33<<20)
	storetest.RequireRoundTrip(t, s, root, 2000)
	require.NotZero(t, broken.Load())
	require.NotZero(t, busy.Load())
}

func testTLS(t *testing.T, server storetest.Server) {
	tls := httptest.NewTLSServer(front(server))
	t.Cleanup(tls.Close)
	certificate := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw})
	require.NoError(t, os.WriteFile(certificate, block, 0o666))
	t.Setenv("SSL_CERT_FILE", certificate)
	address := strings.TrimPrefix(tls.URL, "https://")
	for _, endpoint := range []string{tls.URL, address, address + "&disableSSL=false&s3ForcePathStyle=true&region=us-east-1"} {
		s, root := storetest.Open(t, "s3://bucket/x?endpoint="+endpoint, server.Getenv)
		storetest.RequireRoundTrip(t, s, root, 2000)
	}
}

func testNoTLS(t *testing.T, server storetest.Server) {
	s, root := storetest.Open(t, "minio://bucket/x?disableSSL=true&endpoint="+server.Address, server.Getenv)
	storetest.RequireRoundTrip(t, s, root, 1000)
}

func testOtherBucket(t *testing.T, server storetest.Server) {
	s, root := storetest.Open(t, server.Root("s3", "bucket/x"), server.Getenv)
	storetest.RequireRoundTrip(t, s, root, 10)
	other, err := store.ParseURI("s3://other/y")
	require.NoError(t, err)
	storetest.RequireRoundTrip(t, s, other, 10)
}

// testEnvironment opens a root that has no settings of its own.
func testEnvironment(t *testing.T, server storetest.Server) {
	s, root := storetest.Open(t, "minio://bucket/x", func(name string) string {
		switch name {
		case "AWS_ENDPOINT_URL_S3":
			return "http://" + server.Address
		case "AWS_REGION":
			return "us-east-1"
		}
		return server.Getenv(name)
	})
	storetest.RequireRoundTrip(t, s, root, 10)
}

func testMissingBucket(t *testing.T, server storetest.Server) {
	s, root := storetest.Open(t, server.Root("s3", "nowhere/x"), server.Getenv)
	storetest.RequireRefused(t, s, root, "bucket does not exist")
}

func testWrongKey(t *testing.T, server storetest.Server) {
	s, root := storetest.Open(t, server.Root("s3", "bucket/x"), func(name string) string {
		if value := server.Getenv(name); value != "" {
			return "wrong"
		}
		return ""
	})
	storetest.RequireRefused(t, s, root, "")
}
