package pages

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// visit is a request on its way to an answer.
type visit struct {
	context.Context //nolint:containedctx // a visit is one request and lives as long
	site            *Site
	request         *http.Request
	writer          http.ResponseWriter
	caller          access.Caller
	view            *registry.View
	now             time.Time
	// token is that of the forms of the page, secure that the browser speaks TLS.
	token  string
	secure bool
	// namespace is the one that is looked at.
	namespace string
}

// enter lets the visitor in, with the token of its cookie where it has brought no
// other, and opens the registry as it sees it.
func (v *visit) enter(p access.Purpose) error {
	r := v.request
	if v.site.config.Gate.Mode == access.Token && r.Header.Get("Authorization") == "" {
		if cookie, err := r.Cookie(loginCookie); err == nil {
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", "Bearer "+cookie.Value)
		}
	}
	caller, err := v.site.config.Gate.Enter(r, p)
	if err != nil {
		return err
	}
	view, err := v.site.config.Registry.View(caller.Config, caller.Allow)
	if err != nil {
		return err
	}
	v.caller, v.view = caller, view.As(caller.Name)
	v.namespace = v.site.config.Registry.Namespaces[0]
	if asked := r.URL.Query().Get("namespace"); slices.Contains(v.site.config.Registry.Namespaces, asked) {
		v.namespace = asked
	}
	return nil
}

// also opens the registry for another purpose, as the same visitor.
func (v *visit) also(resource, verb string) (*registry.View, error) {
	if v.site.config.Gate.Mode != access.Header {
		return v.view, nil
	}
	caller, err := v.site.config.Gate.Enter(v.request, access.Purpose{Resource: resource, Verb: verb})
	if err != nil {
		return nil, err
	}
	return v.site.config.Registry.View(caller.Config, caller.Allow)
}

// answer is what a visit ends with.
type answer interface {
	// write writes the answer and returns its status.
	write(v *visit) int
}

// redirect leads to another page.
type redirect struct{ to string }

func (a redirect) write(v *visit) int {
	http.Redirect(v.writer, v.request, below(v.site.config.Base, a.to), http.StatusSeeOther)
	return http.StatusSeeOther
}

// page is an answer for people.
type page struct {
	// Look names the template, Title the page, and Section the part of the site.
	Look, Title, Section string
	// Refresh is after how long the page may have changed, or zero.
	Refresh time.Duration
	Status  int // zero is OK
	Content any

	// The rest is for the frame.
	Visit frame
}

// frame is what is around each page.
type frame struct {
	Namespace  string
	Namespaces []string
	User       string
	Token      string
	MayLogOut  bool
	Address    string // of this page, without namespace
	Now        time.Time
}

// Milliseconds is the time after which the page may have changed, for the script.
func (p page) Milliseconds() int64 { return p.Refresh.Milliseconds() }

func (p page) write(v *visit) int {
	p.Visit = frame{
		Namespace: v.namespace, Namespaces: v.site.config.Registry.Namespaces, User: v.caller.Name, Token: v.token,
		MayLogOut: v.site.config.Gate.Mode == access.Token && v.view != nil, Address: v.request.URL.Path, Now: v.now,
	}
	var out bytes.Buffer
	if err := v.site.looks.write(&out, p); err != nil {
		panic("pages: " + p.Look + ": " + err.Error()) // a template that does not fit its page
	}
	status := p.Status
	if status == 0 {
		status = http.StatusOK
	}
	v.writer.Header().Set("Content-Type", "text/html; charset=utf-8")
	return v.send(status, out.Bytes())
}

// send writes a text, compressed where that is understood, or nothing where the
// browser has it already.
func (v *visit) send(status int, text []byte) int {
	h := v.writer.Header()
	if status == http.StatusOK {
		sum := sha256.Sum256(text)
		tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		h.Set("ETag", tag)
		if v.request.Header.Get("If-None-Match") == tag {
			v.writer.WriteHeader(http.StatusNotModified)
			return http.StatusNotModified
		}
	}
	if len(text) > 1<<10 && acceptsGzip(v.request) {
		h.Set("Content-Encoding", "gzip")
		v.writer.WriteHeader(status)
		z := gzip.NewWriter(v.writer)
		_, _ = z.Write(text) // the client has gone
		_ = z.Close()
		return status
	}
	v.writer.WriteHeader(status)
	_, _ = v.writer.Write(text) // the client has gone
	return status
}

func acceptsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// link is the address of a page: segments, escaped, and a query.
func link(query url.Values, segments ...string) string {
	var out strings.Builder
	for _, s := range segments {
		out.WriteString("/" + url.PathEscape(s))
	}
	if len(query) > 0 {
		out.WriteString("?" + query.Encode())
	}
	return out.String()
}
