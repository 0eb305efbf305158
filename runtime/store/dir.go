package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// dir is a bucket whose objects are the files of a directory.
type dir string

var _ backend = dir("")

const (
	// tempPattern names files that are not complete; list passes over them.
	tempPattern = ".kfp2argo-*.part"
	// markerName is the file in a directory that stands for the object whose
	// key is the directory's and a slash.
	markerName = ".kfp2argo-directory"
)

func (d dir) path(key string) string {
	path := filepath.Join(string(d), filepath.FromSlash(key))
	if strings.HasSuffix(key, "/") {
		return filepath.Join(path, markerName)
	}
	return path
}

func (d dir) stat(_ context.Context, key string) (object, error) {
	info, err := os.Stat(d.path(key))
	if errors.Is(err, fs.ErrNotExist) || isNotDirectory(err) || err == nil && info.IsDir() {
		return object{}, ErrNotFound
	}
	if err != nil {
		return object{}, err
	}
	return fileObject(key, info), nil
}

func (d dir) list(ctx context.Context, below string) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		err := filepath.WalkDir(d.path(below), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || ctx.Err() != nil {
				return errors.Join(err, ctx.Err())
			}
			o, ok, err := d.object(path, entry)
			if err != nil {
				return err
			}
			if ok && o.key != below && !yield(o, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !isNotDirectory(err) {
			yield(object{}, err)
		}
	}
}

// object returns the object that a directory entry is, if it is one.
func (d dir) object(path string, entry fs.DirEntry) (object, bool, error) {
	temporary, err := filepath.Match(tempPattern, entry.Name())
	if err != nil || temporary || entry.IsDir() {
		return object{}, false, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return object{}, false, nil
	}
	if err != nil {
		return object{}, false, err
	}
	key, err := filepath.Rel(string(d), path)
	key = filepath.ToSlash(key)
	if entry.Name() == markerName {
		key = strings.TrimSuffix(key, markerName)
	}
	return fileObject(key, info), true, err
}

// fileObject is the object that a file is. Who replaces the file gives it
// another time.
func fileObject(key string, info fs.FileInfo) object {
	return object{key: key, size: info.Size(), etag: info.ModTime().UTC().Format(time.RFC3339Nano)}
}

func (d dir) get(_ context.Context, o object, file *os.File) error {
	source, err := os.Open(d.path(o.key))
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	if fileObject(o.key, info) != o {
		return errOther
	}
	if err := copyFile(file, source, o.size); err != nil || !isExecutable(info) {
		return err
	}
	return makeExecutable(file)
}

func (d dir) put(_ context.Context, key string, file *os.File) (err error) {
	target := d.path(key)
	temp, err := createTemp(filepath.Dir(target))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name())
		}
	}()
	if err := errors.Join(copyShared(temp, file), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), target)
}

// createTemp makes a file for what is not complete, and the directory that it
// is in.
func createTemp(dir string) (*os.File, error) {
	temp, err := os.CreateTemp(dir, tempPattern)
	if !errors.Is(err, fs.ErrNotExist) {
		return temp, err
	}
	if err := makeShared(dir); err != nil {
		return nil, err
	}
	return os.CreateTemp(dir, tempPattern)
}

// copyShared copies a file. Other tasks, which may run under other users, read
// the copy, and execute it if it is a program.
func copyShared(to, from *os.File) error {
	info, err := from.Stat()
	if err != nil {
		return err
	}
	if err := copyFile(to, from, info.Size()); err != nil {
		return err
	}
	mode := fs.FileMode(0o666)
	if isExecutable(info) {
		mode = 0o777
	}
	return to.Chmod(mode)
}

func (d dir) remove(_ context.Context, key string) error {
	err := os.Remove(d.path(key))
	if errors.Is(err, fs.ErrNotExist) || isNotDirectory(err) {
		return nil
	}
	return err
}

// makeShared makes a directory and its parents such that tasks that run under
// other users can put things into them, whatever this one's umask is.
func makeShared(dir string) error {
	err := os.Mkdir(dir, 0o777)
	switch {
	case err == nil:
		return os.Chmod(dir, 0o777)
	case errors.Is(err, fs.ErrExist):
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := makeShared(filepath.Dir(dir)); err != nil {
		return err
	}
	return makeShared(dir)
}

// openDir returns the bucket in a directory named by a file URL.
func openDir(fileURL, name string) (backend, error) {
	path, ok := strings.CutPrefix(fileURL, schemeFile+"://")
	if !ok || !filepath.IsAbs(path) {
		return nil, fmt.Errorf("%s: expected file:///directory", fileURL)
	}
	path = filepath.Join(path, name)
	if err := checkDirectory(path); err != nil {
		return nil, fmt.Errorf("%s: %w", fileURL, err)
	}
	return dir(path), nil
}

// isNotDirectory reports whether a path has a file where it needs a directory.
func isNotDirectory(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
