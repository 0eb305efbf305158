package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// localFile is one file of an artifact, or an empty directory in it.
type localFile struct {
	path        string // where to read it; an empty file for a directory
	name        string // its path within the artifact, with slashes; empty for a single file
	isDirectory bool
}

// walkFiles yields the files of an artifact and the empty directories in it.
// The artifact itself may be a link; links below it must stay within what it
// points to. It yields an error once, as the last.
func walkFiles(local string) iter.Seq2[localFile, error] {
	return func(yield func(localFile, error) bool) {
		real, err := filepath.EvalSymlinks(local)
		if err != nil {
			yield(localFile{}, err)
			return
		}
		w := walk{top: real, yield: func(f localFile) bool { return yield(f, nil) }}
		info, err := os.Stat(real)
		if err == nil {
			err = w.visit(real, "", info.Mode())
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(localFile{}, err)
		}
	}
}

// errEnough ends a walk early.
var errEnough = errors.New("enough")

// walk goes through the files below top.
type walk struct {
	top   string
	yield func(localFile) bool
	// open holds the real paths of the directories that the walk is in: one of
	// them again is a loop.
	open []string
}

func (w *walk) visit(real, name string, mode fs.FileMode) error {
	switch {
	case mode.IsRegular():
		return w.found(localFile{path: real, name: name})
	case mode.IsDir():
		return w.directory(real, name)
	}
	return fmt.Errorf("%s is neither a file nor a directory", real)
}

func (w *walk) found(f localFile) error {
	if !w.yield(f) {
		return errEnough
	}
	return nil
}

func (w *walk) directory(real, name string) error {
	if slices.Contains(w.open, real) {
		return fmt.Errorf("the links of %s lead in a circle", filepath.Join(w.top, name))
	}
	w.open = append(w.open, real)
	defer func() { w.open = w.open[:len(w.open)-1] }()
	dir, err := os.Open(real)
	if err != nil {
		return err
	}
	defer dir.Close()
	isEmpty, err := w.entries(dir, name)
	if err == nil && isEmpty && name != "" {
		return w.found(localFile{path: os.DevNull, name: name, isDirectory: true})
	}
	return err
}

// entries visits what is in a directory, a few at a time: there may be
// millions.
func (w *walk) entries(dir *os.File, name string) (isEmpty bool, err error) {
	const few = 512
	for isEmpty = true; ; isEmpty = false {
		entries, err := dir.ReadDir(few)
		if errors.Is(err, io.EOF) {
			return isEmpty, nil
		}
		if err != nil {
			return false, err
		}
		for _, entry := range entries {
			if err := w.entry(filepath.Join(dir.Name(), entry.Name()), path.Join(name, entry.Name()), entry.Type()); err != nil {
				return false, err
			}
		}
	}
}

func (w *walk) entry(local, name string, mode fs.FileMode) error {
	if mode&fs.ModeSymlink == 0 {
		return w.visit(local, name, mode)
	}
	real, err := filepath.EvalSymlinks(local)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is a link to nothing", local)
	}
	if err != nil {
		return err
	}
	if real != w.top && !strings.HasPrefix(real, w.top+string(filepath.Separator)) {
		return fmt.Errorf("%s is a link that leads out of the artifact", local)
	}
	info, err := os.Stat(real)
	if err != nil {
		return err
	}
	return w.visit(real, name, info.Mode())
}
