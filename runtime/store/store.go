package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store/azblob"
	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
	"github.com/kfp2argo/kfp2argo/runtime/store/directory"
	"github.com/kfp2argo/kfp2argo/runtime/store/gs"
	"github.com/kfp2argo/kfp2argo/runtime/store/image"
	"github.com/kfp2argo/kfp2argo/runtime/store/s3"
	"github.com/kfp2argo/kfp2argo/runtime/store/web"
)

const (
	// maxFiles bounds the files that a [Store] moves at the same time.
	maxFiles = 32
	// maxAhead is how many objects of a listing are known before they are
	// fetched, so that the next answer of the store comes in the meantime.
	maxAhead = 1000
)

// ErrNotFound is the error for an artifact that does not exist.
var ErrNotFound = backend.ErrNotFound

// Store moves artifacts. Its methods may be called at the same time; together
// they keep to the bound on files.
type Store struct {
	root        Root
	environment backend.Environment
	files       chan struct{}
	// locations are the places that getenv has of other buckets, read once.
	locations func() ([]location, error)

	mu      sync.Mutex
	buckets map[opened]backend.Bucket
}

type bucketName struct{ scheme, bucket string }

// opened is a bucket and what it was opened with: parts of it may have
// credentials of their own.
type opened struct {
	bucketName
	settings settings
}

// New returns a store that opens the root's bucket with the root's settings and
// other buckets with those of the [contract.StoreConfig] in the environment,
// which getenv, such as os.Getenv, reads. A bucket that is not in it has the
// root's settings if it has the same scheme, because it is likely on the same
// server, and else those of the environment. The zero Root is for a pipeline
// without a root.
func New(root Root, getenv func(string) string) *Store {
	return NewWith(root, backend.Environment{Getenv: getenv, Requests: backend.NewRequests(nil)})
}

// NewWith is [New] for a caller with requests of its own.
func NewWith(root Root, environment backend.Environment) *Store {
	return &Store{
		root:        root,
		environment: environment,
		files:       make(chan struct{}, maxFiles),
		buckets:     map[opened]backend.Bucket{},
		locations:   sync.OnceValues(func() ([]location, error) { return readLocations(environment.Getenv) }),
	}
}

// Open returns the store of a pipeline root as the user gave it, with its query,
// or of a pipeline that has none: then the text is empty. See [New].
func Open(root string, getenv func(string) string) (*Store, error) {
	if root == "" {
		return New(Root{}, getenv), nil
	}
	parsed, err := ParseRoot(root)
	if err != nil {
		return nil, err
	}
	return New(parsed, getenv), nil
}

// Root returns the URI of the root, which names nothing where there is none.
func (s *Store) Root() URI { return s.root.uri }

// Ready returns an error where the bucket of the root cannot be opened, as its
// credentials are missing, say. It does not ask the store.
func (s *Store) Ready() error {
	if s.root.uri == (URI{}) {
		return nil
	}
	if _, err := s.open(s.root.uri); err != nil {
		return fmt.Errorf("opening %s: %w", s.root.uri, err)
	}
	return nil
}

// HasRoot reports whether there is a root.
func (s *Store) HasRoot() bool { return s.root.uri != (URI{}) }

// Download fetches what is at uri to the path local, whose parents it makes:
// an object as a file, a tree as a directory. It returns [ErrNotFound] where
// there is nothing. Whatever the keys are, nothing outside local is written.
func (s *Store) Download(ctx context.Context, uri URI, local string) error {
	if err := s.download(ctx, uri, local); err != nil {
		return fmt.Errorf("fetching %s: %w", uri, err)
	}
	return nil
}

