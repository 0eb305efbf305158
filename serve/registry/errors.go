package registry

import (
	"errors"
	"fmt"
)

// NotFoundError says that there is no such object, or none that the caller may
// see.
type NotFoundError struct{ Kind, ID string }

// Error names the object.
func (e *NotFoundError) Error() string { return fmt.Sprintf("%s %s not found", e.Kind, e.ID) }

// IgnoreNotFound returns an error unless that says that there is no such object.
func IgnoreNotFound(err error) error {
	var missing *NotFoundError
	if errors.As(err, &missing) {
		return nil
	}
	return err
}

func isNotFound(err error) bool { return err != nil && IgnoreNotFound(err) == nil }

// ExistsError says that a name is taken.
type ExistsError struct{ Kind, Name string }

// Error names the object.
func (e *ExistsError) Error() string { return fmt.Sprintf("%s %q exists already", e.Kind, e.Name) }

// InvalidError says that what is asked for makes no sense, or not now.
type InvalidError struct{ Problem string }

// Error says why.
func (e *InvalidError) Error() string { return e.Problem }

func invalid(format string, args ...any) error {
	return &InvalidError{fmt.Sprintf(format, args...)}
}
