package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"
)

// Object is one object, as [Store.List] finds it.
type Object struct {
	URI  URI
	Size int64 // in bytes
}

// List yields the objects below uri, but not one that is at uri itself. That
// there are none is no error. Keys that cannot be a path are passed
// over: nothing here makes them. It yields an error once, as the last.
func (s *Store) List(ctx context.Context, uri URI) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		b, err := s.open(uri)
		if err != nil {
			yield(Object{}, fmt.Errorf("listing %s: %w", uri, err))
			return
		}
		for o, err := range b.List(ctx, uri.key) {
			if err != nil {
				yield(Object{}, fmt.Errorf("listing %s: %w", uri, err))
				return
			}
			if checkKey(o.Key) == nil && !yield(Object{URI{uri.scheme, uri.bucket, o.Key}, o.Size}, nil) {
				return
			}
		}
	}
}

// Folders yields the names of the directories right below uri, without looking
// at what is in them: a store with millions of objects in a few directories
// answers at once. An empty directory may be among them, where the store has
// such. Names that cannot be in a path are passed over. It yields an error once,
// as the last.
func (s *Store) Folders(ctx context.Context, uri URI) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		b, err := s.open(uri)
		if err != nil {
			yield("", fmt.Errorf("listing %s: %w", uri, err))
			return
		}
		for name, err := range b.Folders(ctx, uri.key) {
			if err != nil {
				yield("", fmt.Errorf("listing %s: %w", uri, err))
				return
			}
			if checkKey(name) == nil && !yield(name, nil) {
				return
			}
		}
	}
}

// Remove removes the object or the tree at uri and returns how many objects
// that were.
func (s *Store) Remove(ctx context.Context, uri URI) (int, error) {
	n, err := s.remove(ctx, uri)
	if err != nil {
		return n, fmt.Errorf("removing %s: %w", uri, err)
	}
	return n, nil
}

func (s *Store) remove(ctx context.Context, uri URI) (int, error) {
	b, err := s.open(uri)
	if err != nil {
		return 0, err
	}
	keys := []string{uri.key}
	if _, err := stat(ctx, b, uri.key); errors.Is(err, ErrNotFound) {
		keys = nil
	} else if err != nil {
		return 0, err
	}
	for o, err := range b.List(ctx, uri.key) {
		if err != nil {
			return 0, err
		}
		keys = append(keys, o.Key)
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, key := range keys {
		s.goLimited(ctx, group, func() error { return b.Remove(ctx, key) })
	}
	return len(keys), group.Wait()
}
