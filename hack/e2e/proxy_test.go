//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
)

// proxy stands between the pods and their store and misbehaves.
type proxy struct {
	address string
	handler http.Handler
	// store passes a request on.
	store http.Handler

	mu     sync.Mutex
	server *http.Server
}

// gatePath is what a program asks a proxy for: it is no object, and the answer is
// empty.
const gatePath = "/gate"

// fault sees each request before the store does, and reports whether it has
// answered it itself.
type fault func(w http.ResponseWriter, r *http.Request) bool

// startProxy starts a proxy of the cluster's store on this machine, where pods
// reach the store itself.
func startProxy(t *testing.T, c cluster, f fault) *proxy {
	t.Helper()
	target, err := url.Parse(c.endpoint)
	require.NoError(t, err)
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is signed
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(target.Hostname(), "0"))
	require.NoError(t, err, "the tests must run on the machine that the store is on")
	p := &proxy{address: listener.Addr().String(), store: forward, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f(w, r) && r.URL.Path != gatePath {
			forward.ServeHTTP(w, r)
		}
	})}
	p.serve(listener)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) serve(listener net.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server = &http.Server{Handler: p.handler}
	go func(s *http.Server) { _ = s.Serve(listener) }(p.server)
}

// close breaks all connections and takes no more.
func (p *proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.server.Close()
}

// refuse breaks all connections and takes none for a while.
func (p *proxy) refuse(t *testing.T, bound time.Duration) {
	p.close()
	time.AfterFunc(bound, func() {
		listener, err := net.Listen("tcp", p.address)
		if err != nil {
			t.Error(err)
			return
		}
		p.serve(listener)
	})
}

// through makes a run use the store through the proxy.
func (p *proxy) through(c cluster, t *testing.T) option {
	c.endpoint = "http://" + p.address
	return option{translate: func(o *translate.Options) { o.Store.Root = c.root(t) }}
}

// isPart reports whether a request uploads a part of a large object.
func isPart(r *http.Request) bool {
	return r.Method == http.MethodPut && r.URL.Query().Has("partNumber")
}

// atPart calls what once, at the second part that is uploaded.
func atPart(what func()) fault {
	return secondPart(func(http.ResponseWriter, *http.Request) bool {
		what()
		return false
	})
}

// secondPart is a fault of the second part that is uploaded.
func secondPart(f fault) fault {
	var parts atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) bool {
		return isPart(r) && parts.Add(1) == 2 && f(w, r)
	}
}

// overloaded answers each third request as S3 does that has too many of them.
func overloaded() fault {
	var requests atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) bool {
		if requests.Add(1)%3 != 0 {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
		return true
	}
}

// isDownload reports whether a request asks for the large file, or a part of it.
func isDownload(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/file")
}

// isCompletion reports whether a request makes an object of the parts of an upload.
func isCompletion(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
}

// first answers the first requests of a kind.
func first(requests int64, isKind func(*http.Request) bool, answer http.HandlerFunc) fault {
	var seen atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !isKind(r) || seen.Add(1) > requests {
			return false
		}
		answer(w, r)
		return true
	}
}

// errorDocument answers that all is well, with a document that says that it is not.
func errorDocument(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprint(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>")
}

// cut passes on so many bytes of an answer, and then breaks the connection.
type cut struct {
	http.ResponseWriter
	left int
}

func (c *cut) Write(text []byte) (int, error) {
	if len(text) < c.left {
		c.left -= len(text)
		return c.ResponseWriter.Write(text)
	}
	_, _ = c.ResponseWriter.Write(text[:c.left])
	panic(http.ErrAbortHandler)
}
