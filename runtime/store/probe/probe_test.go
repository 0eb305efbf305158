package probe_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/probe"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

const bucket = "bucket"

// fault is a store with something wrong.
type fault struct {
	root   func(t *testing.T, server storetest.Server) string
	getenv func(t *testing.T, server storetest.Server) func(string) string
	late   time.Duration
	good   bool
}

// TestRun looks at a real server, as it is and with something in between.
func TestRun(t *testing.T) {
	server := storetest.StartServer(t)
	server.MakeBucket(t, bucket)
	for name, f := range faults() {
		t.Run(name, func(t *testing.T) {
			root := server.Root("s3", bucket+"/root")
			if f.root != nil {
				root = f.root(t, server)
			}
			getenv := server.Getenv
			if f.getenv != nil {
				getenv = f.getenv(t, server)
			}
			good, got := look(t, root, getenv, f.late)
			require.Equal(t, f.good, good, got)
			requireGolden(t, name, got)
			requireNothingLeft(t, server)
		})
	}
}

func faults() map[string]fault {
	return map[string]fault{
		"good":        {good: true},
		"key":         {getenv: env(contract.AccessKeyVariable, "nobody")},
		"secret":      {getenv: env(contract.SecretKeyVariable, "wrong")},
		"anonymous":   {getenv: nothing},
		"bucket":      {root: func(_ *testing.T, s storetest.Server) string { return s.Root("s3", "missing/root") }},
		"setting":     {root: func(_ *testing.T, s storetest.Server) string { return s.Root("s3", bucket+"/root") + "&colour=red" }},
		"scheme":      {root: func(*testing.T, storetest.Server) string { return "ftp://host/root" }},
		"refused":     {root: closed},
		"authority":   {root: unknownAuthority},
		"http":        {root: httpAsHTTPS},
		"read-only":   {root: through(refuse(http.MethodPut, http.MethodPost))},
		"no-delete":   {root: through(refuse(http.MethodDelete)), good: true},
		"no-versions": {root: through(anyVersion), good: true},
		"no-parts":    {root: through(refuse(http.MethodPost))},
		"late":        {late: 5 * time.Minute, good: true},
		"too-late":    {late: -time.Hour},
		"directory":   {root: func(t *testing.T, _ storetest.Server) string { return "file://" + t.TempDir() }, good: true},
		"no-directory": {root: func(t *testing.T, _ storetest.Server) string {
			file := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(file, nil, 0o666))
			return "file://" + file + "/root"
		}},
	}
}

// env is the environment of the server with another value of a variable.
func env(name, value string) func(*testing.T, storetest.Server) func(string) string {
	return func(_ *testing.T, s storetest.Server) func(string) string {
		return func(n string) string {
			if n == name {
				return value
			}
			return s.Getenv(n)
		}
	}
}

// nothing has no credentials: nobody is there where machines have theirs.
func nothing(t *testing.T, s storetest.Server) func(string) string {
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	return func(n string) string {
		if n == "AWS_EC2_METADATA_SERVICE_ENDPOINT" {
			return "http://" + s.Address + "/nobody"
		}
		return ""
	}
}

// through puts a handler before the server.
func through(change func(http.Handler) http.Handler) func(*testing.T, storetest.Server) string {
	return func(t *testing.T, s storetest.Server) string {
		between := httptest.NewServer(change(front(s)))
		t.Cleanup(between.Close)
		return rootAt(between.URL)
	}
}

func rootAt(endpoint string) string {
	return "s3://" + bucket + "/root?s3ForcePathStyle=true&endpoint=" + endpoint
}

// front passes requests on to the server.
func front(server storetest.Server) http.Handler {
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: server.Address})
		r.Out.Host = r.In.Host // it is signed
	}}
}

// refuse refuses requests with these methods as a policy does. Other than that
// of a bucket it also forbids the upload of parts.
func refuse(methods ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, m := range methods {
				if r.Method == m {
					w.WriteHeader(http.StatusForbidden)
					fmt.Fprint(w, `<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>`)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// anyVersion answers a request for a version that there is not with another.
func anyVersion(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.Header.Get("If-Match"), "000000") {
			w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
			fmt.Fprint(w, "another")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func closed(*testing.T, storetest.Server) string {
	server := httptest.NewServer(nil)
	defer server.Close()
	return rootAt(server.URL)
}

func unknownAuthority(t *testing.T, s storetest.Server) string {
	between := httptest.NewTLSServer(front(s))
	between.Config.ErrorLog = nil
	t.Cleanup(between.Close)
	return rootAt(between.URL)
}

func httpAsHTTPS(_ *testing.T, s storetest.Server) string { return rootAt("https://" + s.Address) }

// look returns what a probe finds, a line for each finding, without what is of
// this run alone.
func look(t *testing.T, root string, getenv func(string) string, late time.Duration) (good bool, text string) {
	t.Helper()
	var b bytes.Buffer
	good = probe.Run(t.Context(), probe.Options{
		Root: root, Getenv: getenv,
		Now: func() time.Time { return time.Now().Add(late) },
		Report: func(f contract.Finding) {
			fmt.Fprintf(&b, "%s %s: %s\n", f.Status, f.Check, f.Found)
			if f.Advice != "" {
				fmt.Fprintf(&b, "  -> %s\n", f.Advice)
			}
		},
	})
	text = b.String()
	// In this order: what is random may look like the end of a directory.
	for _, scrubbed := range [][2]string{
		{`127\.0\.0\.1:\d+`, "HOST:PORT"},
		{`[0-9a-f]{8}-[0-9a-f-]{27}`, "RANDOM"},
		{`\.kfp2argo-\d+`, ".kfp2argo-RANDOM"},
		{`[^ ]*` + t.TempDir()[:4] + `[^ :]*/\d{3}`, "DIRECTORY"},
		{`(\d+[hms])+ apart`, "SOME TIME apart"},
	} {
		text = regexp.MustCompile(scrubbed[0]).ReplaceAllString(text, scrubbed[1])
	}
	return good, text
}

func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	goldentest.Compare(t, filepath.Join("testdata", name+".txt"), got)
}

// requireNothingLeft requires the probe to have removed what it made, and
// removes it where it could not.
func requireNothingLeft(t *testing.T, server storetest.Server) {
	t.Helper()
	root, err := store.ParseRoot(server.Root("s3", bucket+"/root"))
	require.NoError(t, err)
	s := store.New(root, server.Getenv)
	var left []string
	for o, err := range s.List(t.Context(), root.URI()) {
		require.NoError(t, err)
		left = append(left, o.URI.String())
	}
	if strings.HasSuffix(t.Name(), "no-delete") {
		require.NotEmpty(t, left)
		_, err := s.Remove(t.Context(), root.URI())
		require.NoError(t, err)
		return
	}
	require.Empty(t, left)
}
