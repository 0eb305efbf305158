package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// checksumsFile is what `sha256sum --check` reads.
const checksumsFile = "checksums.txt"

// writeChecksums writes the checksums of all files in a folder.
func writeChecksums(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, checksumsFile), func(w io.Writer) error {
		for _, f := range files {
			data, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				return err
			}
			if f.Name() == checksumsFile {
				continue
			}
			fmt.Fprintf(w, "%x  %s\n", sha256.Sum256(data), f.Name())
		}
		return nil
	})
}
