package azblob_test

import (
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

func TestAzblob(t *testing.T) {
	server := storetest.StartAzurite(t)
	server.MakeContainer(t, "bucket")
	var places atomic.Int32
	storetest.Run(t, func(*testing.T) storetest.Harness {
		return storetest.Harness{Root: server.Root(fmt.Sprintf("bucket/prefix/%d", places.Add(1))), Getenv: server.Getenv, Without: `\`}
	})
	for name, test := range map[string]func(*testing.T, storetest.Azurite){
		"more blobs than an answer lists": testAzurePages,
		"a network that breaks":           testAzureBreaks,
		"a blob that is replaced":         testAzureReplaced,
		"settings of the environment":     testAzureEnvironment,
		"a shared access signature":       testAzureSignature,
		"a missing container":             testAzureMissing,
		"a wrong key":                     testAzureWrongKey,
		"the identity of a pod":           testAzureIdentity,
	} {
		t.Run(name, func(t *testing.T) { test(t, server) })
	}
}

// testAzurePages puts a server in between that has answers list two.
func testAzurePages(t *testing.T, server storetest.Azurite) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if query := r.URL.Query(); query.Get("comp") == "list" {
			query.Set("maxresults", "2")
			r.URL.RawQuery = query.Encode()
		}
		azureFront(server).ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	front := storetest.Azurite{Address: proxy.Listener.Addr().String()}
	s, root := storetest.Open(t, front.Root("bucket/many"), signed(t, server))
	dir := t.TempDir()
	const n = 7
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
}

// signed is the environment of a pod that has a signature for the bucket.
func signed(t *testing.T, server storetest.Azurite) func(string) string {
	signature := server.Signature(t, "bucket")
	return func(name string) string {
		if name == "AZURE_STORAGE_SAS_TOKEN" {
			return signature
		}
		return ""
	}
}

// azureFront passes requests on to the server.
func azureFront(server storetest.Azurite) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: server.Address})
	}}
}

// testAzureBreaks puts a server in between that breaks off every other download
// midway and is busy every fourth time.
func testAzureBreaks(t *testing.T, server storetest.Azurite) {
	var requests, downloads, broken, busy atomic.Int32
	proxy := azureFront(server)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.Method == http.MethodGet && r.ContentLength > 1000 && downloads.Add(1)%2 == 1 {
			broken.Add(1)
			r.Body = storetest.BreakOff(r.Body, r.ContentLength/2)
		}
		return nil
	}
	flaky := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1)%4 == 0 {
			busy.Add(1)
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(flaky.Close)
	front := storetest.Azurite{Address: flaky.Listener.Addr().String()}
	s, root := storetest.Open(t, front.Root("bucket/breaks"), server.Getenv)
	storetest.RequireRoundTrip(t, s, root, 70<<20)
	storetest.RequireRoundTrip(t, s, root, 2000)
	require.NotZero(t, broken.Load())
	require.NotZero(t, busy.Load())
}

// testAzureReplaced replaces a blob between looking at it and reading it.
func testAzureReplaced(t *testing.T, server storetest.Azurite) {
	direct, uri := storetest.Open(t, server.Root("bucket/replaced"), server.Getenv)
	storetest.RequireRoundTrip(t, direct, uri, 1000)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			require.NoError(t, direct.Write(r.Context(), uri, []byte("another")))
		}
		azureFront(server).ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	front := storetest.Azurite{Address: proxy.Listener.Addr().String()}
	s, _ := storetest.Open(t, front.Root("bucket/replaced"), server.Getenv)
	err := s.Download(t.Context(), uri, filepath.Join(t.TempDir(), "x"))
	require.ErrorContains(t, err, "it was replaced or removed in the meantime")
	require.NotErrorIs(t, err, store.ErrNotFound)
}

func testAzureEnvironment(t *testing.T, server storetest.Azurite) {
	for name, variables := range map[string]map[string]string{
		"one by one": {
			"AZURE_STORAGE_ACCOUNT": storetest.AzureAccount, "AZURE_STORAGE_KEY": storetest.AzureKey,
			"AZURE_STORAGE_DOMAIN": server.Address, "AZURE_STORAGE_PROTOCOL": "http", "AZURE_STORAGE_IS_LOCAL_EMULATOR": "true",
		},
		"a connection string": {"AZURE_STORAGE_CONNECTION_STRING": server.ConnectionString()},
	} {
		t.Run(name, func(t *testing.T) {
			s, root := storetest.Open(t, "azblob://bucket/x", func(name string) string { return variables[name] })
			storetest.RequireRoundTrip(t, s, root, 10)
		})
	}
}

func testAzureSignature(t *testing.T, server storetest.Azurite) {
	getenv := signed(t, server)
	s, root := storetest.Open(t, server.Root("bucket/x"), getenv)
	storetest.RequireRoundTrip(t, s, root, 10)
	s, root = storetest.Open(t, server.Root("bucket/x"), func(name string) string {
		if value := getenv(name); value != "" {
			return "?" + value
		}
		return ""
	})
	storetest.RequireRoundTrip(t, s, root, 10)
}

func testAzureMissing(t *testing.T, server storetest.Azurite) {
	s, root := storetest.Open(t, server.Root("nowhere/x"), server.Getenv)
	storetest.RequireRefused(t, s, root, "the container does not exist")
}

func testAzureWrongKey(t *testing.T, server storetest.Azurite) {
	s, root := storetest.Open(t, server.Root("bucket/x"), func(name string) string {
		if name == "AZURE_STORAGE_KEY" {
			return "d3Jvbmc="
		}
		return ""
	})
	storetest.RequireRefused(t, s, root, "the store answers 403")
}

// testAzureIdentity has the identity of a service account exchanged for a
// token. A server in between takes the token in the place of the emulator,
// which knows signatures.
func testAzureIdentity(t *testing.T, server storetest.Azurite) {
	signature := signed(t, server)("AZURE_STORAGE_SAS_TOKEN")
	var front *httptest.Server
	front = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
			fmt.Fprintf(w, `{"issuer":"%[1]s/tenant/v2.0","authorization_endpoint":"%[1]s/tenant/authorize","token_endpoint":"%[1]s/tenant/token"}`, front.URL)
		case r.URL.Path == "/tenant/token":
			if r.FormValue("client_assertion") != "of-the-cluster" || r.FormValue("client_id") != "application" {
				http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
				return
			}
			fmt.Fprint(w, `{"access_token":"exchanged","expires_in":3600,"token_type":"Bearer"}`)
		case r.Header.Get("Authorization") != "Bearer exchanged":
			http.Error(w, "who are you?", http.StatusForbidden)
		default:
			r.Header.Del("Authorization")
			r.URL.RawQuery += "&" + signature
			azureFront(server).ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	token := filepath.Join(t.TempDir(), "token")
	variables := map[string]string{
		"AZURE_FEDERATED_TOKEN_FILE": token, "AZURE_CLIENT_ID": "application", "AZURE_TENANT_ID": "tenant", "AZURE_AUTHORITY_HOST": front.URL + "/",
		"AZURE_STORAGE_ACCOUNT": storetest.AzureAccount, "AZURE_STORAGE_DOMAIN": front.Listener.Addr().String(),
	}
	getenv := func(name string) string { return variables[name] }
	require.NoError(t, os.WriteFile(token, []byte("of-the-cluster"), 0o600))
	s, root := storetest.Open(t, "azblob://bucket/x", getenv)
	storetest.RequireRoundTrip(t, s, root, 1000)
	require.NoError(t, os.WriteFile(token, []byte("of-nobody"), 0o600))
	s, root = storetest.Open(t, "azblob://bucket/x", getenv)
	storetest.RequireRefused(t, s, root, "invalid_client")
}
