package store

import (
	"context"
	"errors"
	"iter"
	"os"
)

// ErrNotFound is the error for an object, or an artifact, that does not exist.
var ErrNotFound = errors.New("there is nothing at this place")

// Object is one object of a bucket.
type Object struct {
	Key  string
	Size int64
}

// Bucket is a flat set of objects. Its methods may be called at the same time
// and retry what may succeed a second time.
type Bucket interface {
	// Stat returns the object with this key, or [ErrNotFound].
	Stat(ctx context.Context, key string) (Object, error)
	// List yields the objects below dir, those whose keys begin with dir and a
	// slash, or all objects for the empty dir. It yields an error once, as
	// the last.
	List(ctx context.Context, dir string) iter.Seq2[Object, error]
	// Get writes the whole object to the empty file.
	Get(ctx context.Context, object Object, file *os.File) error
	// Put makes the object from the whole file, or replaces it. Readers see
	// the old object or the new one, never a part.
	Put(ctx context.Context, key string, file *os.File) error
	// Delete removes the object. It is no error if there is none.
	Delete(ctx context.Context, key string) error
}
