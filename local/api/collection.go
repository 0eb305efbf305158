package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// groupVersion is what stands in apiVersion.
func (r Resource) groupVersion() string { return strings.TrimPrefix(r.Group+"/"+r.Version, "/") }

func (s *Server) serveCollection(w http.ResponseWriter, r *http.Request, t target) error {
	query := r.URL.Query()
	switch r.Method {
	case http.MethodPost:
		return s.create(w, r, t)
	case http.MethodGet, http.MethodDelete:
	default:
		return errMethod(r.Method)
	}
	sel, err := ParseSelector(t.Namespace, query.Get("labelSelector"), query.Get("fieldSelector"))
	if err != nil {
		return err
	}
	switch {
	case r.Method == http.MethodDelete:
		return s.deleteCollection(w, r, t, sel)
	case query.Get("watch") == "true" || query.Get("watch") == "1":
		return s.watch(w, r, t, sel)
	}
	found, version := s.Store.List(t.Key.Resource, sel)
	return writeBytes(w, http.StatusOK, list(t.Resource, found, version))
}

func errMethod(method string) error {
	return &Error{http.StatusMethodNotAllowed, metav1.StatusReasonMethodNotAllowed, "the server does not allow this method on the requested resource: " + method}
}

// list writes a list without reading the objects.
func list(r Resource, found []*Object, version int64) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"kind":"%sList","apiVersion":%q,"metadata":{"resourceVersion":"%d"},"items":[`, r.Kind, r.groupVersion(), version)
	for i, o := range found {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(o.JSON)
	}
	b.WriteString("]}")
	return b.Bytes()
}

func (s *Server) create(w http.ResponseWriter, r *http.Request, t target) error {
	data, err := readBody(r)
	if err != nil {
		return err
	}
	data, err = typed(data, t.Resource)
	if err != nil {
		return err
	}
	if r.URL.Query().Get("dryRun") != "" {
		return writeBytes(w, http.StatusCreated, data)
	}
	key := t.Key
	if t.Cluster {
		key.Namespace = ""
	}
	o, err := s.Store.Create(key, data)
	if err != nil {
		return err
	}
	return writeBytes(w, http.StatusCreated, o.JSON)
}

// typed gives an object its kind, which typed clients leave out.
func typed(data []byte, r Resource) ([]byte, error) {
	f, err := decode(data)
	if err != nil {
		return nil, err
	}
	f["kind"], f["apiVersion"] = r.Kind, r.groupVersion()
	return json.Marshal(f)
}

func (s *Server) deleteCollection(w http.ResponseWriter, r *http.Request, t target, sel Selector) error {
	deletion, err := deletionOf(r)
	if err != nil {
		return err
	}
	found, _ := s.Store.List(t.Key.Resource, sel)
	for _, o := range found {
		if _, err := s.Store.Delete(o.Key, deletion); err != nil && !IsNotFound(err) {
			return err
		}
	}
	return writeJSON(w, http.StatusOK, success())
}

func success() *metav1.Status {
	return &metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusSuccess}
}

// watch streams changes until the client has gone or its time is over.
func (s *Server) watch(w http.ResponseWriter, r *http.Request, t target, sel Selector) error {
	query := r.URL.Query()
	ctx := r.Context()
	if seconds, err := strconv.Atoi(query.Get("timeoutSeconds")); err == nil && seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
		defer cancel()
	}
	version, initial, err := s.beginning(t, sel, query)
	if err != nil {
		return err
	}
	out := &stream{w: w}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	for _, o := range initial {
		if err := out.send("ADDED", o.JSON); err != nil {
			return nil
		}
	}
	if query.Get("sendInitialEvents") == "true" {
		if err := out.send("BOOKMARK", bookmark(t.Resource, version)); err != nil {
			return nil
		}
	}
	out.flush()
	err = s.Store.Watch(ctx, t.Key.Resource, version, sel, func(e Event) error {
		defer out.flush()
		return out.send(string(e.Type), e.Object.JSON)
	})
	var refused *Error
	if errors.As(err, &refused) {
		// The header has gone out: an error is an event like the others.
		if data, err := json.Marshal(statusOf(refused)); err == nil {
			_ = out.send("ERROR", data)
		}
	}
	return nil
}

// beginning returns where a watch begins, and the objects that it is to tell of
// first: all that there are, unless the client knows them.
func (s *Server) beginning(t target, sel Selector, query url.Values) (int64, []*Object, error) {
	text := query.Get("resourceVersion")
	if text == "" || text == "0" || query.Get("sendInitialEvents") == "true" {
		found, version := s.Store.List(t.Key.Resource, sel)
		return version, found, nil
	}
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, nil, errBadRequest(fmt.Errorf("resourceVersion: %w", err))
	}
	return version, nil, nil
}

// bookmark says that a client knows all that there was at first.
func bookmark(r Resource, version int64) []byte {
	return fmt.Appendf(nil, `{"kind":%q,"apiVersion":%q,"metadata":{"resourceVersion":"%d","annotations":{%q:"true"}}}`,
		r.Kind, r.groupVersion(), version, metav1.InitialEventsAnnotationKey)
}

// stream is an answer that goes on.
type stream struct{ w http.ResponseWriter }

func (s *stream) send(typ string, object []byte) error {
	_, err := s.w.Write(fmt.Appendf(nil, "{\"type\":%q,\"object\":%s}\n", typ, object))
	return err
}

func (s *stream) flush() {
	if f, ok := s.w.(http.Flusher); ok {
		f.Flush()
	}
}
