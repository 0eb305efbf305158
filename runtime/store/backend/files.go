package backend

import (
	"io/fs"
	"os"
)

// IsExecutable reports whether any user may execute a file.
func IsExecutable(info fs.FileInfo) bool { return info.Mode()&0o111 != 0 }

// MakeExecutable lets those execute a file who can read it.
func MakeExecutable(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return file.Chmod(info.Mode().Perm() | info.Mode().Perm()&0o444>>2)
}

// MakeRoot makes a directory and opens it so that no link in it leads outside.
func MakeRoot(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	return os.OpenRoot(dir)
}
