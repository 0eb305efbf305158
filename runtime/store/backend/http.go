package backend

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"
)

// newTransport returns a transport for many transfers at the same time. It
// speaks HTTP/1.1: with HTTP/2 they would share one connection.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		MaxIdleConnsPerHost:   MaxRequests,
		IdleConnTimeout:       time.Minute,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: AnswerTimeout,
		ExpectContinueTimeout: 10 * time.Second,
		DisableCompression:    true,
		TLSNextProto:          map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
}

// StatusError is an answer that is no success.
type StatusError struct {
	Code int    // of HTTP
	Text string // what the store says about it, if anything
}

func (e *StatusError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("the store answers %d %s", e.Code, http.StatusText(e.Code))
	}
	return fmt.Sprintf("the store answers %d: %s", e.Code, e.Text)
}

// HasStatus reports whether an error is an answer with this code.
func HasStatus(err error, code int) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Code == code
}

// IsTransientStatus reports whether a request with this answer may succeed a
// second time.
func IsTransientStatus(code int) bool {
	switch code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return code >= http.StatusInternalServerError
}

// IsTransient reports whether a request of a [Caller] with this error may
// succeed a second time. An error with a method Transient says so itself.
func IsTransient(err error) bool {
	var status *StatusError
	var own interface{ Transient() bool }
	switch {
	case errors.As(err, &own):
		return own.Transient()
	case errors.As(err, &status):
		return IsTransientStatus(status.Code)
	}
	return IsTransientNetwork(err)
}

// IsTransientNetwork reports whether a request that got no answer may get one a
// second time. It may not where a file fails, the host has no address, or what
// answers is not who it should be.
func IsTransientNetwork(err error) bool {
	var disk *fs.PathError
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &disk), errors.As(err, &certificate), errors.As(err, &record):
		return false
	case errors.As(err, &name):
		return !name.IsNotFound
	case errors.Is(err, ErrReplaced):
		return false
	}
	return !strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") // net/http has no error value for it
}
