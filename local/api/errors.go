package api

import (
	"errors"
	"fmt"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Error is a request that the API refuses, as clients know it.
type Error struct {
	Code    int
	Reason  metav1.StatusReason
	Message string
}

func (e *Error) Error() string { return e.Message }

// IsNotFound reports whether an error says that there is no such object.
func IsNotFound(err error) bool { return hasReason(err, metav1.StatusReasonNotFound) }

// IsConflict reports whether an error says that an object has changed since it
// was read.
func IsConflict(err error) bool { return hasReason(err, metav1.StatusReasonConflict) }

// IsExists reports whether an error says that there is an object of that name.
func IsExists(err error) bool { return hasReason(err, metav1.StatusReasonAlreadyExists) }

func hasReason(err error, reason metav1.StatusReason) bool {
	var e *Error
	return errors.As(err, &e) && e.Reason == reason
}

func errNotFound(k Key) error {
	return &Error{http.StatusNotFound, metav1.StatusReasonNotFound, fmt.Sprintf("%s %q not found", k.Resource, k.Name)}
}

func errExists(k Key) error {
	return &Error{http.StatusConflict, metav1.StatusReasonAlreadyExists, fmt.Sprintf("%s %q already exists", k.Resource, k.Name)}
}

func errConflict(k Key) error {
	return &Error{http.StatusConflict, metav1.StatusReasonConflict, fmt.Sprintf(
		"Operation cannot be fulfilled on %s %q: the object has been modified; please apply your changes to the latest version and try again",
		k.Resource, k.Name)}
}

func errBadRequest(err error) error {
	return &Error{http.StatusBadRequest, metav1.StatusReasonBadRequest, err.Error()}
}

func errInvalid(err error) error {
	return &Error{http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, err.Error()}
}

func errGone(version int64) error {
	return &Error{http.StatusGone, metav1.StatusReasonExpired, fmt.Sprintf("too old resource version: %d", version)}
}

// statusOf returns what a client is told of an error.
func statusOf(err error) *metav1.Status {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{http.StatusInternalServerError, metav1.StatusReasonInternalError, err.Error()}
	}
	return &metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure,
		Code:     int32(e.Code),
		Reason:   e.Reason,
		Message:  e.Message,
	}
}
