// Package cache keeps what takes long to make, in directories named after what
// their content depends on.
package cache

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Product is a directory of the cache, made once per key.
type Product struct {
	Name string
	Key  string                                      // what the content depends on
	Make func(ctx context.Context, dir string) error // fills the empty directory dir
}

// Cache makes products and keeps them.
type Cache struct {
	Dir string
	Log io.Writer // hears what is being made, for that takes minutes
}

// TemporaryPrefix begins the names of the directories in which products are
// being made.
const TemporaryPrefix = ".making-"

// Sweep removes what programs that ended early were making. The caller makes
// sure that no other process writes to it.
func (c Cache) Sweep() error {
	stale, err := filepath.Glob(filepath.Join(c.Dir, TemporaryPrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range stale {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("sweeping the cache: %w", err)
		}
	}
	return nil
}

// Path returns the directory of p, whether it was made or not.
func (c Cache) Path(p Product) string {
	sum := sha256.Sum256([]byte(p.Key))
	return filepath.Join(c.Dir, fmt.Sprintf("%s-%x", p.Name, sum[:6]))
}

// Get returns the directory of p and makes it first if it is missing. The
// directory appears whole or not at all.
func (c Cache) Get(ctx context.Context, p Product) (string, error) {
	dir := c.Path(p)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return "", fmt.Errorf("making the cache: %w", err)
	}
	tmp, err := os.MkdirTemp(c.Dir, TemporaryPrefix+p.Name+"-")
	if err != nil {
		return "", fmt.Errorf("making room for %s: %w", p.Name, err)
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return "", fmt.Errorf("making room for %s: %w", p.Name, err)
	}
	fmt.Fprintf(c.Log, "building %s\n", p.Name)
	if err := p.Make(ctx, tmp); err != nil {
		return "", fmt.Errorf("building %s: %w", p.Name, err)
	}
	if err := os.Rename(tmp, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("keeping %s: %w", p.Name, err)
	}
	return dir, nil
}
