package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// localFile is one file of an artifact.
type localFile struct {
	path string // where to read it
	name string // its path within the artifact, with slashes; empty for a single file
}

// listFiles returns the files of an artifact, so that a bad link is found
// before anything is stored. The artifact itself may be a link; links below it
// must stay within what it points to.
func listFiles(local string) ([]localFile, error) {
	real, err := filepath.EvalSymlinks(local)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return nil, err
	}
	w := walk{top: real}
	if err := w.visit(real, "", info); err != nil {
		return nil, err
	}
	return w.files, nil
}

// walk collects the files below top.
type walk struct {
	top   string
	files []localFile
	// open holds the real paths of the directories that the walk is in: one of
	// them again is a loop.
	open []string
}

func (w *walk) visit(real, name string, info fs.FileInfo) error {
	switch {
	case info.Mode().IsRegular():
		w.files = append(w.files, localFile{path: real, name: name})
		return nil
	case info.IsDir():
		return w.directory(real, name)
	}
	return fmt.Errorf("%s is neither a file nor a directory", real)
}

func (w *walk) directory(real, name string) error {
	if slices.Contains(w.open, real) {
		return fmt.Errorf("the links of %s lead in a circle", filepath.Join(w.top, name))
	}
	w.open = append(w.open, real)
	defer func() { w.open = w.open[:len(w.open)-1] }()
	entries, err := os.ReadDir(real)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := w.entry(filepath.Join(real, entry.Name()), path.Join(name, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) entry(local, name string) error {
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
	return w.visit(real, name, info)
}
