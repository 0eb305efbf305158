package rest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/kfp2argo/kfp2argo/serve/registry"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/archive"
)

// API answers the calls of one server.
type API struct {
	// Options are those of all translations.
	Options translate.Options
	// MultiUser says that callers have rights of their own.
	MultiUser bool
	// Namespace is what pipelines say that they are in, where callers name none.
	Namespace string
	// Translated is told how long each translation took. It may be nil.
	Translated func(time.Duration)
	// Patience is how long a call is tried again that the API server does not
	// answer. The client gives up at the first 5xx.
	Patience time.Duration
}

// The limits of requests.
const (
	// MaxBody is how long a request may be: an upload, and what is around it.
	MaxBody = archive.MaxSize + 1<<20
	// retryPause is the first wait before a call is tried again.
	retryPause = 200 * time.Millisecond
)

// call is a request, on its way to an answer.
type call struct {
	context.Context //nolint:containedctx // a call is one request and lives as long
	api             *API
	view            *registry.View
	request         *http.Request
	vars            map[string]string
	query           url.Values
}

// Serve answers a request for an endpoint with what the caller sees. The error
// is one that [WriteError] takes.
func (a *API) Serve(r *http.Request, m *Match, view *registry.View) (any, error) {
	if m.handle == nil {
		return nil, &refusedError{m.Name, m.Note}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, bad("the query: %v", err)
	}
	if err := m.checkQuery(query); err != nil {
		return nil, err
	}
	c := &call{Context: r.Context(), api: a, view: view, request: r, vars: m.vars, query: query}
	answer, err := m.handle(c)
	deadline := time.Now().Add(a.Patience)
	for pause := retryPause; err != nil && r.Method == http.MethodGet && passes(err) && time.Now().Add(pause).Before(deadline); pause *= 2 {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-r.Context().Done():
			timer.Stop()
			return nil, err
		}
		answer, err = m.handle(c)
	}
	return answer, err
}

// nothing is the answer of calls that only do something.
type nothing struct{}

// body reads the JSON of a request.
func (c *call) body(into any) error {
	text, err := io.ReadAll(c.request.Body)
	if err != nil {
		return err
	}
	if err := decode(text, into); err != nil {
		return bad("the body: %v", err)
	}
	return nil
}

// WriteJSON writes an answer.
func WriteJSON(w http.ResponseWriter, status int, answer any) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(answer)
}

// WriteError writes an error as KFP does, and returns its status.
func WriteError(w http.ResponseWriter, err error) int {
	status, p := problemOf(err)
	_ = WriteJSON(w, status, p) // the client has gone
	return status
}
