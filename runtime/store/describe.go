package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Facts are what is known of a place without asking its store.
type Facts = backend.Facts

// Facts returns what is known of the place of a URI. The error says what is
// wrong with its settings, or why there are no credentials; without any at all
// requests are anonymous.
func (s *Store) Facts(uri URI) (Facts, error) {
	b, err := s.open(uri)
	if err != nil {
		return Facts{}, err
	}
	described, ok := b.(backend.Described)
	if !ok {
		return Facts{}, nil
	}
	return described.Facts()
}

// Guards reports whether the store refuses to read an object as another version
// than it is: only then does a download that takes several requests get one
// version of it.
func (s *Store) Guards(ctx context.Context, uri URI) (guards bool, err error) {
	err = throughFile(func(local string) error {
		b, err := s.open(uri)
		if err != nil {
			return err
		}
		o, err := stat(ctx, b, uri.key)
		if err != nil || o.ETag == "" {
			return err
		}
		file, err := os.Create(local)
		if err != nil {
			return err
		}
		defer file.Close()
		o.ETag = "00000000000000000000000000000000"
		err = b.Get(ctx, o, file)
		guards = errors.Is(err, backend.ErrReplaced)
		if guards {
			return nil
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("reading another version of %s: %w", uri, err)
	}
	return guards, nil
}
