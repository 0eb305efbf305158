//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
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

	mu     sync.Mutex
	server *http.Server
}

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
	p := &proxy{address: listener.Addr().String(), handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f(w, r) {
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
	var parts atomic.Int64
	return func(_ http.ResponseWriter, r *http.Request) bool {
		if isPart(r) && parts.Add(1) == 2 {
			what()
		}
		return false
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
