package pages

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/registry"
	"github.com/kfp2argo/kfp2argo/translate"
)

// Config says what a site shows, and to whom.
type Config struct {
	Gate     *access.Gate
	Registry *registry.Registry
	// Base is the path below which browsers find the pages, such as /pipeline, or
	// empty. Requests are understood with it and without: a proxy may have taken it
	// away.
	Base string
	// Options are those of all translations.
	Options translate.Options
	// Now is the clock.
	Now func() time.Time
	// Status is the status of an error in HTTP.
	Status func(error) int
}

// Site is the pages of one server.
type Site struct {
	config Config
	mux    *http.ServeMux
	looks  looks
	files  map[string]file
}

// New makes a site. It asks the cluster nothing.
func New(c Config) *Site {
	s := &Site{config: c, mux: http.NewServeMux(), looks: newLooks(c.Base), files: newFiles()}
	for _, r := range routes() {
		s.mux.Handle(r.pattern, r)
	}
	return s
}

// Seen is what is known of a request when it has been answered.
type Seen struct {
	// Call is the pattern of the page, and User who asked, or empty.
	Call, User string
	Status     int
	// Problem is the text of an error, or empty.
	Problem string
}

// route is a page, or something that a page does. The mux finds it and does not
// call it.
type route struct {
	pattern string
	// purpose is what the caller needs to be allowed. Without a resource the page
	// is everybody's.
	purpose access.Purpose
	handle  func(*visit) (answer, error)
}

// ServeHTTP is never called: [Site.Serve] calls what a route does.
func (route) ServeHTTP(http.ResponseWriter, *http.Request) {}

// Serve answers a request. A POST counts only with the token of a form that this
// server has made for the same browser; that other sites cannot make the browser
// send one is for the caller to see to, too.
func (s *Site) Serve(w http.ResponseWriter, r *http.Request) Seen {
	r = s.inside(r)
	v := &visit{Context: r.Context(), site: s, request: r, writer: w, now: s.config.Now()}
	v.secure = r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
	secureHeaders(w.Header())
	if name, ok := strings.CutPrefix(r.URL.Path, assetsPath); ok {
		return Seen{Call: "asset", Status: s.serveFile(w, r, name)}
	}
	found, pattern := s.mux.Handler(r)
	seen := Seen{Call: pattern}
	to, ok := found.(route)
	if !ok {
		seen.Call = "unknown page"
		seen.Status = v.fail(&registry.NotFoundError{Kind: "Page", ID: r.URL.Path})
		return seen
	}
	s.mux.ServeHTTP(nothing{}, r) // sets the values of the path
	answer, err := v.answer(to)
	seen.User = v.caller.Name
	if err != nil {
		seen.Problem = err.Error()
		seen.Status = v.fail(err)
		return seen
	}
	seen.Status = answer.write(v)
	return seen
}

// inside is a request without the base in its path.
func (s *Site) inside(r *http.Request) *http.Request {
	base := s.config.Base
	if base == "" || r.URL.Path != base && !strings.HasPrefix(r.URL.Path, base+"/") {
		return r
	}
	at := *r.URL
	at.Path = cmp.Or(strings.TrimPrefix(at.Path, base), "/")
	at.RawPath = strings.TrimPrefix(at.RawPath, base)
	r = r.Clone(r.Context())
	r.URL = &at
	return r
}

// nothing is where a route writes nothing.
type nothing struct{ http.ResponseWriter }

// answer lets the visitor in and does what a route does.
func (v *visit) answer(to route) (answer, error) {
	v.token = v.formToken()
	if v.request.Method == http.MethodPost {
		if err := v.checkForm(); err != nil {
			return nil, err
		}
	}
	if to.purpose.Resource != "" {
		if err := v.enter(to.purpose); err != nil {
			return nil, err
		}
	}
	return to.handle(v)
}

// secureHeaders are those of every answer. What comes from a store has others,
// see [sandboxed].
func secureHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "+
		"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Cookie, Accept-Encoding")
}

// status is that of an error in HTTP.
func (s *Site) status(err error) int {
	var wrong *formError
	if errors.As(err, &wrong) {
		return wrong.status
	}
	return s.config.Status(err)
}
