package posted

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxSpec is how long a compiled pipeline may be, in an archive or not.
const maxSpec = 32 << 20

// maxFiles is how many files of an archive are looked at.
const maxFiles = 1000

// Package returns the compiled pipeline in an uploaded file: a .yaml or .json
// file, or a .zip, .tar.gz or .tgz that holds one. The kind of file is told from
// its first bytes, and not from its name. Nothing is unpacked to a disk.
func Package(file []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(file, []byte("PK\x03\x04")):
		return fromZip(file)
	case bytes.HasPrefix(file, []byte{0x1f, 0x8b}):
		return fromTar(file)
	case len(bytes.TrimSpace(file)) == 0:
		return nil, errors.New("the uploaded file is empty")
	case bytes.IndexByte(file, 0) >= 0:
		return nil, errors.New("the uploaded file is no YAML, .zip or .tar.gz")
	}
	return file, nil
}

func fromZip(file []byte) ([]byte, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, fmt.Errorf("the uploaded .zip: %w", err)
	}
	var candidates candidates
	for _, f := range archive.File[:min(len(archive.File), maxFiles)] {
		if f.FileInfo().IsDir() {
			continue
		}
		if err := candidates.add(f.Name, func() (io.ReadCloser, error) { return f.Open() }); err != nil {
			return nil, fmt.Errorf("the uploaded .zip: %s: %w", f.Name, err)
		}
	}
	return candidates.only("the uploaded .zip")
}

func fromTar(file []byte) ([]byte, error) {
	plain, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("the uploaded .tar.gz: %w", err)
	}
	// What an archive unpacks to is bounded as a whole, whatever is in it.
	archive := tar.NewReader(io.LimitReader(plain, 2*maxSpec))
	var candidates candidates
	for range maxFiles {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the uploaded .tar.gz: %w", err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if err := candidates.add(header.Name, func() (io.ReadCloser, error) { return io.NopCloser(archive), nil }); err != nil {
			return nil, fmt.Errorf("the uploaded .tar.gz: %s: %w", header.Name, err)
		}
	}
	return candidates.only("the uploaded .tar.gz")
}

// candidates are the files of an archive that may be the pipeline.
type candidates struct {
	names []string
	first []byte
}

func (c *candidates) add(name string, open func() (io.ReadCloser, error)) error {
	lower := strings.ToLower(name)
	if !strings.HasSuffix(lower, ".yaml") && !strings.HasSuffix(lower, ".yml") && !strings.HasSuffix(lower, ".json") {
		return nil
	}
	c.names = append(c.names, name)
	if len(c.names) > 1 {
		return nil
	}
	file, err := open()
	if err != nil {
		return err
	}
	defer file.Close()
	c.first, err = io.ReadAll(io.LimitReader(file, maxSpec+1))
	if err == nil && len(c.first) > maxSpec {
		err = fmt.Errorf("it has more than %d bytes", maxSpec)
	}
	return err
}

// only returns the one pipeline that is there.
func (c *candidates) only(where string) ([]byte, error) {
	switch len(c.names) {
	case 0:
		return nil, fmt.Errorf("%s holds no .yaml file", where)
	case 1:
		return c.first, nil
	}
	return nil, fmt.Errorf("%s holds several files that may be the pipeline: %s", where, strings.Join(c.names, ", "))
}
