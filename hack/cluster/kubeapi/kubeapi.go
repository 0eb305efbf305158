// Package kubeapi talks to a Kubernetes API server: just enough to ask for
// something and to create objects.
package kubeapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"time"

	"github.com/kfp2argo/kfp2argo/hack/cluster/pki"
)

// Client is a client of one API server.
type Client struct {
	base string
	http *http.Client
}

// New returns a client of the server at base that trusts the authority ca and
// shows the certificate in pair.
func New(base string, ca []byte, pair pki.Pair) (*Client, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, errors.New("the authority of the API server is not a certificate")
	}
	own, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		return nil, fmt.Errorf("reading the client's certificate: %w", err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}}}
	return &Client{base: base, http: &http.Client{Transport: transport, Timeout: 30 * time.Second}}, nil
}

// Object is a manifest and its place in the API, which is its identity.
type Object struct {
	Path     string // such as /api/v1/namespaces/kfp
	Manifest []byte // JSON
}

// Create creates o, which must not exist yet.
func (c *Client) Create(ctx context.Context, o Object) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path.Dir(o.Path), bytes.NewReader(o.Manifest))
	if err != nil {
		return fmt.Errorf("creating %s: %w", o.Path, err)
	}
	request.Header.Set("Content-Type", "application/json")
	if _, err := c.do(request); err != nil {
		return fmt.Errorf("creating %s: %w", o.Path, err)
	}
	return nil
}

// Get returns what is at place, a path of the API, as JSON.
func (c *Client) Get(ctx context.Context, place string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+place, nil)
	if err != nil {
		return nil, fmt.Errorf("getting %s: %w", place, err)
	}
	body, err := c.do(request)
	if err != nil {
		return nil, fmt.Errorf("getting %s: %w", place, err)
	}
	return body, nil
}

func (c *Client) do(request *http.Request) ([]byte, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		return nil, fmt.Errorf("%s: %s", response.Status, body)
	}
	return body, nil
}
