package store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// newTransport returns a transport for many transfers at the same time. It
// speaks HTTP/1.1: with HTTP/2 they would share one connection.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		MaxIdleConnsPerHost:   maxRequests,
		IdleConnTimeout:       time.Minute,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: silence,
		ExpectContinueTimeout: 10 * time.Second,
		DisableCompression:    true,
		TLSNextProto:          map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
}

// statusError is an answer that is no success.
type statusError struct {
	code int
	text string // what the store says about it
}

func (e *statusError) Error() string {
	if e.text == "" {
		return fmt.Sprintf("the store answers %d %s", e.code, http.StatusText(e.code))
	}
	return fmt.Sprintf("the store answers %d: %s", e.code, e.text)
}

// hasStatus reports whether an error is an answer with this code.
func hasStatus(err error, code int) bool {
	var status *statusError
	return errors.As(err, &status) && status.code == code
}

// isTransientStatus reports whether a request with this answer may succeed a
// second time.
func isTransientStatus(code int) bool {
	switch code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return code >= http.StatusInternalServerError
}

// send sends one request. The answer is a success, or one of the codes that
// are named; all others are errors.
func send(client *http.Client, request *http.Request, codes ...int) (*http.Response, error) {
	response, err := client.Do(request)
	if err != nil {
		var wrapped *url.Error // it repeats the address
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return nil, err
	}
	if response.StatusCode < http.StatusMultipleChoices {
		return response, nil
	}
	for _, code := range codes {
		if response.StatusCode == code {
			return response, nil
		}
	}
	defer response.Body.Close()
	return nil, &statusError{response.StatusCode, explanation(response)}
}

// explanation returns what an answer says in words, if that is short.
func explanation(response *http.Response) string {
	const most = 1 << 10
	text, err := io.ReadAll(io.LimitReader(response.Body, 16*most))
	if err != nil || strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		return ""
	}
	if message := googleMessage(text); message != "" {
		return message
	}
	if len(text) > most {
		text = text[:most]
	}
	return strings.TrimSpace(string(text))
}

// caller sends requests to a store.
type caller struct {
	client   *http.Client
	requests *requests
}

// do makes a request, again where that may help.
func (c caller) do(ctx context.Context, f func() error) error {
	return c.requests.do(ctx, isTransientError, f)
}

// message is a request that can be sent again.
type message struct {
	method, address string
	header          http.Header
	content         part // of a file, if it has a length
}

func (m message) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader = http.NoBody
	if m.content.length > 0 {
		body = io.NewSectionReader(m.content.file, m.content.offset, m.content.length)
	}
	request, err := http.NewRequestWithContext(ctx, m.method, m.address, body)
	if err != nil {
		return nil, err
	}
	request.ContentLength = m.content.length
	if m.header != nil {
		request.Header = m.header.Clone()
	}
	return request, nil
}

// call sends a message until it has an answer that is not transient and that
// use, which need not close it, can read as a whole.
func (c caller) call(ctx context.Context, m message, use func(*http.Response) error, codes ...int) error {
	return c.do(ctx, func() error {
		response, err := c.once(ctx, m, codes...)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		return use(response)
	})
}

// once sends a message once.
func (c caller) once(ctx context.Context, m message, codes ...int) (*http.Response, error) {
	request, err := m.request(ctx)
	if err != nil {
		return nil, err
	}
	return send(c.client, request, codes...)
}

// fetch fetches an object in parts. What open returns may break off.
func (c caller) fetch(ctx context.Context, file *os.File, size int64, open opener) error {
	return fetcher{c.requests, isTransientError, open.read}.fetch(ctx, file, size)
}

// opener makes one request for a part.
type opener func(ctx context.Context, p part) (io.ReadCloser, error)

func (open opener) read(ctx context.Context, p part) (int64, error) {
	body, err := open(ctx, p)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	return copyPart(p, body)
}

// isTransientError reports whether a request with this error may succeed a
// second time.
func isTransientError(err error) bool {
	var status *statusError
	switch {
	case isRefusedToken(err):
		return false
	case errors.As(err, &status):
		return isTransientStatus(status.code)
	}
	return isTransientNetwork(err)
}

// isTransientNetwork reports whether a request that got no answer may get one a
// second time. It may not where a file fails, the host has no address, or what
// answers is not who it should be.
func isTransientNetwork(err error) bool {
	var disk *fs.PathError
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &disk), errors.As(err, &certificate), errors.As(err, &record):
		return false
	case errors.As(err, &name):
		return !name.IsNotFound
	case errors.Is(err, errOther):
		return false
	}
	return !strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") // net/http has no error value for it
}
