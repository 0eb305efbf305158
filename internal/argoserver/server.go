// Package argoserver reads runs from Argo's own server. Where Argo keeps the
// nodes of Workflows in a database, nothing else can read them.
package argoserver

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
)

// Server is a server of Argo's. A nil Server is none.
type Server struct {
	base   *url.URL
	token  string
	client *http.Client
}

// The variables that say which server is meant. They are those of argo.
const (
	ServerVariable   = "ARGO_SERVER"
	TokenVariable    = "ARGO_TOKEN"
	pathVariable     = "ARGO_BASE_HREF"
	secureVariable   = "ARGO_SECURE"
	insecureVariable = "ARGO_INSECURE_SKIP_VERIFY"
)

// answerTime is how long an answer may take: a Workflow of thousands of nodes has
// some megabytes.
const answerTime = 30 * time.Second

// FromEnvironment returns the server that the variables of argo name, or nil where
// they name none. Nothing is asked of it yet.
func FromEnvironment(getenv func(string) string) (*Server, error) {
	address := getenv(ServerVariable)
	if address == "" {
		return nil, nil
	}
	scheme := "https"
	if getenv(secureVariable) == "false" {
		scheme = "http"
	}
	base, err := url.Parse(scheme + "://" + address)
	if err != nil || base.Host != address {
		return nil, fmt.Errorf("%s is %q; it is HOST:PORT, as for argo", ServerVariable, address)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if getenv(insecureVariable) == "true" {
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // as the user has asked for
	}
	return &Server{
		base:   base.JoinPath(getenv(pathVariable)),
		token:  getenv(TokenVariable),
		client: &http.Client{Transport: transport, Timeout: answerTime},
	}, nil
}

// Complete gives a Workflow its nodes where Argo keeps them in its database. Any
// other Workflow stays as it is, and without a server all do.
func (s *Server) Complete(ctx context.Context, w *wfv1.Workflow) error {
	if s == nil || !w.Status.IsOffloadNodeStatus() || len(w.Status.Nodes) > 0 || w.Status.CompressedNodes != "" {
		return nil
	}
	whole, err := s.get(ctx, w.Namespace, w.Name)
	if err == nil && whole.UID != w.UID {
		err = errors.New("it has another one of this name")
	}
	if err == nil && len(whole.Status.Nodes) == 0 {
		err = errors.New("it has no nodes either; has it no access to the database?")
	}
	if err != nil {
		return fmt.Errorf("reading the nodes of Workflow %q from Argo's server %s: %w", w.Name, s.base.Host, err)
	}
	w.Status.Nodes, w.Status.OffloadNodeStatusVersion = whole.Status.Nodes, ""
	return nil
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 256 << 20

func (s *Server) get(ctx context.Context, namespace, name string) (*wfv1.Workflow, error) {
	address := s.base.JoinPath("api", "v1", "workflows", namespace, name)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	if s.token != "" {
		request.Header.Set("Authorization", s.token)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, refusal(answer, text)
	}
	w := &wfv1.Workflow{}
	if err := json.Unmarshal(text, w); err != nil {
		return nil, fmt.Errorf("it is no Workflow: %w", err)
	}
	return w, nil
}

// RefusedError says that the server will not answer, however often it is asked:
// it does not know the token, say.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }

// refusal is what the server says instead of an answer.
func refusal(answer *http.Response, text []byte) error {
	reason := answer.Status
	var said struct{ Message string }
	if json.Unmarshal(text, &said) == nil && said.Message != "" {
		reason += ": " + strings.TrimSpace(said.Message)
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return &RefusedError{reason}
	}
	return errors.New(reason)
}
