package api

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Pods is what the server asks of who runs the pods.
type Pods interface {
	// Log writes what a container has written to w. It returns where that is
	// over, or, for one that follows, when the container has ended.
	Log(w http.ResponseWriter, r *http.Request, pod Key, container string) error
	// Exec runs a command in a container. There is nothing to read from it or
	// to write to it.
	Exec(pod Key, container string, command []string) error
}

// Server is an API server for a store.
type Server struct {
	Store *Store
	Pods  Pods
	// Tokens are those that clients may show.
	Tokens []string
}

// target is what the path of a request names.
type target struct {
	Resource
	Key
	sub string
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.serve(w, r); err != nil {
		status := statusOf(err)
		writeJSON(w, int(status.Code), status)
	}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Path == "/readyz" || r.URL.Path == "/healthz" || r.URL.Path == "/livez" {
		_, err := io.WriteString(w, "ok")
		return err
	}
	if !s.authentic(r) {
		return &Error{http.StatusUnauthorized, metav1.StatusReasonUnauthorized, "Unauthorized"}
	}
	t, ok := parsePath(r.URL.Path)
	if !ok {
		return discover(w, r.URL.Path)
	}
	switch {
	case strings.HasSuffix(t.Key.Resource, "accessreviews"):
		return allow(w, r)
	case t.Key.Resource == pods && t.sub == "log":
		return s.Pods.Log(w, r, t.Key, r.URL.Query().Get("container"))
	case t.Key.Resource == pods && t.sub == "exec":
		return s.exec(r, t.Key)
	case t.Kind == "" || !isSubresource(t.sub):
		return errNoPath(r.URL.Path)
	case t.Key.Name == "":
		return s.serveCollection(w, r, t)
	}
	return s.serveObject(w, r, t)
}

func errNoPath(path string) error {
	return &Error{http.StatusNotFound, metav1.StatusReasonNotFound, "the server could not find the requested resource: " + path}
}

func (s *Server) authentic(r *http.Request) bool {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	for _, known := range s.Tokens {
		if subtle.ConstantTimeCompare([]byte(token), []byte(known)) == 1 {
			return true
		}
	}
	return false
}

// parsePath reads the path of an object or of a collection.
func parsePath(path string) (t target, ok bool) {
	parts := trimSlashes(path)
	var group, version string
	switch {
	case len(parts) >= 3 && parts[0] == "api":
		version, parts = parts[1], parts[2:]
	case len(parts) >= 4 && parts[0] == "apis":
		group, version, parts = parts[1], parts[2], parts[3:]
	default:
		return t, false
	}
	// A namespace itself is an object, too.
	if parts[0] == "namespaces" && len(parts) > 2 && parts[2] != "status" && parts[2] != "finalize" {
		t.Namespace, parts = parts[1], parts[2:]
	}
	t.Key.Resource = parts[0]
	if len(parts) > 1 {
		t.Key.Name = parts[1]
	}
	if len(parts) > 2 {
		t.sub = strings.Join(parts[2:], "/")
	}
	t.Resource, _ = known(group, version, parts[0])
	return t, true
}

// allow answers who asks whether something is allowed: all is.
func allow(w http.ResponseWriter, r *http.Request) error {
	data, err := readBody(r)
	if err != nil {
		return err
	}
	f, err := decode(data)
	if err != nil {
		return err
	}
	f["status"] = map[string]any{"allowed": true}
	return writeJSON(w, http.StatusCreated, f)
}

// exec runs a command. Its streams are no use to Argo, which is all that runs
// commands in pods: it ignores that there are none.
func (s *Server) exec(r *http.Request, pod Key) error {
	query := r.URL.Query()
	if err := s.Pods.Exec(pod, query.Get("container"), query["command"]); err != nil {
		return err
	}
	return &Error{http.StatusBadRequest, metav1.StatusReasonBadRequest, "the command has run; its streams are not to be had"}
}

func writeJSON(w http.ResponseWriter, code int, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeBytes(w, code, data)
}

func writeBytes(w http.ResponseWriter, code int, data []byte) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, err := w.Write(data)
	return err
}
