// Package image reads the models that are in images.
package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// modelsDir is where an image has its model, by the rules of KServe's model
// cars.
const modelsDir = "models"

// Bucket is an image with a model. It can only be fetched as a whole.
type Bucket struct {
	reference name.Reference
	transport http.RoundTripper
	requests  *backend.Requests
}

var (
	_ backend.Bucket = Bucket{}
	_ backend.Packed = Bucket{}
)

// Check refuses what is no name of an image.
func Check(reference string) error {
	_, err := name.ParseReference(reference)
	return err
}

// Open opens an image. It asks the registry nothing.
func Open(reference string, environment backend.Environment) (backend.Bucket, error) {
	parsed, err := name.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	return Bucket{reference: parsed, transport: environment.Transport(), requests: environment.Requests}, nil
}

// options says who asks a registry, and that a request is made again for about
// a minute, as [requests] does for other stores.
func (i Bucket) options(ctx context.Context) []remote.Option {
	return []remote.Option{
		remote.WithContext(ctx), remote.WithTransport(i.transport), remote.WithAuthFromKeychain(authn.DefaultKeychain),
		remote.WithPlatform(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}),
		remote.WithRetryBackoff(remote.Backoff{Duration: 200 * time.Millisecond, Factor: 2, Jitter: 0.5, Steps: 9}),
		remote.WithRetryPredicate(func(err error) bool { return err != nil && ctx.Err() == nil && isTransientRegistry(err) }),
	}
}

// isTransientRegistry reports whether a request to a registry may succeed a
// second time.
func isTransientRegistry(err error) bool {
	var answer *transport.Error
	if errors.As(err, &answer) {
		return backend.IsTransientStatus(answer.StatusCode)
	}
	return backend.IsTransientNetwork(err)
}

// registryError distinguishes a missing image from other errors.
func registryError(err error) error {
	var answer *transport.Error
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		return backend.ErrNotFound
	}
	return err
}

// Stat is that of [backend.Bucket].
func (i Bucket) Stat(context.Context, string) (backend.Object, error) {
	return backend.Object{}, backend.ErrNotFound
}

// List yields the image itself, whose version is its digest. What is in it is
// known only to who has fetched it.
func (i Bucket) List(ctx context.Context, _ string) iter.Seq2[backend.Object, error] {
	return func(yield func(backend.Object, error) bool) {
		descriptor, err := remote.Head(i.reference, i.options(ctx)...)
		if err != nil {
			yield(backend.Object{}, registryError(err))
			return
		}
		yield(backend.Object{Size: backend.UnknownSize, ETag: descriptor.Digest.String()}, nil)
	}
}

// Folders is that of [backend.Bucket].
func (i Bucket) Folders(context.Context, string) iter.Seq2[string, error] {
	return func(func(string, error) bool) {}
}

// Get is that of [backend.Bucket].
func (i Bucket) Get(context.Context, backend.Object, *os.File) error { return errors.ErrUnsupported }

// Put is that of [backend.Bucket].
func (i Bucket) Put(context.Context, string, *os.File) error { return backend.ErrReadOnly }

// Remove is that of [backend.Bucket].
func (i Bucket) Remove(context.Context, string) error { return backend.ErrReadOnly }

// unpackAttempts bounds how often an image is fetched from its beginning, when a
// layer breaks off.
const unpackAttempts = 3

// Unpack is that of [backend.Packed].
func (i Bucket) Unpack(ctx context.Context, local string) error {
	// One digest for all attempts, so that they fetch the same.
	found, err := remote.Image(i.reference, i.options(ctx)...)
	if err != nil {
		return registryError(err)
	}
	broke := func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }
	return i.requests.AtMost(unpackAttempts).Do(ctx, broke, func() error { return unpackImage(ctx, found, local) })
}

// unpackImage writes the model of an image. Nothing is left where that fails
// and there was nothing before.
func unpackImage(ctx context.Context, found v1.Image, local string) (err error) {
	if _, before := os.Lstat(local); errors.Is(before, fs.ErrNotExist) {
		defer func() {
			if err != nil {
				_ = os.RemoveAll(local)
			}
		}()
	}
	tree, err := backend.MakeRoot(local)
	if err != nil {
		return err
	}
	defer tree.Close()
	files := mutate.Extract(found)
	defer files.Close()
	return unpackModel(ctx, tar.NewReader(files), tree)
}

// unpackModel writes the entries of an image's file system that are below
// /models. Links are made last: nothing is written through them.
func unpackModel(ctx context.Context, files *tar.Reader, tree *os.Root) error {
	var links []*tar.Header
	empty := true
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err = errors.Join(err, context.Cause(ctx)); err != nil {
			return fmt.Errorf("reading the image: %w", err)
		}
		below, ok := modelPath(header.Name)
		if !ok {
			continue
		}
		header.Name = below
		empty = empty && header.Typeflag == tar.TypeDir
		if header.Typeflag == tar.TypeSymlink || header.Typeflag == tar.TypeLink {
			links = append(links, header)
			continue
		}
		if err := unpackEntry(header, files, tree); err != nil {
			return err
		}
	}
	if empty {
		return errors.New("the image has nothing in /" + modelsDir)
	}
	return makeLinks(links, tree)
}

// modelPath returns the path below /models of a path in an image.
func modelPath(name string) (string, bool) {
	clean := path.Clean("/" + name)[1:]
	if clean == modelsDir {
		return ".", true
	}
	return strings.CutPrefix(clean, modelsDir+"/")
}

// unpackEntry writes a directory or a file. An image's devices and pipes are no
// part of a model.
func unpackEntry(header *tar.Header, content io.Reader, tree *os.Root) error {
	switch header.Typeflag {
	case tar.TypeDir:
		return tree.MkdirAll(header.Name, 0o777)
	case tar.TypeReg:
	default:
		return fmt.Errorf("/%s of the image is neither a file nor a directory", path.Join(modelsDir, header.Name))
	}
	if err := tree.MkdirAll(path.Dir(header.Name), 0o777); err != nil {
		return err
	}
	file, err := tree.OpenFile(header.Name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}

// makeLinks makes the links of a model: first the second names of files, then
// the symbolic ones.
func makeLinks(links []*tar.Header, tree *os.Root) error {
	for _, kind := range []byte{tar.TypeLink, tar.TypeSymlink} {
		for _, l := range links {
			if l.Typeflag != kind {
				continue
			}
			if err := makeLink(l, tree); err != nil {
				return fmt.Errorf("the link /%s of the image: %w", path.Join(modelsDir, l.Name), err)
			}
		}
	}
	return nil
}

// makeLink makes a link that stays in the model, and refuses others. The model
// may lie elsewhere than in its image, so that no link is absolute here.
func makeLink(l *tar.Header, tree *os.Root) error {
	target := l.Linkname
	if l.Typeflag == tar.TypeSymlink && !path.IsAbs(target) {
		target = path.Join("/", modelsDir, path.Dir(l.Name), target)
	}
	below, ok := modelPath(target)
	if !ok || l.Name == "." {
		return fmt.Errorf("it leads to %s, out of the model", l.Linkname)
	}
	if err := tree.MkdirAll(path.Dir(l.Name), 0o777); err != nil {
		return err
	}
	if err := tree.RemoveAll(l.Name); err != nil {
		return err
	}
	if l.Typeflag == tar.TypeLink {
		return tree.Link(below, l.Name)
	}
	relative, err := filepath.Rel(path.Dir(l.Name), below)
	if err != nil {
		return err
	}
	return tree.Symlink(relative, l.Name)
}
