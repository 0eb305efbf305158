package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// MaxSmall bounds what [Store.Read] reads.
const MaxSmall = 16 << 20

// TooLargeError is the error for an object that is larger than [MaxSmall].
type TooLargeError struct {
	Size int64 // in bytes
}

// Error says how large it is.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("it has %d bytes, more than the %d that are expected", e.Size, MaxSmall)
}

// Read returns a small object. It returns [ErrNotFound] where there is none, and a
// [TooLargeError] for one that is not small.
func (s *Store) Read(ctx context.Context, uri URI) (data []byte, err error) {
	err = throughFile(func(local string) error {
		b, err := s.open(uri)
		if err != nil {
			return err
		}
		o, err := stat(ctx, b, uri.key)
		if err != nil {
			return err
		}
		if o.Size > MaxSmall {
			return &TooLargeError{o.Size}
		}
		file, err := os.Create(local)
		if err != nil {
			return err
		}
		if err := fill(ctx, b, o, file, func() error { return os.Remove(local) }); err != nil {
			return err
		}
		data, err = os.ReadFile(local)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", uri, err)
	}
	return data, nil
}

// Write makes a small object, or replaces it.
func (s *Store) Write(ctx context.Context, uri URI, data []byte) error {
	return throughFile(func(local string) error {
		if err := os.WriteFile(local, data, 0o600); err != nil {
			return err
		}
		return s.Upload(ctx, local, uri)
	})
}

// throughFile calls use with the path of a file that does not exist yet and
// that is gone afterwards.
func throughFile(use func(local string) error) error {
	temp, err := os.MkdirTemp("", "object-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	return use(filepath.Join(temp, "object"))
}

// Version names what is at a URI now, an object or a tree: another content has
// another version. It is empty where the store does not tell versions, and
// [ErrNotFound] where there is nothing.
func (s *Store) Version(ctx context.Context, uri URI) (string, error) {
	b, err := s.open(uri)
	if err != nil {
		return "", fmt.Errorf("looking at %s: %w", uri, err)
	}
	o, err := stat(ctx, b, uri.key)
	if err == nil {
		return o.ETag, nil
	}
	sum, found, told := sha256.New(), false, true
	if errors.Is(err, ErrNotFound) {
		err = nil
		for o, listed := range b.List(ctx, uri.key) {
			if listed != nil {
				err = listed
				break
			}
			found, told = true, told && o.ETag != ""
			fmt.Fprintf(sum, "%q %d %s\n", strings.TrimPrefix(o.Key, uri.key), o.Size, o.ETag)
		}
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("looking at %s: %w", uri, err)
	case !found:
		return "", fmt.Errorf("looking at %s: %w", uri, ErrNotFound)
	case !told:
		return "", nil
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
