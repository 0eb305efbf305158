package store

import (
	"context"
	"errors"
	"iter"
	"os"
)

// ErrNotFound is the error for an artifact that does not exist.
var ErrNotFound = errors.New("there is nothing at this place")

// object is one object of a bucket.
type object struct {
	key  string
	size int64
	etag string // names this version of the object, where the store says so

	stream bool // it can only be read in one go
}

// unknownSize is the size of an object whose store does not tell it.
const unknownSize = -1

// backend is one bucket. Its methods may be called at the same time and retry
// what may succeed a second time.
type backend interface {
	// stat returns the object with this key, or [ErrNotFound].
	stat(ctx context.Context, key string) (object, error)
	// list yields the objects below dir, those whose keys begin with dir and a
	// slash, or all objects for the empty dir. It yields an error once, as
	// the last.
	list(ctx context.Context, dir string) iter.Seq2[object, error]
	// get writes the whole object to the empty file, if it is still the one
	// that was listed.
	get(ctx context.Context, o object, file *os.File) error
	// put makes the object from the whole file, or replaces it. Readers see
	// the old object or the new one, never a part. A key that ends with a slash
	// stands for a directory; its file is empty, and maybe a device.
	put(ctx context.Context, key string, file *os.File) error
	// remove removes the object with this key. That there is none is no error.
	remove(ctx context.Context, key string) error
}

// packed is a back end whose objects come all together, such as the layers of
// an image.
type packed interface {
	// unpack writes everything into the directory local, which it makes, or
	// returns [ErrNotFound]. It writes nowhere else.
	unpack(ctx context.Context, local string) error
}
