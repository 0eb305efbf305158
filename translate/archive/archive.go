// Package archive reads compiled pipelines out of the archives that KFP's upload
// takes.
package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// MaxSize is how many bytes a pipeline may have, unpacked: what KFP's upload
// takes.
const MaxSize = 32 << 20

// maxFiles is how many files an archive may hold.
const maxFiles = 1000

// Unpack returns the pipeline in a zip archive, in a tar archive that gzip has
// compressed, or in a file that gzip has compressed. Which of them a source is,
// its first bytes tell; every other source is returned as it is.
//
// An archive must hold one YAML or JSON file, or several of which one is called
// pipeline.yaml. The name of the result is that of the archive and that of the
// file, with a slash between. An error names the archive.
func Unpack(source diag.Source) (diag.Source, error) {
	var unpacked diag.Source
	var err error
	switch {
	case bytes.HasPrefix(source.Text, []byte("PK\x03\x04")), bytes.HasPrefix(source.Text, []byte("PK\x05\x06")):
		unpacked, err = unzip(source)
	case bytes.HasPrefix(source.Text, []byte("\x1f\x8b")):
		unpacked, err = gunzip(source)
	default:
		return source, nil
	}
	if err != nil {
		return diag.Source{}, fmt.Errorf("%s: %w", source.Name, err)
	}
	return unpacked, nil
}

func unzip(source diag.Source) (diag.Source, error) {
	archive, err := zip.NewReader(bytes.NewReader(source.Text), int64(len(source.Text)))
	if err != nil {
		return diag.Source{}, fmt.Errorf("reading the zip archive: %w", err)
	}
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		if f.Mode().IsRegular() {
			files[f.Name] = f
		}
	}
	name, err := choose(files)
	if err != nil {
		return diag.Source{}, err
	}
	file, err := files[name].Open()
	if err != nil {
		return diag.Source{}, fmt.Errorf("opening %q in the zip archive: %w", name, err)
	}
	defer file.Close()
	text, err := readAll(file)
	if err != nil {
		return diag.Source{}, fmt.Errorf("reading %q in the zip archive: %w", name, err)
	}
	return diag.Source{Name: inside(source.Name, name), Text: text}, nil
}

func gunzip(source diag.Source) (diag.Source, error) {
	stream, err := gzip.NewReader(bytes.NewReader(source.Text))
	if err != nil {
		return diag.Source{}, fmt.Errorf("reading what gzip has compressed: %w", err)
	}
	text, err := readAll(stream)
	if err != nil {
		return diag.Source{}, fmt.Errorf("reading what gzip has compressed: %w", err)
	}
	if !isTar(text) {
		return diag.Source{Name: strings.TrimSuffix(source.Name, ".gz"), Text: text}, nil
	}
	files, err := untar(text)
	if err != nil {
		return diag.Source{}, fmt.Errorf("reading the tar archive: %w", err)
	}
	name, err := choose(files)
	if err != nil {
		return diag.Source{}, err
	}
	return diag.Source{Name: inside(source.Name, name), Text: files[name]}, nil
}

// isTar reports whether a text begins with the header of a tar archive.
func isTar(text []byte) bool {
	const at = 257
	return len(text) > at+5 && string(text[at:at+5]) == "ustar"
}

// untar returns the texts of the files of a tar archive.
func untar(text []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	archive := tar.NewReader(bytes.NewReader(text))
	for range maxFiles {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return files, nil
		case err != nil:
			return nil, err
		case header.Typeflag != tar.TypeReg:
			continue
		}
		if files[header.Name], err = io.ReadAll(archive); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("it holds too many files")
}

// choose returns the name of the file that is the pipeline.
func choose[T any](files map[string]T) (string, error) {
	if len(files) > maxFiles {
		return "", errors.New("the archive holds too many files")
	}
	var found, pipelines, others []string
	for name := range files {
		base := path.Base(name)
		switch {
		case strings.HasPrefix(base, "."):
			// what a file system keeps of its own, such as ._pipeline.yaml
		case !slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(base)):
			others = append(others, name)
		default:
			found = append(found, name)
			if base == "pipeline.yaml" {
				pipelines = append(pipelines, name)
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(pipelines) == 1:
		return pipelines[0], nil
	case len(found) == 0:
		return "", fmt.Errorf("the archive holds no compiled pipeline, a .yaml or .json file%s", list(", but ", others))
	}
	return "", fmt.Errorf("the archive holds several files that may be the pipeline; one must be called pipeline.yaml%s", list(": ", found))
}

// inside names a file in an archive, fit to be shown: names in archives may be
// anything.
func inside(archive, name string) string {
	return path.Join(archive, strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, name))
}

// list names some files, after a word; it is empty where there are none.
func list(word string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	const most = 5
	rest := ""
	if len(names) > most {
		names, rest = names[:most], fmt.Sprintf(" and %d more", len(names)-most)
	}
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	return word + strings.Join(quoted, ", ") + rest
}

// readAll reads up to MaxSize bytes, so that a small archive cannot fill the
// memory.
func readAll(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > MaxSize:
		return nil, fmt.Errorf("there are more than %d MiB", MaxSize>>20)
	}
	return text, nil
}
