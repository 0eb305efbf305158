package rest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// refusedError is what the API has and this server does not do.
type refusedError struct{ what, why string }

func (e *refusedError) Error() string { return e.what + " is not supported: " + e.why }

// badRequest is a request that makes no sense.
type badRequest struct{ problem string }

func (e *badRequest) Error() string { return e.problem }

func bad(format string, args ...any) error { return &badRequest{fmt.Sprintf(format, args...)} }

// StatusError is an error with the status that it has in HTTP.
type StatusError struct {
	Status int
	Err    error
}

// Error is that of the error itself.
func (e *StatusError) Error() string { return e.Err.Error() }

// Unwrap returns the error itself.
func (e *StatusError) Unwrap() error { return e.Err }

// problem is an error as KFP writes it. Old clients look at error.
type problem struct {
	Error   string     `json:"error"`
	Code    int        `json:"code"`
	Message string     `json:"message"`
	Details []struct{} `json:"details"`
}

// problemOf says what an error is in HTTP.
func problemOf(err error) (status int, p problem) {
	status = statusOf(err)
	message := err.Error()
	return status, problem{Error: message, Code: grpcCode(status), Message: message, Details: []struct{}{}}
}

// StatusOf is the status of an error in HTTP.
func StatusOf(err error) int { return statusOf(err) }

func statusOf(err error) int {
	var (
		refused *refusedError
		wrong   *badRequest
		invalid *registry.InvalidError
		trouble *posted.ProblemsError
		missing *registry.NotFoundError
		exists  *registry.ExistsError
		status  *StatusError
		tooLong *http.MaxBytesError
	)
	switch {
	case errors.As(err, &status):
		return status.Status
	case errors.As(err, &tooLong):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &wrong), errors.As(err, &invalid), errors.As(err, &trouble):
		return http.StatusBadRequest
	case errors.As(err, &missing):
		return http.StatusNotFound
	case errors.As(err, &exists):
		return http.StatusConflict
	case errors.As(err, &refused):
		return http.StatusNotImplemented
	case passes(err):
		return http.StatusServiceUnavailable
	}
	return statusOfKubernetes(err)
}

// statusOfKubernetes is the status of an answer of the API server.
func statusOfKubernetes(err error) int {
	var answer apierrors.APIStatus
	if !errors.As(err, &answer) {
		return http.StatusInternalServerError
	}
	switch code := int(answer.Status().Code); code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests:
		return code
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return http.StatusBadRequest
	case http.StatusRequestEntityTooLarge:
		return code
	}
	return http.StatusInternalServerError
}

// passes reports whether an error is one of the way to the API server, or of an
// API server that is busy or just starting, so that the same request may succeed
// soon.
func passes(err error) bool {
	var network net.Error
	return apierrors.IsServerTimeout(err) || apierrors.IsServiceUnavailable(err) || apierrors.IsTimeout(err) ||
		apierrors.IsInternalError(err) || utilnet.IsConnectionRefused(err) || utilnet.IsConnectionReset(err) ||
		utilnet.IsProbableEOF(err) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network)
}

// CodeOf is the code of an error in gRPC.
func CodeOf(err error) int { return grpcCode(statusOf(err)) }

// grpcCode is the code of a status in gRPC, which KFP's errors carry.
func grpcCode(status int) int {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		return 3
	case http.StatusNotFound:
		return 5
	case http.StatusConflict:
		return 6
	case http.StatusForbidden:
		return 7
	case http.StatusTooManyRequests:
		return 8
	case http.StatusNotImplemented, http.StatusMethodNotAllowed:
		return 12
	case http.StatusServiceUnavailable:
		return 14
	case http.StatusUnauthorized:
		return 16
	}
	return 13
}
