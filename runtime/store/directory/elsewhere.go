package directory

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// elsewhere is a bucket of one directory at another path than its keys say.
type elsewhere struct {
	// below begins all keys, with a slash at its end.
	below string
	inner Bucket
}

var _ backend.Bucket = elsewhere{}

// OpenElsewhere returns a bucket with keys such as that of file:/// has, of which
// only those below a directory are there. They are in another one: that is how a
// volume of pods is seen where it is mounted at another place.
func OpenElsewhere(directory, other string) (backend.Bucket, error) {
	if !filepath.IsAbs(other) {
		return nil, fmt.Errorf("%s: expected the path of a directory from the root on", other)
	}
	if err := Check(other); err != nil {
		return nil, err
	}
	return elsewhere{strings.Trim(directory, "/") + "/", Bucket(other)}, nil
}

// key returns the key in the other directory.
func (e elsewhere) key(key string) (string, error) {
	if key+"/" == e.below {
		return "", nil
	}
	inner, ok := strings.CutPrefix(key, e.below)
	if !ok {
		return "", fmt.Errorf("/%s is not in the volume /%s: %w", key, e.below, fs.ErrPermission)
	}
	return inner, nil
}

// Stat is that of [backend.Bucket].
func (e elsewhere) Stat(ctx context.Context, key string) (backend.Object, error) {
	inner, err := e.key(key)
	if err != nil {
		return backend.Object{}, err
	}
	o, err := e.inner.Stat(ctx, inner)
	o.Key = key
	return o, err
}

// List is that of [backend.Bucket].
func (e elsewhere) List(ctx context.Context, dir string) iter.Seq2[backend.Object, error] {
	return func(yield func(backend.Object, error) bool) {
		inner, err := e.key(dir)
		if err != nil {
			yield(backend.Object{}, err)
			return
		}
		for o, err := range e.inner.List(ctx, inner) {
			if o.Key = e.below + o.Key; !yield(o, err) {
				return
			}
		}
	}
}

// Folders is that of [backend.Bucket].
func (e elsewhere) Folders(ctx context.Context, dir string) iter.Seq2[string, error] {
	inner, err := e.key(dir)
	if err != nil {
		return func(yield func(string, error) bool) { yield("", err) }
	}
	return e.inner.Folders(ctx, inner)
}

// Get is that of [backend.Bucket].
func (e elsewhere) Get(ctx context.Context, o backend.Object, file *os.File) error {
	inner, err := e.key(o.Key)
	if err != nil {
		return err
	}
	o.Key = inner
	return e.inner.Get(ctx, o, file)
}

// Put is that of [backend.Bucket].
func (e elsewhere) Put(ctx context.Context, key string, file *os.File) error {
	inner, err := e.key(key)
	if err != nil {
		return err
	}
	return e.inner.Put(ctx, inner, file)
}

// Remove is that of [backend.Bucket].
func (e elsewhere) Remove(ctx context.Context, key string) error {
	inner, err := e.key(key)
	if err != nil {
		return err
	}
	return e.inner.Remove(ctx, inner)
}