func (s *Store) download(ctx context.Context, uri URI, local string) error {
	b, err := s.open(uri)
	if err != nil {
		return err
	}
	if p, ok := b.(backend.Packed); ok {
		return s.limited(ctx, func() error { return p.Unpack(ctx, local) })
	}
	o, err := stat(ctx, b, uri.key)
	if errors.Is(err, ErrNotFound) {
		return s.downloadTree(ctx, b, uri.key, local)
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(local), 0o777); err != nil {
		return err
	}
	return s.limited(ctx, func() error {
		file, err := os.OpenFile(local, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
		if err != nil {
			return err
		}
		return fill(ctx, b, o, file, func() error { return os.Remove(local) })
	})
}

// stat is backend.Bucket.Stat, also for the empty key, which no object has.
func stat(ctx context.Context, b backend.Bucket, key string) (backend.Object, error) {
	if key == "" {
		return backend.Object{}, ErrNotFound
	}
	return b.Stat(ctx, key)
}

// fill writes an object to a file that was just opened, and closes it. It
// removes the file if not all of it came.
func fill(ctx context.Context, b backend.Bucket, o backend.Object, file *os.File, remove func() error) error {
	err := errors.Join(b.Get(ctx, o, file), file.Close())
	if err != nil {
		err = errors.Join(err, remove())
	}
	return err
}

func (s *Store) downloadTree(ctx context.Context, b backend.Bucket, key, local string) error {
	var to target
	group, ctx := errgroup.WithContext(ctx)
	for o, err := range ahead(b.List(ctx, key), maxAhead) {
		if err == nil && to.root == nil {
			to.root, err = backend.MakeRoot(local)
		}
		name, isFile := o.Key, false
		if key != "" {
			name = strings.TrimPrefix(o.Key, key+"/")
		}
		if err == nil {
			isFile, err = to.prepare(name)
		}
		if err != nil {
			group.Go(func() error { return err })
			break
		}
		if isFile {
			s.goLimited(ctx, group, func() error {
				file, err := to.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
				if err != nil {
					return err
				}
				return fill(ctx, b, o, file, func() error { return to.root.Remove(name) })
			})
		}
	}
	err := group.Wait()
	if to.root != nil {
		return errors.Join(err, to.root.Close())
	}
	if err != nil {
		return err
	}
	return ErrNotFound
}

// target is the directory that a tree is fetched to.
type target struct {
	root *os.Root
	made string // the directory below it that was made last
}

// prepare makes the directories for an object of a tree and reports whether it
// is a file. An object whose name ends with a slash stands for a directory, as
// consoles of object stores make them.
func (t *target) prepare(name string) (isFile bool, err error) {
	directory, isDirectory := strings.CutSuffix(name, "/")
	if directory == "" {
		return false, nil
	}
	if err := checkKey(directory); err != nil {
		return false, err
	}
	if !isDirectory {
		directory = path.Dir(name)
	}
	if directory == t.made || directory == "." {
		return !isDirectory, nil
	}
	t.made = directory
	return !isDirectory, t.root.MkdirAll(directory, 0o777)
}

// Upload stores the file or directory local at uri. It follows symbolic links
// that stay within the artifact and refuses others. The error is
// fs.ErrNotExist where local does not exist; an empty directory leaves
// nothing, but one within the artifact an object whose key ends with a slash.
func (s *Store) Upload(ctx context.Context, local string, uri URI) error {
	if err := s.upload(ctx, local, uri); err != nil {
		return fmt.Errorf("storing %s: %w", uri, err)
	}
	return nil
}

func (s *Store) upload(ctx context.Context, local string, uri URI) error {
	b, err := s.open(uri)
	if err != nil {
		return err
	}
	for _, err := range walkFiles(local) {
		if err != nil {
			return err // before anything is stored
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	for f, err := range walkFiles(local) {
		if err != nil {
			group.Go(func() error { return err })
			break
		}
		key := strings.TrimPrefix(path.Join(uri.key, f.name), "/")
		if f.isDirectory {
			key += "/"
		}
		s.goLimited(ctx, group, func() error { return put(ctx, b, key, f.path) })
	}
	return group.Wait()
}

func put(ctx context.Context, b backend.Bucket, key, local string) error {
	file, err := os.Open(local)
	if err != nil {
		return err
	}
	defer file.Close()
	return b.Put(ctx, key, file)
}

// Exists reports whether there is an object or a tree at uri.
func (s *Store) Exists(ctx context.Context, uri URI) (bool, error) {
	b, err := s.open(uri)
	if err != nil {
		return false, fmt.Errorf("looking for %s: %w", uri, err)
	}
	_, err = stat(ctx, b, uri.key)
	if errors.Is(err, ErrNotFound) {
		for _, err = range b.List(ctx, uri.key) {
			break
		}
	}
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for %s: %w", uri, err)
	}
	return true, nil
}

// limited runs f when fewer than maxFiles files are on their way.
func (s *Store) limited(ctx context.Context, f func() error) error {
	if err := s.await(ctx); err != nil {
		return err
	}
	defer func() { <-s.files }()
	return f()
}

// goLimited starts f in the group once fewer than maxFiles files are on their
// way, so that a long listing does not become as many goroutines.
func (s *Store) goLimited(ctx context.Context, group *errgroup.Group, f func() error) {
	if err := s.await(ctx); err != nil {
		group.Go(func() error { return err })
		return
	}
	group.Go(func() error {
		defer func() { <-s.files }()
		return f()
	})
}

// await takes a place among the files that are on their way.
func (s *Store) await(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case s.files <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// open returns the bucket of a URI, the same one each time.
func (s *Store) open(uri URI) (backend.Bucket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	settings, err := s.settings(uri)
	if err != nil {
		return nil, err
	}
	name := opened{bucketName{uri.scheme, uri.bucket}, settings}
	if b, ok := s.buckets[name]; ok {
		return b, nil
	}
	b, err := s.openBucket(name.bucketName, settings)
	if err != nil {
		return nil, err
	}
	s.buckets[name] = b
	return b, nil
}

func (s *Store) openBucket(name bucketName, settings settings) (backend.Bucket, error) {
	switch {
	case name.scheme == "":
		return nil, errors.New("the URI is empty")
	case name.scheme == schemeFile:
		if volume := s.environment.Getenv(contract.VolumeVariable); volume != "" {
			return directory.OpenElsewhere(contract.StoreDir, volume)
		}
		return directory.Open("file:///", "")
	case strings.HasPrefix(settings.Endpoint, schemeFile+"://"):
		return directory.Open(settings.Endpoint, name.bucket)
	case name.scheme == schemeGS:
		return gs.Open(name.bucket, settings.Settings, settings.gs, s.environment)
	case name.scheme == schemeAzblob:
		return azblob.Open(name.bucket, settings.Settings, settings.azblob, s.environment)
	case isWeb(name.scheme):
		return web.Open(name.scheme, name.bucket, s.environment), nil
	case name.scheme == schemeOCI:
		return image.Open(name.bucket, s.environment)
	case name.scheme == schemeMinio && settings.Endpoint == "":
		return nil, errors.New("no endpoint: add ?endpoint=HOST:PORT to the pipeline root or set AWS_ENDPOINT_URL_S3")
	}
	return s3.Open(name.bucket, settings.Settings, settings.s3, s.environment)
}
