// Package backend is what the back ends of package store are made of: the
// interface that each implements, and what they share, which is requests that
// are bounded and made again, transfers in parts, HTTP, and the settings that
// all kinds of stores have.
//
// A back end is a package of its own with a type Bucket and a function Open. It
// knows no trees, no URIs and no other back end.
package backend

import (
	"context"
	"errors"
	"iter"
	"os"
	"strings"
)

var (
	// ErrNotFound is the error for an object or a tree that does not exist.
	ErrNotFound = errors.New("there is nothing at this place")
	// ErrReplaced is the error for an object that is not the version that was
	// asked for.
	ErrReplaced = errors.New("it was replaced or removed in the meantime")
	// ErrReadOnly is the error for what cannot be written or removed.
	ErrReadOnly = errors.New("such URIs can only be read")
	// ErrNoCredentials is the error for credentials that nobody has given.
	ErrNoCredentials = errors.New("no credentials")
)

// Object is one object of a bucket.
type Object struct {
	Key  string
	Size int64  // in bytes, or [UnknownSize]
	ETag string // names this version of the object, where the store says so

	// Stream says that the object can only be read in one go.
	Stream bool
}

// UnknownSize is the size of an object whose store does not tell it.
const UnknownSize = -1

// ContentType is that of all objects: an artifact's type is in its metadata.
const ContentType = "application/octet-stream"

// Bucket is one bucket of a store. Its methods may be called at the same time
// and make requests again that may succeed a second time.
type Bucket interface {
	// Stat returns the object with this key, or [ErrNotFound].
	Stat(ctx context.Context, key string) (Object, error)
	// List yields the objects below dir, those whose keys begin with dir and a
	// slash, or all objects for the empty dir. It yields an error once, as
	// the last.
	List(ctx context.Context, dir string) iter.Seq2[Object, error]
	// Folders yields the names of the directories right below dir, or of the
	// topmost ones for the empty dir, and asks for nothing that is in them. A
	// file system's empty directories may be among them. It yields an error
	// once, as the last.
	Folders(ctx context.Context, dir string) iter.Seq2[string, error]
	// Get writes the whole object to the empty file, if it is still the one
	// that was listed: otherwise the error is [ErrReplaced].
	Get(ctx context.Context, o Object, file *os.File) error
	// Put makes the object from the whole file, or replaces it. Readers see
	// the old object or the new one, never a part. A key that ends with a slash
	// stands for a directory; its file is empty, and maybe a device.
	Put(ctx context.Context, key string, file *os.File) error
	// Remove removes the object with this key. That there is none is no error.
	Remove(ctx context.Context, key string) error
}

// Folder returns the name of a directory from what a store calls it, which is
// the path of the directory that it is in, its name, and a slash.
func Folder(dir, prefix string) (name string, ok bool) {
	if dir != "" {
		prefix = strings.TrimPrefix(prefix, dir+"/")
	}
	return strings.CutSuffix(prefix, "/")
}

// Packed is a [Bucket] whose objects come all together, such as the layers of
// an image.
type Packed interface {
	// Unpack writes everything into the directory local, which it makes, or
	// returns [ErrNotFound]. It writes nowhere else.
	Unpack(ctx context.Context, local string) error
}

// Facts are what is known of a bucket without asking its store.
type Facts struct {
	// Endpoint is the URL of the S3 server; empty for what is no S3.
	Endpoint string
	// Signs says that the signature of an upload covers what is sent.
	Signs bool
	// Credentials says where those are from, and never what they are; empty for
	// none.
	Credentials string
}

// Described is a [Bucket] that has [Facts].
type Described interface {
	// Facts returns what is known of the bucket. The error says why there are no
	// credentials; without any at all requests are anonymous.
	Facts() (Facts, error)
}
