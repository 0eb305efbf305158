// Package directory keeps objects as files below a directory, such as a mounted
// volume.
package directory

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

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Bucket is a bucket whose objects are the files of a directory.
type Bucket string

var _ backend.Bucket = Bucket("")

const (
	// tempPattern names files that are not complete; list passes over them.
	tempPattern = ".kfp2argo-*.part"
	// markerName is the file in a directory that stands for the object whose
	// key is the directory's and a slash.
	markerName = ".kfp2argo-directory"
)

func (d Bucket) path(key string) string {
	path := filepath.Join(string(d), filepath.FromSlash(key))
	if strings.HasSuffix(key, "/") {
		return filepath.Join(path, markerName)
	}
	return path
}

// Stat is that of [backend.Bucket].
func (d Bucket) Stat(_ context.Context, key string) (backend.Object, error) {
	info, err := os.Stat(d.path(key))
	if errors.Is(err, fs.ErrNotExist) || isNotDirectory(err) || err == nil && info.IsDir() {
		return backend.Object{}, backend.ErrNotFound
	}
	if err != nil {
		return backend.Object{}, err
	}
	return fileObject(key, info), nil
}

// List is that of [backend.Bucket].
func (d Bucket) List(ctx context.Context, below string) iter.Seq2[backend.Object, error] {
	return func(yield func(backend.Object, error) bool) {
		err := filepath.WalkDir(d.path(below), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || ctx.Err() != nil {
				return errors.Join(err, ctx.Err())
			}
			o, ok, err := d.object(path, entry)
			if err != nil {
				return err
			}
			if ok && o.Key != below && !yield(o, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !isNotDirectory(err) {
			yield(backend.Object{}, err)
		}
	}
}

// Folders is that of [backend.Bucket].
func (d Bucket) Folders(ctx context.Context, dir string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		entries, err := os.ReadDir(d.path(dir))
		if errors.Is(err, fs.ErrNotExist) || isNotDirectory(err) {
			return
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			yield("", err)
			return
		}
		for _, entry := range entries {
			if entry.IsDir() && !yield(entry.Name(), nil) {
				return
			}
		}
	}
}

// object returns the object that a directory entry is, if it is one.
func (d Bucket) object(path string, entry fs.DirEntry) (backend.Object, bool, error) {
	temporary, err := filepath.Match(tempPattern, entry.Name())
	if err != nil || temporary || entry.IsDir() {
		return backend.Object{}, false, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return backend.Object{}, false, nil
	}
	if err != nil {
		return backend.Object{}, false, err
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
func fileObject(key string, info fs.FileInfo) backend.Object {
	return backend.Object{Key: key, Size: info.Size(), ETag: info.ModTime().UTC().Format(time.RFC3339Nano)}
}

// Get is that of [backend.Bucket].
func (d Bucket) Get(_ context.Context, o backend.Object, file *os.File) error {
	source, err := os.Open(d.path(o.Key))
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	if fileObject(o.Key, info) != o {
		return backend.ErrReplaced
	}
	if err := copyFile(file, source, o.Size); err != nil || !backend.IsExecutable(info) {
		return err
	}
	return backend.MakeExecutable(file)
}

// Put is that of [backend.Bucket].
func (d Bucket) Put(_ context.Context, key string, file *os.File) (err error) {
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
	if backend.IsExecutable(info) {
		mode = 0o777
	}
	return to.Chmod(mode)
}

// Remove is that of [backend.Bucket].
func (d Bucket) Remove(_ context.Context, key string) error {
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

// Open returns the bucket in a directory named by a file URL.
func Open(fileURL, name string) (backend.Bucket, error) {
	path, ok := strings.CutPrefix(fileURL, "file://")
	if !ok || !filepath.IsAbs(path) {
		return nil, fmt.Errorf("%s: expected file:///directory", fileURL)
	}
	path = filepath.Join(path, name)
	if err := Check(path); err != nil {
		return nil, fmt.Errorf("%s: %w", fileURL, err)
	}
	return Bucket(path), nil
}

// isNotDirectory reports whether a path has a file where it needs a directory.
func isNotDirectory(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

// Check refuses the directories in which a kernel shows processes and
// devices: among them is the environment of the process that reads, with its
// credentials.
func Check(path string) error {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "proc", "sys", "dev":
		return fmt.Errorf("/%s holds no artifacts", first)
	}
	return nil
}
